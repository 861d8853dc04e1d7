/*
 * Bytes that are taken or given as a whole.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "blob.h"

void blob_free(struct blob *blob)
{
    HeapFree(GetProcessHeap(), 0, blob->data);
    memset(blob, 0, sizeof(*blob));
}

DWORD blob_alloc(struct blob *blob, ULONG size)
{
    blob_free(blob);
    blob->data = HeapAlloc(GetProcessHeap(), 0, size);
    if (!blob->data) return ERROR_NOT_ENOUGH_MEMORY;
    blob->size = size;
    return ERROR_SUCCESS;
}
