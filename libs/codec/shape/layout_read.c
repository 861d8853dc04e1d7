/*
 * Reading a layout. Every number in it may be hostile: an operation is checked whole before any of it is played.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/layout.h"
#include "efs/raw_writer.h"

#include <string.h>

#include "base/bytes.h"
#include "layout_format.h"

#define TEMPLATE_MIN (EFS_RAW_SEGMENT_HEADER_SIZE + EFS_RAW_ENCRYPTION_FIXED)

static enum efs_error broken(struct efs_layout_reader *reader, const char *rule, struct efs_diag *diag)
{
    return efs_fail(diag, EFS_ERR_CORRUPT, reader->at, rule);
}

enum efs_error efs_layout_reader_init(struct efs_layout_reader *reader, const uint8_t *value, size_t length,
                                      const uint8_t *metadata, uint32_t metadata_length, uint64_t stored_limit,
                                      struct efs_diag *diag)
{
    /* not the big arrays: they are written before they are read */
    memset(reader, 0, offsetof(struct efs_layout_reader, templates));
    reader->value = value;
    reader->length = length;
    reader->at = EFS_LAYOUT_HEADER_SIZE;
    reader->metadata_length = metadata_length;
    reader->stored_limit = stored_limit;

    if (length < EFS_LAYOUT_HEADER_SIZE || length > EFS_LAYOUT_MAX)
        return efs_fail(diag, EFS_ERR_CORRUPT, 0, "layout: a length that no layout has");
    if (value[0] != EFS_LAYOUT_VERSION) return efs_fail(diag, EFS_ERR_CORRUPT, 0, "layout: unknown version");
    if (!efs_layout_is_of(value, length, metadata, metadata_length))
        return efs_fail(diag, EFS_ERR_CORRUPT, 1, "layout: of another $EFS");
    return EFS_OK;
}

static bool read_number(struct efs_layout_reader *reader, uint64_t *number)
{
    unsigned int shift;

    *number = 0;
    for (shift = 0; reader->at < reader->length; shift += 7)
    {
        uint8_t byte = reader->value[reader->at++];

        /* Does it fit 64 bits? Then this byte is the last one. */
        if (shift == 63 && byte > 1) return false;
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) return true;
    }
    return false;
}

static bool add_total(struct efs_layout_reader *reader, uint64_t more)
{
    if (more > INT64_MAX - reader->total) return false;
    reader->total += more;
    return true;
}

static uint32_t block_count(const struct efs_layout_template *template)
{
    return load16_le(template->bytes + EFS_RAW_SEGMENT_HEADER_SIZE + 0x1a);
}

static uint64_t unit(const struct efs_layout_template *template)
{
    return (uint64_t)1 << template->bytes[EFS_RAW_SEGMENT_HEADER_SIZE + 0x16];
}

static uint32_t block_size(const struct efs_layout_template *template, uint32_t i)
{
    return load32_le(template->bytes + TEMPLATE_MIN + 4 * (size_t)i);
}

/* Are these headers that can be played? What else a segment must keep to is the raw reader's business. */
static enum efs_error check_template(struct efs_layout_reader *reader, const struct efs_layout_template *template,
                                     struct efs_diag *diag)
{
    uint8_t shift = template->bytes[EFS_RAW_SEGMENT_HEADER_SIZE + 0x16];
    uint32_t i;

    if (shift < 9 || shift > 30) return broken(reader, "layout: a template's Data Unit Shift not 9 to 30", diag);
    if (template->length < TEMPLATE_MIN + 4 * block_count(template))
        return broken(reader, "layout: a template too short for its block sizes", diag);
    for (i = 0; i < block_count(template); i++)
        if (block_size(template, i) > unit(template))
            return broken(reader, "layout: a block larger than the data unit", diag);
    return EFS_OK;
}

/* ---- operations ---- */

/* Bytes that are the next of a template, or go out. */
static enum efs_error take_bytes(struct efs_layout_reader *reader, const uint8_t *bytes, uint64_t length,
                                 struct efs_raw_piece *piece, struct efs_diag *diag)
{
    struct efs_layout_template *template = &reader->templates[reader->template_count % EFS_LAYOUT_TEMPLATES];
    uint32_t i, done;
    enum efs_error err;

