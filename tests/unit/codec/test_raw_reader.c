/*
 * The raw stream reader: every rule of the format with an input that breaks it, and what it reports of
 * streams that break none, however they are split.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/build.h"
#include "efs/metadata.h"
#include "efs/raw.h"

/* Reads a whole stream in pieces of `piece` bytes; digests what the events say. */
struct outcome
{
    enum efs_error  err;
    struct efs_diag diag;
    unsigned int    streams, segments;
    uint64_t        data, position_sum, offset_sum;
    uint32_t        data_hash;
};

static struct efs_raw_reader reader;

static void take(struct outcome *outcome, const struct efs_raw_event *event)
{
    size_t i;

    switch (event->type)
    {
    case EFS_RAW_STREAM:
        outcome->streams++;
        outcome->position_sum += event->position;
        break;
    case EFS_RAW_SEGMENT:
        outcome->segments++;
        outcome->position_sum += event->position;
        outcome->offset_sum += event->segment.offset;
        break;
    case EFS_RAW_DATA:
        outcome->data += event->data_length;
        for (i = 0; i < event->data_length; i++) outcome->data_hash = outcome->data_hash * 31 + event->data[i];
        break;
    default:
        break;
    }
}

static struct outcome read_all(const struct build *b, size_t piece)
{
    struct outcome outcome = { 0 };
    struct efs_raw_event event;
    size_t at = 0;

    efs_raw_reader_init(&reader);
    while (!outcome.err && at < b->length)
    {
        size_t length = b->length - at < piece ? b->length - at : piece;
        /* a copy of its own, so that the address sanitizer sees each read beyond it */
        uint8_t *copy = malloc(length);
        const uint8_t *input = copy;

        assert_non_null(copy);
        memcpy(copy, b->data + at, length);
        at += length;
        do
        {
            outcome.err = efs_raw_reader_next(&reader, &input, &length, &event, &outcome.diag);
            if (!outcome.err) take(&outcome, &event);
        }
        while (!outcome.err && event.type != EFS_RAW_NEED_INPUT);
        if (!outcome.err) assert_int_equal(length, 0);
        free(copy);
    }
    if (!outcome.err) outcome.err = efs_raw_reader_finish(&reader, &outcome.diag);
    return outcome;
}

static void test_events(void **state)
{
    struct build b = { 0 };
    struct outcome outcome;

    (void)state;
    build_file_stream(&b, 200001, 7);
    outcome = read_all(&b, b.length);
    assert_int_equal(outcome.err, EFS_OK);
    assert_int_equal(outcome.streams, 2);
    assert_int_equal(outcome.segments, 1 + 4);
    assert_int_equal(outcome.offset_sum, 65536 + 131072 + 196608);
    assert_int_equal(outcome.data, BUILD_METADATA_SIZE + 200192);
    build_free(&b);
}

static void test_splits(void **state)
{
    static const size_t pieces[] = { 1, 2, 3, 5, 7, 11, 13, 16, 27, 511, 512, 513, 4096, 65535, 65537 };
    struct outcome whole, split;
    struct build b = { 0 };
    size_t i;

    (void)state;
    build_file_stream(&b, 70000, 9);
    build_stream_header(&b, 1, ":plain:$DATA");
    build_plain_segment(&b, 777);
    build_zeros(&b, 777);
    build_plain_segment(&b, 0);
    build_stream_header(&b, 0, ":empty:$DATA");
    whole = read_all(&b, b.length);
    assert_int_equal(whole.err, EFS_OK);
    assert_int_equal(whole.streams, 4);
    for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
    {
        split = read_all(&b, pieces[i]);
        assert_memory_equal(&split, &whole, sizeof(whole));
    }
    build_free(&b);
}

/* Every prefix: what the reader takes for complete must end where a record ends and another may begin. */
static void test_prefixes(void **state)
{
    struct build b = { 0 };
    size_t complete[] = { AT_DATA_STREAM, AT_SEGMENT, 0, 0 }, length, i;

    (void)state;
    build_file_stream(&b, 65536 + 600, 3);
    complete[2] = AT_DATA + 65536;
    complete[3] = b.length;
    for (length = 0; length <= b.length; length += length > AT_DATA + 100 && length < AT_DATA + 65000 ? 509 : 1)
    {
        struct build prefix = { b.data, length, 0 };
        struct outcome outcome = read_all(&prefix, 4096);
        bool expected = false;

        for (i = 0; i < 4; i++) expected |= length == complete[i];
        assert_int_equal(outcome.err, expected ? EFS_OK : EFS_ERR_FORMAT);
        if (!expected) assert_int_equal(outcome.diag.offset, length);
        if (!expected) assert_non_null(outcome.diag.rule);
    }
    build_free(&b);
}

