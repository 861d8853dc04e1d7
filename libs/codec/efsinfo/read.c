/*
 * Reading $EFS, the EFSRPC Metadata (MS-EFSR 2.2.2): header, key lists, certificate references.
 *
 * Nothing in $EFS is authenticated, so every offset and length is checked against the structure
 * that holds it before it is used. A diag names the field that breaks the rule, by its position.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/metadata.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "format.h"

/* Windows 10 writes such metadata for files that Rights Management protects (MS-EFSR 2.2.2.3) */
static const uint8_t pfile_magic[6] = { '.', 'p', 'f', 'i', 'l', 'e' };

/* A structure inside the metadata whose own offset and length have been checked. */
struct part
{
    const uint8_t *bytes;
    uint32_t       offset; /* in the metadata */
    uint32_t       length;
};

static uint32_t part_load32(const struct part *part, uint32_t field)
{
    return load32_le(part->bytes + field);
}

/* Does (offset, length) lie inside a parent of this size, and behind the parent's own header? */
static bool is_inside(uint64_t offset, uint64_t length, uint64_t header, uint64_t parent)
{
    return offset >= header && offset + length <= parent;
}

static enum efs_error broken(struct efs_diag *diag, uint64_t offset, const char *rule)
{
    return efs_fail(diag, EFS_ERR_METADATA, offset, rule);
}

enum efs_error efs_metadata_identify(const uint8_t *bytes, size_t length, uint32_t *version, struct efs_diag *diag)
{
    uint32_t number;

    *version = 0;
    /* Is there anything behind the header? ntfs.sys can't stand such an attribute (ntfs-3g). */
    if (length < EFS_METADATA_MIN) return broken(diag, 0, "$EFS: shorter than 0x55 bytes");
    /* Is it more than Windows accepts (MS-EFSR, note 7)? */
    if (length > EFS_METADATA_MAX) return broken(diag, 0, "$EFS: longer than 262144 bytes");

    /* Is it of the one form that doesn't begin with a length? */
    if (!memcmp(bytes, pfile_magic, sizeof(pfile_magic)))
    {
        *version = 6;
        return EFS_OK;
    }
    /* Is the version one whose outlines are documented? */
    number = load32_le(bytes + HEADER_VERSION);
    if (number < 1 || number > 5) return efs_fail(diag, EFS_ERR_VERSION, HEADER_VERSION, "$EFS: unknown EFS_Version");
    /* Is it all there, and nothing else? */
    if (load32_le(bytes + HEADER_LENGTH) != length)
        return broken(diag, HEADER_LENGTH, "$EFS: Length is not the length of the metadata");
    *version = number;
    return EFS_OK;
}

static enum efs_error read_sid(struct efs_bytes *sid, const struct part *pki, struct efs_diag *diag)
{
    uint64_t place = (uint64_t)pki->offset + PKI_OWNER_HINT;
    uint32_t offset = part_load32(pki, PKI_OWNER_HINT);
    const uint8_t *bytes;

    /* Is there one? Entries of added users and recovery agents have none (seen on Windows 10). */
    if (!offset) return EFS_OK;
    /* Can its fixed part be read? */
    if (!is_inside(offset, SID_FIXED, PKI_SIZE, pki->length))
        return broken(diag, place, "$EFS: public key information: owner hint lies outside of it");
    bytes = pki->bytes + offset;
    /* Is it a SID? */
    if (bytes[0] != SID_REVISION)
        return broken(diag, (uint64_t)pki->offset + offset, "$EFS: owner hint: not a SID of revision 1");
    if (bytes[1] > SID_SUBAUTHS_MAX)
        return broken(diag, (uint64_t)pki->offset + offset + 1, "$EFS: owner hint: more than 15 subauthorities");
    /* Are its subauthorities there? */
    if (!is_inside(offset, SID_FIXED + 4u * bytes[1], PKI_SIZE, pki->length))
        return broken(diag, (uint64_t)pki->offset + offset + 1,
                      "$EFS: owner hint: subauthorities reach beyond the public key information");
    sid->data = bytes;
    sid->length = SID_FIXED + 4u * bytes[1];
    return EFS_OK;
}

/* field: of the certificate data, holds the string's offset, 0 for none. */
static enum efs_error read_string(struct efs_bytes *string, const struct part *cert, uint32_t field,
                                  const char *outside, const char *unterminated, struct efs_diag *diag)
{
    uint32_t offset = part_load32(cert, field);
    uint32_t end;

    if (!offset) return EFS_OK;
    /* Does it begin inside the certificate data? */
    if (!is_inside(offset, 2, CERT_SIZE, cert->length)) return broken(diag, (uint64_t)cert->offset + field, outside);
    /* Does it end there? */
    for (end = offset; cert->length - end >= 2; end += 2)
        if (!load16_le(cert->bytes + end)) break;
    if (cert->length - end < 2) return broken(diag, (uint64_t)cert->offset + field, unterminated);
    string->data = cert->bytes + offset;
    string->length = end - offset;
    return EFS_OK;
}

