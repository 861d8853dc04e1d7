/*
 * The $EFS itself, as GetEncryptedFileMetadata hands it out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "debug.h"
#include "efs_api.h"
#include "errors.h"
#include "stored_metadata.h"

/***********************************************************************
 *           GetEncryptedFileMetadata   (ADVAPI32.@)
 *
 * The $EFS of a file or directory, of any version, as it is.
 *
 * PARAMS
 *  name     [I] file or directory
 *  size     [O] bytes, up to 262144. Both are unchanged on failure.
 *  metadata [O] for FreeEncryptedFileMetadata
 *
 * RETURNS
 *  ERROR_SUCCESS or
 *  ERROR_INVALID_PARAMETER   one of them is NULL
 *  ERROR_FILE_NOT_ENCRYPTED  no EFS metadata there
 *  what the file can't be opened for, ERROR_FILE_CORRUPT, ERROR_NO_EFS
 */
DWORD WINAPI GetEncryptedFileMetadata(LPCWSTR name, PDWORD size, PBYTE *metadata)
{
    DWORD err, found;
    BYTE *bytes;

    TRACE("%s, %p, %p\n", debug_wstr(name), (void *)size, (void *)metadata);

    if (!name || !size || !metadata) return error_return(ERROR_INVALID_PARAMETER);
    if ((err = stored_metadata_get(name, &bytes, &found)))
    {
        WARN("%s: error %lu\n", debug_wstr(name), err);
        return error_return(err);
    }
    *size = found;
    *metadata = bytes;
    return ERROR_SUCCESS;
}

/***********************************************************************
 *           FreeEncryptedFileMetadata   (ADVAPI32.@)
 *
 * Frees what GetEncryptedFileMetadata handed out; NULL is allowed.
 */
VOID WINAPI FreeEncryptedFileMetadata(PBYTE metadata)
{
    TRACE("%p\n", (void *)metadata);

    if (metadata) HeapFree(GetProcessHeap(), 0, metadata);
}
