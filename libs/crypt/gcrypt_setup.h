/*
 * libgcrypt, set up once for the process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_CRYPT_GCRYPT_SETUP_H
#define EFS_CRYPT_GCRYPT_SETUP_H

#include <gcrypt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sets it up at the first call, from any thread. False: the library is older than the one that this was built with. */
bool gcrypt_is_ready(void);

/* Opens the handle and sets the key. Weak DES keys are allowed: a file has the key that it has. */
gcry_error_t gcrypt_open_cipher(gcry_cipher_hd_t *handle, int algorithm, int mode, const uint8_t *key, size_t length);

#endif
