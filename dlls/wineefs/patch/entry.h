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

#define ENTRY_MODULES 2 /* kernel32, kernelbase */

struct entry
{
    const char     *name;               /* export of kernel32, and perhaps of kernelbase */
    FARPROC         replacement;        /* same prototype */
    BOOL          (*is_stub)(FARPROC function); /* tries it with arguments that do no harm */
    enum hook_state state;
    BYTE           *code[ENTRY_MODULES]; /* by module; NULL: not exported there, or the same as the one before */
};

/* Looks for them; by ntdll alone, and while the loader waits. */
void entry_find(struct entry *entries, unsigned int count);
/* Replaces them all, or none: `state` says which, and why not. kernel32 is initialised; no lock of the loader's is
   taken. */
void entry_install(struct entry *entries, unsigned int count);

#endif
