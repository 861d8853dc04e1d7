/*
 * The pairs of a key file, each private key with its certificate, for a store that takes them in: CryptoAPI's, say.
 *
 * Part of the library efs-crypto; needs GnuTLS and OpenSSL.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef KEYS_PAIRS_H
#define KEYS_PAIRS_H

#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"
#include "efs/secret.h"

#define EFS_KEY_PAIRS_MAX 16 /* of one file; more are left alone */

struct efs_key_pair
{
    struct efs_secret pvk;                /* the private key, as a PVK file that isn't encrypted */
    uint8_t          *certificate;        /* DER, owned */
    size_t            certificate_length; /* bytes */
};

struct efs_key_pairs /* all zero: none */
{
    struct efs_key_pair list[EFS_KEY_PAIRS_MAX]; /* in the file's order */
    unsigned int        count;
    unsigned int        lone; /* private keys without a certificate in the file, which are left out */
};

/*
 * Reads a key file of the forms of efs_key_load. password: UTF-8 or NULL for none. To be freed by efs_key_pairs_free;
 * on failure there are none. Errors: those of efs_key_load; EFS_ERR_KEY_FILE, too: no private key in it has a
 * certificate there, or CryptoAPI's form has no room for such a key.
 */
enum efs_error efs_key_pairs_load(struct efs_key_pairs *pairs, const uint8_t *file, size_t length, const char *password,
                                  struct efs_diag *diag);
void efs_key_pairs_free(struct efs_key_pairs *pairs); /* wipes them */

#endif