/* ---- one input for each rule ---- */

#define SIZE 0x239 /* one segment, as the genuine sample's */

struct rule
{
    const char *name;
    void      (*breaks)(struct build *b);
    uint64_t    offset; /* where it is reported */
};

static void b_version(struct build *b) { put_u32(b, 0, 0x101); }
static void b_signature(struct build *b) { b->data[4] ^= 1; }
static void b_record(struct build *b) { b->data[AT_METADATA_STREAM + 4] ^= 1; }
static void b_record2(struct build *b) { b->data[AT_SEGMENT + 11] ^= 1; }
static void b_text(struct build *b) { memset(b->data, 'x', b->length); }
static void b_stream_short(struct build *b) { put_u32(b, AT_DATA_STREAM, 0x1b); }
static void b_stream_long(struct build *b) { put_u32(b, AT_DATA_STREAM, 4097); }
static void b_name_length(struct build *b) { put_u32(b, AT_DATA_STREAM + 0x18, 15); }
static void b_name_odd(struct build *b) { put_u32(b, AT_DATA_STREAM + 0x18, 13); }
static void b_name_colon(struct build *b) { b->data[AT_DATA_STREAM + 0x1c] = 'x'; }
static void b_name_type(struct build *b) { b->data[AT_DATA_STREAM + 0x1c + 6] = 'X'; }
static void b_name_slash(struct build *b) { b->data[AT_DATA_STREAM + 0x1e] = '/'; }
static void b_name_backslash(struct build *b) { b->data[AT_DATA_STREAM + 0x1e] = '\\'; }
static void b_name_nul(struct build *b) { b->data[AT_DATA_STREAM + 0x1e] = 0; }
static void b_name_empty(struct build *b) { put_u32(b, AT_DATA_STREAM + 0x18, 2); }
static void b_name_none(struct build *b) { put_u32(b, AT_DATA_STREAM + 0x18, 0); }
static void b_name_only_end(struct build *b) { put_u32(b, AT_DATA_STREAM + 0x18, 2);
                                               put_u16(b, AT_DATA_STREAM + 0x1c, 0); }
static void b_name_long(struct build *b)
{
    char name[300] = ":";

    memset(name + 1, 'x', 256);
    b->length = AT_DATA_STREAM;
    build_stream_header(b, 0, name);
}
static void b_metadata_again(struct build *b)
{
    b->length = AT_DATA_STREAM;
    build_stream_header(b, 0, NULL);
}
static void b_second_metadata(struct build *b) { build_stream_header(b, 0, NULL); }
static void b_second_name(struct build *b) { build_stream_header(b, 0, "::$data"); }
static void b_no_metadata(struct build *b)
{
    b->length = AT_METADATA_STREAM;
    build_stream_header(b, 0, "::$DATA");
}
static void b_no_metadata_segment(struct build *b)
{
    b->length = AT_METADATA_SEGMENT;
    build_stream_header(b, 0, "::$DATA");
}
static void b_segment_first(struct build *b)
{
    b->length = AT_METADATA_STREAM;
    build_plain_segment(b, 16);
}
static void b_segment_short(struct build *b) { put_u32(b, AT_SEGMENT, 15); }
static void b_segment_no_room(struct build *b) { put_u32(b, AT_SEGMENT, 0x10 + 0x1b); }
static void b_metadata_long(struct build *b) { put_u32(b, AT_METADATA_SEGMENT, 0x10 + 262145); }
static void b_encryption_short(struct build *b) { put_u32(b, AT_ENCRYPTION + 8, 0x1f); }
static void b_encryption_beyond(struct build *b) { put_u32(b, AT_ENCRYPTION + 8, 0x5f1); }
static void b_encryption_huge(struct build *b)
{
    put_u32(b, AT_SEGMENT, 0x60000);
    put_u32(b, AT_ENCRYPTION + 8, 0x50001);
}
static void b_compression(struct build *b) { put_u16(b, AT_ENCRYPTION + 0x14, 2); }
static void b_format(struct build *b) { b->data[AT_ENCRYPTION + 0x19] = 0; }
static void b_shift_small(struct build *b) { b->data[AT_ENCRYPTION + 0x16] = 8; }
static void b_shift_large(struct build *b) { b->data[AT_ENCRYPTION + 0x16] = 31; }
static void b_offset_odd(struct build *b) { put_u64(b, AT_ENCRYPTION, 511); }
static void b_offset_huge(struct build *b) { put_u64(b, AT_ENCRYPTION, 0x7ffffffffffffe00); }
static void b_offset_negative(struct build *b) { put_u64(b, AT_ENCRYPTION, 0xfffffffffffffe00); }
static void b_offset_back(struct build *b)
{
    build_data_segment(b, 0x200, 512, 512, 9);
    build_zeros(b, 512);
}
static void b_bytes(struct build *b) { put_u32(b, AT_ENCRYPTION + 0x0c, 0x401); }
static void b_vdl(struct build *b) { put_u32(b, AT_ENCRYPTION + 0x10, SIZE + 1); }
static void b_block_large(struct build *b) { put_u32(b, AT_ENCRYPTION + 0x1c, 0x600); }
static void b_block_odd(struct build *b) { put_u32(b, AT_ENCRYPTION + 0x1c, 0x3ff); }
static void b_sum(struct build *b) { put_u32(b, AT_ENCRYPTION + 0x1c, 0x200); }
static void b_no_blocks(struct build *b) { put_u16(b, AT_ENCRYPTION + 0x1a, 0); put_u32(b, AT_ENCRYPTION + 0x0c, 0);
                                           put_u32(b, AT_ENCRYPTION + 0x10, 0); }
