/*
 * The plain bytes of a stream from the events of the raw reader, in order.
 *
 * Only bytes below both the valid data length and the end of the stream are ever decrypted. All
 * others are zeros, and all of them, whatever the reason (a gap between segments, a block of size
 * 0, the unstored rest of a unit, what lies beyond the valid data length), are made by the same
 * step: zeros up to the offset of the next real bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "sequence.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZES_MAX (65535u * 4)

void sequence_free(struct sequence *sequence)
{
    pool_free(sequence->pool);
    while (sequence->cipher_count) efs_cipher_close(sequence->ciphers[--sequence->cipher_count]);
    free(sequence->block_sizes);
    memset(sequence, 0, sizeof(*sequence));
}

static enum efs_error give_zeros_to(struct sequence *sequence, uint64_t offset, struct efs_diag *diag)
{
    enum efs_error error;

    if (offset <= sequence->written) return EFS_OK;
    error = sequence->sink.zeros(sequence->sink.context, offset - sequence->written, diag);
    sequence->written = offset;
    return error;
}

static enum efs_error decrypt(void *context, unsigned int worker, struct pool_slot *slot)
{
    struct sequence *sequence = context;
    size_t whole = (size_t)efs_raw_padded(slot->length);
    enum efs_error error = efs_cipher_decrypt(sequence->ciphers[worker], slot->start, slot->buffer, whole);

    return error ? efs_fail(&slot->diag, error, slot->start, "decrypt") : EFS_OK;
}

/* What comes out of the pool, in order. */
static enum efs_error give_decrypted(void *context, struct pool_slot *slot, struct efs_diag *diag)
{
    struct sequence *sequence = context;
    enum efs_error error = slot->error;

    if (error && diag) *diag = slot->diag;
    if (!error) error = give_zeros_to(sequence, slot->start, diag);
    if (!error) error = sequence->sink.write(sequence->sink.context, slot->buffer, slot->length, diag);
    sequence->written = slot->start + slot->length;
    return error;
}

enum efs_error sequence_begin(struct sequence *sequence, const struct sequence_sink *sink, const struct efs_fek *fek,
                              struct efs_diag *diag)
{
    struct pool_work work = { decrypt, give_decrypted, sequence };
    enum efs_error error = EFS_OK;

    memset(sequence, 0, sizeof(*sequence));
    sequence->sink = *sink;
    sequence->block_sizes = malloc(BLOCK_SIZES_MAX);
    if (!sequence->block_sizes) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    while (!error && sequence->cipher_count < pool_processors())
    {
        error = efs_cipher_open(&sequence->ciphers[sequence->cipher_count], fek, diag);
        if (!error) sequence->cipher_count++;
    }
    return error ? error : pool_begin(&sequence->pool, &work, diag);
}

/* Has what is in the buffer decrypted and written, as far as the current segment's limit. */
static enum efs_error flush_buffer(struct sequence *sequence, struct efs_diag *diag)
{
    size_t valid = sequence->length;
    struct pool_slot *slot;

    sequence->length = 0;
    if (sequence->limit <= sequence->start) return EFS_OK;
    if (sequence->limit - sequence->start < valid) valid = (size_t)(sequence->limit - sequence->start);
    if (!valid) return EFS_OK;
    /* Whole units are in the buffer: blocks are, and so is the buffer itself. */
    slot = pool_next(sequence->pool);
    slot->start = sequence->start;
    slot->length = valid;
    return pool_submit(sequence->pool, diag);
}

/* Where in the stream the next stored byte belongs. */
static uint64_t next_offset(const struct sequence *sequence)
{
    return sequence->segment.offset + ((uint64_t)sequence->block << sequence->segment.unit_shift)
        + sequence->block_done;
}

enum efs_error sequence_segment(struct sequence *sequence, const struct efs_raw_segment *segment,
                                struct efs_diag *diag)
{
    uint64_t end = sequence->start + sequence->length;
    uint32_t bytes = segment->bytes_in_stream < segment->bytes_in_vdl ? segment->bytes_in_stream
        : segment->bytes_in_vdl;
    enum efs_error error = EFS_OK;

    /* Segments are small; those that just continue one another are decrypted together. The limit
     * is the current segment's, so nothing that it cuts may wait for the next. */
    if (sequence->length && (sequence->limit < end || segment->offset != end)) error = flush_buffer(sequence, diag);

    sequence->segment = *segment;
    memcpy(sequence->block_sizes, segment->block_sizes, (size_t)segment->block_count * 4);
    sequence->segment.block_sizes = sequence->block_sizes;
    sequence->block = sequence->block_done = 0;
    sequence->limit = segment->offset + bytes;
    if (segment->offset + segment->bytes_in_stream > sequence->size)
        sequence->size = segment->offset + segment->bytes_in_stream;
    return error;
}

enum efs_error sequence_data(struct sequence *sequence, const uint8_t *data, size_t length, struct efs_diag *diag)
{
    enum efs_error error = EFS_OK;

    while (length && !error && sequence->block < sequence->segment.block_count)
    {
        uint32_t block_left = efs_raw_block_size(&sequence->segment, sequence->block) - sequence->block_done;
        size_t part = length;

        if (!block_left)
        {
            sequence->block++;
            sequence->block_done = 0;
            continue;
        }
        if (sequence->length && next_offset(sequence) != sequence->start + sequence->length)
            error = flush_buffer(sequence, diag);
        if (!error && sequence->length == POOL_BUFFER) error = flush_buffer(sequence, diag);
        if (error) break;
        if (!sequence->length) sequence->start = next_offset(sequence);
        if (part > block_left) part = block_left;
        if (part > POOL_BUFFER - sequence->length) part = POOL_BUFFER - sequence->length;
        memcpy(pool_next(sequence->pool)->buffer + sequence->length, data, part);
        sequence->length += part;
        sequence->block_done += (uint32_t)part;
        data += part;
        length -= part;
    }
    return error;
}

enum efs_error sequence_end(struct sequence *sequence, struct efs_diag *diag)
{
    enum efs_error error = flush_buffer(sequence, diag);

    if (!error) error = pool_drain(sequence->pool, diag);
    return error ? error : give_zeros_to(sequence, sequence->size, diag);
}
