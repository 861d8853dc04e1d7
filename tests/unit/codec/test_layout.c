/*
 * The layout codec: what is put in comes out, whatever the stream; values that break a rule are refused, and
 * refer to nothing that isn't there.
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
#include "efs/layout.h"
#include "efs/raw_writer.h"

static struct efs_layout_maker maker;
static struct efs_layout_reader reader;
static const uint8_t metadata[100] = { 1, 2, 3 };

/* The headers of a segment; stored: bytes of each block, count of them. */
static void put_segment(struct build *out, uint64_t offset, unsigned int shift, const uint32_t *stored,
                        unsigned int count)
{
    struct efs_raw_segment segment =
    {
        .offset = offset, .bytes_in_stream = count << shift, .unit_shift = (uint8_t)shift,
        .block_count = (uint16_t)count,
    };
    struct build record = { 0 };
    uint32_t sum = 0;
    unsigned int i;

    for (i = 0; i < count; i++) sum += stored[i];
    build_plain_segment(&record, 0x1c + 4 * count + sum);
    build_u64(&record, offset);
    build_u32(&record, 0x1c + 4 * count);
    build_u32(&record, count << shift);
    build_u32(&record, count << shift);
    build_u16(&record, 0);
    build_u16(&record, shift | shift << 8);
    build_u16(&record, 12 | 1 << 8);
    build_u16(&record, count);
    for (i = 0; i < count; i++) build_u32(&record, stored[i]);
    assert_true(efs_layout_put_segment(&maker, record.data, record.length, &segment));
    build_bytes(out, record.data, record.length);
    for (i = 0; i < count; i++)
    {
        uint8_t mark = (uint8_t)((offset + ((uint64_t)i << shift)) >> 9);
        uint32_t n;

        for (n = 0; n < stored[i]; n++) build_bytes(out, &mark, 1); /* content: each block full of its own number */
    }
    build_free(&record);
}

static void put_bytes(struct build *out, const void *bytes, size_t length)
{
    assert_true(efs_layout_put_bytes(&maker, bytes, length));
    build_bytes(out, bytes, length);
}

static void put_metadata(struct build *out, size_t offset, size_t length)
{
    assert_true(efs_layout_put_metadata(&maker, length));
    build_bytes(out, metadata + offset, length);
}

/* Plays the value against the content that put_segment describes. */
static void assert_plays(const uint8_t *value, size_t length, uint64_t stored, uint64_t data_size,
                         const struct build *expected)
{
    struct efs_raw_piece piece;
    struct build out = { 0 };
    uint64_t total = 0;

    assert_int_equal(efs_layout_reader_init(&reader, value, length, metadata, sizeof(metadata), stored, NULL), EFS_OK);
    assert_int_equal(efs_layout_reader_measure(&reader, data_size, &total, NULL), EFS_OK);
    assert_int_equal(total, expected->length);
    assert_true(total <= efs_layout_bound(sizeof(metadata), stored, data_size));
    assert_int_equal(efs_layout_reader_init(&reader, value, length, metadata, sizeof(metadata), stored, NULL), EFS_OK);
    for (;;)
    {
        assert_int_equal(efs_layout_reader_next(&reader, &piece, NULL), EFS_OK);
        if (piece.type == EFS_RAW_PIECE_END) break;
        if (piece.type == EFS_RAW_PIECE_BYTES) build_bytes(&out, piece.bytes, piece.length);
        else if (piece.type == EFS_RAW_PIECE_METADATA) build_bytes(&out, metadata + piece.offset, piece.length);
        else
        {
            uint32_t i;

            assert_true(piece.offset + piece.length <= stored);
            for (i = 0; i < piece.length; i++)
            {
                uint8_t mark = (uint8_t)((piece.offset + i) >> 9);

                build_bytes(&out, &mark, 1);
            }
        }
    }
    assert_int_equal(out.length, expected->length);
    assert_memory_equal(out.data, expected->data, out.length);
    build_free(&out);
}

static void test_records(void **state)
{
    static const char text[] = "a\0b\0\0\0\0\0\0\0\0c\0\0\0d\0\0\0\0";
    struct build expected = { 0 };
    size_t length;

    (void)state;
    efs_layout_maker_init(&maker);
    put_bytes(&expected, text, sizeof(text));
    put_metadata(&expected, 0, 10);
    put_bytes(&expected, "\0", 1);
    put_bytes(&expected, text, 3);
    put_metadata(&expected, 10, 40);
    put_metadata(&expected, 50, 50);
    put_bytes(&expected, "\0\0\0\0\0\0\0", 7);
    length = efs_layout_maker_finish(&maker, metadata, sizeof(metadata));
    assert_plays(maker.value, length, 0, 0, &expected);
    assert_true(efs_layout_is_of(maker.value, length, metadata, sizeof(metadata)));
    assert_false(efs_layout_is_of(maker.value, length, metadata, sizeof(metadata) - 1));
    build_free(&expected);
}