static void b_blocks_beyond(struct build *b) { put_u16(b, AT_ENCRYPTION + 0x1a, 0x76); }
static void b_trailing(struct build *b) { build_bytes(b, "twelve bytes", 12); }
static void b_trailing_short(struct build *b) { build_bytes(b, "eleven byte", 11); }

static const struct rule rules[] =
{
    { "unknown version", b_version, 0 },
    { "no ROBS", b_signature, 4 },
    { "neither NTFS nor GURE", b_record, AT_METADATA_STREAM + 4 },
    { "neither NTFS nor GURE after the stream header", b_record2, AT_SEGMENT + 4 },
    { "plain text", b_text, 0 },
    { "stream header shorter than itself", b_stream_short, AT_DATA_STREAM },
    { "stream header too long", b_stream_long, AT_DATA_STREAM },
    { "name beyond the header", b_name_length, AT_DATA_STREAM + 0x18 },
    { "name of odd length", b_name_odd, AT_DATA_STREAM + 0x1c },
    { "name without colon", b_name_colon, AT_DATA_STREAM + 0x1c },
    { "name of another type", b_name_type, AT_DATA_STREAM + 0x1c },
    { "name with a slash", b_name_slash, AT_DATA_STREAM + 0x1c },
    { "name with a backslash", b_name_backslash, AT_DATA_STREAM + 0x1c },
    { "name with U+0000", b_name_nul, AT_DATA_STREAM + 0x1c },
    { "name that is empty and has no type", b_name_empty, AT_DATA_STREAM + 0x1c },
    { "no name", b_name_none, AT_DATA_STREAM + 0x1c },
    { "nothing but a name's end", b_name_only_end, AT_DATA_STREAM + 0x1c },
    { "name of 256 characters", b_name_long, AT_DATA_STREAM + 0x1c },
    { "metadata twice in a row", b_metadata_again, AT_DATA_STREAM + 0x1c },
    { "metadata twice", b_second_metadata, AT_DATA + 0x400 + 0x1c },
    { "a stream name twice", b_second_name, AT_DATA + 0x400 + 0x1c },
    { "data before any metadata", b_no_metadata, AT_METADATA_STREAM + 0x1c },
    { "metadata stream without a segment", b_no_metadata_segment, AT_METADATA_SEGMENT + 0x1c },
    { "segment before any stream", b_segment_first, AT_METADATA_STREAM + 4 },
    { "segment shorter than its header", b_segment_short, AT_SEGMENT },
    { "no room for the encryption header", b_segment_no_room, AT_SEGMENT },
    { "metadata too long", b_metadata_long, AT_METADATA_SEGMENT },
    { "encryption header shorter than its block sizes", b_encryption_short, AT_ENCRYPTION + 8 },
    { "encryption header beyond the segment", b_encryption_beyond, AT_ENCRYPTION + 8 },
    { "encryption header above its cap", b_encryption_huge, AT_ENCRYPTION + 8 },
    { "compression", b_compression, AT_ENCRYPTION + 0x14 },
    { "other encryption format", b_format, AT_ENCRYPTION + 0x19 },
    { "unit below 512", b_shift_small, AT_ENCRYPTION + 0x16 },
    { "unit above 2^30", b_shift_large, AT_ENCRYPTION + 0x16 },
    { "offset not a multiple of 512", b_offset_odd, AT_ENCRYPTION },
    { "offset plus blocks beyond 2^63", b_offset_huge, AT_ENCRYPTION },
    { "negative offset", b_offset_negative, AT_ENCRYPTION },
    { "offset before the last segment's end", b_offset_back, AT_DATA + 0x400 + 0x10 },
    { "more bytes than blocks", b_bytes, AT_ENCRYPTION + 0x0c },
    { "valid data length above the size", b_vdl, AT_ENCRYPTION + 0x10 },
    { "block larger than the unit", b_block_large, AT_ENCRYPTION + 0x1c },
    { "block not a multiple of 512", b_block_odd, AT_ENCRYPTION + 0x1c },
    { "blocks that aren't all of the segment", b_sum, AT_SEGMENT },
    { "data without blocks", b_no_blocks, AT_SEGMENT },
    { "more block sizes than the header holds", b_blocks_beyond, AT_ENCRYPTION + 8 },
    { "bytes after the last record", b_trailing, AT_DATA + 0x400 + 4 },
    { "too few bytes after the last record", b_trailing_short, AT_DATA + 0x400 + 11 },
};

