/*
 * RSA keys and certificates, of OpenSSL: of the libraries at hand the fastest by far for private keys.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_RSA_KEY_H
#define EFS_KEYS_RSA_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"
#include "efs/metadata.h"
#include "efs/secret.h"
#include "rsa_format.h"

struct rsa_key; /* private and public half, or the public alone */

/* EFS_ERR_KEY_FILE: the numbers make no key; EFS_ERR_NO_MEMORY. */
enum efs_error rsa_key_make(struct rsa_key **key, const struct rsa_numbers *numbers, struct efs_diag *diag);
void rsa_key_free(struct rsa_key *key); /* wipes it; NULL allowed */

/* A second owner of the same key; NULL: out of memory. */
struct rsa_key *rsa_key_share(const struct rsa_key *key);

uint32_t rsa_key_bits(const struct rsa_key *key);
/* Have they the same modulus and exponent? */
bool rsa_key_fits(const struct rsa_key *key, const struct rsa_key *other);

/* SHA-1 of the DER of its public half (SubjectPublicKeyInfo): the same for keys that fit. EFS_ERR_NO_MEMORY. */
enum efs_error rsa_key_id(const struct rsa_key *key, uint8_t id[20], struct efs_diag *diag);

/*
 * PKCS#1 v1.5, as CryptoAPI stores it: least significant byte first, exactly the modulus' size. plain: is allocated.
 * EFS_ERR_NO_KEY: it isn't encrypted for this key. A library that hides bad padding answers noise instead.
 */
enum efs_error rsa_key_decrypt(const struct rsa_key *key, const struct efs_bytes *encrypted, struct efs_secret *plain,
                               struct efs_diag *diag);

/*
 * The same the other way: out gets as many bytes as the modulus has, at most `capacity`; *length says how many.
 * EFS_ERR_ALGORITHM: the key is too short for the text, or too long for out; EFS_ERR_NO_MEMORY.
 */
enum efs_error rsa_key_encrypt(const struct rsa_key *key, const void *plain, size_t plain_length, uint8_t *out,
                               size_t capacity, uint32_t *length, struct efs_diag *diag);

/*
 * The key of a PVK file. password: as the file's maker gave it, byte by byte; NULL: none. EFS_ERR_PASSWORD: wrong, or
 * missing; EFS_ERR_KEY_FILE.
 */
enum efs_error pvk_open(struct rsa_key **key, const uint8_t *bytes, size_t length, const char *password,
                        struct efs_diag *diag);

/* The same way back: one that isn't encrypted, allocated. EFS_ERR_KEY_FILE: that form has no room for such a key. */
enum efs_error pvk_write(struct efs_secret *file, const struct rsa_key *key, struct efs_diag *diag);

/* PKCS#1 DER (RSAPrivateKey), allocated; for libraries that read key files. */
enum efs_error rsa_key_export(const struct rsa_key *key, struct efs_secret *der, struct efs_diag *diag);

#define THUMBPRINT_SIZE 20 /* SHA-1 of the DER */

struct certificate
{
    uint8_t         thumbprint[THUMBPRINT_SIZE];
    char           *subject;    /* RFC 2253, UTF-8; to be freed */
    char           *display;    /* as $EFS names users: "cn(upn)", UTF-8; to be freed */
    int64_t         not_before; /* seconds since 1970, UTC */
    int64_t         not_after;
    bool            for_efs;    /* no list of purposes (EKU), or EFS' own among them */
    struct rsa_key *key;        /* its public key; NULL: not an RSA key */
};

/* Is the text, a line of PEM's, anywhere in the file? */
bool pem_has(const uint8_t *bytes, size_t length, const char *text);
/* Do the bytes begin with a certificate, in DER, or is there one in PEM and no private key? */
bool certificate_is(const uint8_t *bytes, size_t length);
/* DER, or the first one in PEM; bytes after it are ignored. EFS_ERR_KEY_FILE, EFS_ERR_NO_MEMORY. */
enum efs_error certificate_read(struct certificate *certificate, const uint8_t *der, size_t length,
                                struct efs_diag *diag);
void certificate_free(struct certificate *certificate);

#endif
