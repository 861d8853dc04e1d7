/*
 * RSA private and public keys in CryptoAPI's and CNG's own forms, and PVK files.
 *
 * A pure codec: no I/O, no allocation, and no arithmetic: whether the numbers make a key, rsa_key.h says. What it hands
 * out points into the caller's bytes. Every failure is EFS_ERR_KEY_FILE.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_RSA_FORMAT_H
#define EFS_KEYS_RSA_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"
#include "efs/metadata.h"

#define RSA_BITS_MIN 384   /* CryptoAPI's own limits */
#define RSA_BITS_MAX 16384

/* p and q are empty in a public key. d and the rest aren't handed out: they follow from these. */
struct rsa_numbers
{
    bool             little_endian;
    struct efs_bytes n, e, p, q;
};

/* "RSA1" or "RSA2" in a key file of CryptoAPI's: each number has zeros behind it (Crypto\RSA). */
enum efs_error rsa_read_capi(struct rsa_numbers *numbers, const uint8_t *bytes, size_t length, struct efs_diag *diag);
/* PRIVATEKEYBLOB (wincrypt.h), as CryptExportKey makes it and PVK files hold it. */
enum efs_error rsa_read_privatekeyblob(struct rsa_numbers *numbers, const uint8_t *bytes, size_t length,
                                       struct efs_diag *diag);
/* BCRYPT_RSAPRIVATE_BLOB or BCRYPT_RSAFULLPRIVATE_BLOB (bcrypt.h). */
enum efs_error rsa_read_bcrypt(struct rsa_numbers *numbers, const uint8_t *bytes, size_t length,
                               struct efs_diag *diag);

#define PVK_CLEAR 8 /* bytes at the key's beginning that aren't encrypted */

struct pvk_file
{
    bool             encrypted;
    struct efs_bytes salt;
    struct efs_bytes key; /* a PRIVATEKEYBLOB, but for the encryption */
};

/* Does it begin as a PVK file does? */
bool pvk_is(const uint8_t *bytes, size_t length);
enum efs_error pvk_read(struct pvk_file *file, const uint8_t *bytes, size_t length, struct efs_diag *diag);

#endif