static void test_rules(void **state)
{
    size_t i, piece;

    (void)state;
    for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
    {
        struct build b = { 0 };
        struct outcome outcome;

        build_file_stream(&b, SIZE, 5);
        rules[i].breaks(&b);
        for (piece = 1; piece <= 4096; piece *= 8)
        {
            outcome = read_all(&b, piece);
            if (outcome.err != EFS_ERR_FORMAT || outcome.diag.offset != rules[i].offset)
                fail_msg("%s, pieces of %zu: error %d at %#llx, expected at %#llx", rules[i].name, piece, outcome.err,
                         (unsigned long long)outcome.diag.offset, (unsigned long long)rules[i].offset);
            assert_int_equal(outcome.diag.code, EFS_ERR_FORMAT);
            assert_non_null(outcome.diag.rule);
        }
        build_free(&b);
    }
}

static void test_error_is_final(void **state)
{
    const uint8_t text[32] = "this is no raw stream at all...", *input = text;
    size_t length = sizeof(text);
    struct efs_raw_event event;
    struct efs_diag first = { 0 }, later = { 0 };

    (void)state;
    efs_raw_reader_init(&reader);
    assert_int_equal(efs_raw_reader_next(&reader, &input, &length, &event, &first), EFS_ERR_FORMAT);
    input = text;
    length = sizeof(text);
    assert_int_equal(efs_raw_reader_next(&reader, &input, &length, &event, &later), EFS_ERR_FORMAT);
    assert_ptr_equal(later.rule, first.rule);
    assert_int_equal(efs_raw_reader_finish(&reader, &later), EFS_ERR_FORMAT);
    assert_ptr_equal(later.rule, first.rule);
    assert_int_equal(efs_raw_reader_finish(&reader, NULL), EFS_ERR_FORMAT);
}

/* Well-formed, but not what Windows writes: the reader takes them all. */
static void test_tolerated(void **state)
{
    struct build b = { 0 };
    struct outcome outcome;
    unsigned int i;

    (void)state;
    build_file_header(&b);
    put_u64(&b, 0x0c, 0x1122334455667788); /* reserved */
    build_stream_header(&b, 3, NULL);       /* Flag of the metadata stream is ignored */
    build_plain_segment(&b, 100);           /* metadata in two segments */
    build_zeros(&b, 100);
    build_plain_segment(&b, 262144 - 100);
    build_zeros(&b, 262144 - 100);
    build_stream_header(&b, 0, ":no type");
    build_data_segment(&b, 0x20000, 0x10000, 0x200, 16); /* a gap, and a short block */
    build_zeros(&b, 0x200);
    build_data_segment(&b, 0x30000, 0, 0, 9);            /* nothing */
    build_stream_header(&b, 0, "::$data");
    /* 65535 blocks, all holes, without EXTD */
    build_u32(&b, 0x10 + 0x1c + 4 * 65535);
    build_ascii16(&b, "GURE");
    build_u32(&b, 0);
    build_u64(&b, 0);
    build_u32(&b, 0x1c + 4 * 65535);
    build_u32(&b, 0x1fffe00);
    build_u32(&b, 5);
    build_u16(&b, 0);
    build_u16(&b, 9 | 10 << 8);
    build_u16(&b, 0 | 1 << 8);
    build_u16(&b, 65535);
    for (i = 0; i < 65535; i++) build_u32(&b, 0);
    outcome = read_all(&b, 1000);
    assert_int_equal(outcome.err, EFS_OK);
    assert_int_equal(outcome.streams, 3);
    assert_int_equal(outcome.segments, 5);
    build_free(&b);
}