    if (!reader->template_left)
    {
        if (!bytes && length > EFS_LAYOUT_ZEROS_MAX - reader->zeros_done)
            return broken(reader, "layout: too many zeros", diag);
        if (!add_total(reader, length)) return broken(reader, "layout: stands for too long a stream", diag);
        if (!bytes)
        {
            reader->zeros = length;
            reader->zeros_done += length;
            return EFS_OK;
        }
        piece->type = EFS_RAW_PIECE_BYTES;
        piece->bytes = bytes;
        piece->length = (uint32_t)length; /* at most the value's */
        return EFS_OK;
    }
    if (length > reader->template_left) return broken(reader, "layout: more bytes than the template has", diag);
    done = template->length - reader->template_left;
    for (i = 0; bytes && i < length; i++) template->bytes[done + i] ^= bytes[i];
    reader->template_left -= (uint32_t)length;
    if (reader->template_left) return EFS_OK;
    memset(template->bytes + EFS_RAW_SEGMENT_HEADER_SIZE, 0, 8);
    if ((err = check_template(reader, template, diag))) return err;
    reader->template_count++;
    return EFS_OK;
}

static enum efs_error begin_template(struct efs_layout_reader *reader, uint64_t length, struct efs_diag *diag)
{
    struct efs_layout_template *template = &reader->templates[reader->template_count % EFS_LAYOUT_TEMPLATES];
    const struct efs_layout_template *last = &reader->templates[(reader->template_count + EFS_LAYOUT_TEMPLATES
                                                                 - 1) % EFS_LAYOUT_TEMPLATES];

    if (length < TEMPLATE_MIN || length > EFS_LAYOUT_TEMPLATE_MAX)
        return broken(reader, "layout: a template of impossible length", diag);
    memset(template->bytes, 0, sizeof(template->bytes));
    if (reader->template_count)
        memcpy(template->bytes, last->bytes, last->length < length ? last->length : (size_t)length);
    template->length = reader->template_left = (uint32_t)length;
    return EFS_OK;
}

/* Where segments begin that aren't where they are expected. */
static enum efs_error read_offset(struct efs_layout_reader *reader, uint64_t *offset, struct efs_diag *diag)
{
    uint64_t number;

    if (!read_number(reader, &number)) return broken(reader, "layout: a broken number", diag);
    /* Is the new offset one that a file can have? */
    if (number & 1)
    {
        number = (number >> 1) + 1;
        if (number > *offset / EFS_RAW_UNIT) return broken(reader, "layout: an offset below 0", diag);
        *offset -= number * EFS_RAW_UNIT;
    }
    else
    {
        number >>= 1;
        if (number > (INT64_MAX - *offset) / EFS_RAW_UNIT) return broken(reader, "layout: an offset too large", diag);
        *offset += number * EFS_RAW_UNIT;
    }
    return EFS_OK;
}

/*
 * `count` segments, the first one at `offset`, the last one at `last`: do they go on with the file where the ones
 * before them have ended? By that the stream is bounded by the file: each segment has a part of it for itself, or an
 * operation.
 */
static enum efs_error check_progress(struct efs_layout_reader *reader, uint64_t count, uint64_t offset, uint64_t last,
                                     struct efs_diag *diag)
{
    const struct efs_layout_template *template = &reader->templates[reader->slot];
    uint64_t covered = load32_le(template->bytes + EFS_RAW_SEGMENT_HEADER_SIZE + 0x0c);

    if (covered > block_count(template) * unit(template))
        return broken(reader, "layout: segments longer than their blocks", diag);
    if (offset < reader->end) return broken(reader, "layout: segments before the end of the last ones", diag);
    if (!covered && count > 1) return broken(reader, "layout: a run of segments that cover nothing", diag);
    reader->end = last + covered;
    return EFS_OK;
}

