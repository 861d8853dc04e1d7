/*
 * A PFX (PKCS#12) made of a private key and its certificate.
 *
 * Part of the library efs-crypto; needs GnuTLS.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef KEYS_PFX_H
#define KEYS_PFX_H

#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"
#include "efs/metadata.h"

#define PFX_MAX 131072 /* bytes: of one with the longest key and a certificate of 64 KiB */

/*
 * The key is encrypted by AES-256 (PBES2), as the certificate is, with HMAC-SHA256 over all. key: a PVK file that isn't
 * encrypted, or DER; certificate: DER; password: UTF-8, terminated. buffer: room for PFX_MAX bytes; *length says how
 * many there are. Errors: EFS_ERR_KEY_FILE: no such key; EFS_ERR_INVALID: no certificate, or another key's;
 * EFS_ERR_NO_MEMORY.
 */
enum efs_error pfx_make(uint8_t *buffer, size_t *length, const struct efs_bytes *key,
                        const struct efs_bytes *certificate, const char *password, struct efs_diag *diag);

#endif
