/*
 * EncryptFile, DecryptFile, and the other functions that would need a user's key.
 *
 * There is neither a key store here nor a file system that encrypts. What Windows checks before it comes to that is
 * checked, and answered as Windows does; the rest is what Windows answers where EFS is switched off.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "arguments.h"
#include "wine/debug.h"
#include "efs_api.h"
#include "wine/errors.h"
#include "visible/guard.h"
#include "status.h"
#include "stored_metadata.h"
#include "visible/view.h"

/* What stands in the way of both, encrypting and decrypting, whether the file is encrypted or not. */
static DWORD check_attributes(const struct file_status *status)
{
    if (file_status_is_read_only(status)) return ERROR_FILE_READ_ONLY;
    return status->attributes & FILE_ATTRIBUTE_SYSTEM ? ERROR_ACCESS_DENIED : ERROR_SUCCESS;
}

static DWORD encrypt_file(const WCHAR *name)
{
    struct file_status status;
    DWORD err;

    if (!name) return ERROR_INVALID_PARAMETER;
    if ((err = file_status_get(name, &status)) || (err = check_attributes(&status))) return err;
    if (status.encrypted) return ERROR_SUCCESS;
    if (status.root || status.system_dir) return ERROR_ACCESS_DENIED;
    if (!status.supported) return ERROR_VOLUME_NOT_SUPPORT_EFS;
    return status.disabled ? ERROR_DIR_EFS_DISALLOWED : ERROR_EFS_DISABLED;
}

/* A directory has no data. Its $EFS only says for whom new files in it are encrypted, and is removed without a key. */
static DWORD clear_directory(const WCHAR *name)
{
    HANDLE dir = guard_open(name, FILE_WRITE_DATA, SHARE_ALL);
    NTSTATUS status;

    if (!dir) return GetLastError();
    status = view_strip(dir);
    CloseHandle(dir);
    return status_to_win32(status);
}

static DWORD decrypt_file(const WCHAR *name, DWORD reserved)
{
    struct file_status status;
    DWORD err;

    if (!name || reserved) return ERROR_INVALID_PARAMETER;
    if ((err = file_status_get(name, &status)) || (err = check_attributes(&status))) return err;
    if (!status.encrypted) return ERROR_SUCCESS;
    return status.attributes & FILE_ATTRIBUTE_DIRECTORY ? clear_directory(name) : ERROR_EFS_DISABLED;
}

/***********************************************************************
 *           EncryptFileW   (ADVAPI32.@)
 *
 * RETURNS
 *  TRUE if the file or directory is encrypted already; otherwise FALSE with the last error set:
 *  ERROR_INVALID_PARAMETER       name is NULL
 *  ERROR_FILE_READ_ONLY          a read-only file
 *  ERROR_ACCESS_DENIED           a system file, a root directory, something in the Windows directory
 *  ERROR_VOLUME_NOT_SUPPORT_EFS  the file system can't hold encrypted files
 *  ERROR_DIR_EFS_DISALLOWED      see EncryptionDisable
 *  ERROR_EFS_DISABLED            it could be encrypted, but nothing here can do it
 *  what the file can't be opened for, ERROR_NO_EFS
 */
BOOL WINAPI EncryptFileW(LPCWSTR name)
{
    DWORD err;

    TRACE("%s\n", debug_wstr(name));

    err = encrypt_file(name);
    if (err) WARN("%s: error %lu\n", debug_wstr(name), err);
    return !error_return(err);
}

/***********************************************************************
 *           EncryptFileA   (ADVAPI32.@)
 *
 * See EncryptFileW. The name is in the code page of the file functions.
 */
BOOL WINAPI EncryptFileA(LPCSTR name)
{
    WCHAR *wide = ansi_to_wide(name);

    return ansi_finish(wide, wide && EncryptFileW(wide));
}

