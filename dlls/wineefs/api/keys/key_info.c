/*
 * What can be said about a file's key without having it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "wine/debug.h"
#include "api/efs_api.h"
#include "wine/errors.h"
#include "efs/metadata.h"
#include "api/stored_metadata.h"

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

/* No file can be decrypted here, nor encrypted: the answer that DecryptFile and EncryptFile give. */
static DWORD make_decryption_status(PEFS_RPC_BLOB *out)
{
    static const EFS_DECRYPTION_STATUS_INFO info = { ERROR_EFS_DISABLED, 0, 0 };

    return make_blob(&info, sizeof(info), out);
}

static DWORD make_encryption_status(PEFS_RPC_BLOB *out)
{
    static const EFS_ENCRYPTION_STATUS_INFO info = { FALSE, ERROR_EFS_DISABLED };

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
    /* Algorithm and length of the key are encrypted together with it. */
    case KEY_INFO_BASIC: err = ERROR_DECRYPTION_FAILED; break;
    case KEY_INFO_COMPATIBILITY: err = make_compatibility(metadata, size, out); break;
    case KEY_INFO_DECRYPTION_STATUS: err = make_decryption_status(out); break;
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
 *  class [I] 1: EFS_KEY_INFO; 2: EFS_COMPATIBILITY_INFO; 0x200: EFS_DECRYPTION_STATUS_INFO; 0x400:
 *            EFS_ENCRYPTION_STATUS_INFO
 *  info  [O] the structure, for FreeEncryptedFileKeyInfo. Unchanged on failure.
 *
 * RETURNS
 *  ERROR_SUCCESS or
 *  ERROR_INVALID_PARAMETER   name or info is NULL
 *  ERROR_FILE_NOT_ENCRYPTED  not for class 0x400
 *  ERROR_DECRYPTION_FAILED   class 1, which only the key's owner can be told (as Windows says to others: `cipher /c`)
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
