/*
 * The backup stream reader.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup/content.h"

#include <string.h>

#include "base/bytes.h"

/* WIN32_STREAM_ID */
#define AT_ID         0x00
#define AT_ATTRIBUTES 0x04
#define AT_SIZE       0x08
#define AT_NAME_SIZE  0x10
#define AT_NAME       0x14

enum
{
    READ_FIXED, /* the header up to the name */
    READ_REST,  /* the name; of a sparse block the offset, too */
    READ_DATA,
    READ_FAILED,
};

/* What is known of the headers of some types. A link isn't among them: it is ignored, whatever it looks like (MS-BKUP
   2.6). */
static const struct type
{
    uint32_t id;
    bool     named;
    uint64_t size_max; /* bytes; 0: any */
} types[] =
{
    { BSTREAM_DATA, false, 0 },
    { BSTREAM_EA, false, BSTREAM_EA_MAX },
    { BSTREAM_SECURITY, false, BSTREAM_SECURITY_MAX },
    { BSTREAM_ALTERNATE, true, 0 },
    { BSTREAM_REPARSE, false, BSTREAM_REPARSE_MAX },
    { BSTREAM_SPARSE_BLOCK, false, 0 },
};

void bstream_reader_init(struct bstream_reader *reader)
{
    memset(reader, 0, offsetof(struct bstream_reader, bytes));
    reader->want = BSTREAM_FIXED_SIZE;
}

static enum bstream_event_type fail(struct bstream_reader *reader, uint64_t position, const char *rule)
{
    reader->fault.position = position;
    reader->fault.rule = rule;
    reader->state = READ_FAILED;
    return BSTREAM_BAD;
}

/* Where the header began */
static uint64_t start(const struct bstream_reader *reader)
{
    return reader->position - reader->have;
}

/* "a reader must fail" for any other type (MS-BKUP 2.1) */
static bool is_legal(uint32_t id)
{
    return id >= BSTREAM_DATA && id <= BSTREAM_GHOSTED && id != BSTREAM_PROPERTY;
}

static const struct type *find_type(uint32_t id)
{
    size_t i;

    for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].id == id) return &types[i];
    return NULL;
}

/* Judges the header as far as it is there; also says how much of it is to come. */
static const char *check_fixed(struct bstream_reader *reader, size_t *at)
{
    uint32_t id = load32_le(reader->bytes + AT_ID), name_size = load32_le(reader->bytes + AT_NAME_SIZE);
    uint64_t size = load64_le(reader->bytes + AT_SIZE);
    const struct type *type = find_type(id);

    *at = AT_ID;
    if (!is_legal(id)) return "a type is one of 1 to 5 and 7 to 11";
    *at = AT_SIZE;
    if (size > INT64_MAX) return "a size is not negative";
    if (type && type->size_max && size > type->size_max) return "the size is one that the type can have";
    if (id == BSTREAM_SPARSE_BLOCK && size < BSTREAM_OFFSET_SIZE) return "a sparse block begins with its offset";
    *at = AT_NAME_SIZE;
    if (name_size > BSTREAM_NAME_MAX) return "a name has at most 1024 bytes";
    if (name_size % 2) return "a name is made of 16-bit units";
    if (type && type->named != (name_size != 0)) return "alternate streams have a name, other types don't";
    reader->want = BSTREAM_FIXED_SIZE + name_size + (id == BSTREAM_SPARSE_BLOCK ? BSTREAM_OFFSET_SIZE : 0);
    return NULL;
}

/* ":name" or ":name:$DATA", without what leads elsewhere */
static bool is_stream_name(const struct bstream_header *header)
{
    const uint8_t *name;
    size_t length;

    if (load16_le(header->name) != ':') return false;
    length = bstream_own_name(header, &name);
    return bstream_is_name(name, length);
}

