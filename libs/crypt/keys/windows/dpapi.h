/*
 * Opens what Windows' data protection (DPAPI) keeps: password -> pre-key -> master key -> blob.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_DPAPI_H
#define EFS_KEYS_DPAPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dpapi_format.h"
#include "efs/secret.h"
#include "crypt/keyfile/rsa_key.h"

#define PREKEY_SIZE   20 /* bytes */
#define PREKEYS_MAX   3
#define NT_HASH_SIZE  16
#define SHA1_SIZE     20
#define PASSWORD_MAX  1024 /* UTF-16 units; Windows takes 256 */

/* A password, or the hashes of one that is known by these alone. */
struct password_hashes
{
    bool    has_sha1, has_nt;
    uint8_t sha1[SHA1_SIZE]; /* of the UTF-16LE password */
    uint8_t nt[NT_HASH_SIZE]; /* MD4 of it */
};

/* password: UTF-8. EFS_ERR_INVALID: it isn't, or is longer than PASSWORD_MAX. */
enum efs_error password_hash(struct password_hashes *hashes, const char *password, struct efs_diag *diag);

/* What a master key can be under, in the order of likelihood. To be wiped by the caller. */
struct prekeys
{
    size_t      count;
    uint8_t     key[PREKEYS_MAX][PREKEY_SIZE];
    const char *how[PREKEYS_MAX]; /* for people */
};

/* flags: of the master key file. *budget: see dpapi_derive; the NT hash's PBKDF2 counts too. */
enum efs_error prekeys_make(struct prekeys *prekeys, const struct password_hashes *hashes, const char *sid,
                            uint32_t flags, uint64_t *budget, struct efs_diag *diag);

/*
 * EFS_ERR_PASSWORD: another key, or damaged; that can't be told apart. EFS_ERR_KEY_FILE, EFS_ERR_ALGORITHM (its number
 * is the diag's offset), EFS_ERR_NO_MEMORY. *budget: see dpapi_derive.
 */
enum efs_error masterkey_open(uint8_t masterkey[DPAPI_MASTERKEY], const struct masterkey_section *section,
                              const uint8_t prekey[PREKEY_SIZE], uint64_t *budget, struct efs_diag *diag);

/* By the domain's backup key; sid: whose it is, empty if the check is damaged. EFS_ERR_NO_KEY: another backup key. */
enum efs_error domain_section_open(uint8_t masterkey[DPAPI_MASTERKEY], char sid[SID_TEXT_MAX],
                                   const struct domain_section *section,
                                   const struct rsa_key *backup, struct efs_diag *diag);

/* The hashes of an older password, by the SHA-1 pre-key of a newer one. EFS_ERR_PASSWORD: surely the wrong one. */
enum efs_error credhist_open(struct password_hashes *old, const struct credhist_entry *entry,
                             const uint8_t prekey[PREKEY_SIZE],
                             uint64_t *budget, struct efs_diag *diag);
/* The pre-key for that, by the SHA-1 of a password. */
enum efs_error prekey_from_sha1(uint8_t prekey[PREKEY_SIZE], const uint8_t sha1[SHA1_SIZE], const char *sid,
                                struct efs_diag *diag);

/* What blobs are opened by: the SHA-1 of the master key. */
enum efs_error masterkey_digest(uint8_t sha1[SHA1_SIZE], const uint8_t masterkey[DPAPI_MASTERKEY],
                                struct efs_diag *diag);

/*
 * plain: is allocated. master_sha1: of masterkey_digest. entropy may be empty. EFS_ERR_KEY_FILE if the signature
 * doesn't verify: damaged, or protected by a further password.
 */
enum efs_error dpapi_blob_open(struct efs_secret *plain, const struct dpapi_blob *blob,
                               const uint8_t master_sha1[SHA1_SIZE],
                               const struct efs_bytes *entropy, struct efs_diag *diag);

#define PAD_INNER 0x36 /* of HMAC, RFC 2104 */
#define PAD_OUTER 0x5c

/*
 * CryptDeriveKey (wincrypt.h): the first bytes of the hash, or where it is too short the hashes of it in HMAC's two
 * pads. size: at most twice the hash.
 */
enum efs_error derive_cipher_key(uint8_t *key, size_t size, uint32_t hash_algorithm, const uint8_t *hash,
                                 struct efs_diag *diag);

/* PKCS#7: cuts off as many bytes as are padding, each of them their number. False if it isn't any. */
bool cut_padding(struct efs_secret *plain, size_t block);

#endif
