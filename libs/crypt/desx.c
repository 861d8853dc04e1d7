/*
 * DESX as EFS uses it: the expansion of the 16-byte key, and CBC around a DES that runs backwards.
 *
 * Not the published DESX: both the expansion and the direction are EFS's own (construction described
 * by ntfs-3g's authors, key schedule verified by the known answers in tests/unit/crypt/test_cipher.c).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "desx.h"

#include <gcrypt.h>
#include <string.h>

#include "efs/cipher.h"

#define SALT 12
#define MD5  16

/* each with its terminating zero */
static const char salt_des[SALT]    = "Dan Simon  ";
static const char salt_whiten[SALT] = "Scott Field";

static void hash(uint8_t out[MD5], const uint8_t key[EFS_DESX_KEY], const char salt[SALT])
{
    uint8_t text[EFS_DESX_KEY + SALT];

    memcpy(text, key, EFS_DESX_KEY);
    memcpy(text + EFS_DESX_KEY, salt, SALT);
    gcry_md_hash_buffer(GCRY_MD_MD5, out, text, sizeof(text));
    explicit_bzero(text, sizeof(text));
}

void efs_desx_expand(struct efs_desx *desx, const uint8_t key[EFS_DESX_KEY])
{
    uint8_t md[MD5];
    int i;

    hash(md, key, salt_des);
    for (i = 0; i < 4; i++)
    {
        desx->des_key[i] = md[i] ^ md[i + 4];
        desx->des_key[i + 4] = md[i + 8] ^ md[i + 12];
    }
    hash(md, key, salt_whiten);
    memcpy(desx->whiten_out, md, EFS_DESX_BLOCK);
    memcpy(desx->whiten_in, md + EFS_DESX_BLOCK, EFS_DESX_BLOCK);
    explicit_bzero(md, sizeof(md));
}

static void xor_block(uint8_t *data, const uint8_t *with)
{
    int i;

    for (i = 0; i < EFS_DESX_BLOCK; i++) data[i] ^= with[i];
}

int efs_desx_decrypt(const struct efs_desx *desx, efs_desx_blocks des_encrypt, void *context,
                     const uint8_t iv[EFS_DESX_BLOCK], uint8_t *data, size_t length)
{
    uint8_t chain[EFS_CIPHER_UNIT];
    size_t i;
    int err;

    if (!length || length > sizeof(chain)) return length != 0;
    /* the ciphertext is needed again, one block later */
    memcpy(chain, iv, EFS_DESX_BLOCK);
    memcpy(chain + EFS_DESX_BLOCK, data, length - EFS_DESX_BLOCK);

    for (i = 0; i < length; i += EFS_DESX_BLOCK) xor_block(data + i, desx->whiten_out);
    err = des_encrypt(context, data, length);
    for (i = 0; i < length; i += EFS_DESX_BLOCK)
    {
        xor_block(data + i, desx->whiten_in);
        xor_block(data + i, chain + i);
    }
    return err;
}

int efs_desx_encrypt(const struct efs_desx *desx, efs_desx_blocks des_decrypt, void *context,
                     const uint8_t iv[EFS_DESX_BLOCK], uint8_t *data, size_t length)
{
    const uint8_t *chain = iv;
    size_t i;
    int err = 0;

    for (i = 0; i < length && !err; i += EFS_DESX_BLOCK)
    {
        xor_block(data + i, desx->whiten_in);
        xor_block(data + i, chain);
        err = des_decrypt(context, data + i, EFS_DESX_BLOCK);
        xor_block(data + i, desx->whiten_out);
        chain = data + i;
    }
    return err;
}
