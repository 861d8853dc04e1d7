/*
 * Where Windows keeps private keys and certificates: the key files of CryptoAPI and of CNG, and the files of the
 * certificate store.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "container_format.h"

#include <string.h>

#include "crypt/reader.h"

#define PROPERTIES_MAX 256 /* of one certificate */

#define PROPERTY_KEY_PROV_INFO 2
#define PROPERTY_KEY_IDENTIFIER 20
/* what an element is, behind its properties */
#define ELEMENT_CERTIFICATE 32
#define ELEMENT_KEY_IDENTIFIER 35

#define MACHINE_KEYSET 0x20

static enum efs_error broken(struct efs_diag *diag, const char *rule)
{
    return efs_fail(diag, EFS_ERR_KEY_FILE, 0, rule);
}

enum efs_error capi_file_read(struct capi_file *file, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    struct key_reader reader = read_from(bytes, length);
    uint32_t version = read_u32(&reader), name, hash, sizes[6];
    int i;

    memset(file, 0, sizeof(*file));
    read_u32(&reader);
    name = read_u32(&reader);
    /* public and private of the signature pair, the same of the exchange pair */
    for (i = 0; i < 4; i++) sizes[i] = read_u32(&reader);
    hash = read_u32(&reader);
    /* the export flags of both */
    sizes[4] = read_u32(&reader);
    sizes[5] = read_u32(&reader);
    if (reader.broken || version != 2) return broken(diag, "CryptoAPI key file: not of version 2");
    if (!name || name > CONTAINER_NAME_MAX)
        return broken(diag, "CryptoAPI key file: the name's length is none of a name's");
    file->name = read_field(&reader, name);
    read_field(&reader, hash);
    file->signature_public = read_field(&reader, sizes[0]);
    file->signature_private = read_field(&reader, sizes[1]);
    read_field(&reader, sizes[4]);
    file->exchange_public = read_field(&reader, sizes[2]);
    file->exchange_private = read_field(&reader, sizes[3]);
    read_field(&reader, sizes[5]);
    if (reader.broken) return broken(diag, "CryptoAPI key file: a part is longer than the file");
    if (!file->name.data[name - 1]) file->name.length--;
    file->length = (size_t)(reader.at - bytes);
    return EFS_OK;
}

/* Is there a property that says so? What isn't a property ends the list. */
static bool is_isolated(const struct efs_bytes *properties)
{
    static const struct efs_bytes wanted = { (const uint8_t *)"Use Virtual Isolation", 21 };
    struct key_reader reader = read_from(properties->data, properties->length);
    struct efs_bytes name, value;
    uint32_t whole, sizes[2];

    while (reader.left)
    {
        whole = read_u32(&reader);
        read_u64(&reader); /* type, 0 */
        sizes[0] = read_u32(&reader);
        sizes[1] = read_u32(&reader);
        name = read_field(&reader, sizes[0]);
        value = read_field(&reader, sizes[1]);
        if (reader.broken || whole != 20 + (uint64_t)sizes[0] + sizes[1]) return false;
        if (container_names_match(&name, true, &wanted, false) && value.length && value.data[0]) return true;
    }
    return false;
}

enum efs_error cng_file_read(struct cng_file *file, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    struct key_reader reader = read_from(bytes, length);
    uint32_t version = read_u32(&reader), name, sizes[3];
    struct efs_bytes public;
    int i;

    memset(file, 0, sizeof(*file));
    read_u32(&reader);
    name = read_u32(&reader);
    read_u32(&reader); /* type */
    for (i = 0; i < 3; i++) sizes[i] = read_u32(&reader);
    read_bytes(&reader, 16);
    if (reader.broken || version != 1) return broken(diag, "CNG key file: not of version 1");
    if (!name || name > CONTAINER_NAME_MAX || name % 2)
        return broken(diag, "CNG key file: the name's length is none of a name's");
    file->name = read_field(&reader, name);
    public = read_field(&reader, sizes[0]); /* properties that all may read */
    read_field(&reader, sizes[1]); /* and those that are protected */
    file->private_key = read_field(&reader, sizes[2]);
    if (reader.broken) return broken(diag, "CNG key file: a part is longer than the file");
    file->isolated = is_isolated(&public);
    file->length = (size_t)(reader.at - bytes);
    return EFS_OK;
}

/* The string at an offset, up to its NUL or the end. */
static struct efs_bytes wide_at(const struct efs_bytes *bytes, uint32_t offset)
{
    struct efs_bytes text = { 0 };

