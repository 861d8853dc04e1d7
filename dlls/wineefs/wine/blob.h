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

static inline void blob_free(struct blob *blob)
{
    HeapFree(GetProcessHeap(), 0, blob->data);
    memset(blob, 0, sizeof(*blob));
}

/* Gives it a room of `size` bytes, in place of what it had. ERROR_NOT_ENOUGH_MEMORY */
static inline DWORD blob_alloc(struct blob *blob, ULONG size)
{
    blob_free(blob);
    blob->data = HeapAlloc(GetProcessHeap(), 0, size);
    if (!blob->data) return ERROR_NOT_ENOUGH_MEMORY;
    blob->size = size;
    return ERROR_SUCCESS;
}

#endif