/* The value doesn't depend on how the bytes were cut. */
static void test_cuts(void **state)
{
    static uint8_t whole[EFS_LAYOUT_MAX];
    struct build bytes = { 0 };
    size_t length, cut, i;
    uint32_t seed = 5;

    (void)state;
    build_random(&bytes, 600, &seed);
    for (i = 0; i < bytes.length; i++)
        if (bytes.data[i] < 160) bytes.data[i] = 0;
    efs_layout_maker_init(&maker);
    assert_true(efs_layout_put_bytes(&maker, bytes.data, bytes.length));
    length = efs_layout_maker_finish(&maker, metadata, sizeof(metadata));
    memcpy(whole, maker.value, length);
    for (cut = 1; cut < 8; cut++)
    {
        efs_layout_maker_init(&maker);
        for (i = 0; i < bytes.length; i += cut)
            assert_true(efs_layout_put_bytes(&maker, bytes.data + i, bytes.length - i < cut ? bytes.length - i : cut));
        assert_int_equal(efs_layout_maker_finish(&maker, metadata, sizeof(metadata)), length);
        assert_memory_equal(maker.value, whole, length);
    }
    build_free(&bytes);
}

/* Data and holes by turns: three bytes per change. More kinds of segments than there are slots. */
static void test_segments(void **state)
{
    static const uint32_t full[1] = { 512 }, hole[1] = { 0 }, mixed[4] = { 512, 0, 512, 512 };
    struct build expected = { 0 };
    uint64_t offset = 0;
    unsigned int i;
    size_t length;

    (void)state;
    efs_layout_maker_init(&maker);
    put_metadata(&expected, 0, sizeof(metadata));
    for (i = 0; i < 1000; i++, offset += 512) put_segment(&expected, offset, 9, i % 2 ? hole : full, 1);
    assert_true(maker.length < 9 + 3 + 200 + 3 * 1000);
    put_segment(&expected, offset, 9, full, 1);
    offset += 512 * 100; /* a gap */
    put_segment(&expected, offset, 9, full, 1);
    for (i = 1; i < 200; i++)
        put_segment(&expected, offset += 512, 9 + i % 22, hole, 1), offset += (512u << i % 22) - 512;
    put_segment(&expected, offset += 512, 9, mixed, 4);
    put_segment(&expected, offset += 2048, 9, full, 1);
    length = efs_layout_maker_finish(&maker, metadata, sizeof(metadata));
    assert_plays(maker.value, length, offset + 512, offset + 512, &expected);

    /* the content is shorter than the segments say, or longer */
    {
        struct efs_diag diag;
        uint64_t total;

        assert_int_equal(efs_layout_reader_init(&reader, maker.value, length, metadata, sizeof(metadata), offset, NULL),
                         EFS_OK);
        assert_int_equal(efs_layout_reader_measure(&reader, offset, &total, &diag), EFS_ERR_CORRUPT);
        assert_int_equal(diag.code, EFS_ERR_CORRUPT);
        assert_int_equal(efs_layout_reader_init(&reader, maker.value, length, metadata, sizeof(metadata), offset + 1024,
                                                NULL), EFS_OK);
        assert_int_equal(efs_layout_reader_measure(&reader, offset + 1024, &total, NULL), EFS_ERR_CORRUPT);
    }
    build_free(&expected);
}

/* A run of segments costs the same however long it is. */
static void test_run(void **state)
{
    static const uint32_t hole[1] = { 0 };
    struct build expected = { 0 };
    unsigned int i;

    (void)state;
    efs_layout_maker_init(&maker);
    for (i = 0; i < 5000; i++) put_segment(&expected, (uint64_t)i << 16, 16, hole, 1);
    assert_true(efs_layout_maker_finish(&maker, metadata, sizeof(metadata)) < 120);
    build_free(&expected);
}