    if (!offset || offset >= bytes->length) return text;
    while (bytes->length - offset - text.length >= 2 && load16_le(bytes->data + offset + text.length))
        text.length += 2;
    if (text.length) text.data = bytes->data + offset;
    return text;
}

/* CRYPT_KEY_PROV_INFO with offsets in place of its pointers. What isn't there stays empty: a certificate is of use
   without. */
static void read_provider(struct store_file *file, const struct efs_bytes *info)
{
    struct key_reader reader = read_from(info->data, info->length);
    uint32_t container = read_u32(&reader), provider = read_u32(&reader);

    read_u32(&reader); /* type */
    file->machine = read_u32(&reader) & MACHINE_KEYSET;
    read_u64(&reader); /* parameters */
    file->key_spec = read_u32(&reader);
    file->container = wide_at(info, container);
    file->provider = wide_at(info, provider);
}

static void take_property(struct store_file *file, uint32_t id, const struct efs_bytes *value)
{
    if (id == PROPERTY_KEY_PROV_INFO) read_provider(file, value);
    if (id == PROPERTY_KEY_IDENTIFIER || id == ELEMENT_KEY_IDENTIFIER) file->key_identifier = *value;
    if (id == ELEMENT_CERTIFICATE) file->certificate = *value;
}

/* Up to the end, or (one) to that of the first element. *whole: nothing else came before it. */
static enum efs_error read_properties(struct store_file *file, bool one, bool *whole, const uint8_t *bytes,
                                      size_t length, struct efs_diag *diag)
{
    struct key_reader reader = read_from(bytes, length);
    uint32_t id = 0, reserved, count;
    struct efs_bytes value;

    memset(file, 0, sizeof(*file));
    *whole = true;
    for (count = 0; reader.left >= 12; count++)
    {
        if (count == PROPERTIES_MAX) return broken(diag, "certificate file: more than 256 properties");
        id = read_u32(&reader);
        reserved = read_u32(&reader);
        value = read_counted(&reader);
        *whole = id && reserved == 1 && !reader.broken;
        if (!*whole) return EFS_OK;
        take_property(file, id, &value);
        file->length = (size_t)(reader.at - bytes);
        if (one && id >= ELEMENT_CERTIFICATE && id <= ELEMENT_KEY_IDENTIFIER) return EFS_OK;
    }
    *whole = !one;
    return EFS_OK;
}

static enum efs_error no_property(struct efs_diag *diag)
{
    return broken(diag, "certificate file: a property isn't one, or is longer than the file");
}

enum efs_error store_file_read(struct store_file *file, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    bool whole;
    enum efs_error code = read_properties(file, false, &whole, bytes, length, diag);

    /* Windows writes the certificate last: what is behind it may be the rest of a cluster */
    if (code || file->certificate.length) return code;
    return whole ? broken(diag, "certificate file: no certificate in it") : no_property(diag);
}

enum efs_error key_info_read(struct store_file *file, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    bool whole;
    enum efs_error code = read_properties(file, false, &whole, bytes, length, diag);

    if (code) return code;
    if (!whole || file->length != length) return no_property(diag);
    if (file->certificate.length || !file->container.length)
        return broken(diag, "certificate store: it doesn't say where a key is");
    return EFS_OK;
}

bool sst_is(const uint8_t *bytes, size_t length)
{
    return length >= SST_HEADER && !memcmp(bytes, "\0\0\0\0CERT", SST_HEADER);
}

enum efs_error sst_next(struct store_file *file, bool *end, const uint8_t *bytes, size_t length,
                        struct efs_diag *diag)
{
    bool whole;
    enum efs_error code;

    memset(file, 0, sizeof(*file));
    *end = length < 12 || !load32_le(bytes);
    if (*end) return length < 12 ? broken(diag, "certificate store: it ends too early") : EFS_OK;
    code = read_properties(file, true, &whole, bytes, length, diag);
    return code || whole ? code : no_property(diag);
}

static uint32_t character_at(const struct efs_bytes *name, bool wide, uint32_t index)
{
    uint32_t c = wide ? load16_le(name->data + 2 * (size_t)index) : name->data[index];

    return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

bool container_names_match(const struct efs_bytes *a, bool a_is_wide, const struct efs_bytes *b, bool b_is_wide)
{
    uint32_t length = a_is_wide ? a->length / 2 : a->length, i;

    if (!length || length != (b_is_wide ? b->length / 2 : b->length)) return false;
    for (i = 0; i < length; i++)
        if (character_at(a, a_is_wide, i) != character_at(b, b_is_wide, i)) return false;
    return true;
}
