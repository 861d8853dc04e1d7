/*
 * Hashes, HMACs and ciphers by their CryptoAPI numbers, of libgcrypt.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "primitives.h"

#include <string.h>

#include "gcrypt_setup.h"

static const struct { uint32_t algorithm; int gcrypt; size_t size; } digests[] =
{
    { DPAPI_MD4, GCRY_MD_MD4, 16 },
    { DPAPI_MD5, GCRY_MD_MD5, 16 },
    { DPAPI_SHA1, GCRY_MD_SHA1, 20 },
    { DPAPI_HMAC, GCRY_MD_SHA1, 20 },
    { DPAPI_SHA256, GCRY_MD_SHA256, 32 },
    { DPAPI_SHA512, GCRY_MD_SHA512, 64 },
};

static const struct { uint32_t algorithm; int gcrypt; size_t key, block; } ciphers[] =
{
    { DPAPI_3DES, GCRY_CIPHER_3DES, 24, 8 },
    { DPAPI_AES256, GCRY_CIPHER_AES256, 32, 16 },
};

enum efs_error algorithm_unsupported(struct efs_diag *diag, uint32_t algorithm)
{
    return efs_fail(diag, EFS_ERR_ALGORITHM, algorithm, "protected by an algorithm that isn't supported");
}

static enum efs_error gcrypt_failure(struct efs_diag *diag, gcry_error_t err, uint32_t algorithm)
{
    if (gcry_err_code(err) == GPG_ERR_ENOMEM) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "libgcrypt: out of memory");
    return efs_fail(diag, EFS_ERR_ALGORITHM, algorithm, "libgcrypt doesn't offer an algorithm that this needs");
}

static size_t find_digest(uint32_t algorithm)
{
    size_t i;

    for (i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
        if (digests[i].algorithm == algorithm) break;
    return i;
}

size_t digest_size(uint32_t algorithm)
{
    size_t i = find_digest(algorithm);

    return i < sizeof(digests) / sizeof(digests[0]) ? digests[i].size : 0;
}

/* A hash, or with a key an HMAC; to be closed, which wipes it. */
static enum efs_error open_digest(gcry_md_hd_t *handle, uint32_t algorithm, const struct efs_bytes *key,
                                  struct efs_diag *diag)
{
    size_t i = find_digest(algorithm);
    gcry_error_t err;

    if (i == sizeof(digests) / sizeof(digests[0])) return algorithm_unsupported(diag, algorithm);
    if (!gcrypt_is_ready()) return gcrypt_failure(diag, 0, algorithm);
    if ((err = gcry_md_open(handle, digests[i].gcrypt, key ? GCRY_MD_FLAG_HMAC : 0)))
        return gcrypt_failure(diag, err, algorithm);
    if (key && (err = gcry_md_setkey(*handle, key->data ? key->data : (const uint8_t *)"", key->length)))
    {
        gcry_md_close(*handle);
        return gcrypt_failure(diag, err, algorithm);
    }
    return EFS_OK;
}

static void finish_digest(gcry_md_hd_t handle, const struct efs_bytes *parts, size_t count, uint8_t *out, size_t size)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (parts[i].length) gcry_md_write(handle, parts[i].data, parts[i].length);
    memcpy(out, gcry_md_read(handle, 0), size);
}

enum efs_error digest_parts(uint32_t algorithm, const struct efs_bytes *parts, size_t count, uint8_t *out,
                            struct efs_diag *diag)
{
    gcry_md_hd_t handle;
    enum efs_error code = open_digest(&handle, algorithm, NULL, diag);

    if (code) return code;
    finish_digest(handle, parts, count, out, digest_size(algorithm));
    gcry_md_close(handle);
    return EFS_OK;
}

enum efs_error hmac_parts(uint32_t algorithm, const struct efs_bytes *key, const struct efs_bytes *parts, size_t count,
                          uint8_t *out, struct efs_diag *diag)
{
    gcry_md_hd_t handle;
    enum efs_error code = open_digest(&handle, algorithm, key, diag);

    if (code) return code;
    finish_digest(handle, parts, count, out, digest_size(algorithm));
    gcry_md_close(handle);
    return EFS_OK;
}

enum efs_error rounds_spend(uint64_t *budget, uint64_t rounds, struct efs_diag *diag)
{
    if (rounds > *budget)
        return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "more rounds of key derivation are wanted than is reasonable");
    *budget -= rounds;
    return EFS_OK;
}

