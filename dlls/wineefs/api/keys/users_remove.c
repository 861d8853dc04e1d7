/*
 * Taking users out of a file's $EFS.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "wine/debug.h"
#include "api/efs_api.h"
#include "wine/errors.h"
#include "efs/metadata.h"
#include "api/arguments.h"
#include "api/stored_metadata.h"

/* Checks the list, and fills `hashes`, which has room for USERS_MAX. FALSE: the list can't be read, or is too long. */
static BOOL collect(const ENCRYPTION_CERTIFICATE_HASH_LIST *list, struct efs_bytes *hashes, DWORD *count)
{
    const ENCRYPTION_CERTIFICATE_HASH *user;
    const EFS_HASH_BLOB *hash;
    DWORD i;

    if (!pointer_is_readable(list, sizeof(*list)) || list->nCert_Hash > USERS_MAX) return FALSE;
    *count = list->nCert_Hash;
    if (*count && !pointer_is_readable(list->pUsers, *count * sizeof(*list->pUsers))) return FALSE;
    for (i = 0; i < *count; i++)
    {
        user = list->pUsers[i];
        if (!pointer_is_readable(user, sizeof(*user))) return FALSE;
        hash = user->pHash;
        if (!pointer_is_readable(hash, sizeof(*hash)) || hash->cbData > HASH_MAX) return FALSE;
        if (hash->cbData && !pointer_is_readable(hash->pbData, hash->cbData)) return FALSE;
        hashes[i].data = hash->pbData;
        hashes[i].length = hash->cbData;
    }
    return TRUE;
}

static DWORD replace_without(const struct stored_metadata *stored, const struct efs_bytes *hashes, DWORD count)
{
    struct efs_metadata metadata;
    enum efs_error err;
    uint32_t dropped;
    size_t size;
    BYTE *new;
    DWORD ret;

    if ((err = efs_metadata_read(&metadata, stored->bytes, stored->size, NULL))) return error_of_stored(err);
    /* MS-EFSR: the only user can't be removed, and isn't even looked for. */
    if (!metadata.opaque && metadata.count[EFS_DDF] == 1) return ERROR_INVALID_PARAMETER;
    if (!(new = HeapAlloc(GetProcessHeap(), 0, EFS_METADATA_MAX))) return ERROR_NOT_ENOUGH_MEMORY;
    if ((err = efs_metadata_drop_users(new, EFS_METADATA_MAX, &metadata, hashes, count, &size, &dropped)))
        ret = error_to_win32(err);
    else ret = dropped ? stored_metadata_replace(stored, new, (DWORD)size) : ERROR_SUCCESS;
    HeapFree(GetProcessHeap(), 0, new);
    return ret;
}

static DWORD remove_users(const WCHAR *name, const ENCRYPTION_CERTIFICATE_HASH_LIST *list)
{
    struct stored_metadata stored = { 0 };
    struct efs_bytes *hashes;
    DWORD count, err;

    if (!name) return ERROR_INVALID_PARAMETER;
    if (!(hashes = HeapAlloc(GetProcessHeap(), 0, USERS_MAX * sizeof(*hashes)))) return ERROR_NOT_ENOUGH_MEMORY;
    if (!collect(list, hashes, &count)) err = ERROR_INVALID_PARAMETER;
    else if (!(err = stored_metadata_open(name, &stored)))
    {
        err = replace_without(&stored, hashes, count);
        stored_metadata_close(&stored);
    }
    HeapFree(GetProcessHeap(), 0, hashes);
    return err;
}

/***********************************************************************
 *           RemoveUsersFromEncryptedFile   (ADVAPI32.@)
 *
 * Takes the users with these certificates out of the $EFS of a file or directory, in one step. Certificates that no
 * user has are ignored; recovery agents stay.
 *
 * PARAMS
 *  name [I] file or directory
 *  list [I] up to 500 certificates, of which only the hash counts
 *
 * RETURNS
 *  ERROR_SUCCESS or
 *  ERROR_INVALID_PARAMETER        name is NULL; the list, or something in it, can't be read, or has more than its
 *                                 limit;
 *                                 the file has one user only, or none would be left
 *  ERROR_FILE_NOT_ENCRYPTED       no EFS metadata there
 *  ERROR_EFS_VERSION_NOT_SUPPORT  $EFS of version 4 or later, which isn't understood here
 *  ERROR_FILE_READ_ONLY           a read-only file
 *  ERROR_SHARING_VIOLATION        somebody else may write it
 *  ERROR_NOT_SUPPORTED            on NTFS-3G
 *  what the file can't be opened for, ERROR_FILE_CORRUPT, ERROR_DISK_FULL, ERROR_NO_EFS
 */
DWORD WINAPI RemoveUsersFromEncryptedFile(LPCWSTR name, PENCRYPTION_CERTIFICATE_HASH_LIST list)
{
    DWORD err;

    TRACE("%s, %p\n", debug_wstr(name), (void *)list);

    err = remove_users(name, list);
    if (err) WARN("%s: error %lu\n", debug_wstr(name), err);
    return error_return(err);
}
