/*
 * The export session: encrypted file in, raw stream out.
 *
 * Ciphertext is read straight into the caller's buffer; only record headers pass through the writer's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/session.h"

#include <stdlib.h>
#include <string.h>

#include "efs/raw.h"

struct efs_export
{
    struct efs_stored     stored;
    struct efs_raw_writer writer;
    struct efs_raw_piece  piece; /* what is left of the current one */
};

enum efs_error efs_export_begin(struct efs_export **ret, int fd, struct efs_diag *diag)
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
    efs_export_rewind(session);
    *ret = session;
    return EFS_OK;
}

void efs_export_rewind(struct efs_export *session)
{
    const struct efs_stored *stored = &session->stored;

    efs_raw_writer_init(&session->writer, stored->metadata_length, stored->data_size, stored->directory);
    memset(&session->piece, 0, sizeof(session->piece));
}

enum efs_error efs_export_read(struct efs_export *session, void *buffer, size_t capacity, size_t *length, struct efs_diag *diag)
{
    struct efs_raw_piece *piece = &session->piece;
    uint8_t *out = buffer;
    enum efs_error err;
    size_t done = 0, n;

    *length = 0;
    while (done < capacity)
    {
        if (!piece->length)
        {
            efs_raw_writer_next(&session->writer, piece);
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
            if ((err = efs_stored_read(&session->stored, piece->offset, out + done, n, diag))) return err;
            break;
        }
        piece->offset += n;
        piece->length -= (uint32_t)n;
        done += n;
    }
    *length = done;
    return EFS_OK;
}

bool efs_export_is_directory(const struct efs_export *session)
{
    return session->stored.directory;
}

uint64_t efs_export_length(const struct efs_export *session)
{
    const struct efs_stored *stored = &session->stored;

    return efs_raw_stream_length(stored->metadata_length, stored->data_size, stored->directory);
}

void efs_export_free(struct efs_export *session)
{
    if (!session) return;
    efs_stored_close(&session->stored);
    free(session);
}
