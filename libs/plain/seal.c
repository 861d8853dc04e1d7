/*
 * Encrypting: plaintext in, EFS raw stream out.
 *
 * The segments are those that Windows writes for an ordinary file, one for each 64 KiB. Of a sparse stream each says
 * so, and one that is all hole stores nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/seal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/bytes.h"
#include "efs/metadata.h"
#include "efs/plaintext.h"
#include "efs/raw.h"
#include "efs/raw_writer.h"
#include "efs/secret.h"

#define VERSION 2 /* what Windows writes for RSA and AES, whatever it could */

struct efs_seal
{
    efs_seal_sink      sink;
    void              *context;
    struct efs_cipher *cipher;
    struct efs_secret  segment; /* header, then plaintext */
    size_t             length;  /* bytes of plaintext in it */
    uint64_t           offset;  /* of it in the stream */
    bool               sparse;
};

/* ---- $EFS ---- */

static bool is_listed(const struct efs_certificate_entry *entries, uint32_t count, const uint8_t *thumbprint)
{
    uint32_t i;

    for (i = 0; i < count; i++)
        if (!memcmp(entries[i].entry.thumbprint.data, thumbprint, entries[i].entry.thumbprint.length)) return true;
    return false;
}

/* Each certificate once. entries: room for `count`; *made: how many there are. */
static enum efs_error wrap_list(struct efs_certificate_entry *entries, struct efs_key_entry *list, uint32_t *made,
                                const struct efs_certificate * const *certificates, uint32_t count,
                                const struct efs_fek *fek, struct efs_diag *diag)
{
    enum efs_error err;
    uint32_t i;

    *made = 0;
    for (i = 0; i < count; i++)
    {
        if (is_listed(entries, *made, efs_certificate_thumbprint(certificates[i]))) continue;
        if ((err = efs_certificate_wrap(certificates[i], fek, &entries[*made], diag))) return err;
        list[*made] = entries[*made].entry;
        (*made)++;
    }
    return EFS_OK;
}

enum efs_error efs_seal_make_metadata(uint8_t *out, size_t capacity, size_t *length, const uint8_t id[16],
                                      const struct efs_fek *fek, const struct efs_seal_readers *readers,
                                      struct efs_diag *diag)
{
    uint32_t users = readers->user_count, agents = readers->agent_count;
    struct efs_certificate_entry *entries;
    struct efs_key_entry *list;
    enum efs_error err = EFS_OK;

    *length = 0;
    if (!users) return efs_fail(diag, EFS_ERR_INVALID, 0, "nobody is named who is to decrypt it");
    if (users > EFS_METADATA_USERS_MAX || agents > EFS_METADATA_USERS_MAX)
        return efs_fail(diag, EFS_ERR_INVALID, 0, "more than 500 users, or recovery agents");
    entries = calloc((size_t)users + agents, sizeof(*entries));
    list = calloc((size_t)users + agents, sizeof(*list));
    if (!entries || !list) err = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    if (!err) err = wrap_list(entries, list, &users, readers->users, users, fek, diag);
    if (!err) err = wrap_list(entries + users, list + users, &agents, readers->agents, agents, fek, diag);
    if (!err
        && (err = efs_metadata_make(out, capacity, VERSION, id, list, users, list + users, agents, length)))
        efs_fail(diag, err, 0, "the $EFS would be longer than 262144 bytes, or than there is room for");
    free(entries);
    free(list);
    return err;
}

/* A GUID of random numbers (version 4), as those of Windows are. */
static enum efs_error make_id(uint8_t id[16], struct efs_diag *diag)
{
    if (getrandom(id, 16, 0) != 16) return efs_fail_errno(diag, errno, 0, "getrandom");
    id[7] = (uint8_t)((id[7] & 0x0f) | 0x40); /* its third field is little-endian */
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
    return EFS_OK;
}

static enum efs_error make_new(uint8_t *out, size_t capacity, size_t *length, const struct efs_seal_readers *readers,
                               struct efs_feks *feks, struct efs_fek *fek, struct efs_diag *diag)
{
    struct efs_metadata metadata;
    enum efs_error err;
    uint8_t id[16];