/* What doesn't fit is said, and what came before is still there. */
static void test_full(void **state)
{
    struct efs_raw_piece piece;
    struct build bytes = { 0 };
    uint32_t seed = 1;
    size_t length, at = 0;

    (void)state;
    build_random(&bytes, 70000, &seed);
    efs_layout_maker_init(&maker);
    assert_true(efs_layout_put_bytes(&maker, bytes.data, 60000));
    assert_false(efs_layout_put_bytes(&maker, bytes.data + 60000, 10000));
    assert_false(efs_layout_put_bytes(&maker, bytes.data, 1));
    assert_false(efs_layout_put_metadata(&maker, 1));
    length = efs_layout_maker_finish(&maker, metadata, sizeof(metadata));
    assert_true(length <= EFS_LAYOUT_MAX);
    assert_int_equal(efs_layout_reader_init(&reader, maker.value, length, metadata, sizeof(metadata), 0, NULL), EFS_OK);
    while (at < 60000)
    {
        assert_int_equal(efs_layout_reader_next(&reader, &piece, NULL), EFS_OK);
        assert_int_equal(piece.type, EFS_RAW_PIECE_BYTES);
        assert_memory_equal(piece.bytes, bytes.data + at, piece.length);
        at += piece.length;
    }
    build_free(&bytes);
}

/* ---- hostile values: operations after a right header ---- */

static enum efs_error measure(const uint8_t *operations, size_t length, uint64_t stored, uint64_t size, uint64_t *total)
{
    static uint8_t value[EFS_LAYOUT_MAX];
    uint64_t hash = efs_layout_hash(metadata, sizeof(metadata));
    struct efs_diag diag = { 0 };
    enum efs_error err;
    int i;

    value[0] = EFS_LAYOUT_VERSION;
    for (i = 0; i < 8; i++) value[1 + i] = (uint8_t)(hash >> (8 * i));
    memcpy(value + 9, operations, length);
    err = efs_layout_reader_init(&reader, value, 9 + length, metadata, sizeof(metadata), stored, &diag);
    if (!err) err = efs_layout_reader_measure(&reader, size, total, &diag);
    if (err) assert_int_equal(diag.code, err);
    if (err) assert_non_null(diag.rule);
    return err;
}

#define METADATA_100 0xa2, 0x06 /* 100 << 3 | 2 */
/* a template of 48 bytes: 16 of segment header; offset; length 32; sizes 0x200; shift 9; one block of 512 */
#define TEMPLATE_48 0x83, 0x03, 0x80, 0x03, 0x30, 2, 0, 0, 'G', 0, 'U', 0, 'R', 0, 'E', \
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
    0x20, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 9, 9, 12, 1, 1, 0, 0, 2, 0, 0

