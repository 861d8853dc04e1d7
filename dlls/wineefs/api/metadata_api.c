/*
 * The $EFS itself, for those who copy and edit it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "wine/debug.h"
#include "efs_api.h"
#include "wine/errors.h"
#include "efs/metadata.h"
#include "arguments.h"
#include "stored_metadata.h"

/***********************************************************************
 *           GetEncryptedFileMetadata   (ADVAPI32.@)
 *
 * The $EFS of a file or directory, of any version, as it is.
 *
 * PARAMS
 *  name     [I] file or directory
 *  size     [O] bytes, up to EFS_METADATA_MAX. Both are unchanged on failure.
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

/* The program passes no length: the $EFS says it itself. A copy, which nobody changes between check and use. */
static DWORD copy_metadata(const BYTE *metadata, BYTE **copy, DWORD *size)
{
    if (!pointer_is_readable(metadata, sizeof(*size))) return ERROR_INVALID_PARAMETER;
    memcpy(size, metadata, sizeof(*size));
    if (*size < EFS_METADATA_MIN || *size > EFS_METADATA_MAX || !pointer_is_readable(metadata, *size))
        return ERROR_INVALID_PARAMETER;
    if (!(*copy = HeapAlloc(GetProcessHeap(), 0, *size))) return ERROR_NOT_ENOUGH_MEMORY;
    memcpy(*copy, metadata, *size);
    return ERROR_SUCCESS;
}

static BOOL is_same(const struct stored_metadata *stored, const BYTE *bytes, DWORD size)
{
    return stored->size == size && !memcmp(stored->bytes, bytes, size);
}

static DWORD set_metadata(const WCHAR *name, const BYTE *old_metadata, const BYTE *new_metadata)
{
    BYTE *old = NULL, *new = NULL;
    struct stored_metadata stored = { 0 };
    DWORD err, old_size = 0, new_size = 0;

    if (old_metadata) err = copy_metadata(old_metadata, &old, &old_size);
    else err = ERROR_SUCCESS;
    if (!err) err = copy_metadata(new_metadata, &new, &new_size);
    if (!err && !(err = stored_metadata_open(name, &stored)))
    {
        if (old && !is_same(&stored, old, old_size)) err = ERROR_INVALID_DATA;
        else err = stored_metadata_replace(&stored, new, new_size);
        stored_metadata_close(&stored);
    }
    HeapFree(GetProcessHeap(), 0, old);
    HeapFree(GetProcessHeap(), 0, new);
    return err;
}

/***********************************************************************
 *           SetEncryptedFileMetadata   (ADVAPI32.@)
 *
 * Gives an encrypted file or directory another $EFS, in one step. The data stays as it is: whoever the new $EFS has no
 * right key for can't decrypt it any more.
 *
 * PARAMS
 *  name         [I] file or directory
 *  old_metadata [I] what it is expected to have, or NULL. The length of both is in them.
 *  new_metadata [I] a whole $EFS
 *  owner        [I] ignored: whose change it is
 *  operation    [I] METADATA_ADD, _REMOVE, _REPLACE or _GENERAL: what is changed, for the record; it makes no
 *               difference
 *  added        [I] ignored: who was added
 *
 * RETURNS
 *  ERROR_SUCCESS or
 *  ERROR_INVALID_PARAMETER        name or new_metadata is NULL; no such operation; a $EFS that can't be read, or whose
 *                                 length isn't one
 *  ERROR_INVALID_DATA             it has another $EFS than the old one
 *  ERROR_NOT_EXPORT_FORMAT        the new one breaks a rule of its format
 *  ERROR_EFS_VERSION_NOT_SUPPORT  it is of an unknown version
 *  ERROR_FILE_NOT_ENCRYPTED       no EFS metadata there
 *  ERROR_FILE_READ_ONLY           a read-only file
 *  ERROR_SHARING_VIOLATION        somebody else may write it
 *  ERROR_NOT_SUPPORTED            on NTFS-3G
 *  what the file can't be opened for, ERROR_DISK_FULL, ERROR_NO_EFS
 */
DWORD WINAPI SetEncryptedFileMetadata(LPCWSTR name, PBYTE old_metadata, PBYTE new_metadata,
                                      PENCRYPTION_CERTIFICATE_HASH owner, DWORD operation,
                                      PENCRYPTION_CERTIFICATE_HASH_LIST added)
{
    DWORD err;

    TRACE("%s, %p, %p, %p, %#lx, %p\n", debug_wstr(name), (void *)old_metadata, (void *)new_metadata, (void *)owner,
          operation, (void *)added);

    if (!name || !new_metadata) err = ERROR_INVALID_PARAMETER;
    else if (operation != METADATA_ADD && operation != METADATA_REMOVE && operation != METADATA_REPLACE
             && operation != METADATA_GENERAL)
        err = ERROR_INVALID_PARAMETER;
    else err = set_metadata(name, old_metadata, new_metadata);
    if (err) WARN("%s: error %lu\n", debug_wstr(name), err);
    return error_return(err);
}
