/*
 * RSA private and public keys in CryptoAPI's and CNG's own forms, and PVK files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "rsa_format.h"

#include <string.h>

#include "crypt/reader.h"

#define RSA1 0x31415352u
#define RSA2 0x32415352u
#define RSA3 0x33415352u
#define PVK 0xb0b5f11eu

static enum efs_error broken(struct efs_diag *diag, const char *rule)
{
    return efs_fail(diag, EFS_ERR_KEY_FILE, 0, rule);
}

static bool are_bits(uint32_t bits)
{
    return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX && !(bits % 16);
}

/* The first `size` bytes of a field; only zeros, or nothing that matters, may follow. */
static struct efs_bytes read_padded(struct key_reader *reader, uint32_t field, uint32_t size)
{
    struct efs_bytes number = read_field(reader, field);

    if (number.data) number.length = size;
    return number;
}

enum efs_error rsa_read_capi(struct rsa_numbers *numbers, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    struct key_reader reader = read_from(bytes, length);
    uint32_t magic = read_u32(&reader), field = read_u32(&reader), bits = read_u32(&reader);

    memset(numbers, 0, sizeof(*numbers));
    numbers->little_endian = true;
    read_u32(&reader); /* bits / 8 - 1 */
    numbers->e = read_field(&reader, 4);
    if (reader.broken || (magic != RSA1 && magic != RSA2)) return broken(diag, "RSA key: neither RSA1 nor RSA2");
    if (!are_bits(bits) || field < bits / 8 || field > bits / 8 + 64 || field % 2)
        return broken(diag, "RSA key: its lengths are none of a key's");
    numbers->n = read_padded(&reader, field, bits / 8);
    if (magic == RSA2)
    {
        numbers->p = read_padded(&reader, field / 2, bits / 16);
        numbers->q = read_padded(&reader, field / 2, bits / 16);
    }
    return reader.broken ? broken(diag, "RSA key: it ends too early") : EFS_OK;
}

enum efs_error rsa_read_privatekeyblob(struct rsa_numbers *numbers, const uint8_t *bytes, size_t length,
                                       struct efs_diag *diag)
{
    struct key_reader reader = read_from(bytes, length);
    const uint8_t *head = read_bytes(&reader, 8);
    uint32_t magic = read_u32(&reader), bits = read_u32(&reader);

    memset(numbers, 0, sizeof(*numbers));
    numbers->little_endian = true;
    numbers->e = read_field(&reader, 4);
    if (reader.broken || head[0] != 7 || head[1] != 2 || magic != RSA2)
        return broken(diag, "RSA key: not a PRIVATEKEYBLOB");
    if (!are_bits(bits)) return broken(diag, "RSA key: its lengths are none of a key's");
    numbers->n = read_field(&reader, bits / 8);
    numbers->p = read_field(&reader, bits / 16);
    numbers->q = read_field(&reader, bits / 16);
    return reader.broken ? broken(diag, "RSA key: it ends too early") : EFS_OK;
}

enum efs_error rsa_read_bcrypt(struct rsa_numbers *numbers, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    struct key_reader reader = read_from(bytes, length);
    uint32_t magic = read_u32(&reader), bits = read_u32(&reader), e, n, p, q;

    memset(numbers, 0, sizeof(*numbers));
    e = read_u32(&reader);
    n = read_u32(&reader);
    p = read_u32(&reader);
    q = read_u32(&reader);
    if (reader.broken || (magic != RSA2 && magic != RSA3)) return broken(diag, "CNG key: not an RSA private key");
    if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX || n > RSA_BITS_MAX / 8 || e > n || p > n || q > n)
        return broken(diag, "CNG key: its lengths are none of a key's");
    numbers->e = read_field(&reader, e);
    numbers->n = read_field(&reader, n);
    numbers->p = read_field(&reader, p);
    numbers->q = read_field(&reader, q);
    if (reader.broken || !e || !p || !q) return broken(diag, "CNG key: it ends too early");
    return EFS_OK;
}

bool pvk_is(const uint8_t *bytes, size_t length)
{
    return length >= 4 && load32_le(bytes) == PVK;
}

enum efs_error pvk_read(struct pvk_file *file, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    struct key_reader reader = read_from(bytes, length);
    uint32_t magic = read_u32(&reader), salt, key;

    memset(file, 0, sizeof(*file));
    if (magic != PVK) return broken(diag, "PVK: not such a file");
    read_bytes(&reader, 8); /* reserved; what the key is for */
    file->encrypted = read_u32(&reader) != 0;
    salt = read_u32(&reader);
    key = read_u32(&reader);
    file->salt = read_field(&reader, salt);
    file->key = read_field(&reader, key);
    if (reader.broken || file->key.length <= PVK_CLEAR) return broken(diag, "PVK: a part is longer than the file");
    /* OpenSSL and Windows write a salt with each encrypted key, and none without */
    if (file->encrypted && !salt) return broken(diag, "PVK: encrypted, but without a salt");
    return EFS_OK;
}
