/*
 * The plain bytes of a stream from the events of the raw reader, decrypted in bulk and written in order.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_PLAINTEXT_H
#define EFSRAW_PLAINTEXT_H

#include <stddef.h>
#include <stdint.h>

#include "efs/cipher.h"
#include "efs/raw.h"
#include "common/output.h"
#include "pool.h"

struct plaintext
{
    struct output         *output;
    struct pool           *pool;       /* its buffer holds stored bytes that follow each other in the stream */
    uint64_t               start;      /* their offset in the stream */
    size_t                 length;
    uint64_t               written;    /* plain bytes given to the output */
    uint64_t               size;       /* of the stream, as far as it is known */
    uint64_t               limit;      /* offset from which on the current segment reads as zeros or isn't there */
    struct efs_raw_segment segment;    /* the current one; its block sizes are a copy */
    uint8_t               *block_sizes;
    uint32_t               block;      /* that the next byte belongs to */
    uint32_t               block_done; /* bytes of it that have come */
};

/* output and fek stay the caller's; the latter isn't needed any longer. To be freed also on failure. */
enum efs_error plaintext_begin(struct plaintext *plaintext, struct output *output, const struct efs_fek *fek,
                               struct efs_diag *diag);
enum efs_error plaintext_segment(struct plaintext *plaintext, const struct efs_raw_segment *segment,
                                 struct efs_diag *diag);
/* Stored bytes of the current segment. */
enum efs_error plaintext_data(struct plaintext *plaintext, const uint8_t *data, size_t length, struct efs_diag *diag);
/* The stream has ended: writes what is left, up to its size. */
enum efs_error plaintext_end(struct plaintext *plaintext, struct efs_diag *diag);
/* Wipes it. */
void plaintext_free(struct plaintext *plaintext);

#endif
