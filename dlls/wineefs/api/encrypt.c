/*
 * EncryptFile and DecryptFile, with the keys of the prefix.
 *
 * The file is opened through Wine, for nobody else: so who has it open, or opens it meanwhile, gets a sharing
 * violation. What becomes of it is the engine's, all or nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "encrypt.h"

#include "arguments.h"
#include "efs_api.h"
#include "keys/available.h"
#include "keys/current_key.h"
#include "keys/readers.h"
#include "keys/user_key.h"
#include "status.h"
#include "stored_metadata.h"
#include "visible/guard.h"
#include "visible/view.h"
#include "wine/debug.h"
#include "wine/errors.h"
#include "wine/unixcall.h"

/* What stands in the way of both, encrypting and decrypting, whether the file is encrypted or not. */
static DWORD check_attributes(const struct file_status *status)
{
    if (file_status_is_read_only(status)) return ERROR_FILE_READ_ONLY;
    return status->attributes & FILE_ATTRIBUTE_SYSTEM ? ERROR_ACCESS_DENIED : ERROR_SUCCESS;
}

static DWORD encrypt_for(HANDLE file, const struct readers *readers)
{
    struct encrypt_params params = { .readers = readers->pass };
    DWORD err;
    int fd;

    if ((err = unixcall_get_fd(file, 0, &fd))) return err;
    params.fd = fd;
    unixcall_encrypt(&params);
    return readers_error(__func__, &params.readers, &params.result);
}

static DWORD encrypt_opened(HANDLE file)
{
    struct readers readers;
    struct view view;
    DWORD err;

    /* somebody was faster */
    if (view_by_handle(file, &view)) return ERROR_SUCCESS;
    if (!(err = readers_get(&readers))) err = encrypt_for(file, &readers);
    readers_free(&readers);
    return err;
}

/*
 * What is empty, and directories, the view encrypts, for those whom it makes new files for. What has data is encrypted
 * for the user's key, as everywhere; none is made for that, which the view would not have.
 */
static DWORD encrypt_in_view(HANDLE file)
{
    DWORD err = view_encrypt(file);

    if (err != ERROR_NOT_SUPPORTED) return err;
    if ((err = keys_check())) return err;
    return current_key_exists() ? encrypt_opened(file) : ERROR_NO_USER_KEYS;
}

DWORD encrypt_new(HANDLE file)
{
    DWORD err = keys_check();

    return err ? err : encrypt_opened(file);
}

/*
 * Nobody else may have the file; a directory is only marked. An encrypted file of a view is changed below, and needn't
 * get ready to be written. NULL with the last error set.
 */
static HANDLE open_to_change(const WCHAR *name, const struct file_status *status)
{
    return guard_open(name, FILE_READ_DATA | (status->mounted && status->encrypted ? 0 : FILE_WRITE_DATA),
                      status->attributes & FILE_ATTRIBUTE_DIRECTORY ? SHARE_ALL : 0);
}

