/*
 * What Windows' data protection (DPAPI) keeps in files: master keys, the history of passwords, protected blobs.
 *
 * A pure codec: no I/O, no allocation, nothing is decrypted here. What it hands out points into the caller's bytes.
 * Every failure is EFS_ERR_KEY_FILE.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_DPAPI_FORMAT_H
#define EFS_KEYS_DPAPI_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"
#include "efs/metadata.h"
#include "base/identifiers.h"

#define DPAPI_ROUNDS_MAX  10000000 /* of a key derivation; Windows has had 3,300 to 24,000 */
#define DPAPI_MASTERKEY   64       /* bytes of a user's master key */
#define DPAPI_SALT        16       /* bytes */
#define CREDHIST_MAX      1024     /* passwords of one history */

/* ---- master key file: Protect\SID\GUID ---- */

#define MASTERKEY_LOCAL_ACCOUNT 4u /* flag: under the SHA-1 of the password */

struct masterkey_file
{
    uint8_t          guid[GUID_SIZE]; /* the master key's name in blobs */
    bool             has_guid;        /* false if the text in the file isn't one */
    uint32_t         flags;
    struct efs_bytes master;          /* a section for masterkey_section_read */
    bool             has_credhist;
    uint8_t          credhist[GUID_SIZE]; /* the password that it is under */
    struct efs_bytes domain;          /* a section for domain_section_read; empty: there is none */
    size_t           length;          /* bytes of the whole */
};

/* Bytes after the last section are ignored: a file that was found on a disk ends with its cluster. */
enum efs_error masterkey_file_read(struct masterkey_file *file, const uint8_t *bytes, size_t length,
                                   struct efs_diag *diag);

struct masterkey_section
{
    const uint8_t   *salt;   /* DPAPI_SALT bytes */
    uint32_t         rounds; /* 1 to DPAPI_ROUNDS_MAX */
    uint32_t         hash, cipher;
    struct efs_bytes ciphertext;
};

enum efs_error masterkey_section_read(struct masterkey_section *section, const struct efs_bytes *bytes,
                                      struct efs_diag *diag);

struct domain_section
{
    uint32_t         version;         /* 2: 3DES and SHA-1, 3: the secret says which */
    uint8_t          guid[GUID_SIZE]; /* the domain's backup key */
    struct efs_bytes secret;          /* under that RSA key, least significant byte first */
    struct efs_bytes check;           /* whose it is, under a key that the secret holds */
};

enum efs_error domain_section_read(struct domain_section *section, const struct efs_bytes *bytes,
                                   struct efs_diag *diag);

/* What the secret of a domain section decrypts to. */
struct domain_secret
{
    const uint8_t   *masterkey; /* DPAPI_MASTERKEY bytes */
    uint32_t         hash, cipher;
    struct efs_bytes key;       /* of the check: key, then IV */
};

enum efs_error domain_secret_read(struct domain_secret *secret, uint32_t version, const uint8_t *bytes, size_t length,
                                  struct efs_diag *diag);

/* ---- history of passwords: Protect\CREDHIST ---- */

struct credhist_entry
{
    uint8_t          guid[GUID_SIZE]; /* the password whose hashes it holds */
    uint32_t         hash, cipher;
    uint32_t         rounds;      /* 1 to DPAPI_ROUNDS_MAX */
    uint32_t         sha1_length; /* bytes of the clear text: 20 */
    uint32_t         nt_length;   /* 16 to 32, of which 16 count */
    const uint8_t   *salt;        /* DPAPI_SALT bytes */
    struct efs_bytes sid;         /* binary */
    struct efs_bytes ciphertext;
};

/* Walks the history from the newest password to the oldest. */
struct credhist_walk
{
    const uint8_t *bytes;
    size_t         at;   /* where the entry that was read last begins */
    uint32_t       next; /* length of the one before it, 0: none */
    uint32_t       seen;
};

enum efs_error credhist_begin(struct credhist_walk *walk, const uint8_t *bytes, size_t length, struct efs_diag *diag);
/* *end: there was no more. */
enum efs_error credhist_next(struct credhist_walk *walk, struct credhist_entry *entry, bool *end,
                             struct efs_diag *diag);

/* ---- blob: what CryptProtectData makes ---- */

struct dpapi_blob
{
    uint8_t          masterkey[GUID_SIZE];
    uint32_t         flags;
    uint32_t         hash, cipher;
    struct efs_bytes salt, nonce; /* for the key; for the signature */
    struct efs_bytes ciphertext;
    struct efs_bytes signed_part;
    struct efs_bytes signature;
};

/* Bytes after the blob are ignored. */
enum efs_error dpapi_blob_read(struct dpapi_blob *blob, const uint8_t *bytes, size_t length, struct efs_diag *diag);

/* What Wine's CryptProtectData makes has the same fields; of them nonce, ciphertext and signature mean something
   there. */
enum efs_error wine_blob_read(struct dpapi_blob *blob, const uint8_t *bytes, size_t length, struct efs_diag *diag);

#endif
