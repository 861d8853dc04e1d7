/*
 * A copy of a user's key, for "cipher /X".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "available.h"
#include "user_key.h"
#include "wine/errors.h"
#include "wine/unixcall.h"

DWORD WINAPI wineefs_key_export(const BYTE thumbprint[THUMBPRINT_SIZE], const char *password, HANDLE file);

/***********************************************************************
 *           wineefs_key_export
 *
 * Writes a PFX of one of the user's private keys and its certificate, which Wine's PFXExportCertStoreEx doesn't make.
 *
 * PARAMS
 *  thumbprint [I] SHA-1 of the certificate
 *  password   [I] for the file: UTF-8, terminated
 *  file       [I] a new, empty one, to which this handle may write; it becomes the user's alone
 *
 * RETURNS
 *  ERROR_ACCESS_DENIED: the user has no such key, or it can't be exported; ERROR_EFS_DISABLED: as EncryptFile.
 */
DWORD WINAPI wineefs_key_export(const BYTE thumbprint[THUMBPRINT_SIZE], const char *password, HANDLE file)
{
    struct save_pfx_params params = { .password = (UINT_PTR)password };
    struct user_key key;
    DWORD err = keys_check();
    int fd;

    if (err || (err = user_key_get(thumbprint, &key))) return err;
    if (!(err = unixcall_get_fd(file, FILE_WRITE_DATA, &fd)))
    {
        params.fd = fd;
        user_key_pass(&key, &params.pair);
        unixcall_save_pfx(&params);
        if (unixcall_error(__func__, &params.result)) err = error_of_change((enum efs_error)params.result.error);
    }
    user_key_free(&key);
    return err;
}
