/*
 * The FEK structure (MS-EFSR 2.2.2.1.5), as it is inside the RSA encryption.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/bytes.h"
#include "efs/cipher.h"

#define FEK_KEY_LENGTH 0x00
#define FEK_ENTROPY    0x04
#define FEK_ALGORITHM  0x08
#define FEK_KEY        0x10

/* MS-EFSR says 256, in bits, for AES-256; Windows 10 writes 32. Nobody reads it. */
#define ENTROPY_WRITTEN 0x20

static const struct { uint32_t algorithm; uint32_t key_length; const char *name; } algorithms[] =
{
    { EFS_ALG_AES_256, 32, "AES-256" },
    { EFS_ALG_3DES, 24, "3DES" },
    { EFS_ALG_DESX, 16, "DESX" },
    { EFS_ALG_DES, 8, "DES" },
};

#define ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

static size_t find_algorithm(uint32_t algorithm)
{
    size_t i;

    for (i = 0; i < ALGORITHMS; i++)
        if (algorithms[i].algorithm == algorithm) break;
    return i;
}

const char *efs_algorithm_name(uint32_t algorithm)
{
    size_t i = find_algorithm(algorithm);

    return i < ALGORITHMS ? algorithms[i].name : NULL;
}

enum efs_error efs_fek_read(struct efs_fek *fek, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    uint32_t key_length, algorithm;
    size_t i;

    memset(fek, 0, sizeof(*fek));
    /* Is there room for what precedes the key? */
    if (length < FEK_KEY) return efs_fail(diag, EFS_ERR_METADATA, 0, "FEK: shorter than its header");
    key_length = load32_le(bytes + FEK_KEY_LENGTH);
    algorithm = load32_le(bytes + FEK_ALGORITHM);
    /* Is the key what remains? First of all, since it tells a FEK from the noise that a wrong RSA key gives. */
    if (key_length != length - FEK_KEY)
        return efs_fail(diag, EFS_ERR_METADATA, FEK_KEY_LENGTH, "FEK: key length is not what follows the header");
    /* Is the algorithm known? */
    if ((i = find_algorithm(algorithm)) == ALGORITHMS)
        return efs_fail(diag, EFS_ERR_ALGORITHM, FEK_ALGORITHM, "FEK: unknown algorithm");
    /* Is the key one of this algorithm's? */
    if (key_length != algorithms[i].key_length)
        return efs_fail(diag, EFS_ERR_METADATA, FEK_KEY_LENGTH, "FEK: key length doesn't fit the algorithm");
    fek->algorithm = algorithm;
    fek->key_length = key_length;
    memcpy(fek->key, bytes + FEK_KEY, key_length);
    return EFS_OK;
}

enum efs_error efs_fek_generate(struct efs_fek *fek, struct efs_diag *diag)
{
    ssize_t n;

    memset(fek, 0, sizeof(*fek));
    fek->algorithm = EFS_ALG_AES_256;
    fek->key_length = sizeof(fek->key);
    /* the kernel's own: no state of it is in this process' memory, and so few bytes come in one piece */
    do n = getrandom(fek->key, sizeof(fek->key), 0);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)sizeof(fek->key)) return EFS_OK;
    efs_fek_wipe(fek);
    return efs_fail_errno(diag, n < 0 ? errno : EIO, 0, "getrandom");
}

size_t efs_fek_make(const struct efs_fek *fek, uint8_t out[48])
{
    size_t i = find_algorithm(fek->algorithm);

    if (i == ALGORITHMS || fek->key_length != algorithms[i].key_length) return 0;
    memset(out, 0, FEK_KEY);
    store32_le(out + FEK_KEY_LENGTH, fek->key_length);
    store32_le(out + FEK_ENTROPY, ENTROPY_WRITTEN);
    store32_le(out + FEK_ALGORITHM, fek->algorithm);
    memcpy(out + FEK_KEY, fek->key, fek->key_length);
    return FEK_KEY + fek->key_length;
}

void efs_fek_wipe(struct efs_fek *fek)
{
    explicit_bzero(fek, sizeof(*fek));
}