static const char *check_rest(const struct bstream_reader *reader, const struct bstream_header *header, size_t *at)
{
    *at = AT_NAME;
    if (header->id == BSTREAM_ALTERNATE && !is_stream_name(header))
        return "an alternate stream is called :name:$DATA";
    if (header->id == BSTREAM_SPARSE_BLOCK)
    {
        *at = reader->want - BSTREAM_OFFSET_SIZE;
        if (header->offset > INT64_MAX || header->size > INT64_MAX - header->offset)
            return "a sparse block ends below 2^63";
    }
    return NULL;
}

static void load_header(const struct bstream_reader *reader, struct bstream_header *header)
{
    header->id = load32_le(reader->bytes + AT_ID);
    header->attributes = load32_le(reader->bytes + AT_ATTRIBUTES);
    header->size = load64_le(reader->bytes + AT_SIZE);
    header->name_size = load32_le(reader->bytes + AT_NAME_SIZE);
    header->name = reader->bytes + AT_NAME;
    header->offset = 0;
    if (header->id == BSTREAM_SPARSE_BLOCK)
    {
        header->size -= BSTREAM_OFFSET_SIZE;
        header->offset = load64_le(reader->bytes + reader->want - BSTREAM_OFFSET_SIZE);
    }
}

static enum bstream_event_type begin(struct bstream_reader *reader, struct bstream_event *event)
{
    const char *rule;
    size_t at;

    load_header(reader, &event->header);
    if ((rule = check_rest(reader, &event->header, &at))) return fail(reader, start(reader) + at, rule);
    reader->left = event->header.size;
    reader->offset = event->header.offset;
    reader->state = READ_DATA;
    return BSTREAM_BEGIN;
}

/* True when the header is there as far as wanted. */
static bool gather(struct bstream_reader *reader, const uint8_t **input, size_t *length)
{
    size_t missing = reader->want - reader->have, n = *length < missing ? *length : missing;

    if (!n) return !missing; /* there may be no input at all */
    memcpy(reader->bytes + reader->have, *input, n);
    *input += n;
    *length -= n;
    reader->have += n;
    reader->position += n;
    return n == missing;
}

static enum bstream_event_type next(struct bstream_reader *reader, const uint8_t **input, size_t *length,
                                    struct bstream_event *event)
{
    const char *rule;
    size_t at;

    switch (reader->state)
    {
    case READ_FIXED:
        if (!gather(reader, input, length)) return BSTREAM_NEED_INPUT;
        if ((rule = check_fixed(reader, &at))) return fail(reader, start(reader) + at, rule);
        reader->state = READ_REST;
        return next(reader, input, length, event);
    case READ_REST:
        if (!gather(reader, input, length)) return BSTREAM_NEED_INPUT;
        return begin(reader, event);
    case READ_DATA:
        if (!reader->left)
        {
            reader->state = READ_FIXED;
            reader->have = 0;
            reader->want = BSTREAM_FIXED_SIZE;
            return BSTREAM_END;
        }
        if (!*length) return BSTREAM_NEED_INPUT;
        event->bytes = *input;
        event->length = *length < reader->left ? *length : (size_t)reader->left;
        event->offset = reader->offset;
        return BSTREAM_BYTES;
    default:
        return BSTREAM_BAD;
    }
}

enum bstream_event_type bstream_reader_next(struct bstream_reader *reader, const uint8_t **input, size_t *length,
                                            struct bstream_event *event)
{
    return event->type = next(reader, input, length, event);
}

uint64_t bstream_reader_skip(struct bstream_reader *reader, uint64_t length)
{
    if (reader->state != READ_DATA) return 0;
    if (length > reader->left) length = reader->left;
    reader->left -= length;
    reader->offset += length;
    reader->position += length;
    return length;
}

bool bstream_reader_finish(struct bstream_reader *reader)
{
    if (reader->state == READ_FAILED) return false;
    if (reader->state == READ_DATA && reader->left) fail(reader, reader->position, "a substream's data is complete");
    else if (reader->state == READ_REST || (reader->state == READ_FIXED && reader->have))
        fail(reader, reader->position, "a header is complete");
    return reader->state != READ_FAILED;
}
