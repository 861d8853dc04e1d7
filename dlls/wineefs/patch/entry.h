/*
 * Replacing functions of kernel32 and kernelbase, in this process: stubs, and those that do less than Windows'.
 *
 * Unlike ntdll's system calls these are compiled functions of any shape: the first bytes of the function give way to a
 * jump to ours. There's a way to the original only where it begins so that it can be replaced (prologue.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_ENTRY_H
#define WINEEFS_ENTRY_H

#include "hook.h"

#define ENTRY_MODULES 2 /* kernel32, kernelbase */

struct entry
{
    const char     *name;               /* export of kernel32, and perhaps of kernelbase */
    FARPROC         replacement;        /* same prototype */
    const char     *channel;            /* the debug channel of Wine's stub */
    BOOL          (*is_stub)(FARPROC function); /* tries it with arguments that do no harm */
    FARPROC        *original;           /* gets the way to the original; NULL: a stub, to which there is none */
    enum hook_state state;
    BYTE           *code[ENTRY_MODULES]; /* by module; NULL: not exported there, or the same as the one before */
};

/* Looks for them; by ntdll alone, and while the loader waits. */
void entry_find(struct entry *entries, unsigned int count);
/* Replaces them all, or none: `state` says which, and why not. kernel32 is initialised; no lock of the loader's is
   taken. */
void entry_install(struct entry *entries, unsigned int count);

#endif
