/*
 * The forms in which a key file holds private keys and certificates (inside of key.c's part of efs-crypto).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEY_FORMS_H
#define EFS_KEY_FORMS_H

#include <gnutls/pkcs12.h>
#include <gnutls/x509.h>
#include <stdbool.h>

#include "rsa_key.h"
#include "efs/error.h"
#include "efs/secret.h"

#define KEYS_MAX 16 /* of one file; more are left alone */

/* What a key file holds: arrays of certificates that GnuTLS allocated, and the keys. */
struct contents
{
    gnutls_x509_privkey_t keys[KEYS_MAX];
    unsigned int          key_count;
    gnutls_x509_crt_t    *certs[2];
    unsigned int          cert_count[2];
};

enum efs_error key_failure(struct efs_diag *diag, int err, enum efs_error otherwise, const char *rule);
void contents_free(struct contents *contents);

#define KEY_ROUNDS_MAX 10000000 /* of the derivation of a key from a password; a hostile file could ask for hours */

/* Does none of its parts ask for more than KEY_ROUNDS_MAX? */
bool pfx_is_affordable(gnutls_pkcs12_t pfx);
/* The same for an encrypted PKCS#8 key; true for what isn't one. */
bool pkcs8_is_affordable(const gnutls_datum_t *data, gnutls_x509_crt_fmt_t format);

/* Adds the keys of a PFX that are among its bags, beside those that are there. What can't be read is left out, but
 * GNUTLS_E_MEMORY_ERROR is returned: the next try may find more. Otherwise 0. */
int contents_add_bags(struct contents *contents, gnutls_pkcs12_t pfx, const char *password);
/* The same for the keys of a PEM file. */
int contents_add_pem(struct contents *contents, const gnutls_datum_t *file, const char *password);
/* A key that is all of the file: PVK, or DER of PKCS#1 or PKCS#8. EFS_ERR_KEY_FILE, EFS_ERR_PASSWORD,
   EFS_ERR_NO_MEMORY. */
enum efs_error contents_add_binary(struct contents *contents, const gnutls_datum_t *file, const char *password,
                                   struct efs_diag *diag);

/* The same key for OpenSSL, whose private operation is what is called for each file. EFS_ERR_KEY_FILE,
   EFS_ERR_NO_MEMORY. */
enum efs_error key_convert(struct rsa_key **key, gnutls_x509_privkey_t from, struct efs_diag *diag);

/* Is the file base64, without the lines around it that PEM has? Then decoded: its bytes; otherwise it is empty. */
enum efs_error key_decode_base64(struct efs_secret *decoded, const gnutls_datum_t *file, struct efs_diag *diag);

#endif
