/*
 * Bytes that are taken or given as a whole.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_BLOB_H
#define WINEEFS_BLOB_H

#include <windows.h>

struct blob /* from the process heap; all zero: nothing */
{
    BYTE *data;
    ULONG size; /* bytes */
};

void blob_free(struct blob *blob);
/* Gives it a room of `size` bytes, in place of what it had. ERROR_NOT_ENOUGH_MEMORY */
DWORD blob_alloc(struct blob *blob, ULONG size);

#endif
