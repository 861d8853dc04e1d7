/*
 * What rsa_key.c and certificate.c share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_RSA_KEY_INTERNAL_H
#define EFS_KEYS_RSA_KEY_INTERNAL_H

#include <openssl/evp.h>

struct rsa_key
{
    EVP_PKEY *pkey;
};

/* Takes the reference, also when it fails; NULL: out of memory. */
struct rsa_key *rsa_key_wrap(EVP_PKEY *pkey);

#endif