/* Is what they store there, and theirs alone? *data: bytes that each of them stores. */
static enum efs_error check_stored(struct efs_layout_reader *reader, uint64_t offset, uint64_t last, uint64_t *data,
                                   struct efs_diag *diag)
{
    const struct efs_layout_template *template = &reader->templates[reader->slot];
    uint64_t first = 0, reach = 0;
    uint32_t i;

    *data = 0;
    for (i = 0; i < block_count(template); i++)
    {
        uint32_t size = block_size(template, i);

        if (!size) continue;
        if (!reach) first = i * unit(template);
        reach = i * unit(template) + size;
        *data += size;
    }
    if (!reach) return EFS_OK;
    if (reach > reader->stored_limit || last > reader->stored_limit - reach)
        return broken(reader, "layout: segments beyond the content's end", diag);
    if (offset + first < reader->stored_end) return broken(reader, "layout: segments that overlap", diag);
    reader->stored_end = last + reach;
    return EFS_OK;
}

/* count: at least 1 */
static enum efs_error take_segments(struct efs_layout_reader *reader, uint64_t count, bool at, struct efs_diag *diag)
{
    uint32_t known = reader->template_count < EFS_LAYOUT_TEMPLATES ? reader->template_count : EFS_LAYOUT_TEMPLATES;
    const struct efs_layout_template *template;
    uint64_t number, offset = reader->expected, step, last, data, each;
    enum efs_error err;

    if (!read_number(reader, &number) || number >= known)
        return broken(reader, "layout: segments of no template", diag);
    reader->slot = (uint32_t)number;
    template = &reader->templates[reader->slot];
    if (at && (err = read_offset(reader, &offset, diag))) return err;
    step = block_count(template) * unit(template);
    if (step > INT64_MAX - offset || (step && count - 1 > (INT64_MAX - offset - step) / step))
        return broken(reader, "layout: segments beyond any file's end", diag);
    last = offset + (count - 1) * step;
    if ((err = check_progress(reader, count, offset, last, diag))
        || (err = check_stored(reader, offset, last, &data, diag)))
        return err;
    each = template->length + data;
    if (count > INT64_MAX / each || !add_total(reader, count * each))
        return broken(reader, "layout: stands for too long a stream", diag);

    reader->expected = last + step;
    reader->offset = offset;
    reader->count = count;
    return EFS_OK;
}

/* One operation: checked, and either a piece already or what is left to be played. */
static enum efs_error read_operation(struct efs_layout_reader *reader, struct efs_raw_piece *piece,
                                     struct efs_diag *diag)
{
    const uint8_t *bytes;
    uint64_t number, value;

    if (!read_number(reader, &number)) return broken(reader, "layout: a broken number", diag);
    value = number >> LAYOUT_KIND_BITS;
    if (!value) return broken(reader, "layout: an empty operation", diag);
    switch (number & ((1u << LAYOUT_KIND_BITS) - 1))
    {
    case LAYOUT_LITERAL:
        if (value > reader->length - reader->at) return broken(reader, "layout: a literal beyond its end", diag);
        bytes = reader->value + reader->at;
        reader->at += (size_t)value;
        return take_bytes(reader, bytes, value, piece, diag);
    case LAYOUT_ZEROS:
        return take_bytes(reader, NULL, value, piece, diag);
    }
    if (reader->template_left) return broken(reader, "layout: a template that ends early", diag);
    switch (number & ((1u << LAYOUT_KIND_BITS) - 1))
    {
    case LAYOUT_METADATA:
        if (value > reader->metadata_length - reader->metadata_done)
            return broken(reader, "layout: more than the $EFS has", diag);
        if (!add_total(reader, value)) return broken(reader, "layout: stands for too long a stream", diag);
        piece->type = EFS_RAW_PIECE_METADATA;
        piece->offset = reader->metadata_done;
        piece->length = (uint32_t)value;
        reader->metadata_done += (uint32_t)value;
        return EFS_OK;
    case LAYOUT_TEMPLATE:
        return begin_template(reader, value, diag);
    case LAYOUT_SEGMENTS:
        return take_segments(reader, value, false, diag);
    case LAYOUT_SEGMENTS_AT:
        return take_segments(reader, value, true, diag);
    default:
        return broken(reader, "layout: an unknown operation", diag);
    }
}

