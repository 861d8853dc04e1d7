/*
 * The streams of an encrypted file, found by its headers; its content is passed over.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/bytes.h"
#include "base/io.h"
#include "efs/raw.h"
#include "efs/raw_writer.h"
#include "names.h"
#include "store/forms/form.h"
#include "store/ntfs.h"

#define WINDOW 1024 /* bytes read at once: two of a segment's headers as Windows writes them */

void index_free(struct stream_index *index)
{
    size_t i;

    for (i = 0; i < index->count; i++)
    {
        free((uint8_t *)(uintptr_t)index->streams[i].about.name);
        extents_free(&index->streams[i].extents);
    }
    free(index->streams);
    memset(index, 0, sizeof(*index));
}

/* name: with colons and type. NULL: no memory. */
static struct indexed_stream *add_stream(struct stream_index *index, const uint8_t *name, uint32_t length)
{
    struct indexed_stream *streams, *added;
    uint8_t *copy;

    if (index->count == index->capacity)
    {
        size_t capacity = index->capacity ? 2 * index->capacity : 1;

        if (!(streams = realloc(index->streams, capacity * sizeof(*streams)))) return NULL;
        index->streams = streams;
        index->capacity = capacity;
    }
    name_cut(&name, &length);
    if (!(copy = malloc(length + 1))) return NULL;
    memcpy(copy, name, length);
    added = &index->streams[index->count++];
    memset(added, 0, sizeof(*added));
    added->about.name = copy;
    added->about.name_length = length;
    return added;
}

static enum efs_error add_piece(struct stream_index *index, struct indexed_stream *stream, uint64_t offset,
                                uint64_t end, uint64_t position, struct efs_diag *diag)
{
    switch (extents_add(&stream->extents, offset, end, position, &index->budget))
    {
    case EXTENTS_OK:
        return EFS_OK;
    case EXTENTS_NO_MEMORY:
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "realloc");
    default:
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "it lies in more than 131072 pieces");
    }
}

/* ---- the headers of a raw stream ---- */

struct walk
{
    struct stream_index   *index;
    struct efs_raw_reader *reader;
    bool                   in_place; /* what segments store lies at its offset in the stream, as a layout has it */
    bool                   stream;   /* the last of the index is being read */
};

static enum efs_error take_plain(struct walk *walk, struct indexed_stream *stream, const struct efs_raw_event *event,
                                 struct efs_diag *diag)
{
    uint64_t offset = stream->about.size;

    stream->about.size += event->segment.data_length;
    return add_piece(walk->index, stream, offset, stream->about.size, event->position + event->record_length, diag);
}

/* What of each block lies below the valid data length; all else is zeros. */
static enum efs_error take_blocks(struct walk *walk, struct indexed_stream *stream, const struct efs_raw_event *event,
                                  struct efs_diag *diag)
{
    const struct efs_raw_segment *segment = &event->segment;
    uint64_t position = event->position + event->record_length, offset = segment->offset, end;
    uint64_t limit = offset + segment->bytes_in_vdl;
    enum efs_error err = EFS_OK;
    unsigned int i;

    for (i = 0; i < segment->block_count && offset < limit && !err; i++)
    {
        uint32_t stored = efs_raw_block_size(segment, i);

        end = offset + stored < limit ? offset + stored : limit;
        err = add_piece(walk->index, stream, offset, end, walk->in_place ? offset : position, diag);
        position += stored;
        offset += (uint64_t)1 << segment->unit_shift;
    }
    stream->about.size = segment->offset + segment->bytes_in_stream;
    return err;
}

static enum efs_error take_event(struct walk *walk, const struct efs_raw_event *event, struct efs_diag *diag)
{
    struct indexed_stream *stream;

    if (event->type == EFS_RAW_STREAM)
    {
        walk->stream = !event->stream.metadata;
        if (!walk->stream) return EFS_OK;
        if (!(stream = add_stream(walk->index, event->stream.name, event->stream.name_length)))
            return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
        stream->about.encrypted = !event->stream.plain;
        return EFS_OK;
    }
    if (event->type != EFS_RAW_SEGMENT || !walk->stream) return EFS_OK;
    stream = &walk->index->streams[walk->index->count - 1];
    return stream->about.encrypted ? take_blocks(walk, stream, event, diag) : take_plain(walk, stream, event, diag);
}

static enum efs_error broken(const struct efs_diag *found, struct efs_diag *diag)
{
    return efs_fail(diag, EFS_ERR_CORRUPT, found->offset, found->rule);
}

static enum efs_error take_bytes(struct walk *walk, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    struct efs_raw_event event;
    struct efs_diag found;
    enum efs_error err;

    for (;;)
    {
        if (efs_raw_reader_next(walk->reader, &bytes, &length, &event, &found)) return broken(&found, diag);
        if (event.type == EFS_RAW_NEED_INPUT) return EFS_OK;
        if ((err = take_event(walk, &event, diag))) return err;
    }
}

/* A container: the raw stream is its content. */
static enum efs_error walk_content(struct walk *walk, const struct efs_stored *stored, struct efs_diag *diag)
{
    uint8_t window[WINDOW];
    uint64_t position = 0;
    enum efs_error err = EFS_OK;
    size_t n;

    while (!err)
    {
        position += efs_raw_reader_skip(walk->reader, stored->content_length - position);
        if (position == stored->content_length) break;
        n = stored->content_length - position < WINDOW ? (size_t)(stored->content_length - position) : WINDOW;
        err = io_read_exactly(stored->fd, position, window, n, diag);
        if (!err) err = take_bytes(walk, window, n, diag);
        position += n;
    }
    return err;
}

