/*
 * Wine's CryptProtectData.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "wine_protect.h"

#include <string.h>

#include "dpapi.h"
#include "primitives.h"

#define WINE_SECRET "I'm hunting wabbits" /* without the NUL */

enum efs_error wine_blob_open(struct efs_secret *plain, const struct dpapi_blob *blob, const char *user,
                              struct efs_diag *diag)
{
    static const uint8_t no_iv[16];
    const struct efs_bytes parts[3] = { { (const uint8_t *)user, (uint32_t)strlen(user) + 1 },
                                        { (const uint8_t *)WINE_SECRET, sizeof(WINE_SECRET) - 1 },
                                        blob->nonce };
    uint8_t hash[SHA1_SIZE], key[32];
    struct efs_bytes bytes;
    size_t key_size, block;
    enum efs_error code;

    memset(plain, 0, sizeof(*plain));
    if (blob->hash != DPAPI_SHA1) return algorithm_unsupported(diag, blob->hash);
    if (!cipher_sizes(blob->cipher, &key_size, &block)) return algorithm_unsupported(diag, blob->cipher);
    if (!blob->ciphertext.length || blob->ciphertext.length % block || blob->signature.length != SHA1_SIZE)
        return efs_fail(diag, EFS_ERR_KEY_FILE, 0, "user.reg: a key is damaged");
    code = digest_parts(DPAPI_SHA1, parts, 3, hash, diag);
    if (!code) code = derive_cipher_key(key, key_size, DPAPI_SHA1, hash, diag);
    if (!code && !efs_secret_allocate(plain, blob->ciphertext.length))
        code = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    if (!code)
    {
        plain->length = blob->ciphertext.length;
        memcpy(plain->bytes, blob->ciphertext.data, plain->length);
        code = cbc_decrypt(blob->cipher, key, no_iv, plain->bytes, plain->length, diag);
    }
    if (!code && !cut_padding(plain, block)) code = EFS_ERR_PASSWORD;
    if (!code)
    {
        bytes = (struct efs_bytes){ plain->bytes, (uint32_t)plain->length };
        code = digest_parts(DPAPI_SHA1, &bytes, 1, hash, diag);
        if (!code && !same_secret(hash, blob->signature.data, SHA1_SIZE)) code = EFS_ERR_PASSWORD;
    }
    if (code == EFS_ERR_PASSWORD) efs_fail(diag, code, 0, "user.reg: a key is another user's, or damaged");
    explicit_bzero(key, sizeof(key));
    if (code) efs_secret_free(plain);
    return code;
}
