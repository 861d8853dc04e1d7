/*
 * The raw stream of a file whose $EFS and ciphertext are at hand apart, or in a .PFILE: made piece by piece.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_JOINED_H
#define EFSRAW_JOINED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/raw_writer.h"

#define PFILE_ENDING 6 /* characters of ".PFILE" */

struct joined
{
    uint8_t *metadata;        /* owned, from malloc */
    uint32_t metadata_length;
    int      fd;              /* of the ciphertext, the caller's; -1: a directory, which has none */
    uint64_t start;           /* of the ciphertext in it */
    uint64_t stored;          /* bytes of it that are there; zeros come behind them */
    uint64_t size;            /* plain bytes */
    /* where the stream is */
    struct efs_raw_writer writer;
    struct efs_raw_piece  piece;
    uint32_t              given; /* bytes of the piece */
    bool                  begun;
};

/* Does the name end in .PFILE, in any case, behind something? */
bool is_pfile_name(const char *name);
/* Takes metadata, place and size of the ciphertext from an open .PFILE of so many bytes. Errors of efs_pfile_read. */
enum efs_error joined_take_pfile(struct joined *joined, int fd, uint64_t length, struct efs_diag *diag);
/* The next bytes of the raw stream; *length is 0 at its end. */
enum efs_error joined_read(struct joined *joined, void *buffer, size_t capacity, size_t *length,
                           struct efs_diag *diag);

#endif
