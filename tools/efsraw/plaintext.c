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

#define BUFFER_SIZE 1048576u  /* a multiple of EFS_CIPHER_UNIT */
#define BLOCK_SIZES_MAX (65535u * 4)

enum efs_error plaintext_begin(struct plaintext *plaintext, struct output *output, struct efs_cipher *cipher, struct efs_diag *diag)
{
    memset(plaintext, 0, sizeof(*plaintext));
    plaintext->output = output;
    plaintext->cipher = cipher;
    plaintext->buffer = malloc(BUFFER_SIZE);
    plaintext->block_sizes = malloc(BLOCK_SIZES_MAX);
    if (!plaintext->buffer || !plaintext->block_sizes) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    return EFS_OK;
}

void plaintext_free(struct plaintext *plaintext)
{
    if (plaintext->buffer) explicit_bzero(plaintext->buffer, BUFFER_SIZE);
    free(plaintext->buffer);
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

/* Decrypts and writes what is in the buffer, as far as the current segment's limit. */
static enum efs_error flush_buffer(struct plaintext *plaintext, struct efs_diag *diag)
{
    size_t length = plaintext->length, valid = length;
    enum efs_error error;

    plaintext->length = 0;
    if (plaintext->limit <= plaintext->start) return EFS_OK;
    if (plaintext->limit - plaintext->start < valid) valid = (size_t)(plaintext->limit - plaintext->start);
    if (!valid) return EFS_OK;

    error = write_zeros_to(plaintext, plaintext->start, diag);
    /* The length is a whole number of units: blocks are, and so is the buffer. */
    if (!error) error = efs_cipher_decrypt(plaintext->cipher, plaintext->start, plaintext->buffer, length);
    if (error && !diag->code) efs_fail(diag, error, plaintext->start, "decrypt");
    if (!error) error = output_write(plaintext->output, plaintext->buffer, valid, diag);
    plaintext->written = plaintext->start + valid;
    return error;
}

/* Where in the stream the next stored byte belongs. */
static uint64_t next_offset(const struct plaintext *plaintext)
{
    return plaintext->segment.offset + ((uint64_t)plaintext->block << plaintext->segment.unit_shift) + plaintext->block_done;
}

enum efs_error plaintext_segment(struct plaintext *plaintext, const struct efs_raw_segment *segment, struct efs_diag *diag)
{
    uint64_t end = plaintext->start + plaintext->length;
    uint32_t bytes = segment->bytes_in_stream < segment->bytes_in_vdl ? segment->bytes_in_stream : segment->bytes_in_vdl;
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
        if (plaintext->length && next_offset(plaintext) != plaintext->start + plaintext->length) error = flush_buffer(plaintext, diag);
        if (!error && plaintext->length == BUFFER_SIZE) error = flush_buffer(plaintext, diag);
        if (error) break;
        if (!plaintext->length) plaintext->start = next_offset(plaintext);
        if (part > block_left) part = block_left;
        if (part > BUFFER_SIZE - plaintext->length) part = BUFFER_SIZE - plaintext->length;
        memcpy(plaintext->buffer + plaintext->length, data, part);
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

    return error ? error : write_zeros_to(plaintext, plaintext->size, diag);
}
