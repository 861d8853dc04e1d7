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
#include "efs/raw_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/gather.h"
#include "export_filter.h"
#include "store/forms/form.h"

struct efs_export
{
    struct efs_stored     stored;
    struct form_export    from;    /* the stream as the form has it, named streams included */
    struct efs_raw_piece  piece;   /* what is left of the current one */
    struct export_check  *check;   /* NULL where the stream is the writer's */
    struct export_filter *filter;  /* leaves out the named streams; NULL where there are none, or all are wanted */
    uint64_t              given;   /* bytes of the stream */
    struct gather         wanted;  /* content that the current call still has to read */
};

/* What is needed beside the file. */
static enum efs_error prepare(struct efs_export *session, unsigned int flags, struct efs_diag *diag)
{
    const struct efs_stored *stored = &session->stored;
    struct form_export *from = &session->from;
    bool drop_named = flags & EFS_SESSION_DROP_NAMED;
    enum efs_error err;

    from->stored = stored;
    if ((err = stored->kind->begin_export(from, drop_named, diag))) return err;
    if ((from->unchecked && !(session->check = export_check_new(stored->data_size, stored->directory)))
        || (drop_named && from->has_named && !(session->filter = export_filter_new())))
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    return EFS_OK;
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
    session->stored.kind->rewind(&session->from);
    if (session->check) export_check_rewind(session->check);
    if (session->filter) export_filter_rewind(session->filter);
    session->given = 0;
    session->wanted.count = 0;
    memset(&session->piece, 0, sizeof(session->piece));
}

/* Content to its place in the output: at the latest when the call ends. */
static enum efs_error want_content(struct efs_export *session, uint64_t offset, uint8_t *out, size_t length,
                                   struct efs_diag *diag)
{
    enum efs_error err;

    if (gather_add(&session->wanted, offset, out, length)) return EFS_OK;
    if ((err = gather_read(&session->wanted, session->stored.fd, diag))) return err;
    gather_add(&session->wanted, offset, out, length);
    return EFS_OK;
}

/* What comes next, `room` bytes at most, one or more; part->length is 0 at the end. Its bytes are valid until the next
   call. */
static enum efs_error take_part(struct efs_export *session, size_t room, struct efs_export_part *part,
                                struct efs_diag *diag)
{
    struct efs_raw_piece *piece = &session->piece;
    enum efs_error err;

    if (!piece->length && (err = session->stored.kind->next(&session->from, piece, diag))) return err;
    part->length = 0;
    if (piece->type == EFS_RAW_PIECE_END) return EFS_OK;
    part->length = room < piece->length ? room : piece->length;
    part->offset = piece->offset;
    part->bytes = NULL;
    if (piece->type == EFS_RAW_PIECE_METADATA) part->bytes = session->stored.metadata + piece->offset;
    else if (piece->type == EFS_RAW_PIECE_BYTES)
    {
        if (part->length > sizeof(part->header)) part->length = sizeof(part->header);
        part->bytes = piece->bytes;
        piece->bytes += part->length;
    }
    piece->offset += part->length;
    piece->length -= (uint32_t)part->length;
    return EFS_OK;
}

/* The records of the whole stream, named ones included; its content is left to be read. */
static enum efs_error put_pieces(struct efs_export *session, uint8_t *out, size_t capacity, size_t *length,
                                 struct efs_diag *diag)
{
    struct efs_export_part part;
    enum efs_error err;
    size_t done;

    for (done = 0; done < capacity; done += part.length)
    {
        if ((err = take_part(session, capacity - done, &part, diag))) return err;
        if (!part.length) break;
        if (part.bytes) memcpy(out + done, part.bytes, part.length);
        else if ((err = want_content(session, part.offset, out + done, part.length, diag))) return err;
    }
    *length = done;
    return EFS_OK;
}

static enum efs_error read_stream(struct efs_export *session, uint8_t *out, size_t capacity, size_t *length,
                                  struct efs_diag *diag)
{
    enum efs_error err = put_pieces(session, out, capacity, length, diag);

    if (!err) err = gather_read(&session->wanted, session->stored.fd, diag);
    session->wanted.count = 0;
    return err;
}

static enum efs_error read_filtered(struct efs_export *session, uint8_t *out, size_t capacity, size_t *length,
                                    struct efs_diag *diag)
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

enum efs_error efs_export_read(struct efs_export *session, void *buffer, size_t capacity, size_t *length,
                               struct efs_diag *diag)
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

bool efs_export_has_parts(const struct efs_export *session)
{
    return !session->check && !session->filter;
}

enum efs_error efs_export_parts(struct efs_export *session, struct efs_export_part *parts, size_t *count,
                                size_t length, struct efs_diag *diag)
{
    struct efs_export_part *part = parts, *end = parts + *count;
    enum efs_error err;

    for (*count = 0; part < end && length; part++, ++*count)
    {
        if ((err = take_part(session, length, part, diag))) return err;
        if (!part->length) break;
        /* the writer's own bytes are gone with its next piece */
        if (session->piece.type == EFS_RAW_PIECE_BYTES)
            part->bytes = memcpy(part->header, part->bytes, part->length);
        length -= part->length;
        session->given += part->length;
    }
    return EFS_OK;
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
    return session->from.length;
}

void efs_export_free(struct efs_export *session)
{
    if (!session) return;
    efs_stored_close(&session->stored);
    free(session->from.layout);
    free(session->from.made.bytes);
    free(session->check);
    free(session->filter);
    free(session->from.ntfs);
    free(session);
}