/***********************************************************************
 *           DecryptFileW   (ADVAPI32.@)
 *
 * PARAMS
 *  name     [I] file or directory
 *  reserved [I] 0
 *
 * RETURNS
 *  TRUE if it isn't encrypted, or was a directory, which isn't any more; otherwise FALSE with the last error set:
 *  ERROR_INVALID_PARAMETER  name is NULL, reserved isn't 0
 *  ERROR_FILE_READ_ONLY     a read-only file
 *  ERROR_ACCESS_DENIED      a system file
 *  ERROR_EFS_DISABLED       an encrypted file: nothing here has its key
 *  what the file can't be opened for, ERROR_NO_EFS
 */
BOOL WINAPI DecryptFileW(LPCWSTR name, DWORD reserved)
{
    DWORD err;

    TRACE("%s, %#lx\n", debug_wstr(name), reserved);

    err = decrypt_file(name, reserved);
    if (err) WARN("%s: error %lu\n", debug_wstr(name), err);
    return !error_return(err);
}

/***********************************************************************
 *           DecryptFileA   (ADVAPI32.@)
 *
 * See DecryptFileW. The name is in the code page of the file functions.
 */
BOOL WINAPI DecryptFileA(LPCSTR name, DWORD reserved)
{
    WCHAR *wide = ansi_to_wide(name);

    return ansi_finish(wide, wide && DecryptFileW(wide, reserved));
}

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

static DWORD add_users(const WCHAR *name, const ENCRYPTION_CERTIFICATE_LIST *users)
{
    BYTE *metadata;
    DWORD err, size;

    if (!name || !is_certificate_list(users)) return ERROR_INVALID_PARAMETER;
    if ((err = stored_metadata_get(name, &metadata, &size))) return err;
    HeapFree(GetProcessHeap(), 0, metadata);
    return ERROR_EFS_DISABLED;
}

/***********************************************************************
 *           AddUsersToEncryptedFile   (ADVAPI32.@)
 *
 * RETURNS
 *  ERROR_INVALID_PARAMETER   name is NULL; no user in the list, or more than 500; a certificate that isn't there, or is
 *                            larger than 32768 bytes
 *  ERROR_FILE_NOT_ENCRYPTED  no EFS metadata there
 *  ERROR_EFS_DISABLED        otherwise: it takes the file's key
 *  what the file can't be opened for, ERROR_NO_EFS
 */
DWORD WINAPI AddUsersToEncryptedFile(LPCWSTR name, PENCRYPTION_CERTIFICATE_LIST users)
{
    TRACE("%s, %p\n", debug_wstr(name), (void *)users);

    return error_return(add_users(name, users));
}

/***********************************************************************
 *           AddUsersToEncryptedFileEx   (ADVAPI32.@)
 *
 * See AddUsersToEncryptedFile. Arguments as in MS-EFSR's EfsRpcAddUsersToFileEx.
 */
DWORD WINAPI AddUsersToEncryptedFileEx(DWORD flags, PEFS_RPC_BLOB reserved, LPCWSTR name,
                                       PENCRYPTION_CERTIFICATE_LIST users)
{
    TRACE("%#lx, %p, %s, %p\n", flags, (void *)reserved, debug_wstr(name), (void *)users);

    return error_return(add_users(name, users));
}

/***********************************************************************
 *           SetUserFileEncryptionKey   (ADVAPI32.@)
 *
 * RETURNS
 *  ERROR_INVALID_PARAMETER  a certificate that isn't there, or is larger than 32768 bytes
 *  ERROR_EFS_DISABLED       otherwise, also for NULL, which stands for a new key
 */
DWORD WINAPI SetUserFileEncryptionKey(PENCRYPTION_CERTIFICATE certificate)
{
    TRACE("%p\n", (void *)certificate);

    return error_return(certificate && !is_certificate(certificate) ? ERROR_INVALID_PARAMETER : ERROR_EFS_DISABLED);
}

/***********************************************************************
 *           SetUserFileEncryptionKeyEx   (ADVAPI32.@)
 *
 * See SetUserFileEncryptionKey. reserved must be NULL.
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
 * Unlocks a key on a smart card. There is no key here. The arguments are documented nowhere.
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
