/*
 * Adding users to a file's $EFS, and a user's current key.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "api/arguments.h"
#include "api/efs_api.h"
#include "api/stored_metadata.h"
#include "keys/available.h"
#include "keys/current_key.h"
#include "keys/user_key.h"
#include "wine/debug.h"
#include "wine/errors.h"
#include "wine/unixcall.h"

static BOOL is_certificate(const ENCRYPTION_CERTIFICATE *certificate)
{
    return pointer_is_readable(certificate, sizeof(*certificate))
           && pointer_is_readable(certificate->pCertBlob, sizeof(*certificate->pCertBlob))
           && certificate->pCertBlob->cbData && certificate->pCertBlob->cbData <= CERTIFICATE_MAX
           && pointer_is_readable(certificate->pCertBlob->pbData, certificate->pCertBlob->cbData);
}

static BOOL is_certificate_list(const ENCRYPTION_CERTIFICATE_LIST *list)
{
    DWORD i;

    if (!pointer_is_readable(list, sizeof(*list)) || !list->nUsers || list->nUsers > USERS_MAX
        || !pointer_is_readable(list->pUsers, list->nUsers * sizeof(*list->pUsers)))
        return FALSE;
    for (i = 0; i < list->nUsers; i++)
        if (!is_certificate(list->pUsers[i])) return FALSE;
    return TRUE;
}

static DWORD add_with(const struct stored_metadata *stored, const struct key_bytes *certificates, DWORD count,
                      BOOL replace)
{
    struct add_users_params params = { .count = count, .certificates = (UINT_PTR)certificates,
                                       .remove_old = replace };
    struct user_key key;
    DWORD err;
    int fd;

    if ((err = user_key_for(stored->bytes, stored->size, &key))) return err;
    if (!(err = unixcall_get_fd(stored->file, 0, &fd)))
    {
        params.fd = fd;
        user_key_pass(&key, &params.pair);
        unixcall_add_users(&params);
        if ((err = unixcall_error(__func__, &params.result)) && params.bad_certificate) err = ERROR_INVALID_PARAMETER;
        else if (err) err = error_of_users((enum efs_error)params.result.error);
    }
    user_key_free(&key);
    return err;
}

static DWORD add_users(const WCHAR *name, const ENCRYPTION_CERTIFICATE_LIST *users, BOOL replace)
{
    struct stored_metadata stored;
    struct key_bytes *certificates;
    DWORD err, i;

    if (!name || !is_certificate_list(users) || (replace && users->nUsers != 1)) return ERROR_INVALID_PARAMETER;
    certificates = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, users->nUsers * sizeof(*certificates));
    if (!certificates) return ERROR_NOT_ENOUGH_MEMORY;
    for (i = 0; i < users->nUsers; i++)
    {
        certificates[i].data = (UINT_PTR)users->pUsers[i]->pCertBlob->pbData;
        certificates[i].length = users->pUsers[i]->pCertBlob->cbData;
    }
    if (!(err = stored_metadata_open(name, &stored)))
    {
        if (!(err = keys_check())) err = add_with(&stored, certificates, i, replace);
        stored_metadata_close(&stored);
    }
    HeapFree(GetProcessHeap(), 0, certificates);
    return err;
}

/***********************************************************************
 *           AddUsersToEncryptedFile   (ADVAPI32.@)
 *
 * Lets the private keys of more certificates open a file or directory, in one step. Its data stays as it is. Who has an
 * entry already keeps it.
 *
 * RETURNS
 *  ERROR_SUCCESS or
 *  ERROR_INVALID_PARAMETER        name is NULL; no user in the list, or more than 500; a certificate that isn't there,
 *                                 is larger than 32768 bytes, or is none of an RSA key of 1024 bits or more
 *  ERROR_FILE_NOT_ENCRYPTED       no EFS metadata there
 *  ERROR_ACCESS_DENIED            the user has no key that opens it
 *  ERROR_EFS_DISABLED             a policy forbids it, or wineefs-keys.so or what it stands on is missing
 *  ERROR_FILE_READ_ONLY           a read-only file
 *  ERROR_SHARING_VIOLATION        somebody else may write it
 *  ERROR_EFS_ALG_BLOB_TOO_BIG     the $EFS would be too large
 *  ERROR_EFS_VERSION_NOT_SUPPORT  $EFS of version 4 or later, which isn't understood here
 *  what the file can't be opened for, ERROR_FILE_CORRUPT, ERROR_DISK_FULL, ERROR_NO_EFS
 */
