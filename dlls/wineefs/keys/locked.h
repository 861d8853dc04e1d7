/*
 * Memory for a private key: kept out of the swap where the host allows that, and wiped when it is freed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_LOCKED_H
#define WINEEFS_LOCKED_H

#include <windows.h>

struct locked /* all zero: none */
{
    BYTE *bytes;
    DWORD size; /* bytes in use, the caller's affair */
    DWORD capacity;
};

/* Zeros. ERROR_NOT_ENOUGH_MEMORY */
DWORD locked_allocate(struct locked *memory, DWORD capacity);
/* Wipes it; may be called again. */
void locked_free(struct locked *memory);

#endif