/* A layout makes the headers, in pieces between which the content is. */
static enum efs_error walk_pieces(struct walk *walk, const struct efs_stored *stored, struct form_export *from,
                                  struct efs_diag *diag)
{
    struct efs_raw_piece piece;
    enum efs_error err;

    for (;;)
    {
        if ((err = stored->kind->next(from, &piece, diag)) || piece.type == EFS_RAW_PIECE_END) return err;
        if (piece.type == EFS_RAW_PIECE_BYTES) err = take_bytes(walk, piece.bytes, piece.length, diag);
        else if (piece.type == EFS_RAW_PIECE_METADATA)
            err = take_bytes(walk, stored->metadata + piece.offset, piece.length, diag);
        else if (efs_raw_reader_skip(walk->reader, piece.length) != piece.length)
            err = efs_fail(diag, EFS_ERR_CORRUPT, 0, "layout: content where a header has to be");
        if (err) return err;
    }
}

static enum efs_error walk_layout(struct walk *walk, const struct efs_stored *stored, struct efs_diag *diag)
{
    struct form_export from = { .stored = stored };
    enum efs_error err = stored->kind->begin_export(&from, true, diag);

    walk->in_place = true;
    if (!err)
    {
        stored->kind->rewind(&from);
        err = walk_pieces(walk, stored, &from, diag);
    }
    free(from.layout);
    free(from.made.bytes);
    free(from.ntfs);
    return err;
}

static enum efs_error index_headers(struct stream_index *index, const struct efs_stored *stored, struct efs_diag *diag)
{
    struct walk walk = { .index = index, .reader = malloc(sizeof(*walk.reader)) };
    struct efs_diag found;
    enum efs_error err;

    if (!walk.reader) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    efs_raw_reader_init(walk.reader);
    err = stored->layout ? walk_layout(&walk, stored, diag) : walk_content(&walk, stored, diag);
    if (!err && efs_raw_reader_finish(walk.reader, &found)) err = broken(&found, diag);
    free(walk.reader);
    return err;
}

/* ---- a file without a raw stream of its own ---- */

/* A named stream on an NTFS-3G mount: ciphertext and padding count in an attribute, or nothing at all. */
static enum efs_error index_attribute(struct stream_index *index, const struct efs_stored *stored,
                                      const char *attribute, struct efs_diag *diag)
{
    uint8_t name[NTFS_STREAM_NAME_MAX], *value = malloc(NTFS_VALUE_MAX);
    uint32_t length = ntfs_stream_name(attribute, name), padding = 0;
    struct indexed_stream *stream = NULL;
    enum efs_error err = EFS_OK;
    ssize_t n = -1;

    if (value) n = fgetxattr(stored->fd, attribute, value, NTFS_VALUE_MAX);
    if (!value) err = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    else if (!length) err = efs_fail(diag, EFS_ERR_CORRUPT, 0, "NTFS-3G: a stream's name isn't UTF-8");
    else if (n < 0) err = efs_fail_errno(diag, errno, 0, "get named stream");
    if (!err && n)
    {
        padding = n > 2 ? load16_le(value + n - 2) : EFS_RAW_UNIT;
        if (n % EFS_RAW_UNIT != 2 || padding >= EFS_RAW_UNIT)
            err = efs_fail(diag, EFS_ERR_CORRUPT, 0, "NTFS-3G: a named stream without a padding count");
    }
    if (!err && !(stream = add_stream(index, name, length))) err = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    free(value);
    if (err) return err;
    stream->attribute = attribute;
    stream->about.encrypted = true;
    stream->about.size = n ? (uint64_t)n - 2 - padding : 0;
    return add_piece(index, stream, 0, stream->about.size, 0, diag);
}

/* As the writer of raw streams would take it for. */
static enum efs_error index_usual(struct stream_index *index, const struct efs_stored *stored, struct efs_diag *diag)
{
    struct indexed_stream *stream = add_stream(index, efs_raw_unnamed_name, sizeof(efs_raw_unnamed_name));
    enum efs_error err;
    size_t at;

    if (!stream) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    stream->about.encrypted = true;
    stream->about.size = stored->data_size;
    err = add_piece(index, stream, 0, stored->data_size, 0, diag);
    for (at = 0; !err && at < stored->streams_length; at += strlen(stored->streams + at) + 1)
        err = index_attribute(index, stored, stored->streams + at, diag);
    return err;
}

/* The unnamed one first, as everybody expects it. */
static void sort(struct stream_index *index)
{
    struct indexed_stream first;
    size_t i;

    for (i = 1; i < index->count; i++)
    {
        if (index->streams[i].about.name_length) continue;
        first = index->streams[i];
        memmove(&index->streams[1], &index->streams[0], i * sizeof(first));
        index->streams[0] = first;
    }
}

enum efs_error index_file(struct stream_index *index, const struct efs_stored *stored, struct efs_diag *diag)
{
    bool usual = !stored->layout && !stored->kind->takes_all;
    enum efs_error err;
    uint64_t size;

    memset(index, 0, sizeof(*index));
    index->budget = EFS_PLAINTEXT_PIECES_MAX;
    err = usual ? index_usual(index, stored, diag) : index_headers(index, stored, diag);
    sort(index);
    if (err) return err;
    size = index->count && !index->streams[0].about.name_length ? index->streams[0].about.size : 0;
    if (size != stored->data_size)
        return efs_fail(diag, EFS_ERR_CORRUPT, 0, "the stream's size isn't the one that the file is marked with");
    return EFS_OK;
}
