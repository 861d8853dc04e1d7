/*
 * DESX as EFS uses it: internal to libs/crypt, driven by cipher.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_DESX_H
#define EFS_DESX_H

#include <stddef.h>
#include <stdint.h>

#define EFS_DESX_KEY   16 /* bytes on disk */
#define EFS_DESX_BLOCK 8

/* What the key on disk stands for. */
struct efs_desx
{
    uint8_t des_key[EFS_DESX_BLOCK];
    uint8_t whiten_out[EFS_DESX_BLOCK]; /* on the ciphertext's side */
    uint8_t whiten_in[EFS_DESX_BLOCK];  /* on the plaintext's side */
};

/* One DES block operation, in ECB, on length bytes in place; nonzero on failure. */
typedef int (*efs_desx_blocks)(void *context, uint8_t *data, size_t length);

void efs_desx_expand(struct efs_desx *desx, const uint8_t key[EFS_DESX_KEY]);
/* One CBC chain in place. The direction of `des` is opposite: decrypting takes DES encryption and the reverse. */
int efs_desx_decrypt(const struct efs_desx *desx, efs_desx_blocks des_encrypt, void *context,
                     const uint8_t iv[EFS_DESX_BLOCK], uint8_t *data, size_t length);
int efs_desx_encrypt(const struct efs_desx *desx, efs_desx_blocks des_decrypt, void *context,
                     const uint8_t iv[EFS_DESX_BLOCK], uint8_t *data, size_t length);

#endif
