/*
 * What can be said about a file's key: to everybody, and to who has it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "wine/debug.h"
#include "api/efs_api.h"
#include "wine/errors.h"
#include "efs/metadata.h"
#include "api/stored_metadata.h"
#include "keys/available.h"
#include "keys/current_key.h"
#include "keys/policy.h"
#include "keys/user_key.h"
#include "wine/unixcall.h"

/* The blob and its data are one allocation. */
static DWORD make_blob(const void *data, DWORD size, PEFS_RPC_BLOB *out)
{
    EFS_RPC_BLOB *blob = HeapAlloc(GetProcessHeap(), 0, sizeof(*blob) + size);

    if (!blob) return ERROR_NOT_ENOUGH_MEMORY;
    blob->cbData = size;
    blob->pbData = (BYTE *)(blob + 1);
    memcpy(blob->pbData, data, size);
    *out = blob;
    return ERROR_SUCCESS;
}

static DWORD make_compatibility(const BYTE *metadata, DWORD size, PEFS_RPC_BLOB *out)
{
    EFS_COMPATIBILITY_INFO info;
    uint32_t version;
    enum efs_error err;

    if ((err = efs_metadata_identify(metadata, size, &version, NULL))) return error_of_stored(err);
    info.EfsVersion = version;
    return make_blob(&info, sizeof(info), out);
}

/* The user's key for it. Win32 code, as DecryptFile has it */
static DWORD find_key(const BYTE *metadata, DWORD size, struct user_key *key)
{
    DWORD err = keys_check();

    return err ? err : user_key_for(metadata, size, key);
}

/* Bits, as Windows counts them: 3DES' keys have a bit of parity in each byte. */
static DWORD count_bits(DWORD algorithm, DWORD bytes)
{
    return algorithm == CALG_3DES ? 7 * bytes : 8 * bytes;
}

static DWORD make_basic(const BYTE *metadata, DWORD size, PEFS_RPC_BLOB *out)
{
    struct file_key_params params = { .metadata = { .data = (UINT_PTR)metadata, .length = size } };
    struct user_key key;
    EFS_KEY_INFO info;
    DWORD err;

    /* to everybody else, Windows says that it can't be decrypted (cipher /c) */
    if ((err = find_key(metadata, size, &key)))
        return err == ERROR_ACCESS_DENIED || err == ERROR_EFS_DISABLED ? ERROR_DECRYPTION_FAILED : err;
    user_key_pass(&key, &params.pair);
    unixcall_file_key(&params);
    user_key_free(&key);
    if (unixcall_error(__func__, &params.result)) return ERROR_DECRYPTION_FAILED;
    info.dwVersion = 1;
    info.Algorithm = params.algorithm;
    info.KeyLength = info.Entropy = count_bits(params.algorithm, params.length);
    return make_blob(&info, sizeof(info), out);
}

/* What DecryptFile would answer, and which certificate's key it would use. */
static DWORD make_decryption_status(const BYTE *metadata, DWORD size, PEFS_RPC_BLOB *out)
{
    struct
    {
        EFS_DECRYPTION_STATUS_INFO info;
        BYTE                       hash[THUMBPRINT_SIZE];
    } answer = { { 0, 0, 0 }, { 0 } };
    struct user_key key;

    answer.info.dwDecryptionError = find_key(metadata, size, &key);
    if (answer.info.dwDecryptionError) return make_blob(&answer.info, sizeof(answer.info), out);
    memcpy(answer.hash, key.thumbprint, sizeof(answer.hash));
    user_key_free(&key);
    answer.info.dwHashOffset = sizeof(answer.info);
    answer.info.cbHash = sizeof(answer.hash);
    return make_blob(&answer, sizeof(answer.info) + sizeof(answer.hash), out);
}

/* What EncryptFile would answer, as far as keys go. It may make one: that isn't done for a question. */
static DWORD make_encryption_status(PEFS_RPC_BLOB *out)
{
    EFS_ENCRYPTION_STATUS_INFO info = { FALSE, keys_check() };

    if (!info.dwEncryptionError)
    {
        info.bHasCurrentKey = current_key_exists();
        if (!info.bHasCurrentKey && policy_forbids_self_signed()) info.dwEncryptionError = ERROR_NO_USER_KEYS;
    }
    return make_blob(&info, sizeof(info), out);
}

static DWORD get_info(const WCHAR *name, DWORD class, PEFS_RPC_BLOB *out)
{
    BYTE *metadata = NULL;
    DWORD err, size = 0;

    err = stored_metadata_get(name, &metadata, &size);
    /* This class is about the file that it could become. */
    if (err == ERROR_FILE_NOT_ENCRYPTED && class == KEY_INFO_ENCRYPTION_STATUS) err = ERROR_SUCCESS;
    if (err) return err;
    switch (class)
    {
    case KEY_INFO_BASIC: err = make_basic(metadata, size, out); break;
    case KEY_INFO_COMPATIBILITY: err = make_compatibility(metadata, size, out); break;
    case KEY_INFO_DECRYPTION_STATUS: err = make_decryption_status(metadata, size, out); break;
    case KEY_INFO_ENCRYPTION_STATUS: err = make_encryption_status(out); break;
    default: err = ERROR_NOT_SUPPORTED; break;
    }
    HeapFree(GetProcessHeap(), 0, metadata);
    return err;
}

/***********************************************************************
 *           EncryptedFileKeyInfo   (ADVAPI32.@)
 *
 * Tells about a file's encryption (MS-EFSR 3.1.4.2.13).
 *
 * PARAMS
 *  name  [I] file or directory
 *  class [I] 1: EFS_KEY_INFO; 2: EFS_COMPATIBILITY_INFO; 0x200: EFS_DECRYPTION_STATUS_INFO, and the
 *            hash of the certificate whose key is used; 0x400: EFS_ENCRYPTION_STATUS_INFO
 *  info  [O] the structure, for FreeEncryptedFileKeyInfo. Unchanged on failure.
 *
 * RETURNS
 *  ERROR_SUCCESS or
 *  ERROR_INVALID_PARAMETER   name or info is NULL
 *  ERROR_FILE_NOT_ENCRYPTED  not for class 0x400
 *  ERROR_DECRYPTION_FAILED   class 1, of a file that the user has no key for
 *  ERROR_NOT_SUPPORTED       any other class
 *  what the file can't be opened for, ERROR_FILE_CORRUPT, ERROR_NO_EFS
 */
DWORD WINAPI EncryptedFileKeyInfo(LPCWSTR name, DWORD class, PEFS_RPC_BLOB *info)
{
    DWORD err;

    TRACE("%s, %#lx, %p\n", debug_wstr(name), class, (void *)info);

    if (!name || !info) return error_return(ERROR_INVALID_PARAMETER);
    err = get_info(name, class, info);
    if (err) WARN("%s: error %lu\n", debug_wstr(name), err);
    return error_return(err);
}

/***********************************************************************
 *           FreeEncryptedFileKeyInfo   (ADVAPI32.@)
 *
 * Frees what EncryptedFileKeyInfo handed out; NULL is allowed.
 */
VOID WINAPI FreeEncryptedFileKeyInfo(PEFS_RPC_BLOB info)
{
    TRACE("%p\n", (void *)info);

    if (info) HeapFree(GetProcessHeap(), 0, info);
}
