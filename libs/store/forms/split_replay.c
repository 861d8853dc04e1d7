/*
 * The way from split form to another: the raw stream that was taken apart is put together again.
 *
 * The layout that was recorded does that, to the byte, from the first staging file into a second one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "form.h"

#include <stdlib.h>

#include "store/staging.h"

#define COPY_SIZE 65536

struct replay
{
    struct efs_layout_reader layout;
    uint8_t                  buffer[COPY_SIZE];
};

static enum efs_error copy_data(struct form_import *import, struct replay *replay, const struct efs_stage *from,
                                uint64_t offset, uint64_t to, uint64_t length)
{
    enum efs_error err = EFS_OK;

    while (!err && length)
    {
        size_t n = length < COPY_SIZE ? (size_t)length : COPY_SIZE;

        err = efs_stage_read(from, offset, replay->buffer, n, &import->diag);
        if (!err) err = efs_stage_write(import->stage, to, replay->buffer, n, &import->diag);
        offset += n;
        to += n;
        length -= n;
    }
    return err;
}

/* The first import->kept bytes of the raw stream; the last record may have been kept in part. */
static enum efs_error copy_prefix(struct form_import *import, struct replay *replay, const struct efs_stage *from)
{
    struct efs_raw_piece piece;
    uint64_t position = 0;
    enum efs_error err;
    size_t length;

    length = efs_layout_maker_finish(&import->maker, import->metadata.bytes, import->metadata.length);
    err = efs_layout_reader_init(&replay->layout, import->maker.value, length, import->metadata.bytes,
                                 import->metadata.length, import->stored_end, &import->diag);
    while (!err && position < import->kept)
    {
        uint64_t left = import->kept - position;

        if ((err = efs_layout_reader_next(&replay->layout, &piece, &import->diag))) break;
        if (piece.type == EFS_RAW_PIECE_END)
            return efs_fail(&import->diag, EFS_ERR_IO, position, "the layout ends early");
        if (piece.length > left) piece.length = (uint32_t)left;
        if (piece.type == EFS_RAW_PIECE_BYTES)
            err = efs_stage_write(import->stage, position, piece.bytes, piece.length, &import->diag);
        else if (piece.type == EFS_RAW_PIECE_METADATA)
            err = efs_stage_write(import->stage, position, import->metadata.bytes + piece.offset, piece.length,
                                  &import->diag);
        else
            err = copy_data(import, replay, from, piece.offset, position, piece.length);
        position += piece.length;
    }
    return err;
}

enum efs_error split_replay(struct form_import *import, const struct efs_stage *from)
{
    struct replay *replay = malloc(sizeof(*replay));
    enum efs_error err;

    if (!replay) return efs_fail(&import->diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    err = copy_prefix(import, replay, from);
    free(replay);
    return err;
}
