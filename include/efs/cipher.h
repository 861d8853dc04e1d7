/*
 * The file encryption key (FEK, MS-EFSR 2.2.2.1.5) and the sector cipher that it drives.
 *
 * Part of the library efs-crypto, which needs libgcrypt; the stream, metadata and store code doesn't.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_CIPHER_H
#define EFS_CIPHER_H

#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"

#define EFS_CIPHER_UNIT 512 /* bytes: CBC starts anew in each, whatever the disk's sector size */

enum efs_algorithm /* CryptoAPI ALG_ID */
{
    EFS_ALG_DES     = 0x6601, /* historic, recognised only */
    EFS_ALG_3DES    = 0x6603, /* 24 bytes */
    EFS_ALG_DESX    = 0x6604, /* 16 bytes */
    EFS_ALG_AES_256 = 0x6610, /* 32 bytes */
};

struct efs_fek
{
    uint32_t algorithm;  /* enum efs_algorithm */
    uint32_t key_length; /* bytes */
    uint8_t  key[32];
};

/* "AES-256", "3DES", "DESX", "DES", or NULL. */
const char *efs_algorithm_name(uint32_t algorithm);

/* Reads the decrypted FEK structure: key length and algorithm must match. EFS_ERR_METADATA, EFS_ERR_ALGORITHM. */
enum efs_error efs_fek_read(struct efs_fek *fek, const uint8_t *bytes, size_t length, struct efs_diag *diag);
/* A new one, AES-256, of the kernel's random numbers. fek: in locked memory (efs/secret.h). The host's. */
enum efs_error efs_fek_generate(struct efs_fek *fek, struct efs_diag *diag);
/* Writes it; entropy 0x20 as seen on Windows 10. Returns the length, at most 48, 0 for an unknown algorithm. */
size_t efs_fek_make(const struct efs_fek *fek, uint8_t out[48]);
/* Overwrites the key, in a way that the compiler keeps. */
void efs_fek_wipe(struct efs_fek *fek);

struct efs_cipher;

/* *cipher: to be closed with efs_cipher_close, which wipes the key schedule. EFS_ERR_ALGORITHM, EFS_ERR_NO_MEMORY. */
enum efs_error efs_cipher_open(struct efs_cipher **cipher, const struct efs_fek *fek, struct efs_diag *diag);
void efs_cipher_close(struct efs_cipher *cipher);
/* In place; offset: of the data in its own stream; offset and length are multiples of EFS_CIPHER_UNIT. */
enum efs_error efs_cipher_decrypt(struct efs_cipher *cipher, uint64_t offset, uint8_t *data, size_t length);
enum efs_error efs_cipher_encrypt(struct efs_cipher *cipher, uint64_t offset, uint8_t *data, size_t length);

#endif