static enum efs_error read_certificate(struct efs_key_entry *entry, const struct part *pki, struct efs_diag *diag)
{
    struct part cert;
    uint32_t offset = part_load32(pki, PKI_CERT_OFFSET);
    uint32_t length = part_load32(pki, PKI_CERT_LENGTH);
    uint32_t thumb_offset, thumb_length;
    enum efs_error err;

    /* Is it large enough for its header? */
    if (length < CERT_SIZE)
        return broken(diag, (uint64_t)pki->offset + PKI_CERT_LENGTH, "$EFS: certificate data: shorter than its header");
    /* Does it lie inside the public key information? */
    if (!is_inside(offset, length, PKI_SIZE, pki->length))
        return broken(diag, (uint64_t)pki->offset + PKI_CERT_OFFSET,
                      "$EFS: certificate data lies outside the public key information");
    cert.bytes = pki->bytes + offset;
    cert.offset = pki->offset + offset;
    cert.length = length;

    thumb_offset = part_load32(&cert, CERT_THUMBPRINT_OFFSET);
    thumb_length = part_load32(&cert, CERT_THUMBPRINT_LENGTH);
    /* Does the thumbprint, if there is one, lie inside the certificate data? */
    if (thumb_length)
    {
        if (!is_inside(thumb_offset, thumb_length, CERT_SIZE, cert.length))
            return broken(diag, (uint64_t)cert.offset + CERT_THUMBPRINT_OFFSET,
                          "$EFS: thumbprint lies outside the certificate data");
        entry->thumbprint.data = cert.bytes + thumb_offset;
        entry->thumbprint.length = thumb_length;
    }
    err = read_string(&entry->container, &cert, CERT_CONTAINER,
                      "$EFS: container name lies outside the certificate data",
                      "$EFS: container name has no end inside the certificate data", diag);
    if (!err)
        err = read_string(&entry->provider, &cert, CERT_PROVIDER,
                          "$EFS: provider name lies outside the certificate data",
                          "$EFS: provider name has no end inside the certificate data", diag);
    if (!err)
        err = read_string(&entry->display, &cert, CERT_DISPLAY, "$EFS: display name lies outside the certificate data",
                          "$EFS: display name has no end inside the certificate data", diag);
    return err;
}

/* Reads the entry at *offset and moves *offset behind it. */
static enum efs_error read_entry(struct efs_key_entry *entry, const uint8_t *bytes, uint32_t total, uint32_t *offset,
                                 struct efs_diag *diag)
{
    struct part self = { bytes + *offset, *offset, 0 };
    struct part pki;
    uint32_t fek_offset, fek_length;
    enum efs_error err;

    memset(entry, 0, sizeof(*entry));
    entry->offset = self.offset;
    /* Is there room for an entry's header? */
    if (total - self.offset < ENTRY_SIZE)
        return broken(diag, self.offset, "$EFS: key list entry reaches beyond the metadata");
    self.length = part_load32(&self, ENTRY_LENGTH);
    /* Is the entry large enough for its header? Zero would never end. */
    if (self.length < ENTRY_SIZE)
        return broken(diag, (uint64_t)self.offset + ENTRY_LENGTH,
                      "$EFS: key list entry: Length is less than its header");
    /* Is the entry all there? */
    if (self.length > total - self.offset)
        return broken(diag, (uint64_t)self.offset + ENTRY_LENGTH,
                      "$EFS: key list entry: Length reaches beyond the metadata");
    entry->flags = part_load32(&self, ENTRY_FLAGS);

    fek_offset = part_load32(&self, ENTRY_FEK_OFFSET);
    fek_length = part_load32(&self, ENTRY_FEK_LENGTH);
    /* Is there an encrypted FEK, of a size that MS-EFSR allows? */
    if (!fek_length)
        return broken(diag, (uint64_t)self.offset + ENTRY_FEK_LENGTH, "$EFS: key list entry: encrypted FEK is empty");
    if (fek_length > EFS_FEK_BLOB_MAX)
        return broken(diag, (uint64_t)self.offset + ENTRY_FEK_LENGTH,
                      "$EFS: key list entry: encrypted FEK is longer than 1086 bytes");
    /* Does it lie inside the entry? */
    if (!is_inside(fek_offset, fek_length, ENTRY_SIZE, self.length))
        return broken(diag, (uint64_t)self.offset + ENTRY_FEK_OFFSET,
                      "$EFS: key list entry: encrypted FEK lies outside the entry");
    entry->encrypted_fek.data = self.bytes + fek_offset;
    entry->encrypted_fek.length = fek_length;

