/*
 * The export session: encrypted file in, raw stream out.
 *
 * Content is read straight into the caller's buffer; only record headers pass through the writer's. What isn't the
 * writer's own stream comes from a layout or a container, that is from bytes which anybody may have changed: a reader
 * follows it, and ends the export where it isn't a raw stream any more.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/session.h"

#include <stdlib.h>
#include <string.h>

#include "efs/layout.h"
#include "efs/raw.h"
#include "codec/raw/filter.h"
#include "export_ntfs.h"
#include "base/gather.h"

struct efs_export
{
    struct efs_stored         stored;
    uint64_t                  length;  /* of the raw stream */
    struct efs_raw_writer     writer;
    struct efs_layout_reader *layout;  /* instead of the writer; NULL without a layout */
    uint64_t                  position; /* in a container */
    struct efs_raw_piece      piece;   /* what is left of the current one */
    struct export_check      *check;   /* NULL where the stream is the writer's */
    struct export_ntfs       *ntfs;    /* named streams after the writer's; NULL: none */
    struct export_filter     *filter;  /* leaves out the named streams; NULL where there are none, or all are wanted */
    uint64_t                  given;   /* bytes of the stream */
    struct gather             wanted;  /* content that the current call still has to read */
};

static enum efs_error begin_layout(struct efs_export *session, struct efs_diag *diag)
{
    const struct efs_stored *stored = &session->stored;
    uint64_t padded = efs_raw_padded(stored->content_length);
    enum efs_error err = efs_layout_reader_init(session->layout, stored->layout, stored->layout_length, stored->metadata,
                                                stored->metadata_length, padded, diag);

    return err ? err : efs_layout_reader_measure(session->layout, stored->data_size, &session->length, diag);
}

/* What the form needs beside the file. */
static enum efs_error prepare(struct efs_export *session, unsigned int flags, struct efs_diag *diag)
{
    const struct efs_stored *stored = &session->stored;
    bool container = stored->form == EFS_FORM_CONTAINER;
    enum efs_error err;
    uint64_t named;

    if (!stored->layout && !container)
    {
        session->length = efs_raw_stream_length(stored->metadata_length, stored->data_size, stored->directory);
        if (!stored->streams || (flags & EFS_SESSION_DROP_NAMED)) return EFS_OK;
        if (!(session->ntfs = export_ntfs_new(&session->stored))) goto no_memory;
        err = export_ntfs_measure(session->ntfs, &named, diag);
        session->length += named;
        return err;
    }
    session->length = stored->content_length;
    if (stored->layout && !(session->layout = malloc(sizeof(*session->layout)))) goto no_memory;
    if (!(session->check = export_check_new(stored->data_size, stored->directory))) goto no_memory;
    /* a file in split form has no other streams */
    if ((flags & EFS_SESSION_DROP_NAMED) && (container || stored->directory) && !(session->filter = export_filter_new())) goto no_memory;
    return session->layout ? begin_layout(session, diag) : EFS_OK;

no_memory:
    return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
}

enum efs_error efs_export_begin(struct efs_export **ret, int fd, unsigned int flags, struct efs_diag *diag)
{
    struct efs_export *session;
    struct efs_stored stored;
    enum efs_error err;

    *ret = NULL;
    /* takes the descriptor over in any case */
    if ((err = efs_stored_open_fd(&stored, fd, diag))) return err;
    session = calloc(1, sizeof(*session));
    if (!session)
    {
        efs_stored_close(&stored);
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    }
    session->stored = stored;
    if ((err = prepare(session, flags, diag)))
    {
        efs_export_free(session);
        return err;
    }
    efs_export_rewind(session);
    *ret = session;
    return EFS_OK;
}

void efs_export_rewind(struct efs_export *session)
{
    const struct efs_stored *stored = &session->stored;

    efs_raw_writer_init(&session->writer, stored->metadata_length, stored->data_size, stored->directory);
    /* it has been read once without an error */
    if (session->layout)
        efs_layout_reader_init(session->layout, stored->layout, stored->layout_length, stored->metadata, stored->metadata_length,
                               session->layout->stored_limit, NULL);
    if (session->check) export_check_rewind(session->check);
    if (session->filter) export_filter_rewind(session->filter);
    if (session->ntfs) export_ntfs_rewind(session->ntfs);
    session->position = session->given = 0;
    session->wanted.count = 0;
    memset(&session->piece, 0, sizeof(session->piece));
}

/* What comes next, from whichever source there is. A container is one piece after the other of its content. */
static enum efs_error next_piece(struct efs_export *session, struct efs_diag *diag)
{
    struct efs_raw_piece *piece = &session->piece;
    uint64_t left = session->stored.content_length - session->position;

