/*
 * Hashes, HMACs and ciphers by their CryptoAPI numbers, of libgcrypt.
 *
 * EFS_ERR_ALGORITHM: the number isn't one that is supported; it is the offset in the diag. So it is when libgcrypt
 * refuses it, as it does with old ones in FIPS mode.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_PRIMITIVES_H
#define EFS_KEYS_PRIMITIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"
#include "efs/metadata.h"

/* CryptoAPI ALG_IDs */
#define DPAPI_MD4    0x8002
#define DPAPI_MD5    0x8003
#define DPAPI_SHA1   0x8004
#define DPAPI_HMAC   0x8009 /* in a master key: with SHA-1 */
#define DPAPI_SHA256 0x800c
#define DPAPI_SHA512 0x800e
#define DPAPI_3DES   0x6603
#define DPAPI_AES256 0x6610

#define DIGEST_MAX 64 /* bytes */

/* The error of the first paragraph. */
enum efs_error algorithm_unsupported(struct efs_diag *diag, uint32_t algorithm);

/* DPAPI_SHA1 and so on; bytes of the result, 0: not supported. */
size_t digest_size(uint32_t algorithm);
/* The hash of the parts one after the other; digest_size bytes. */
enum efs_error digest_parts(uint32_t algorithm, const struct efs_bytes *parts, size_t count, uint8_t *out,
                            struct efs_diag *diag);
enum efs_error hmac_parts(uint32_t algorithm, const struct efs_bytes *key, const struct efs_bytes *parts,
                          size_t count, uint8_t *out,
                          struct efs_diag *diag);

/*
 * DPAPI's way of deriving a key: as PBKDF2 (RFC 8018), but that each round's HMAC is fed with the exclusive or of all
 * before it, not with the previous HMAC. rounds: at least 1. *budget: the HMACs that may still be computed, so that
 * hostile files don't cost hours.
 */
enum efs_error dpapi_derive(uint32_t algorithm, const struct efs_bytes *key, const struct efs_bytes *salt,
                            uint32_t rounds,
                            uint8_t *out, size_t length, uint64_t *budget, struct efs_diag *diag);
/* Takes HMACs out of a budget; EFS_ERR_KEY_FILE if there aren't as many left. */
enum efs_error rounds_spend(uint64_t *budget, uint64_t rounds, struct efs_diag *diag);
/* PBKDF2 itself, with HMAC-SHA-256. */
enum efs_error pbkdf2_sha256(const struct efs_bytes *key, const struct efs_bytes *salt, uint32_t rounds, uint8_t *out,
                             size_t length,
                             struct efs_diag *diag);

/* DPAPI_3DES or DPAPI_AES256; false: not supported. Bytes. */
bool cipher_sizes(uint32_t algorithm, size_t *key, size_t *block);
/* CBC in place, without a look at the padding; length: whole blocks. */
enum efs_error cbc_decrypt(uint32_t algorithm, const uint8_t *key, const uint8_t *iv, uint8_t *data, size_t length,
                           struct efs_diag *diag);
/* RC4 in place. */
enum efs_error rc4_apply(const uint8_t *key, size_t key_length, uint8_t *data, size_t length, struct efs_diag *diag);

/* In a time that doesn't tell where they differ. */
bool same_secret(const uint8_t *a, const uint8_t *b, size_t length);

#endif
