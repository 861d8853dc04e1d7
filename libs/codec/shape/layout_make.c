/*
 * Making a layout: the records of a raw stream, one after the other, in as few bytes as need be.
 *
 * What comes out depends on the records alone, not on how the caller cuts them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/layout.h"

#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "layout_format.h"

#define LITERAL_GAP  3  /* bytes kept free before a literal for its operation: its length has at most 17 bits */
#define ZEROS_MIN    4  /* a shorter run costs less inside a literal */
#define TAIL_RESERVE 64 /* what is pending can always be written out: two operations of at most 3 numbers */

uint64_t efs_layout_hash(const uint8_t *metadata, uint32_t length)
{
    return fnv1a_add(FNV1A_BEGIN, metadata, length);
}

bool efs_layout_is_of(const uint8_t *value, size_t length, const uint8_t *metadata, uint32_t metadata_length)
{
    return length >= EFS_LAYOUT_HEADER_SIZE && value[0] == EFS_LAYOUT_VERSION
           && load64_le(value + 1) == efs_layout_hash(metadata, metadata_length);
}

void efs_layout_maker_init(struct efs_layout_maker *maker)
{
    /* not the big arrays: they are written before they are read */
    memset(maker, 0, offsetof(struct efs_layout_maker, templates));
    maker->length = EFS_LAYOUT_HEADER_SIZE;
}

static void put_number(struct efs_layout_maker *maker, uint64_t number)
{
    while (number >= 0x80)
    {
        maker->value[maker->length++] = (uint8_t)(number | 0x80);
        number >>= 7;
    }
    maker->value[maker->length++] = (uint8_t)number;
}

static void put_operation(struct efs_layout_maker *maker, enum layout_kind kind, uint64_t value)
{
    put_number(maker, value << LAYOUT_KIND_BITS | kind);
}

static void flush_literal(struct efs_layout_maker *maker)
{
    size_t start = maker->length + LITERAL_GAP;

    if (!maker->literal) return;
    put_operation(maker, LAYOUT_LITERAL, maker->literal);
    memmove(maker->value + maker->length, maker->value + start, maker->literal);
    maker->length += maker->literal;
    maker->literal = 0;
}

/* Writes out all that is pending. There is always room for it. */
static void flush(struct efs_layout_maker *maker)
{
    flush_literal(maker);
    if (maker->zeros) put_operation(maker, LAYOUT_ZEROS, maker->zeros);
    if (maker->metadata) put_operation(maker, LAYOUT_METADATA, maker->metadata);
    if (maker->count)
    {
        put_operation(maker, maker->delta ? LAYOUT_SEGMENTS_AT : LAYOUT_SEGMENTS, maker->count);
        put_number(maker, maker->slot);
        if (maker->delta) put_number(maker, (uint64_t)maker->delta << 1 ^ (maker->delta < 0 ? UINT64_MAX : 0));
    }
    maker->zeros = maker->metadata = maker->count = 0;
}

/* Is there room for `more` bytes beside what is pending? */
static bool has_room(struct efs_layout_maker *maker, size_t more)
{
    if (maker->length + LITERAL_GAP + maker->literal + more > EFS_LAYOUT_MAX - TAIL_RESERVE) maker->failed = true;
    return !maker->failed;
}

static bool put_byte(struct efs_layout_maker *maker, uint8_t byte)
{
    uint8_t *literal;

    if (!byte)
    {
        if (maker->zeros_put == EFS_LAYOUT_ZEROS_MAX) maker->failed = true;
        if (maker->failed) return false;
        maker->zeros_put++;
        maker->zeros++;
        return true;
    }
    /* the zeros cost their operation, or their bytes; the literal after it a gap of its own */
    if (!has_room(maker, LITERAL_GAP + 10 + 1)) return false;
    if (maker->zeros >= ZEROS_MIN)
    {
        flush(maker);
    }
    literal = maker->value + maker->length + LITERAL_GAP;
    while (maker->zeros)
    {
        literal[maker->literal++] = 0;
        maker->zeros--;
    }
    literal[maker->literal++] = byte;
    return true;
}

