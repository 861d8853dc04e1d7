/*
 * Hooks on ntdll's system call stubs, in this process.
 *
 * ntdll exports each call as a stub of one shape, which Wine keeps that way for programs that patch it. An
 * instruction at the head of a stub gives way to a jump to our function; a copy of the whole stub is the way to the
 * original, so that others may put hooks of theirs over ours. If the program's own hook is there already, and is one of
 * the usual jumps, then that is the way to the original. A stub of another shape is left alone. What the program had
 * hooked before is said on its standard error, once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_HOOK_H
#define WINEEFS_HOOK_H

#include <windows.h>

enum hook_state
{
    HOOK_ABSENT,  /* this ntdll doesn't export it */
    HOOK_UNKNOWN, /* a stub of unknown shape, left alone */
    HOOK_STANDS,
    HOOK_UNNEEDED, /* this Wine has a working function of its own */
    HOOK_SECOND,  /* stands, but the program had put one of its own there, which is now the way to the original */
};

struct hook
{
    const char     *name;        /* export of ntdll */
    FARPROC         replacement; /* same prototype */
    FARPROC        *original;    /* gets the way to the original; stays NULL unless the hook stands */
    enum hook_state state;
    BYTE           *code;        /* the export, once it was looked for */
};

/* Sets all hooks of the table, by ntdll alone. What can't be set is said on the debug channel, and in `state`. */
void hook_install(struct hook *hooks, unsigned int count);

#endif
