/*
 * Keys in files for people: a copy of a user's, for "cipher /X", and a new recovery agent's, for "cipher /R".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "available.h"
#include "self_signed.h"
#include "user_key.h"
#include "wine/errors.h"
#include "wine/unixcall.h"

DWORD WINAPI wineefs_key_export(const BYTE thumbprint[THUMBPRINT_SIZE], const char *password, HANDLE file);
DWORD WINAPI wineefs_recovery_make(const char *password, HANDLE file, BYTE *certificate, DWORD *size);

/* A PFX of it into the file, which becomes the user's alone. */
static DWORD save(const char *function, const struct user_key *key, const char *password, HANDLE file)
{
    struct save_pfx_params params = { .password = (UINT_PTR)password };
    DWORD err;
    int fd;

    if ((err = unixcall_get_fd(file, FILE_WRITE_DATA, &fd))) return err;
    params.fd = fd;
    user_key_pass(key, &params.pair);
    unixcall_save_pfx(&params);
    return unixcall_error(function, &params.result) ? error_of_change((enum efs_error)params.result.error)
        : ERROR_SUCCESS;
}

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
 *  ERROR_ACCESS_DENIED: the user has no such key, or it can't be exported; ERROR_NO_EFS and
 *  ERROR_EFS_DISABLED: as EncryptFile.
 */
DWORD WINAPI wineefs_key_export(const BYTE thumbprint[THUMBPRINT_SIZE], const char *password, HANDLE file)
{
    struct user_key key;
    DWORD err = keys_check();

    if (err || (err = user_key_get(thumbprint, &key))) return err;
    err = save(__func__, &key, password, file);
    user_key_free(&key);
    return err;
}

/***********************************************************************
 *           wineefs_recovery_make
 *
 * Makes a recovery agent's key and its self-signed certificate, and writes both into a PFX. They are kept nowhere else.
 *
 * PARAMS
 *  password    [I] for the file: UTF-8, terminated
 *  file        [I] a new, empty one, to which this handle may write; it becomes the user's alone
 *  certificate [O] the certificate, DER
 *  size        [IO] bytes that there is room for; that it has
 *
 * RETURNS
 *  ERROR_MORE_DATA: there is no room for it; ERROR_NO_EFS and ERROR_EFS_DISABLED: as EncryptFile. What the
 *  file has then doesn't matter.
 */
DWORD WINAPI wineefs_recovery_make(const char *password, HANDLE file, BYTE *certificate, DWORD *size)
{
    struct user_key key;
    DWORD err = keys_check();

    if (err || (err = self_signed_recovery(&key))) return err;
    if (key.certificate.size > *size) err = ERROR_MORE_DATA;
    else memcpy(certificate, key.certificate.data, key.certificate.size);
    *size = key.certificate.size;
    if (!err) err = save(__func__, &key, password, file);
    user_key_free(&key);
    return err;
}