bool efs_layout_put_bytes(struct efs_layout_maker *maker, const uint8_t *bytes, size_t length)
{
    size_t i;

    if (maker->metadata || maker->count) flush(maker);
    if (!has_room(maker, 0)) return false;
    for (i = 0; i < length; i++)
        if (!put_byte(maker, bytes[i])) return false;
    return true;
}

bool efs_layout_put_metadata(struct efs_layout_maker *maker, size_t length)
{
    if (maker->literal || maker->zeros || maker->count) flush(maker);
    if (!has_room(maker, 0)) return false;
    maker->metadata += length;
    return true;
}

static bool is_template(const struct efs_layout_template *template, const uint8_t *record, size_t length)
{
    return template->length == length && !memcmp(template->bytes, record, LAYOUT_AT_OFFSET)
           && !memcmp(template->bytes + LAYOUT_AT_OFFSET + 8, record + LAYOUT_AT_OFFSET + 8,
                      length - LAYOUT_AT_OFFSET - 8);
}

/* The slot of a segment's template, the latest first; EFS_LAYOUT_TEMPLATES if there's none. */
static uint32_t find_template(const struct efs_layout_maker *maker, const uint8_t *record, size_t length)
{
    uint32_t known = maker->template_count < EFS_LAYOUT_TEMPLATES ? maker->template_count : EFS_LAYOUT_TEMPLATES, slot;

    if (known && is_template(&maker->templates[maker->slot], record, length)) return maker->slot;
    for (slot = 0; slot < known; slot++)
        if (is_template(&maker->templates[slot], record, length)) return slot;
    return EFS_LAYOUT_TEMPLATES;
}

static bool put_template(struct efs_layout_maker *maker, const uint8_t *record, size_t length)
{
    uint32_t slot = maker->template_count % EFS_LAYOUT_TEMPLATES;
    uint8_t difference[EFS_LAYOUT_TEMPLATE_MAX] = { 0 };
    struct efs_layout_template *template = &maker->templates[slot];
    size_t i;

    flush(maker);
    if (!has_room(maker, 2 * LITERAL_GAP)) return false;
    if (maker->template_count)
    {
        const struct efs_layout_template *made = &maker->templates[(maker->template_count - 1) % EFS_LAYOUT_TEMPLATES];

        memcpy(difference, made->bytes, made->length);
    }
    template->length = (uint32_t)length;
    memcpy(template->bytes, record, length);
    memset(template->bytes + LAYOUT_AT_OFFSET, 0, 8);
    for (i = 0; i < length; i++) difference[i] ^= template->bytes[i];

    put_operation(maker, LAYOUT_TEMPLATE, length);
    if (!efs_layout_put_bytes(maker, difference, length)) return false;
    flush(maker);
    maker->template_count++;
    return true;
}

bool efs_layout_put_segment(struct efs_layout_maker *maker, const uint8_t *record, size_t length,
                            const struct efs_raw_segment *segment)
{
    uint64_t end = segment->offset + ((uint64_t)segment->block_count << segment->unit_shift);
    uint32_t slot;

    if (maker->failed || length > EFS_LAYOUT_TEMPLATE_MAX) maker->failed = true;
    if (maker->failed) return false;

    slot = find_template(maker, record, length);
    /* what covers nothing makes no run: a reader couldn't tell where that has to end */
    if (maker->count && slot == maker->slot && segment->offset == maker->expected && segment->bytes_in_stream)
    {
        maker->count++;
        maker->expected = end;
        return true;
    }
    if (slot == EFS_LAYOUT_TEMPLATES)
    {
        slot = maker->template_count % EFS_LAYOUT_TEMPLATES;
        if (!put_template(maker, record, length)) return false;
    }
    else
    {
        flush(maker);
        if (!has_room(maker, 0)) return false;
    }
    maker->slot = slot;
    maker->count = 1;
    maker->delta = ((int64_t)segment->offset - (int64_t)maker->expected) / EFS_RAW_UNIT;
    maker->expected = end;
    return true;
}

size_t efs_layout_maker_finish(struct efs_layout_maker *maker, const uint8_t *metadata, uint32_t metadata_length)
{
    flush(maker);
    maker->failed = true;
    maker->value[0] = EFS_LAYOUT_VERSION;
    store64_le(maker->value + 1, efs_layout_hash(metadata, metadata_length));
    return maker->length;
}