static void test_streams_limit(void **state)
{
    struct build b = { 0 };
    char name[32];
    int i;

    (void)state;
    build_directory_stream(&b, 1);
    for (i = 0; i < EFS_RAW_STREAMS_MAX; i++)
    {
        snprintf(name, sizeof(name), ":s%d:$DATA", i);
        build_stream_header(&b, 0, name);
    }
    assert_int_equal(read_all(&b, 65536).err, EFS_OK);
    build_stream_header(&b, 0, ":one more:$DATA");
    assert_int_equal(read_all(&b, 65536).err, EFS_ERR_FORMAT);
    build_free(&b);
}

/* The $EFS in three segments, one of them empty, and the input in pieces that end anywhere. */
static void test_metadata(void **state)
{
    static const size_t segments[] = { 100, 0, 200 };
    static uint8_t bytes[EFS_METADATA_MAX];
    struct build b = { 0 }, value = { 0 };
    struct efs_raw_event event;
    uint64_t first = 0;
    size_t piece, i, at;

    (void)state;
    build_metadata_value(&value, 300, 5);
    build_file_header(&b);
    build_stream_header(&b, 0, NULL);
    for (i = at = 0; i < 3; at += segments[i++])
    {
        build_plain_segment(&b, segments[i]);
        if (!i) first = b.length;
        build_bytes(&b, value.data + at, segments[i]);
    }
    build_stream_header(&b, EFS_RAW_STREAM_PLAIN, "::$DATA");
    build_plain_segment(&b, 5);
    build_bytes(&b, "plain", 5);
    for (piece = 1; piece <= b.length; piece += piece < 40 ? 1 : 31)
    {
        struct efs_raw_metadata metadata = { .bytes = bytes };

        memset(bytes, 0xee, sizeof(bytes));
        efs_raw_reader_init(&reader);
        for (at = 0; at < b.length; at += piece)
        {
            size_t length = b.length - at < piece ? b.length - at : piece;
            const uint8_t *input = b.data + at;

            do
            {
                assert_int_equal(efs_raw_reader_next(&reader, &input, &length, &event, NULL), EFS_OK);
                efs_raw_metadata_add(&metadata, &event);
            }
            while (event.type != EFS_RAW_NEED_INPUT);
        }
        assert_int_equal(metadata.length, 300);
        assert_memory_equal(bytes, value.data, 300);
        assert_int_equal(bytes[300], 0xee);
        assert_int_equal(metadata.segments, 3);
        assert_true(metadata.position == first);
        assert_false(metadata.current);
    }
    build_free(&b);
    build_free(&value);
}

/* The data left out: the same headers, and nothing is passed over where a header comes next. */
static void test_skip(void **state)
{
    struct build b = { 0 };
    struct efs_raw_event event;
    const uint8_t *input;
    unsigned int segments = 0;
    size_t length, at = 0;

    (void)state;
    build_file_stream(&b, 200000, 4);
    efs_raw_reader_init(&reader);
    assert_int_equal(efs_raw_reader_skip(&reader, UINT64_MAX), 0);
    while (at < b.length)
    {
        input = b.data + at;
        length = 1;
        assert_int_equal(efs_raw_reader_next(&reader, &input, &length, &event, NULL), EFS_OK);
        at++;
        if (event.type != EFS_RAW_SEGMENT) continue;
        segments++;
        /* the first byte alone, then all the others */
        at += (size_t)efs_raw_reader_skip(&reader, 1);
        at += (size_t)efs_raw_reader_skip(&reader, UINT64_MAX);
        assert_int_equal(reader.position, at);
        assert_int_equal(efs_raw_reader_skip(&reader, 5), 0);
    }
    assert_int_equal(at, b.length);
    assert_int_equal(segments, 5);
    assert_int_equal(efs_raw_reader_finish(&reader, NULL), EFS_OK);
    build_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_splits),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_error_is_final),
        cmocka_unit_test(test_tolerated),
        cmocka_unit_test(test_streams_limit),
        cmocka_unit_test(test_skip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