enum efs_error dpapi_derive(uint32_t algorithm, const struct efs_bytes *key, const struct efs_bytes *salt,
                            uint32_t rounds, uint8_t *out, size_t length, uint64_t *budget, struct efs_diag *diag)
{
    size_t size = digest_size(algorithm), done, i;
    uint8_t sum[DIGEST_MAX], counter[4] = { 0, 0, 0, 0 };
    struct efs_bytes parts[2] = { *salt, { counter, sizeof(counter) } };
    const uint8_t *hash;
    gcry_md_hd_t handle;
    enum efs_error code = open_digest(&handle, algorithm, key, diag);
    uint32_t round;

    /* what is opened has a size; clang-tidy doesn't see that */
    if (code || !size) return code;
    if ((code = rounds_spend(budget, (uint64_t)rounds * ((length + size - 1) / size), diag)))
    {
        gcry_md_close(handle);
        return code;
    }
    for (done = 0; done < length; done += size)
    {
        counter[3]++; /* big-endian; no key is longer than 255 hashes */
        gcry_md_reset(handle);
        finish_digest(handle, parts, 2, sum, size);
        for (round = 1; round < rounds; round++)
        {
            gcry_md_reset(handle);
            gcry_md_write(handle, sum, size);
            hash = gcry_md_read(handle, 0);
            for (i = 0; i < size; i++) sum[i] ^= hash[i];
        }
        memcpy(out + done, sum, length - done < size ? length - done : size);
    }
    gcry_md_close(handle);
    explicit_bzero(sum, sizeof(sum));
    return EFS_OK;
}

enum efs_error pbkdf2_sha256(const struct efs_bytes *key, const struct efs_bytes *salt, uint32_t rounds, uint8_t *out,
                             size_t length, struct efs_diag *diag)
{
    gcry_error_t err;

    if (!gcrypt_is_ready()) return gcrypt_failure(diag, 0, DPAPI_SHA256);
    err = gcry_kdf_derive(key->data, key->length, GCRY_KDF_PBKDF2, GCRY_MD_SHA256, salt->data, salt->length, rounds,
                          length, out);
    return err ? gcrypt_failure(diag, err, DPAPI_SHA256) : EFS_OK;
}

bool cipher_sizes(uint32_t algorithm, size_t *key, size_t *block)
{
    size_t i;

    for (i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
    {
        if (ciphers[i].algorithm != algorithm) continue;
        *key = ciphers[i].key;
        *block = ciphers[i].block;
        return true;
    }
    *key = *block = 0;
    return false;
}

enum efs_error cbc_decrypt(uint32_t algorithm, const uint8_t *key, const uint8_t *iv, uint8_t *data, size_t length,
                           struct efs_diag *diag)
{
    gcry_cipher_hd_t handle = NULL;
    gcry_error_t err;
    size_t i;

    for (i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
        if (ciphers[i].algorithm == algorithm) break;
    if (i == sizeof(ciphers) / sizeof(ciphers[0])) return algorithm_unsupported(diag, algorithm);
    if (!gcrypt_is_ready()) return gcrypt_failure(diag, 0, algorithm);
    err = gcrypt_open_cipher(&handle, ciphers[i].gcrypt, GCRY_CIPHER_MODE_CBC, key, ciphers[i].key);
    if (!err) err = gcry_cipher_setiv(handle, iv, ciphers[i].block);
    if (!err) err = gcry_cipher_decrypt(handle, data, length, NULL, 0);
    gcry_cipher_close(handle);
    return err ? gcrypt_failure(diag, err, algorithm) : EFS_OK;
}

enum efs_error rc4_apply(const uint8_t *key, size_t key_length, uint8_t *data, size_t length, struct efs_diag *diag)
{
    gcry_cipher_hd_t handle = NULL;
    gcry_error_t err;

    if (!gcrypt_is_ready()) return gcrypt_failure(diag, 0, 0x6801);
    err = gcrypt_open_cipher(&handle, GCRY_CIPHER_ARCFOUR, GCRY_CIPHER_MODE_STREAM, key, key_length);
    if (!err) err = gcry_cipher_decrypt(handle, data, length, NULL, 0);
    gcry_cipher_close(handle);
    return err ? gcrypt_failure(diag, err, 0x6801) : EFS_OK;
}

bool same_secret(const uint8_t *a, const uint8_t *b, size_t length)
{
    uint8_t difference = 0;
    size_t i;

    for (i = 0; i < length; i++) difference |= a[i] ^ b[i];
    return !difference;
}
