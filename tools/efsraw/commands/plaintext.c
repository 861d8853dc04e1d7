/*
 * The plain bytes of a stream from the events of the raw reader.
 *
 * Only bytes below both the valid data length and the end of the stream are ever decrypted. All
 * others are zeros, and all of them, whatever the reason (a gap between segments, a block of size
 * 0, the unstored rest of a unit, what lies beyond the valid data length), are made by the same
 * step: zeros up to the offset of the next real bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "plaintext.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZES_MAX (65535u * 4)

void plaintext_free(struct plaintext *plaintext)
{
    pool_free(plaintext->pool);
    free(plaintext->block_sizes);
    memset(plaintext, 0, sizeof(*plaintext));
}

static enum efs_error write_zeros_to(struct plaintext *plaintext, uint64_t offset, struct efs_diag *diag)
{
    enum efs_error error;

    if (offset <= plaintext->written) return EFS_OK;
    error = output_zeros(plaintext->output, offset - plaintext->written, diag);
    plaintext->written = offset;
    return error;
}

/* What comes out of the pool, in order. */
static enum efs_error write_decrypted(void *context, uint64_t start, const uint8_t *data, size_t length,
                                      struct efs_diag *diag)
{
    struct plaintext *plaintext = context;
    enum efs_error error = write_zeros_to(plaintext, start, diag);

    if (!error) error = output_write(plaintext->output, data, length, diag);
    plaintext->written = start + length;
    return error;
}

enum efs_error plaintext_begin(struct plaintext *plaintext, struct output *output, const struct efs_fek *fek,
                               struct efs_diag *diag)
{
    memset(plaintext, 0, sizeof(*plaintext));
    plaintext->output = output;
    plaintext->block_sizes = malloc(BLOCK_SIZES_MAX);
    if (!plaintext->block_sizes) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    return pool_begin(&plaintext->pool, fek, write_decrypted, plaintext, diag);
}

/* Has what is in the buffer decrypted and written, as far as the current segment's limit. */
static enum efs_error flush_buffer(struct plaintext *plaintext, struct efs_diag *diag)
{
    size_t length = plaintext->length, valid = length;

    plaintext->length = 0;
    if (plaintext->limit <= plaintext->start) return EFS_OK;
    if (plaintext->limit - plaintext->start < valid) valid = (size_t)(plaintext->limit - plaintext->start);
    if (!valid) return EFS_OK;
    /* The length is a whole number of units: blocks are, and so is the buffer. */
    return pool_submit(plaintext->pool, plaintext->start, length, valid, diag);
}

/* Where in the stream the next stored byte belongs. */
static uint64_t next_offset(const struct plaintext *plaintext)
{
    return plaintext->segment.offset + ((uint64_t)plaintext->block << plaintext->segment.unit_shift)
        + plaintext->block_done;
}

enum efs_error plaintext_segment(struct plaintext *plaintext, const struct efs_raw_segment *segment,
                                 struct efs_diag *diag)
{
    uint64_t end = plaintext->start + plaintext->length;
    uint32_t bytes = segment->bytes_in_stream < segment->bytes_in_vdl ? segment->bytes_in_stream
        : segment->bytes_in_vdl;
    enum efs_error error = EFS_OK;

    /* Segments are small; those that just continue one another are decrypted together. The limit
     * is the current segment's, so nothing that it cuts may wait for the next. */
    if (plaintext->length && (plaintext->limit < end || segment->offset != end)) error = flush_buffer(plaintext, diag);

    plaintext->segment = *segment;
    memcpy(plaintext->block_sizes, segment->block_sizes, (size_t)segment->block_count * 4);
    plaintext->segment.block_sizes = plaintext->block_sizes;
    plaintext->block = plaintext->block_done = 0;
    plaintext->limit = segment->offset + bytes;
    if (segment->offset + segment->bytes_in_stream > plaintext->size)
        plaintext->size = segment->offset + segment->bytes_in_stream;
    return error;
}

enum efs_error plaintext_data(struct plaintext *plaintext, const uint8_t *data, size_t length, struct efs_diag *diag)
{
    enum efs_error error = EFS_OK;

    while (length && !error && plaintext->block < plaintext->segment.block_count)
    {
        uint32_t block_left = efs_raw_block_size(&plaintext->segment, plaintext->block) - plaintext->block_done;
        size_t part = length;

        if (!block_left)
        {
            plaintext->block++;
            plaintext->block_done = 0;
            continue;
        }
        if (plaintext->length && next_offset(plaintext) != plaintext->start + plaintext->length)
            error = flush_buffer(plaintext, diag);
        if (!error && plaintext->length == POOL_BUFFER) error = flush_buffer(plaintext, diag);
        if (error) break;
        if (!plaintext->length) plaintext->start = next_offset(plaintext);
        if (part > block_left) part = block_left;
        if (part > POOL_BUFFER - plaintext->length) part = POOL_BUFFER - plaintext->length;
        memcpy(pool_buffer(plaintext->pool) + plaintext->length, data, part);
        plaintext->length += part;
        plaintext->block_done += (uint32_t)part;
        data += part;
        length -= part;
    }
    return error;
}

enum efs_error plaintext_end(struct plaintext *plaintext, struct efs_diag *diag)
{
    enum efs_error error = flush_buffer(plaintext, diag);

    if (!error) error = pool_drain(plaintext->pool, diag);
    return error ? error : write_zeros_to(plaintext, plaintext->size, diag);
}
