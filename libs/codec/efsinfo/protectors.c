/*
 * Reading the protectors of a $EFS of version 4 or 5 (MS-EFSR 2.2.2.2).
 *
 * Everything there is a datum: size, role, type, flags, and data or further data inside. What a datum means is its
 * role; where its inside begins is its type's affair.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/protector.h"

#include <string.h>

#include "base/bytes.h"
#include "format.h"

/* The header of versions 4 and 5 */
#define HEADER45_DDF  0x20
#define HEADER45_DRF  0x24
#define HEADER45_SIZE 0x28

/* A protector list: u32 size, u16 count, then protectors */
#define PROTECTORS_SIZE  0x00
#define PROTECTORS_COUNT 0x04
#define PROTECTORS_FIRST 0x06
#define PROTECTORS_MAX   8192 /* that a cursor can count; Windows has at most 500 */

/* A datum: four u16 */
#define DATUM_LENGTH 0x00
#define DATUM_ROLE   0x02
#define DATUM_TYPE   0x04
#define DATUM_SIZE   0x08

enum datum_type
{
    DATUM_BLOB       = 1,
    DATUM_DESCRIPTOR = 2, /* text */
    DATUM_PROTECTOR  = 3,
    DATUM_INFO       = 4,
    DATUM_AGREEMENT  = 5,
    DATUM_FEK        = 6,
    DATUM_DPAPI_NG   = 7,
};

enum datum_role
{
    ROLE_CERTIFICATE = 1, ROLE_DISPLAY = 3, ROLE_CONTAINER = 4, ROLE_PROVIDER = 5, ROLE_SID = 6, ROLE_DESCRIPTOR = 12,
};

#define BLOB_KIND   0x08 /* u16 */
#define BLOB_DATA   0x0c
#define BLOB_SHA1   2    /* of a certificate */
#define TEXT_DATA   0x08
#define PROTECTOR_TYPE  0x08
#define PROTECTOR_FLAGS 0x0a
#define PROTECTOR_DATA  0x0c

#define DEPTH_MAX 8 /* the format's own is 4 */

static enum efs_error broken(struct efs_diag *diag, uint64_t offset, const char *rule)
{
    return efs_fail(diag, EFS_ERR_METADATA, offset, rule);
}

/* Where other data begin inside of a datum of this type; 0: there are none. */
static uint32_t inside_of(unsigned int type)
{
    switch (type)
    {
    case DATUM_PROTECTOR:
    case DATUM_FEK:
        return PROTECTOR_DATA;
    case DATUM_INFO:
        return DATUM_SIZE;
    case DATUM_AGREEMENT:
    case DATUM_DPAPI_NG:
        return DATUM_SIZE + 2;
    default:
        return 0;
    }
}

static struct efs_bytes piece(const uint8_t *bytes, uint32_t start, uint32_t end)
{
    return (struct efs_bytes){ bytes + start, end - start };
}

static bool is_sid(const struct efs_bytes *sid)
{
    return sid->length >= SID_FIXED && sid->data[0] == SID_REVISION && sid->data[1] <= SID_SUBAUTHS_MAX
           && sid->length >= SID_FIXED + 4u * sid->data[1];
}

/* A blob of at + length bytes, which has its header. */
static void take_blob(struct efs_protector *protector, const uint8_t *bytes, uint32_t at, uint32_t length)
{
    struct efs_bytes data = piece(bytes, at + BLOB_DATA, at + length);
    unsigned int role = load16_le(bytes + at + DATUM_ROLE);

    if (role == ROLE_CERTIFICATE && load16_le(bytes + at + BLOB_KIND) == BLOB_SHA1 && data.length)
        protector->thumbprint = data;
    if (role == ROLE_SID && is_sid(&data))
    {
        data.length = SID_FIXED + 4u * data.data[1];
        protector->sid = data;
    }
}

/* The text of a descriptor, whose terminator has been found. */
static void take_text(struct efs_protector *protector, const struct efs_bytes *text, unsigned int role)
{
    if (role == ROLE_DISPLAY) protector->display = *text;
    if (role == ROLE_CONTAINER) protector->container = *text;
    if (role == ROLE_PROVIDER) protector->provider = *text;
    if (role == ROLE_DESCRIPTOR) protector->descriptor = *text;
}

static enum efs_error read_text(struct efs_protector *protector, const uint8_t *bytes, uint32_t at, uint32_t length,
                                struct efs_diag *diag)
{
    uint32_t end = at + TEXT_DATA;
    struct efs_bytes text;

    while (at + length - end >= 2 && load16_le(bytes + end)) end += 2;
    if (at + length - end < 2) return broken(diag, at, "$EFS: datum: its text has no end inside of it");
    text = piece(bytes, at + TEXT_DATA, end);
    take_text(protector, &text, load16_le(bytes + at + DATUM_ROLE));
    return EFS_OK;
}

/* How long the datum at `at` is; it lies inside of what ends at `end`. */
static enum efs_error measure(const uint8_t *bytes, uint32_t at, uint32_t end, uint32_t *length, struct efs_diag *diag)
{
    /* Is there room for a datum's header? */
    if (end - at < DATUM_SIZE) return broken(diag, at, "$EFS: datum: reaches beyond what it is in");
    *length = load16_le(bytes + at + DATUM_LENGTH);
    /* Is it large enough for its header? Zero would never end. */
    if (*length < DATUM_SIZE) return broken(diag, at, "$EFS: datum: StructureSize is less than its header");
    /* Is all of it there? */
    if (*length > end - at) return broken(diag, at, "$EFS: datum: StructureSize reaches beyond what it is in");
    return EFS_OK;
}