static DWORD encrypt_file(const WCHAR *name)
{
    struct file_status status;
    HANDLE file;
    DWORD err;

    if (!name) return ERROR_INVALID_PARAMETER;
    if ((err = file_status_get(name, &status)) || (err = check_attributes(&status))) return err;
    if (status.encrypted) return ERROR_SUCCESS;
    if (status.root || status.system_dir) return ERROR_ACCESS_DENIED;
    if (!status.supported) return ERROR_VOLUME_NOT_SUPPORT_EFS;
    if (status.disabled) return ERROR_DIR_EFS_DISALLOWED;
    if (!status.mounted && (err = keys_check())) return err;
    if (!(file = open_to_change(name, &status))) return GetLastError();
    err = status.mounted ? encrypt_in_view(file) : encrypt_opened(file);
    CloseHandle(file);
    return err;
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

static DWORD decrypt_with(HANDLE file, const struct user_key *key)
{
    struct decrypt_params params = { 0 };
    DWORD err;
    int fd;

    if ((err = unixcall_get_fd(file, 0, &fd))) return err;
    params.fd = fd;
    user_key_pass(key, &params.pair);
    unixcall_decrypt(&params);
    err = unixcall_error(__func__, &params.result);
    return err ? error_of_change((enum efs_error)params.result.error) : ERROR_SUCCESS;
}

static DWORD decrypt_opened(HANDLE file)
{
    struct user_key key;
    BYTE *metadata;
    DWORD err, size;

    err = stored_metadata_load(file, &metadata, &size);
    if (err == ERROR_FILE_NOT_ENCRYPTED) return ERROR_SUCCESS; /* somebody was faster */
    if (err) return err;
    if (!(err = user_key_for(metadata, size, &key)))
    {
        err = decrypt_with(file, &key);
        user_key_free(&key);
    }
    HeapFree(GetProcessHeap(), 0, metadata);
    return err;
}

static DWORD decrypt_file(const WCHAR *name, DWORD reserved)
{
    struct file_status status;
    HANDLE file;
    DWORD err;

    if (!name || reserved) return ERROR_INVALID_PARAMETER;
    if ((err = file_status_get(name, &status)) || (err = check_attributes(&status))) return err;
    if (!status.encrypted) return ERROR_SUCCESS;
    if (status.attributes & FILE_ATTRIBUTE_DIRECTORY) return clear_directory(name);
    if ((err = keys_check())) return err;
    if (!(file = open_to_change(name, &status))) return GetLastError();
    err = decrypt_opened(file);
    CloseHandle(file);
    return err;
}

/***********************************************************************
 *           EncryptFileW   (ADVAPI32.@)
 *
 * Encrypts a file with all its streams, all or nothing, for the user's current key and the recovery agents. If the user
 * has no key, one is made. A directory is marked: new files in it are to be encrypted, what is in it stays as it is.
 *
 * RETURNS
 *  TRUE if the file or directory is encrypted now, or was; otherwise FALSE with the last error set:
 *  ERROR_INVALID_PARAMETER       name is NULL
 *  ERROR_FILE_READ_ONLY          a read-only file
 *  ERROR_ACCESS_DENIED           a system file, a root directory, something in the Windows directory; another user's
 *  ERROR_VOLUME_NOT_SUPPORT_EFS  the file system can't hold encrypted files
 *  ERROR_DIR_EFS_DISALLOWED      see EncryptionDisable
 *  ERROR_EFS_DISABLED            a policy forbids it, or wineefs-keys.so or what it stands on is missing
 *  ERROR_SHARING_VIOLATION       somebody has it open, or it was changed meanwhile
 *  ERROR_NO_USER_KEYS            the user has no key, and a policy forbids to make one, or it is in a view
 *  ERROR_BAD_RECOVERY_POLICY     the policy can't be read, or an agent's certificate can't be used
 *  ERROR_NOT_SUPPORTED           it has other names (hard links), or on NTFS-3G what can't be kept there
 *  ERROR_DISK_FULL, what the file can't be opened for, ERROR_NO_EFS. It is as it was then.
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
 *  TRUE if it isn't encrypted any more, or wasn't. A directory loses its mark, which takes no key; what is in it stays
 *  as it is. Otherwise FALSE with the last error set:
 *  ERROR_INVALID_PARAMETER        name is NULL, reserved isn't 0
 *  ERROR_FILE_READ_ONLY           a read-only file
 *  ERROR_ACCESS_DENIED            a system file; a file for which the user has no key
 *  ERROR_EFS_DISABLED             a policy forbids it, or wineefs-keys.so or what it stands on is missing
 *  ERROR_SHARING_VIOLATION        somebody has it open, or it was changed meanwhile
 *  ERROR_FILE_CORRUPT             $EFS breaks a rule of its format, or doesn't fit the data
 *  ERROR_EFS_VERSION_NOT_SUPPORT  $EFS of version 4 or later, which isn't understood here
 *  ERROR_VOLUME_NOT_SUPPORT_EFS   an alternate stream that is too large for an attribute of this file system
 *  ERROR_NOT_SUPPORTED            it has other names (hard links); an algorithm that isn't known
 *  ERROR_DISK_FULL, what the file can't be opened for, ERROR_NO_EFS. It is as it was then.
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
