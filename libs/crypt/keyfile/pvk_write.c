/*
 * A private key as a PVK file that isn't encrypted: PRIVATEKEYBLOB (wincrypt.h) behind PVK's head.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "rsa_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <string.h>

#include "base/bytes.h"
#include "rsa_key_internal.h"

/* PVK's head, BLOBHEADER and RSAPUBKEY; bytes. What isn't set is zero: not encrypted, no salt. */
#define PVK_MAGIC   0xb0b5f11eu
#define PVK_HEAD    24
#define BLOB_HEAD   20
#define PRIVATE_KEY 0x00000207u /* PRIVATEKEYBLOB of version 2 */
#define KEYX        0x0000a400u /* CALG_RSA_KEYX */
#define EXCHANGE    1           /* AT_KEYEXCHANGE */
#define RSA2        0x32415352u

/* A number of the key, with zeros behind it. False: it has no such one, or no room for it. */
static bool put_number(const struct rsa_key *key, const char *which, uint8_t *out, size_t size)
{
    BIGNUM *number = NULL;
    bool fits = EVP_PKEY_get_bn_param(key->pkey, which, &number) == 1
                && BN_bn2lebinpad(number, out, (int)size) == (int)size;

    BN_clear_free(number);
    ERR_clear_error();
    return fits;
}

static void put_head(uint8_t *out, uint32_t blob, uint32_t bits)
{
    store32_le(out, PVK_MAGIC);
    store32_le(out + 8, EXCHANGE);
    store32_le(out + 20, blob);
    out += PVK_HEAD;
    store32_le(out, PRIVATE_KEY);
    store32_le(out + 4, KEYX);
    store32_le(out + 8, RSA2);
    store32_le(out + 12, bits);
}

/* Behind the heads: n, p, q, d mod (p-1), d mod (q-1), q^-1 mod p, d */
static bool put_numbers(const struct rsa_key *key, uint8_t *out, size_t half)
{
    static const struct { const char *name; size_t halves; } numbers[] =
    {
        { OSSL_PKEY_PARAM_RSA_N, 2 }, { OSSL_PKEY_PARAM_RSA_FACTOR1, 1 }, { OSSL_PKEY_PARAM_RSA_FACTOR2, 1 },
        { OSSL_PKEY_PARAM_RSA_EXPONENT1, 1 }, { OSSL_PKEY_PARAM_RSA_EXPONENT2, 1 },
        { OSSL_PKEY_PARAM_RSA_COEFFICIENT1, 1 }, { OSSL_PKEY_PARAM_RSA_D, 2 },
    };
    size_t i;

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
    {
        if (!put_number(key, numbers[i].name, out, numbers[i].halves * half)) return false;
        out += numbers[i].halves * half;
    }
    return true;
}

enum efs_error pvk_write(struct efs_secret *file, const struct rsa_key *key, struct efs_diag *diag)
{
    uint32_t bits = rsa_key_bits(key), half = bits / 16, blob = BLOB_HEAD + 9 * half;

    memset(file, 0, sizeof(*file));
    if (bits % 16) return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "RSA key: CryptoAPI has none of such a length");
    if (!efs_secret_allocate(file, PVK_HEAD + blob)) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    put_head(file->bytes, blob, bits);
    if (!put_number(key, OSSL_PKEY_PARAM_RSA_E, file->bytes + PVK_HEAD + BLOB_HEAD - 4, 4)
        || !put_numbers(key, file->bytes + PVK_HEAD + BLOB_HEAD, half))
    {
        efs_secret_free(file);
        return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "RSA key: its numbers are too long for CryptoAPI");
    }
    file->length = PVK_HEAD + blob;
    return EFS_OK;
}