    /* Does the header of the public key information lie inside the entry? */
    pki.offset = part_load32(&self, ENTRY_PKI_OFFSET);
    if (!is_inside(pki.offset, PKI_SIZE, ENTRY_SIZE, self.length))
        return broken(diag, (uint64_t)self.offset + ENTRY_PKI_OFFSET,
                      "$EFS: key list entry: public key information lies outside the entry");
    pki.bytes = self.bytes + pki.offset;
    pki.length = load32_le(pki.bytes + PKI_LENGTH);
    /* Is all of it there? */
    if (pki.length < PKI_SIZE)
        return broken(diag, (uint64_t)self.offset + pki.offset + PKI_LENGTH,
                      "$EFS: public key information: Length is less than its header");
    if (pki.length > self.length - pki.offset)
        return broken(diag, (uint64_t)self.offset + pki.offset + PKI_LENGTH,
                      "$EFS: public key information: Length reaches beyond the entry");
    pki.offset += self.offset;
    entry->pki_type = part_load32(&pki, PKI_TYPE);

    if ((err = read_sid(&entry->sid, &pki, diag))) return err;
    /* Is it of the type whose contents are known? Others are told of, not an error. */
    if (entry->pki_type == EFS_PKI_CERTIFICATE && (err = read_certificate(entry, &pki, diag))) return err;
    *offset = self.offset + self.length;
    return EFS_OK;
}

/* field: of the header, holds the list's offset. Sets *end to the offset behind the last entry. */
static enum efs_error read_list(struct efs_metadata *metadata, enum efs_key_list list, uint32_t field, uint32_t *end,
                                struct efs_diag *diag)
{
    uint32_t offset = load32_le(metadata->bytes + field);
    uint32_t count, i;
    struct efs_key_entry entry;
    enum efs_error err;

    /* Does the list begin inside the metadata? */
    if (!is_inside(offset, LIST_SIZE, EFS_METADATA_HEADER_SIZE, metadata->length))
        return broken(diag, field, "$EFS: key list lies outside the metadata");
    count = load32_le(metadata->bytes + offset);
    /* Can there be that many entries? Also what bounds the cursor of efs_metadata_next. */
    if (count > (metadata->length - offset - LIST_SIZE) / ENTRY_SIZE)
        return broken(diag, offset, "$EFS: key list: more entries than the metadata has room for");
    *end = offset + LIST_SIZE;
    for (i = 0; i < count; i++)
        if ((err = read_entry(&entry, metadata->bytes, metadata->length, end, diag))) return err;
    metadata->list_offset[list] = offset;
    metadata->count[list] = count;
    return EFS_OK;
}

enum efs_error efs_metadata_read(struct efs_metadata *metadata, const uint8_t *bytes, size_t length,
                                 struct efs_diag *diag)
{
    uint32_t ddf, drf, ddf_end, drf_end;
    enum efs_error err;

    memset(metadata, 0, sizeof(*metadata));
    if ((err = efs_metadata_identify(bytes, length, &metadata->version, diag))) return err;
    metadata->bytes = bytes;
    metadata->length = (uint32_t)length;
    metadata->opaque = metadata->version > EFS_VERSION_READ_MAX;
    if (metadata->opaque) return EFS_OK;
    memcpy(metadata->id, bytes + HEADER_ID, sizeof(metadata->id));

    /* Can at least one user decrypt the file? */
    if (!load32_le(bytes + HEADER_DDF)) return broken(diag, HEADER_DDF, "$EFS: no DDF");
    if ((err = read_list(metadata, EFS_DDF, HEADER_DDF, &ddf_end, diag))) return err;
    ddf = metadata->list_offset[EFS_DDF];
    if (!metadata->count[EFS_DDF]) return broken(diag, ddf, "$EFS: DDF: no entry");
    /* Are there recovery agents? */
    if (!load32_le(bytes + HEADER_DRF)) return EFS_OK;
    if ((err = read_list(metadata, EFS_DRF, HEADER_DRF, &drf_end, diag))) return err;
    drf = metadata->list_offset[EFS_DRF];
    /* Are the lists apart? A shared entry would have two meanings. */
    if (ddf < drf_end && drf < ddf_end) return broken(diag, HEADER_DRF, "$EFS: DDF and DRF overlap");
    return EFS_OK;
}

/* A cursor holds the index of the next entry above the entry's offset: together just 32 bits. */
#define CURSOR_OFFSET_BITS 18
static_assert(EFS_METADATA_MAX <= 1u << CURSOR_OFFSET_BITS, "an entry's offset must fit the cursor");
static_assert(EFS_METADATA_MAX / ENTRY_SIZE < 1u << (32 - CURSOR_OFFSET_BITS), "an entry's index must fit the cursor");

bool efs_metadata_next(const struct efs_metadata *metadata, enum efs_key_list list, uint32_t *cursor,
                       struct efs_key_entry *entry)
{
    uint32_t index = *cursor >> CURSOR_OFFSET_BITS;
    uint32_t offset = *cursor & ((1u << CURSOR_OFFSET_BITS) - 1);

    if (index >= metadata->count[list]) return false;
    if (!index) offset = metadata->list_offset[list] + LIST_SIZE;
    if (read_entry(entry, metadata->bytes, metadata->length, &offset, NULL)) return false;
    /* behind the last entry the offset may be EFS_METADATA_MAX itself, and isn't needed any more */
    index++;
    *cursor = index << CURSOR_OFFSET_BITS | (index < metadata->count[list] ? offset : 0);
    return true;
}
