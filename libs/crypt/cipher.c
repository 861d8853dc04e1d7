/*
 * The sector cipher: CBC that starts anew in each 512-byte unit, with an IV made of the unit's offset
 * in its stream (efs-format 3; the constants were verified on ciphertext of real Windows hosts).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/cipher.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gcrypt_setup.h"
#include "base/bytes.h"
#include "lanes.h"
#include "desx.h"

/* added to the unit's offset, modulo 2^64, and stored little-endian */
#define IV_AES_LOW  UINT64_C(0x5816657BE9161312)
#define IV_AES_HIGH UINT64_C(0x1989ADBE44918961)
#define IV_DES      UINT64_C(0x169119629891AD13)

/* Bytes that are encrypted unit by unit in the time that making the lanes takes: their library tests itself then. */
#define LANES_WORTH (128 * 1024)

struct efs_cipher
{
    gcry_cipher_hd_t handle;
    uint32_t         algorithm;
    struct efs_desx  desx;
    bool             wants_lanes; /* AES; they serve encrypting alone, and are made when that is worth it */
    size_t           without;     /* bytes encrypted until now, up to LANES_WORTH */
    uint8_t          lanes_key[32];
    struct lanes    *lanes; /* NULL: one unit after the other */
};

enum efs_error efs_cipher_open(struct efs_cipher **cipher, const struct efs_fek *fek, struct efs_diag *diag)
{
    struct efs_cipher *self;
    enum efs_error code = EFS_OK;
    gcry_error_t err = 0;

    *cipher = NULL;
    if (!gcrypt_is_ready()) return efs_fail(diag, EFS_ERR_ALGORITHM, 0, "gcry_check_version: libgcrypt is too old");
    if (!(self = calloc(1, sizeof(*self)))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    self->algorithm = fek->algorithm;

    if (fek->algorithm == EFS_ALG_AES_256 && fek->key_length == 32)
    {
        err = gcrypt_open_cipher(&self->handle, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_CBC, fek->key, 32);
        self->wants_lanes = true;
        memcpy(self->lanes_key, fek->key, sizeof(self->lanes_key));
    }
    else if (fek->algorithm == EFS_ALG_3DES && fek->key_length == 24)
        err = gcrypt_open_cipher(&self->handle, GCRY_CIPHER_3DES, GCRY_CIPHER_MODE_CBC, fek->key, 24);
    else if (fek->algorithm == EFS_ALG_DESX && fek->key_length == EFS_DESX_KEY)
    {
        efs_desx_expand(&self->desx, fek->key);
        err = gcrypt_open_cipher(&self->handle, GCRY_CIPHER_DES, GCRY_CIPHER_MODE_ECB, self->desx.des_key,
                                 EFS_DESX_BLOCK);
    }
    else
        code = efs_fail(diag, EFS_ERR_ALGORITHM, 0, "FEK: no cipher for this algorithm and key length");

    if (gcry_err_code(err) == GPG_ERR_ENOMEM) code = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "gcry_cipher_open");
    /* e.g. a libgcrypt in FIPS mode, which has no DES */
    else if (err) code = efs_fail(diag, EFS_ERR_ALGORITHM, 0, "gcry_cipher_open: libgcrypt refuses the algorithm");
    if (code)
    {
        efs_cipher_close(self);
        self = NULL;
    }
    *cipher = self;
    return code;
}

void efs_cipher_close(struct efs_cipher *cipher)
{
    if (!cipher) return;
    gcry_cipher_close(cipher->handle); /* wipes its memory */
    lanes_close(cipher->lanes);
    explicit_bzero(cipher, sizeof(*cipher));
    free(cipher);
}

static int des_encrypt(void *context, uint8_t *data, size_t length)
{
    return gcry_cipher_encrypt(context, data, length, NULL, 0) != 0;
}

static int des_decrypt(void *context, uint8_t *data, size_t length)
{
    return gcry_cipher_decrypt(context, data, length, NULL, 0) != 0;
}

static void make_aes_iv(uint8_t iv[16], uint64_t offset)
{
    store64_le(iv, IV_AES_LOW + offset);
    store64_le(iv + 8, IV_AES_HIGH + offset);
}

static bool crypt_unit(struct efs_cipher *cipher, uint64_t offset, uint8_t *data, bool encrypt)
{
    uint8_t iv[16];
    size_t iv_length = 8;

    if (cipher->algorithm == EFS_ALG_AES_256)
    {
        make_aes_iv(iv, offset);
        iv_length = 16;
    }
    else
        store64_le(iv, IV_DES + offset);

    if (cipher->algorithm == EFS_ALG_DESX)
        return !(encrypt ? efs_desx_encrypt(&cipher->desx, des_decrypt, cipher->handle, iv, data, EFS_CIPHER_UNIT)
                         : efs_desx_decrypt(&cipher->desx, des_encrypt, cipher->handle, iv, data, EFS_CIPHER_UNIT));
    if (gcry_cipher_setiv(cipher->handle, iv, iv_length)) return false;
    return !(encrypt ? gcry_cipher_encrypt(cipher->handle, data, EFS_CIPHER_UNIT, NULL, 0)
                     : gcry_cipher_decrypt(cipher->handle, data, EFS_CIPHER_UNIT, NULL, 0));
}

static enum efs_error crypt_units(struct efs_cipher *cipher, uint64_t offset, uint8_t *data, size_t length,
                                  bool encrypt)
{
    size_t done;

    if (offset % EFS_CIPHER_UNIT || length % EFS_CIPHER_UNIT) return EFS_ERR_INVALID;
    for (done = 0; done < length; done += EFS_CIPHER_UNIT)
        if (!crypt_unit(cipher, offset + done, data + done, encrypt)) return EFS_ERR_ALGORITHM;
    return EFS_OK;
}

enum efs_error efs_cipher_decrypt(struct efs_cipher *cipher, uint64_t offset, uint8_t *data, size_t length)
{
    return crypt_units(cipher, offset, data, length, false);
}

static enum efs_error encrypt_side_by_side(struct efs_cipher *cipher, uint64_t offset, uint8_t *data, size_t length)
{
    uint8_t ivs[LANES_MAX][16];
    size_t done, part;
    unsigned int i;

    for (done = 0; done < length; done += part)
    {
        part = length - done < LANES_MAX * EFS_CIPHER_UNIT ? length - done : LANES_MAX * EFS_CIPHER_UNIT;
        for (i = 0; i < part / EFS_CIPHER_UNIT; i++) make_aes_iv(ivs[i], offset + done + (uint64_t)i * EFS_CIPHER_UNIT);
        if (!lanes_encrypt(cipher->lanes, data + done, (const uint8_t (*)[16])ivs, i)) return EFS_ERR_ALGORITHM;
    }
    return EFS_OK;
}

enum efs_error efs_cipher_encrypt(struct efs_cipher *cipher, uint64_t offset, uint8_t *data, size_t length)
{
    if (cipher->wants_lanes && length >= LANES_WORTH - cipher->without)
    {
        cipher->lanes = lanes_open(cipher->lanes_key);
        cipher->wants_lanes = false;
    }
    else if (cipher->wants_lanes) cipher->without += length;
    if (cipher->lanes && offset % EFS_CIPHER_UNIT == 0 && length % EFS_CIPHER_UNIT == 0)
        return encrypt_side_by_side(cipher, offset, data, length);
    return crypt_units(cipher, offset, data, length, true);
}