    if ((err = efs_fek_generate(fek, diag)) || (err = make_id(id, diag))) return err;
    if ((err = efs_seal_make_metadata(out, capacity, length, id, fek, readers, diag)) || !feks) return err;
    err = efs_metadata_read(&metadata, out, (uint32_t)*length, diag);
    return err ? err : efs_feks_add(feks, &metadata, fek, diag);
}

enum efs_error efs_seal_make_new(uint8_t *out, size_t capacity, size_t *length,
                                 const struct efs_seal_readers *readers, struct efs_feks *feks, struct efs_diag *diag)
{
    struct efs_secret fek;
    enum efs_error err;

    *length = 0;
    if (!efs_secret_allocate(&fek, sizeof(struct efs_fek))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    err = make_new(out, capacity, length, readers, feks, (struct efs_fek *)(void *)fek.bytes, diag);
    efs_secret_free(&fek);
    return err;
}

/* ---- the stream ---- */

static enum efs_error put(struct efs_seal *seal, const void *bytes, size_t length, struct efs_diag *diag)
{
    return seal->sink(seal->context, bytes, length, diag);
}

/* All that comes before the streams of data. */
static enum efs_error put_head(struct efs_seal *seal, const uint8_t *metadata, size_t length, struct efs_diag *diag)
{
    struct efs_raw_writer writer;
    struct efs_raw_piece piece;
    enum efs_error err = EFS_OK;

    efs_raw_writer_init(&writer, (uint32_t)length, 0, true);
    for (efs_raw_writer_next(&writer, &piece); !err && piece.type != EFS_RAW_PIECE_END;
         efs_raw_writer_next(&writer, &piece))
        err = put(seal, piece.type == EFS_RAW_PIECE_METADATA ? metadata + piece.offset : piece.bytes, piece.length,
                  diag);
    return err;
}

static enum efs_error begin(struct efs_seal *seal, const struct efs_seal_readers *readers, struct efs_diag *diag)
{
    struct efs_secret fek = { 0 };
    uint8_t *metadata = malloc(EFS_METADATA_MAX), id[16];
    enum efs_error err;
    size_t length;

    if (!metadata || !efs_secret_allocate(&fek, sizeof(struct efs_fek))
        || !efs_secret_allocate(&seal->segment, EFS_RAW_DATA_SEGMENT_SIZE + EFS_RAW_TRANSFER))
        err = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    else if (!(err = efs_fek_generate((struct efs_fek *)(void *)fek.bytes, diag)) && !(err = make_id(id, diag))
             && !(err = efs_cipher_open(&seal->cipher, (struct efs_fek *)(void *)fek.bytes, diag))
             && !(err = efs_seal_make_metadata(metadata, EFS_METADATA_MAX, &length, id,
                                               (struct efs_fek *)(void *)fek.bytes, readers, diag)))
        err = put_head(seal, metadata, length, diag);
    efs_secret_free(&fek);
    free(metadata);
    return err;
}

enum efs_error efs_seal_begin(struct efs_seal **ret, const struct efs_seal_readers *readers, efs_seal_sink sink,
                              void *context, struct efs_diag *diag)
{
    struct efs_seal *seal = *ret = calloc(1, sizeof(*seal));
    enum efs_error err;

    if (!seal) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    seal->sink = sink;
    seal->context = context;
    if (!(err = begin(seal, readers, diag))) return EFS_OK;
    efs_seal_free(seal);
    *ret = NULL;
    return err;
}

void efs_seal_free(struct efs_seal *seal)
{
    if (!seal) return;
    efs_cipher_close(seal->cipher);
    efs_secret_free(&seal->segment);
    free(seal);
}

enum efs_error efs_seal_begin_stream(struct efs_seal *seal, const uint8_t *name, size_t length, bool sparse,
                                     struct efs_diag *diag)
{
    static const uint8_t type[14] = { ':', 0, '$', 0, 'D', 0, 'A', 0, 'T', 0, 'A', 0, 0, 0 };
    uint8_t header[EFS_RAW_STREAM_HEADER_FIXED + 2 * EFS_RAW_NAME_MAX + 14], text[2 * EFS_RAW_NAME_MAX + 14];
    size_t size, type_size = sizeof(type) - 2;

    seal->length = 0;
    seal->offset = 0;
    seal->sparse = sparse;
    if (!name)
        size = efs_raw_make_stream_header(header, sizeof(header), 0, efs_raw_unnamed_name,
                                          sizeof(efs_raw_unnamed_name));
    else
    {
        if (length > 2 * EFS_RAW_NAME_MAX)
            return efs_fail(diag, EFS_ERR_INVALID, 0, "a stream's name is longer than 255 characters");
        store16_le(text, ':');
        memcpy(text + 2, name, length);
        memcpy(text + 2 + length, type, type_size);
        size = efs_raw_make_stream_header(header, sizeof(header), 0, text, (uint32_t)(2 + length + type_size));
    }
    return put(seal, header, size, diag);
}

/* What is in the buffer, the last one of a stream perhaps a part of a unit. */
static enum efs_error put_segment(struct efs_seal *seal, struct efs_diag *diag)
{
    uint8_t *header = seal->segment.bytes, *data = header + EFS_RAW_DATA_SEGMENT_SIZE;
    uint32_t stored = (uint32_t)efs_raw_padded(seal->length);
    enum efs_error err;

    if (!seal->length) return EFS_OK;
    if (seal->sparse) efs_raw_make_sparse_segment(header, seal->offset, (uint32_t)seal->length, stored);
    else efs_raw_make_data_segment(header, seal->offset, (uint32_t)seal->length);
    memset(data + seal->length, 0, stored - seal->length);
    if ((err = efs_cipher_encrypt(seal->cipher, seal->offset, data, stored)))
        return efs_fail(diag, err, seal->offset, "encrypt");
    seal->offset += seal->length;
    seal->length = 0;
    return put(seal, header, EFS_RAW_DATA_SEGMENT_SIZE + stored, diag);
}

static enum efs_error put_hole(struct efs_seal *seal, struct efs_diag *diag)
{
    uint8_t header[EFS_RAW_DATA_SEGMENT_SIZE];

    efs_raw_make_sparse_segment(header, seal->offset, EFS_RAW_TRANSFER, 0);
    seal->offset += EFS_RAW_TRANSFER;
    return put(seal, header, sizeof(header), diag);
}

uint8_t *efs_seal_get_room(struct efs_seal *seal, size_t *room)
{
    *room = EFS_RAW_TRANSFER - seal->length;
    return seal->segment.bytes + EFS_RAW_DATA_SEGMENT_SIZE + seal->length;
}

enum efs_error efs_seal_add(struct efs_seal *seal, size_t length, struct efs_diag *diag)
{
    seal->length += length;
    return seal->length == EFS_RAW_TRANSFER ? put_segment(seal, diag) : EFS_OK;
}

/* Zeros that are encrypted, as far as the unit goes. */
static enum efs_error add_zeros(struct efs_seal *seal, uint64_t *length, struct efs_diag *diag)
{
    uint8_t *at;
    size_t room;

    at = efs_seal_get_room(seal, &room);
    if (room > *length) room = (size_t)*length;
    memset(at, 0, room);
    *length -= room;
    return efs_seal_add(seal, room, diag);
}

enum efs_error efs_seal_add_hole(struct efs_seal *seal, uint64_t length, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;

    if (length > INT64_MAX - seal->offset - seal->length)
        return efs_fail(diag, EFS_ERR_INVALID, seal->offset, "a stream longer than 2^63 bytes");
    while (!err && length && (seal->length || !seal->sparse)) err = add_zeros(seal, &length, diag);
    if (!err && length > EFS_RAW_HOLE_MAX)
    {
        /* The last unit has its segment: it may be what tells the stream's size. */
        uint64_t gap = (length / EFS_RAW_TRANSFER - 1) * EFS_RAW_TRANSFER;

        seal->offset += gap;
        length -= gap;
    }
    for (; !err && length >= EFS_RAW_TRANSFER; length -= EFS_RAW_TRANSFER) err = put_hole(seal, diag);
    return !err && length ? add_zeros(seal, &length, diag) : err;
}

enum efs_error efs_seal_end_stream(struct efs_seal *seal, struct efs_diag *diag)
{
    return put_segment(seal, diag);
}
