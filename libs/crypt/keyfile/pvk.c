/*
 * Private keys in PVK files: not encrypted, or by RC4 with 128 or 40 bits.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "rsa_key.h"

#include <string.h>

#include "crypt/primitives.h"

#define RC4_KEY 16 /* bytes */
#define WEAK_KEY 5 /* of which count where exports were restricted; the others are zero */

static enum efs_error decrypt(struct rsa_key **key, const struct pvk_file *file, const uint8_t hash[20],
                              size_t strength, struct efs_diag *diag)
{
    uint8_t rc4[RC4_KEY] = { 0 };
    struct rsa_numbers numbers;
    struct efs_secret plain;
    enum efs_error code;

    if (!efs_secret_allocate(&plain, file->key.length)) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    memcpy(plain.bytes, file->key.data, file->key.length);
    memcpy(rc4, hash, strength);
    code = rc4_apply(rc4, sizeof(rc4), plain.bytes + PVK_CLEAR, file->key.length - PVK_CLEAR, diag);
    if (!code && rsa_read_privatekeyblob(&numbers, plain.bytes, file->key.length, diag))
        code = efs_fail(diag, EFS_ERR_PASSWORD, 0, "PVK: it doesn't open with this password");
    if (!code) code = rsa_key_make(key, &numbers, diag);
    explicit_bzero(rc4, sizeof(rc4));
    efs_secret_free(&plain);
    return code;
}

enum efs_error pvk_open(struct rsa_key **key, const uint8_t *bytes, size_t length, const char *password,
                        struct efs_diag *diag)
{
    struct rsa_numbers numbers;
    struct efs_bytes parts[2];
    struct pvk_file file;
    uint8_t hash[20];
    enum efs_error code = pvk_read(&file, bytes, length, diag);

    *key = NULL;
    if (code) return code;
    if (!file.encrypted)
    {
        code = rsa_read_privatekeyblob(&numbers, file.key.data, file.key.length, diag);
        return code ? code : rsa_key_make(key, &numbers, diag);
    }
    if (!password) return efs_fail(diag, EFS_ERR_PASSWORD, 0, "PVK: it is encrypted and there is no password");
    parts[0] = file.salt;
    parts[1] = (struct efs_bytes){ (const uint8_t *)password, (uint32_t)strlen(password) };
    code = digest_parts(DPAPI_SHA1, parts, 2, hash, diag);
    if (!code) code = decrypt(key, &file, hash, RC4_KEY, diag);
    if (code == EFS_ERR_PASSWORD) code = decrypt(key, &file, hash, WEAK_KEY, diag);
    explicit_bzero(hash, sizeof(hash));
    return code;
}
