/*
 * Where keys come from: a Windows profile, a whole Windows volume, a Wine prefix, a directory of key files, one key
 * file.
 *
 * Part of the library efs-crypto; needs OpenSSL and libgcrypt.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYSTORE_H
#define EFS_KEYSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"
#include "efs/key.h"
#include "efs/secret.h"

struct efs_keystore;

/* A master key (a file below Protect) by its name and its SHA-1, which is all that is needed of it. */
struct efs_master_key
{
    uint8_t guid[16]; /* as in files: the first three fields little-endian */
    uint8_t sha1[20]; /* of its 64 bytes */
};

/* What the user knows. Each may be NULL. */
struct efs_key_secrets
{
    const char    *password; /* UTF-8 */
    const uint8_t *nt_hash;  /* 16 bytes: of the password, as a domain and SAM keep it; opens domain accounts */
    const uint8_t *sha1;     /* 20 bytes: of the password in UTF-16LE; opens local accounts */
    const char    *sid;      /* the user's, in place of the one that the directory's name says */
    const struct efs_keystore *backup; /* its keys are tried as a domain's backup keys */
    const struct efs_master_key *masters; /* that another tool has opened; their files need not be there */
    size_t         master_count;
};

/*
 * Reads a list of such: a line for each, {GUID}:DIGITS, where DIGITS are those of its SHA-1 (40) or of the key itself
 * (128); without braces, or with blanks in the colon's place, too; empty lines and those that begin with # are left
 * out. masters: an array of struct efs_master_key, to be freed. EFS_ERR_INVALID: diag's offset is where the line that
 * is none begins.
 */
enum efs_error efs_master_keys_read(struct efs_secret *masters, const uint8_t *text, size_t length,
                                    struct efs_diag *diag);

enum efs_keystore_kind
{
    EFS_KEYSTORE_FILES,   /* a key file, or a directory of such */
    EFS_KEYSTORE_PREFIX,  /* a Wine prefix, user.reg and efs-keys: keys are obfuscated there, not protected */
    EFS_KEYSTORE_PROFILE, /* a Windows user's directory */
    EFS_KEYSTORE_VOLUME,  /* a Windows volume, all of its users */
    EFS_KEYSTORE_IMAGE,   /* a raw disk, searched for what no name leads to */
};

/* A certificate with its key, or with the reason why that can't be had; or a key without a certificate. */
struct efs_keystore_entry
{
    const char    *where;           /* the file of the key, else of the certificate; as the user would name it */
    const char    *how;             /* what opened it, for people; NULL: nothing was needed, or it didn't open */
    bool           has_certificate; /* the next four are known */
    uint8_t        thumbprint[20];  /* SHA-1 of the certificate */
    const char    *subject;         /* RFC 2253, UTF-8 */
    int64_t        not_before;      /* seconds since 1970, UTC */
    int64_t        not_after;
    uint32_t       bits;            /* of the key; 0: unknown */
    enum efs_error code;            /* EFS_OK: usable. EFS_ERR_PASSWORD: wrong or missing; EFS_ERR_KEY_FILE: damaged;
                                     * EFS_ERR_NO_KEY: it isn't there; EFS_ERR_ALGORITHM: unsupported */
    const char    *reason;          /* the same in words; NULL: usable */
    uint32_t       algorithm;       /* EFS_ERR_ALGORITHM: CryptoAPI's number of it */
};

/* files of one source; what is beyond isn't looked at, and an entry says so */
#define EFS_KEYSTORE_FILES_MAX 16384
#define EFS_KEYSTORE_BYTES_MAX 67108864   /* and their bytes */
#define EFS_KEYSTORE_ROUNDS_MAX 50000000  /* HMACs in all, some 30 seconds: hostile files may ask for any number */

/*
 * Reads all that is there, and opens what the secrets open. A file that can't be read or is damaged becomes an entry;
 * the source itself fails: EFS_ERR_NOT_FOUND and so on, EFS_ERR_KEY_FILE if there is nothing of keys in it,
 * EFS_ERR_INVALID for secrets that can't be right (the password isn't UTF-8, the SID isn't one).
 */
enum efs_error efs_keystore_open(struct efs_keystore **store, const char *source, const struct efs_key_secrets *secrets,
                                 struct efs_diag *diag);

/* Called now and then with the bytes that have been searched; false: stop. */
typedef bool (*efs_keystore_progress)(void *context, uint64_t done, uint64_t total);

/*
 * Searches a raw disk, or an image of one, for what no file name leads to any more: certificates, key files, master
 * keys, histories of passwords, in the clusters of NTFS and in its file records. Memory: 1 MiB and what is found. Parts
 * that can't be read are left out, and an entry says so. progress may be NULL; EFS_ERR_INVALID if it stops the search.
 */
enum efs_error efs_keystore_scan(struct efs_keystore **store, const char *path, const struct efs_key_secrets *secrets,
                                 efs_keystore_progress progress, void *context, struct efs_diag *diag);

/* What was found, usable or not. */
struct efs_keystore_found
{
    size_t certificates, key_files, master_keys, histories;
    size_t sids; /* that were seen beside these, in $EFS and in histories */
};
void efs_keystore_found(const struct efs_keystore *store, struct efs_keystore_found *found);

void efs_keystore_close(struct efs_keystore *store); /* wipes all keys; NULL allowed */

enum efs_keystore_kind efs_keystore_kind(const struct efs_keystore *store);
size_t efs_keystore_count(const struct efs_keystore *store);
/* Usable ones first; of a Wine prefix, that of the current key before all others. */
const struct efs_keystore_entry *efs_keystore_entry(const struct efs_keystore *store, size_t index);

/* All usable keys, those with certificates first. EFS_ERR_NO_MEMORY; without any, the first entry's code and reason. */
enum efs_error efs_keystore_keys(const struct efs_keystore *store, struct efs_key **key, struct efs_diag *diag);

#endif