DWORD WINAPI AddUsersToEncryptedFile(LPCWSTR name, PENCRYPTION_CERTIFICATE_LIST users)
{
    DWORD err;

    TRACE("%s, %p\n", debug_wstr(name), (void *)users);

    err = add_users(name, users, FALSE);
    if (err) WARN("%s: error %lu\n", debug_wstr(name), err);
    return error_return(err);
}

/***********************************************************************
 *           AddUsersToEncryptedFileEx   (ADVAPI32.@)
 *
 * See AddUsersToEncryptedFile. Arguments as in MS-EFSR's EfsRpcAddUsersToFileEx.
 *
 * PARAMS
 *  flags    [I] ADD_USERS_REPLACE: the one certificate takes the place of the user whose key opens the file; others are
 *               ignored
 *  reserved [I] ignored
 */
DWORD WINAPI AddUsersToEncryptedFileEx(DWORD flags, PEFS_RPC_BLOB reserved, LPCWSTR name,
                                       PENCRYPTION_CERTIFICATE_LIST users)
{
    DWORD err;

    TRACE("%#lx, %p, %s, %p\n", flags, (void *)reserved, debug_wstr(name), (void *)users);

    err = add_users(name, users, (flags & ADD_USERS_REPLACE) != 0);
    if (err) WARN("%s: error %lu\n", debug_wstr(name), err);
    return error_return(err);
}

static DWORD set_key(const ENCRYPTION_CERTIFICATE *certificate)
{
    DWORD err;

    if (certificate && !is_certificate(certificate)) return ERROR_INVALID_PARAMETER;
    if (!unixcall_is_available()) return ERROR_NO_EFS;
    if ((err = keys_check())) return err;
    return certificate ? current_key_set(certificate->pCertBlob->pbData, certificate->pCertBlob->cbData)
        : current_key_make();
}

/***********************************************************************
 *           SetUserFileEncryptionKey   (ADVAPI32.@)
 *
 * Chooses the key for which the user's files are encrypted from now on.
 *
 * PARAMS
 *  certificate [I] one of the user's; NULL: a new one is made
 *
 * RETURNS
 *  ERROR_SUCCESS or
 *  ERROR_INVALID_PARAMETER  a certificate that isn't there, is larger than 32768 bytes, or is none
 *  ERROR_NO_USER_KEYS       the user hasn't it, its private key isn't there, or it isn't valid now; for NULL: a policy
 *                           forbids to make one
 *  ERROR_EFS_DISABLED       a policy forbids it, or wineefs-keys.so or what it stands on is missing
 *  ERROR_NO_EFS
 */
DWORD WINAPI SetUserFileEncryptionKey(PENCRYPTION_CERTIFICATE certificate)
{
    DWORD err;

    TRACE("%p\n", (void *)certificate);

    err = set_key(certificate);
    if (err) WARN("error %lu\n", err);
    return error_return(err);
}

/***********************************************************************
 *           SetUserFileEncryptionKeyEx   (ADVAPI32.@)
 *
 * See SetUserFileEncryptionKey. capabilities and flags are for algorithms that aren't made here, and ignored; reserved
 * must be NULL.
 */
DWORD WINAPI SetUserFileEncryptionKeyEx(PENCRYPTION_CERTIFICATE certificate, DWORD capabilities, DWORD flags,
                                        LPVOID reserved)
{
    TRACE("%p, %#lx, %#lx, %p\n", (void *)certificate, capabilities, flags, reserved);

    if (reserved) return error_return(ERROR_INVALID_PARAMETER);
    return SetUserFileEncryptionKey(certificate);
}

/***********************************************************************
 *           FlushEfsCache   (ADVAPI32.@)
 *
 * Forgets a user's cached keys. Nothing is cached here, so there's nothing left to do. The argument is documented
 * nowhere.
 */
DWORD WINAPI FlushEfsCache(PVOID user)
{
    TRACE("%p\n", user);

    return ERROR_SUCCESS;
}

/***********************************************************************
 *           UsePinForEncryptedFilesW   (ADVAPI32.@)
 *
 * Unlocks a key on a smart card, which can't be used here. The arguments are documented nowhere.
 */
DWORD WINAPI UsePinForEncryptedFilesW(PVOID a, PVOID b, PVOID c)
{
    TRACE("%p, %p, %p\n", a, b, c);

    return error_return(ERROR_EFS_DISABLED);
}

/***********************************************************************
 *           UsePinForEncryptedFilesA   (ADVAPI32.@)
 *
 * See UsePinForEncryptedFilesW.
 */
DWORD WINAPI UsePinForEncryptedFilesA(PVOID a, PVOID b, PVOID c)
{
    return UsePinForEncryptedFilesW(a, b, c);
}