/* ---- playing ---- */

static void play_header(struct efs_layout_reader *reader, struct efs_raw_piece *piece)
{
    const struct efs_layout_template *template = &reader->templates[reader->slot];

    memcpy(reader->bytes, template->bytes, template->length);
    store64_le(reader->bytes + LAYOUT_AT_OFFSET, reader->offset);
    piece->type = EFS_RAW_PIECE_BYTES;
    piece->bytes = reader->bytes;
    piece->length = template->length;
    reader->block = 0;
    reader->blocks = block_count(template);
    reader->blocks_offset = reader->offset;
    reader->offset += reader->blocks * unit(template);
    reader->count--;
}

/* The next stored blocks that lie back to back in the content; nothing if the rest are holes. */
static void play_blocks(struct efs_layout_reader *reader, struct efs_raw_piece *piece)
{
    const struct efs_layout_template *template = &reader->templates[reader->slot];
    bool whole = true;

    while (reader->block < reader->blocks && whole)
    {
        uint32_t size = block_size(template, reader->block);

        /* a piece ends where the content has what isn't stored, or before its length would overflow */
        if (piece->length && (!size || size > UINT32_MAX - piece->length)) break;
        if (size)
        {
            if (!piece->length) piece->offset = reader->blocks_offset;
            piece->type = EFS_RAW_PIECE_DATA;
            piece->length += size;
            whole = size == unit(template);
        }
        reader->block++;
        reader->blocks_offset += unit(template);
    }
}

enum efs_error efs_layout_reader_next(struct efs_layout_reader *reader, struct efs_raw_piece *piece,
                                      struct efs_diag *diag)
{
    static const uint8_t zeros[4096];
    enum efs_error err;

    memset(piece, 0, sizeof(*piece));
    while (!piece->length)
    {
        if (reader->zeros)
        {
            piece->type = EFS_RAW_PIECE_BYTES;
            piece->bytes = zeros;
            piece->length = reader->zeros < sizeof(zeros) ? (uint32_t)reader->zeros : sizeof(zeros);
            reader->zeros -= piece->length;
        }
        else if (reader->block < reader->blocks) play_blocks(reader, piece);
        else if (reader->count) play_header(reader, piece);
        else if (reader->at < reader->length)
        {
            if ((err = read_operation(reader, piece, diag))) return err;
        }
        else
        {
            piece->type = EFS_RAW_PIECE_END;
            return EFS_OK;
        }
    }
    return EFS_OK;
}

enum efs_error efs_layout_reader_measure(struct efs_layout_reader *reader, uint64_t data_size, uint64_t *total,
                                         struct efs_diag *diag)
{
    struct efs_raw_piece piece = { 0 };
    enum efs_error err;

    while (reader->at < reader->length)
        if ((err = read_operation(reader, &piece, diag))) return err;
    if (reader->template_left) return broken(reader, "layout: a template that ends early", diag);
    if (reader->metadata_done != reader->metadata_length)
        return broken(reader, "layout: leaves out a part of the $EFS", diag);
    if (reader->end != data_size) return broken(reader, "layout: of content of another size", diag);
    *total = reader->total;
    return EFS_OK;
}

uint64_t efs_layout_bound(uint32_t metadata_length, uint64_t stored_limit, uint64_t data_size)
{
    /* bytes as they are, zeros, and one segment for each operation that covers nothing */
    const uint64_t own = EFS_LAYOUT_MAX + EFS_LAYOUT_ZEROS_MAX + (uint64_t)EFS_LAYOUT_MAX * EFS_LAYOUT_TEMPLATE_MAX;

    if (stored_limit > INT64_MAX / 4 || data_size > INT64_MAX / 4) return INT64_MAX; /* as any stream */
    return own + metadata_length + stored_limit + (data_size / EFS_RAW_UNIT + 1) * EFS_LAYOUT_TEMPLATE_MAX;
}