/* A datum and what is inside of it. The bytes behind the last one may be fill: less than a header. */
static enum efs_error read_datum(struct efs_protector *protector, const uint8_t *bytes, uint32_t at, uint32_t length,
                                 unsigned int depth, struct efs_diag *diag)
{
    unsigned int type = load16_le(bytes + at + DATUM_TYPE);
    uint32_t inside = inside_of(type), next, size;
    enum efs_error err;

    if (length < (type == DATUM_BLOB ? (uint32_t)BLOB_DATA : inside))
        return broken(diag, at, "$EFS: datum: StructureSize is less than its type needs");
    if (type == DATUM_DESCRIPTOR) return read_text(protector, bytes, at, length, diag);
    if (type == DATUM_BLOB) take_blob(protector, bytes, at, length);
    if (!inside) return EFS_OK;
    if (depth == DEPTH_MAX) return broken(diag, at, "$EFS: datum: too many inside each other");
    for (next = at + inside; at + length - next >= DATUM_SIZE; next += size)
    {
        if ((err = measure(bytes, next, at + length, &size, diag))) return err;
        if ((err = read_datum(protector, bytes, next, size, depth + 1, diag))) return err;
    }
    return EFS_OK;
}

/* Moves *at behind it. */
static enum efs_error read_protector(struct efs_protector *protector, const uint8_t *bytes, uint32_t *at, uint32_t end,
                                     struct efs_diag *diag)
{
    enum efs_error err;
    uint32_t length;

    memset(protector, 0, sizeof(*protector));
    if ((err = measure(bytes, *at, end, &length, diag))) return err;
    if (load16_le(bytes + *at + DATUM_TYPE) != DATUM_PROTECTOR)
        return broken(diag, *at, "$EFS: protector list: not a key protector");
    if ((err = read_datum(protector, bytes, *at, length, 0, diag))) return err;
    protector->type = load16_le(bytes + *at + PROTECTOR_TYPE);
    protector->flags = load16_le(bytes + *at + PROTECTOR_FLAGS);
    *at += length;
    return EFS_OK;
}

static enum efs_error read_list(struct efs_protectors *protectors, uint32_t total, enum efs_key_list list,
                                uint32_t field, struct efs_diag *diag)
{
    uint32_t offset = load32_le(protectors->bytes + field), size, at, i;
    struct efs_protector protector;
    enum efs_error err;

    if (!offset) return EFS_OK;
    /* Does the list begin inside the metadata, and behind its header? */
    if (offset < HEADER45_SIZE || offset > total || total - offset < PROTECTORS_FIRST)
        return broken(diag, field, "$EFS: protector list lies outside the metadata");
    size = load32_le(protectors->bytes + offset + PROTECTORS_SIZE);
    if (size < PROTECTORS_FIRST || size > total - offset)
        return broken(diag, offset, "$EFS: protector list: StructureSize reaches beyond the metadata");
    protectors->end[list] = offset + size;
    protectors->next[list] = at = offset + PROTECTORS_FIRST;
    protectors->count[list] = load16_le(protectors->bytes + offset + PROTECTORS_COUNT);
    if (protectors->count[list] > PROTECTORS_MAX)
        return broken(diag, offset, "$EFS: protector list: more than 8192 protectors");
    for (i = 0; i < protectors->count[list]; i++)
        if ((err = read_protector(&protector, protectors->bytes, &at, protectors->end[list], diag))) return err;
    return EFS_OK;
}

enum efs_error efs_protectors_read(struct efs_protectors *protectors, const struct efs_metadata *metadata,
                                   struct efs_diag *diag)
{
    enum efs_error err;

    memset(protectors, 0, sizeof(*protectors));
    if (metadata->version != 4 && metadata->version != 5)
        return efs_fail(diag, EFS_ERR_VERSION, HEADER_VERSION, "$EFS: of a version without protectors");
    protectors->bytes = metadata->bytes;
    if (!load32_le(metadata->bytes + HEADER45_DDF)) return broken(diag, HEADER45_DDF, "$EFS: no DDF");
    err = read_list(protectors, metadata->length, EFS_DDF, HEADER45_DDF, diag);
    return err ? err : read_list(protectors, metadata->length, EFS_DRF, HEADER45_DRF, diag);
}

/* A cursor holds the index of the next protector above its offset: together just 32 bits. */
#define CURSOR_OFFSET_BITS 18

bool efs_protectors_next(const struct efs_protectors *protectors, enum efs_key_list list, uint32_t *cursor,
                         struct efs_protector *protector)
{
    uint32_t index = *cursor >> CURSOR_OFFSET_BITS, at = *cursor & ((1u << CURSOR_OFFSET_BITS) - 1);

    if (index >= protectors->count[list]) return false;
    if (!index) at = protectors->next[list];
    if (read_protector(protector, protectors->bytes, &at, protectors->end[list], NULL)) return false;
    index++;
    *cursor = index << CURSOR_OFFSET_BITS | (index < protectors->count[list] ? at : 0);
    return true;
}
