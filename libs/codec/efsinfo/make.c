/*
 * Writing $EFS of versions 1 to 3, as Windows lays it out (MS-EFSR 2.2.2.1; order and gaps as seen
 * on Windows 10). The opposite of metadata_read.c: what this writes, that accepts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/metadata.h"

#include <string.h>

#include "base/bytes.h"
#include "entry.h"
#include "format.h"

/* Can the reader give back exactly this string? */
static bool is_string(const struct efs_bytes *string)
{
    uint32_t i;

    if (!string->data) return !string->length;
    if (string->length % 2 || string->length > EFS_METADATA_MAX) return false;
    for (i = 0; i < string->length; i += 2)
        if (!load16_le(string->data + i)) return false;
    return true;
}

static bool is_sid(const struct efs_bytes *sid)
{
    if (!sid->data) return !sid->length;
    return sid->length >= SID_FIXED && sid->data[0] == SID_REVISION && sid->data[1] <= SID_SUBAUTHS_MAX &&
           sid->length == SID_FIXED + 4u * sid->data[1];
}

bool metadata_entry_is_sound(const struct efs_key_entry *entry)
{
    return entry->pki_type == EFS_PKI_CERTIFICATE && is_sid(&entry->sid) &&
           !entry->thumbprint.data == !entry->thumbprint.length && entry->thumbprint.length <= EFS_METADATA_MAX &&
           is_string(&entry->container) && is_string(&entry->provider) && is_string(&entry->display) &&
           entry->encrypted_fek.data && entry->encrypted_fek.length && entry->encrypted_fek.length <= EFS_FEK_BLOB_MAX;
}

static uint32_t string_size(const struct efs_bytes *string)
{
    return string->data ? string->length + 2 : 0;
}

/* Sizes of one checked entry's parts: no piece is above EFS_METADATA_MAX, so the sums fit u32. */
static uint32_t cert_size(const struct efs_key_entry *entry)
{
    return CERT_SIZE + entry->thumbprint.length + string_size(&entry->container) + string_size(&entry->provider) +
           string_size(&entry->display);
}

static uint32_t pki_size(const struct efs_key_entry *entry)
{
    return PKI_SIZE + entry->sid.length + cert_size(entry);
}

uint32_t metadata_entry_size(const struct efs_key_entry *entry)
{
    return ENTRY_SIZE + pki_size(entry) + entry->encrypted_fek.length;
}

/* Adds the size of a list to *size; false if an entry can't be written. */
static bool add_list_size(uint64_t *size, const struct efs_key_entry *entries, uint32_t count)
{
    uint32_t i;

    if (count > EFS_METADATA_USERS_MAX) return false;
    *size += LIST_SIZE;
    for (i = 0; i < count; i++)
    {
        if (!metadata_entry_is_sound(&entries[i])) return false;
        *size += metadata_entry_size(&entries[i]);
    }
    return true;
}

static uint8_t *put(uint8_t *out, const struct efs_bytes *bytes)
{
    if (bytes->data) memcpy(out, bytes->data, bytes->length);
    return out + bytes->length;
}

/* Writes a string at p and its offset into the certificate data's field; an absent one leaves 0. */
static uint8_t *put_string(uint8_t *cert, uint32_t field, uint8_t *p, const struct efs_bytes *string)
{
    if (!string->data) return p;
    store32_le(cert + field, (uint32_t)(p - cert));
    p = put(p, string);
    store16_le(p, 0);
    return p + 2;
}

uint8_t *metadata_entry_put(uint8_t *out, const struct efs_key_entry *entry)
{
    uint8_t *pki = out + ENTRY_SIZE;
    uint8_t *cert = pki + PKI_SIZE + entry->sid.length;
    uint8_t *p;

    store32_le(out + ENTRY_LENGTH, metadata_entry_size(entry));
    store32_le(out + ENTRY_PKI_OFFSET, ENTRY_SIZE);
    store32_le(out + ENTRY_FEK_LENGTH, entry->encrypted_fek.length);
    store32_le(out + ENTRY_FEK_OFFSET, ENTRY_SIZE + pki_size(entry));
    store32_le(out + ENTRY_FLAGS, entry->flags);

    store32_le(pki + PKI_LENGTH, pki_size(entry));
    if (entry->sid.data) store32_le(pki + PKI_OWNER_HINT, PKI_SIZE);
    store32_le(pki + PKI_TYPE, EFS_PKI_CERTIFICATE);
    store32_le(pki + PKI_CERT_LENGTH, cert_size(entry));
    store32_le(pki + PKI_CERT_OFFSET, PKI_SIZE + entry->sid.length);
    put(pki + PKI_SIZE, &entry->sid);

    if (entry->thumbprint.length) store32_le(cert + CERT_THUMBPRINT_OFFSET, CERT_SIZE);
    store32_le(cert + CERT_THUMBPRINT_LENGTH, entry->thumbprint.length);
    p = put(cert + CERT_SIZE, &entry->thumbprint);
    p = put_string(cert, CERT_CONTAINER, p, &entry->container);
    p = put_string(cert, CERT_PROVIDER, p, &entry->provider);
    p = put_string(cert, CERT_DISPLAY, p, &entry->display);
    return put(p, &entry->encrypted_fek);
}

static uint8_t *put_list(uint8_t *out, const struct efs_key_entry *entries, uint32_t count)
{
    uint32_t i;

    store32_le(out, count);
    out += LIST_SIZE;
    for (i = 0; i < count; i++) out = metadata_entry_put(out, &entries[i]);
    return out;
}

enum efs_error efs_metadata_make(uint8_t *out, size_t capacity, uint32_t version, const uint8_t id[16],
                                 const struct efs_key_entry *ddf, uint32_t ddf_count,
                                 const struct efs_key_entry *drf, uint32_t drf_count, size_t *written)
{
    uint64_t size = EFS_METADATA_HEADER_SIZE;
    uint8_t *p;

    *written = 0;
    if (version < 1 || version > EFS_VERSION_READ_MAX || !ddf_count) return EFS_ERR_INVALID;
    if (!add_list_size(&size, ddf, ddf_count)) return EFS_ERR_INVALID;
    if (drf_count && !add_list_size(&size, drf, drf_count)) return EFS_ERR_INVALID;
    size = (size + EFS_METADATA_ROUND - 1) / EFS_METADATA_ROUND * EFS_METADATA_ROUND;
    if (size > EFS_METADATA_MAX) return EFS_ERR_INVALID;
    *written = (size_t)size;
    if (size > capacity) return EFS_ERR_INVALID;

    memset(out, 0, (size_t)size);
    store32_le(out + HEADER_LENGTH, (uint32_t)size);
    store32_le(out + HEADER_VERSION, version);
    memcpy(out + HEADER_ID, id, 16);
    store32_le(out + HEADER_DDF, EFS_METADATA_HEADER_SIZE);
    p = put_list(out + EFS_METADATA_HEADER_SIZE, ddf, ddf_count);
    if (drf_count)
    {
        store32_le(out + HEADER_DRF, (uint32_t)(p - out));
        put_list(p, drf, drf_count);
    }
    return EFS_OK;
}
