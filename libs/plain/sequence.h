/*
 * The plain bytes of a stream from the events of the raw reader, decrypted in bulk and given in order: for raw streams,
 * which can only be read from their beginning to their end.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PLAIN_SEQUENCE_H
#define PLAIN_SEQUENCE_H

#include <stddef.h>
#include <stdint.h>

#include "efs/cipher.h"
#include "efs/raw.h"
#include "pool.h"

/* Where the plain bytes go, one after the other. */
struct sequence_sink
{
    enum efs_error (*write)(void *context, const void *data, size_t length, struct efs_diag *diag);
    enum efs_error (*zeros)(void *context, uint64_t length, struct efs_diag *diag);
    void *context;
};

struct sequence
{
    struct sequence_sink   sink;
    struct pool           *pool;       /* its next buffer holds stored bytes that follow each other in the stream */
    struct efs_cipher     *ciphers[POOL_WORKERS];
    unsigned int           cipher_count;
    uint64_t               start;      /* of what is in the buffer: its offset in the stream */
    size_t                 length;
    uint64_t               written;    /* plain bytes given to the sink */
    uint64_t               size;       /* of the stream, as far as it is known */
    uint64_t               limit;      /* offset from which on the current segment reads as zeros or isn't there */
    struct efs_raw_segment segment;    /* the current one; its block sizes are a copy */
    uint8_t               *block_sizes;
    uint32_t               block;      /* that the next byte belongs to */
    uint32_t               block_done; /* bytes of it that have come */
};

/* fek isn't needed any longer. To be freed also on failure. Errors of efs_cipher_open. */
enum efs_error sequence_begin(struct sequence *sequence, const struct sequence_sink *sink, const struct efs_fek *fek,
                              struct efs_diag *diag);
enum efs_error sequence_segment(struct sequence *sequence, const struct efs_raw_segment *segment,
                                struct efs_diag *diag);
/* Stored bytes of the current segment. */
enum efs_error sequence_data(struct sequence *sequence, const uint8_t *data, size_t length, struct efs_diag *diag);
/* The stream has ended: gives what is left, up to its size. */
enum efs_error sequence_end(struct sequence *sequence, struct efs_diag *diag);
/* Wipes it. */
void sequence_free(struct sequence *sequence);

#endif