    if (session->layout) return efs_layout_reader_next(session->layout, piece, diag);
    if (session->stored.form == EFS_FORM_SPLIT)
    {
        efs_raw_writer_next(&session->writer, piece);
        return piece->type == EFS_RAW_PIECE_END && session->ntfs ? export_ntfs_next(session->ntfs, piece, diag) : EFS_OK;
    }
    memset(piece, 0, sizeof(*piece));
    piece->type = left ? EFS_RAW_PIECE_DATA : EFS_RAW_PIECE_END;
    piece->offset = session->position;
    piece->length = left < INT32_MAX ? (uint32_t)left : INT32_MAX;
    session->position += piece->length;
    return EFS_OK;
}

/* Content to its place in the output: at the latest when the call ends. */
static enum efs_error want_content(struct efs_export *session, uint64_t offset, uint8_t *out, size_t length, struct efs_diag *diag)
{
    enum efs_error err;

    if (gather_add(&session->wanted, offset, out, length)) return EFS_OK;
    if ((err = gather_read(&session->wanted, session->stored.fd, diag))) return err;
    gather_add(&session->wanted, offset, out, length);
    return EFS_OK;
}

/* The records of the whole stream, named ones included; its content is left to be read. */
static enum efs_error lay_out(struct efs_export *session, uint8_t *out, size_t capacity, size_t *length, struct efs_diag *diag)
{
    struct efs_raw_piece *piece = &session->piece;
    enum efs_error err;
    size_t done = 0, n;

    while (done < capacity)
    {
        if (!piece->length)
        {
            if ((err = next_piece(session, diag))) return err;
            if (piece->type == EFS_RAW_PIECE_END) break;
        }
        n = capacity - done < piece->length ? capacity - done : piece->length;
        switch (piece->type)
        {
        case EFS_RAW_PIECE_BYTES:
            memcpy(out + done, piece->bytes, n);
            piece->bytes += n;
            break;
        case EFS_RAW_PIECE_METADATA:
            memcpy(out + done, session->stored.metadata + piece->offset, n);
            break;
        default:
            if ((err = want_content(session, piece->offset, out + done, n, diag))) return err;
            break;
        }
        piece->offset += n;
        piece->length -= (uint32_t)n;
        done += n;
    }
    *length = done;
    return EFS_OK;
}

static enum efs_error read_stream(struct efs_export *session, uint8_t *out, size_t capacity, size_t *length, struct efs_diag *diag)
{
    enum efs_error err = lay_out(session, out, capacity, length, diag);

    if (!err) err = gather_read(&session->wanted, session->stored.fd, diag);
    session->wanted.count = 0;
    return err;
}

static enum efs_error read_filtered(struct efs_export *session, uint8_t *out, size_t capacity, size_t *length, struct efs_diag *diag)
{
    struct export_filter *filter = session->filter;
    enum efs_error err;
    bool end = false;
    size_t done = 0;

    while (done < capacity && !end)
    {
        size_t n;

        if (export_filter_take(filter, session->check, out + done, capacity - done, &n, diag)) return EFS_ERR_CORRUPT;
        done += n;
        if (n) continue;
        if ((err = read_stream(session, filter->buffer, sizeof(filter->buffer), &n, diag))) return err;
        filter->input = filter->buffer;
        filter->input_left = n;
        end = !n;
    }
    if (end && (err = export_check_end(session->check, diag))) return err;
    *length = done;
    return EFS_OK;
}

enum efs_error efs_export_read(struct efs_export *session, void *buffer, size_t capacity, size_t *length, struct efs_diag *diag)
{
    enum efs_error err;
    size_t n = 0;

    *length = 0;
    if (session->filter) err = read_filtered(session, buffer, capacity, &n, diag);
    else
    {
        err = read_stream(session, buffer, capacity, &n, diag);
        if (!err && session->check) err = export_check_follow(session->check, buffer, n, diag);
        if (!err && session->check && n < capacity) err = export_check_end(session->check, diag);
    }
    if (!err) *length = n;
    session->given += *length;
    return err;
}

bool efs_export_is_directory(const struct efs_export *session)
{
    return session->stored.directory;
}

size_t efs_export_best_offset(const struct efs_export *session)
{
    /* the records before the first unit of an ordinary file's content; those between segments are as long as a unit */
    uint64_t before = efs_raw_stream_length(session->stored.metadata_length, EFS_RAW_UNIT, false) - EFS_RAW_UNIT;

    return (size_t)((session->given - before) % EFS_RAW_UNIT);
}

uint64_t efs_export_length(const struct efs_export *session)
{
    return session->length;
}

void efs_export_free(struct efs_export *session)
{
    if (!session) return;
    efs_stored_close(&session->stored);
    free(session->layout);
    free(session->check);
    free(session->filter);
    free(session->ntfs);
    free(session);
}
