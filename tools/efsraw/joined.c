/*
 * The raw stream of a $EFS and its ciphertext.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "joined.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/io.h"
#include "efs/pfile.h"

bool is_pfile_name(const char *name)
{
    size_t length = strlen(name);

    return length > PFILE_ENDING && name[length - PFILE_ENDING - 1] != '/'
        && !strcasecmp(name + length - PFILE_ENDING, ".PFILE");
}

enum efs_error joined_take_pfile(struct joined *joined, int fd, uint64_t length, struct efs_diag *diag)
{
    enum efs_error error;

    if (!joined->metadata && !(joined->metadata = calloc(1, EFS_PFILE_HEADER)))
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    error = io_read_exactly(fd, 0, joined->metadata, length < EFS_PFILE_HEADER ? (size_t)length : EFS_PFILE_HEADER,
                            diag);
    if (!error) error = efs_pfile_read(joined->metadata, length, &joined->metadata_length, &joined->size, diag);
    if (error) return error;
    joined->fd = fd;
    joined->start = EFS_PFILE_HEADER;
    joined->stored = length - EFS_PFILE_HEADER;
    return EFS_OK;
}

/* Stored bytes; behind what is there come zeros, which are beyond the plain bytes. */
static enum efs_error read_stored(const struct joined *joined, uint64_t offset, uint8_t *buffer, size_t length,
                                  struct efs_diag *diag)
{
    uint64_t there = offset < joined->stored ? joined->stored - offset : 0;
    enum efs_error error;

    if (there > length) there = length;
    error = io_read_exactly(joined->fd, joined->start + offset, buffer, (size_t)there, diag);
    memset(buffer + there, 0, length - (size_t)there);
    return error;
}

/* Some bytes of the current piece. */
static enum efs_error read_piece(const struct joined *joined, uint8_t *buffer, size_t length, struct efs_diag *diag)
{
    const struct efs_raw_piece *piece = &joined->piece;

    if (piece->type == EFS_RAW_PIECE_DATA)
        return read_stored(joined, piece->offset + joined->given, buffer, length, diag);
    if (piece->type == EFS_RAW_PIECE_METADATA)
        memcpy(buffer, joined->metadata + piece->offset + joined->given, length);
    else memcpy(buffer, piece->bytes + joined->given, length);
    return EFS_OK;
}

enum efs_error joined_read(struct joined *joined, void *buffer, size_t capacity, size_t *length,
                           struct efs_diag *diag)
{
    enum efs_error error = EFS_OK;
    size_t part;

    *length = 0;
    if (!joined->begun)
        efs_raw_writer_init(&joined->writer, joined->metadata_length, joined->size, joined->fd == -1);
    while (!error && *length < capacity)
    {
        if (!joined->begun || joined->given == joined->piece.length)
        {
            joined->begun = true;
            joined->given = 0;
            efs_raw_writer_next(&joined->writer, &joined->piece);
            if (joined->piece.type == EFS_RAW_PIECE_END)
            {
                joined->piece.length = 0;
                break;
            }
        }
        part = joined->piece.length - joined->given;
        if (part > capacity - *length) part = capacity - *length;
        error = read_piece(joined, (uint8_t *)buffer + *length, part, diag);
        joined->given += (uint32_t)part;
        *length += part;
    }
    return error;
}
