/*
 * Replacing functions that are stubs in Wine, in this process.
 *
 * Unlike ntdll's system calls these are compiled functions of any shape. There's no way to the original, and none is
 * wanted: the first bytes of the function give way to a jump to ours.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_ENTRY_H
#define WINEEFS_ENTRY_H

#include "hook.h"

struct entry
{
    const char     *name;               /* export of kernel32, and perhaps of kernelbase */
    FARPROC         replacement;        /* same prototype */
    BOOL          (*is_stub)(FARPROC function); /* tries it with arguments that do no harm */
    enum hook_state state;
};

/* Replaces them all, or none: `state` says which, and why not. */
void entry_install(struct entry *entries, unsigned int count);

#endif