static void test_hostile(void **state)
{
    static const struct { const char *name; size_t length; uint8_t operations[72]; enum efs_error err; uint64_t stored;
                          } cases[] =
    {
#define CASE(name, err, stored, ...) { name, sizeof((uint8_t[]){ __VA_ARGS__ }), { __VA_ARGS__ }, err, stored }
        CASE("good: metadata alone", EFS_OK, 0, METADATA_100),
        CASE("good: a segment", EFS_OK, 512, METADATA_100, TEMPLATE_48, 0x0c, 0),
        CASE("no metadata", EFS_ERR_CORRUPT, 0, 0x08, 'x'),
        CASE("a part of the metadata", EFS_ERR_CORRUPT, 0, 0x9a, 0x06),
        CASE("more metadata than there is", EFS_ERR_CORRUPT, 0, 0xaa, 0x06),
        CASE("more metadata, huge", EFS_ERR_CORRUPT, 0, 0xfa, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1),
        CASE("an empty operation", EFS_ERR_CORRUPT, 0, METADATA_100, 0x02),
        CASE("an unknown operation", EFS_ERR_CORRUPT, 0, METADATA_100, 0x0e),
        CASE("a number that doesn't end", EFS_ERR_CORRUPT, 0, METADATA_100, 0x88),
        CASE("a number above 64 bits", EFS_ERR_CORRUPT, 0, METADATA_100, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
             0x80, 0x02),
        CASE("a literal beyond the end", EFS_ERR_CORRUPT, 0, METADATA_100, 0x10, 'x'),
        CASE("zeros without end", EFS_ERR_CORRUPT, 0, METADATA_100, 0xf9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
             0xff, 1, 0xf9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0xf9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
             0xff, 0xff, 1,
             0xf9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1),
        CASE("segments without a template", EFS_ERR_CORRUPT, 512, METADATA_100, 0x0c, 0),
        CASE("a slot that isn't filled", EFS_ERR_CORRUPT, 512, METADATA_100, TEMPLATE_48, 0x0c, 1),
        CASE("a slot that doesn't exist", EFS_ERR_CORRUPT, 512, METADATA_100, TEMPLATE_48, 0x0c, 64),
        CASE("the slot is missing", EFS_ERR_CORRUPT, 512, METADATA_100, TEMPLATE_48, 0x0c),
        CASE("content too short", EFS_ERR_CORRUPT, 0, METADATA_100, TEMPLATE_48, 0x0c, 0),
        CASE("content too short for the second", EFS_ERR_CORRUPT, 512, METADATA_100, TEMPLATE_48, 0x14, 0),
        CASE("segments beyond 2^63", EFS_ERR_CORRUPT, INT64_MAX, METADATA_100, TEMPLATE_48, 0xfc, 0xff, 0xff, 0xff,
             0xff, 0xff, 0xff, 0xff, 0x7f, 0),
        CASE("an offset below 0", EFS_ERR_CORRUPT, 512, METADATA_100, TEMPLATE_48, 0x0d, 0, 1),
        CASE("an offset beyond 2^63", EFS_ERR_CORRUPT, INT64_MAX, METADATA_100, TEMPLATE_48, 0x0d, 0, 0xfe, 0xff, 0xff,
             0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1),
        CASE("the offset is missing", EFS_ERR_CORRUPT, 512, METADATA_100, TEMPLATE_48, 0x0d, 0),
        CASE("a template too short", EFS_ERR_CORRUPT, 512, METADATA_100, 0xdb, 0x02, 0xd9, 0x02),
        CASE("a template too long", EFS_ERR_CORRUPT, 512, METADATA_100, 0x8b, 0x40, 0x89, 0x40),
        CASE("a template of zeros: shift", EFS_ERR_CORRUPT, 512, METADATA_100, 0x83, 0x03, 0x81, 0x03),
        CASE("a template that ends early", EFS_ERR_CORRUPT, 512, METADATA_100, 0x83, 0x03, 0x79),
        CASE("a template cut off by metadata", EFS_ERR_CORRUPT, 512, 0x83, 0x03, 0x79, METADATA_100),
        CASE("more bytes than the template", EFS_ERR_CORRUPT, 512, METADATA_100, 0x83, 0x03, 0x89, 0x03),
#undef CASE
    };
    uint64_t total = 0;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        uint64_t size = cases[i].stored == 512 && !cases[i].err ? 512 : 0;
        enum efs_error err = measure(cases[i].operations, cases[i].length, cases[i].stored, size, &total);

        if (err != cases[i].err) fail_msg("%s: %d", cases[i].name, err);
    }
    assert_int_equal(measure(cases[1].operations, cases[1].length, 512, 512, &total), EFS_OK);
    assert_int_equal(total, 100 + 48 + 512);
}

/* Whatever the bytes: an answer, and pieces inside what is there. */
static void test_random(void **state)
{
    struct efs_raw_piece piece;
    uint32_t seed = 99;
    unsigned int i, good = 0;

    (void)state;
    for (i = 0; i < 20000; i++)
    {
        static const uint8_t start[] = { METADATA_100, TEMPLATE_48 };
        struct build value = { 0 };
        uint64_t hash = efs_layout_hash(metadata, sizeof(metadata));
        unsigned int pieces = 0;

        build_bytes(&value, "\1", 1);
        build_u64(&value, hash);
        build_bytes(&value, start, sizeof(start));
        build_random(&value, seed >> 8 & 31, &seed);
        for (size_t at = 9 + sizeof(start); at < value.length; at++)
            if (value.data[at] & 0x80) value.data[at] &= 0x0d;
        /* of its own length, so that the address sanitizer sees each read beyond it */
        value.data = realloc(value.data, value.length);
        assert_int_equal(efs_layout_reader_init(&reader, value.data, value.length, metadata, sizeof(metadata), 1 << 20,
                                                NULL), EFS_OK);
        while (!efs_layout_reader_next(&reader, &piece, NULL) && piece.type != EFS_RAW_PIECE_END && pieces++ < 1000)
        {
            assert_true(piece.length > 0);
            if (piece.type == EFS_RAW_PIECE_DATA)
                assert_true(piece.offset <= 1 << 20 && piece.length <= (1 << 20) - piece.offset);
            if (piece.type == EFS_RAW_PIECE_METADATA) assert_true(piece.offset + piece.length <= sizeof(metadata));
        }
        good += piece.type == EFS_RAW_PIECE_END;
        build_free(&value);
    }
    assert_true(good > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_run),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
