/*
 * Where Windows keeps private keys and certificates: the key files of CryptoAPI and of CNG, and the files of the
 * certificate store.
 *
 * A pure codec: no I/O, no allocation, nothing is decrypted here. What it hands out points into the caller's bytes.
 * Every failure is EFS_ERR_KEY_FILE.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_CONTAINER_FORMAT_H
#define EFS_KEYS_CONTAINER_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"
#include "efs/metadata.h"

#define CONTAINER_NAME_MAX 1024 /* bytes of a container's name; Windows takes 260 characters */

/* What CryptProtectData got besides the data (its entropy), with the NUL; a private key of CryptoAPI has none. */
#define CNG_KEY_ENTROPY "xT5rZW5qVVbrvpuA"

/* Crypto\RSA\SID\...: parts are empty where there is no such pair. */
struct capi_file
{
    struct efs_bytes name; /* of the container: single bytes, without the NUL */
    struct efs_bytes exchange_public, exchange_private;
    struct efs_bytes signature_public, signature_private;
    size_t           length;
};

/* Bytes behind the last part are ignored. */
enum efs_error capi_file_read(struct capi_file *file, const uint8_t *bytes, size_t length, struct efs_diag *diag);

/* Crypto\Keys\... */
struct cng_file
{
    struct efs_bytes name; /* of the container: UTF-16LE without a NUL */
    struct efs_bytes private_key;
    bool             isolated; /* the machine's virtualization-based security has it: it can't be opened elsewhere */
    size_t           length;
};

enum efs_error cng_file_read(struct cng_file *file, const uint8_t *bytes, size_t length, struct efs_diag *diag);

/* SystemCertificates\My\Certificates\..., and My\Keys\..., which has all of it but the certificate. */
struct store_file
{
    struct efs_bytes certificate;         /* DER */
    struct efs_bytes container, provider; /* UTF-16LE without a NUL; empty: unknown */
    struct efs_bytes key_identifier;      /* as a rule the SHA-1 of the public key's DER; empty: unknown */
    uint32_t         key_spec;            /* 1 exchange, 2 signature, 0 CNG or unknown */
    bool             machine;             /* the key is the machine's, not a user's */
    size_t           length;
};

enum efs_error store_file_read(struct store_file *file, const uint8_t *bytes, size_t length, struct efs_diag *diag);
/* Of My\Keys: the container has to be there, and no certificate. */
enum efs_error key_info_read(struct store_file *file, const uint8_t *bytes, size_t length, struct efs_diag *diag);

/* A whole store in one file (.sst), as certificates are exported to. */
#define SST_HEADER 8 /* bytes before the first element */
bool sst_is(const uint8_t *bytes, size_t length);
/*
 * The next element, whose bytes file->length counts; its certificate is empty if it is a list of revocations or the
 * like. *end: there are no more.
 */
enum efs_error sst_next(struct store_file *file, bool *end, const uint8_t *bytes, size_t length,
                        struct efs_diag *diag);

/* Are the two names the same, letter case apart (of ASCII)? Either as bytes or as UTF-16LE. */
bool container_names_match(const struct efs_bytes *a, bool a_is_wide, const struct efs_bytes *b, bool b_is_wide);

#endif
