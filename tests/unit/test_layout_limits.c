/*
 * The limits of the layout codec: lengths, numbers at the end of their range, values that are full in each place, and
 * operations in every order.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"
#include "efs/layout.h"

static struct efs_layout_maker maker;
static struct efs_layout_reader reader;
static const uint8_t metadata[100] = { 1, 2, 3 };

/* The headers of a segment of one block; `kind` makes them another template's. */
static size_t make_record(uint8_t record[2048], size_t length, uint32_t kind)
{
    memset(record, 0, length);
    record[0x10 + 0x16] = 9;
    record[0x10 + 0x1a] = 1;
    memcpy(record + length - 4, &kind, 4);
    return length;
}

static bool put_segment(size_t length, uint32_t kind, uint64_t offset)
{
    struct efs_raw_segment segment = { .offset = offset, .unit_shift = 9, .block_count = 1 };
    uint8_t record[2048];

    return efs_layout_put_segment(&maker, record, make_record(record, length, kind), &segment);
}

/* Bytes until just `left` more fit. */
static void fill(size_t left)
{
    uint8_t byte = 1;
    size_t put = 0, most;

    efs_layout_maker_init(&maker);
    while (efs_layout_put_bytes(&maker, &byte, 1)) put++;
    most = put;
    efs_layout_maker_init(&maker);
    for (put = 0; put < most - left; put++) assert_true(efs_layout_put_bytes(&maker, &byte, 1));
}

/* ---- the maker ---- */

static void test_names(void **state)
{
    size_t length;

    (void)state;
    efs_layout_maker_init(&maker);
    length = efs_layout_maker_finish(&maker, metadata, sizeof(metadata));
    assert_int_equal(length, EFS_LAYOUT_HEADER_SIZE);
    assert_true(efs_layout_is_of(maker.value, length, metadata, sizeof(metadata)));
    assert_false(efs_layout_is_of(maker.value, length - 1, metadata, sizeof(metadata)));
    assert_false(efs_layout_is_of(maker.value, length, metadata, sizeof(metadata) - 1));
    maker.value[0]++;
    assert_false(efs_layout_is_of(maker.value, length, metadata, sizeof(metadata)));
}

/* Operations in every order come back in theirs. */
static void test_orders(void **state)
{
    unsigned int order, i, kinds[4];
    struct build want = { 0 }, out = { 0 };
    struct efs_raw_piece piece;
    uint8_t record[2048];
    size_t length;

    (void)state;
    for (order = 0; order < 256; order++)
    {
        uint64_t offset = 0;
        size_t done = 0;

        efs_layout_maker_init(&maker);
        want.length = out.length = 0;
        for (i = 0; i < 4; i++)
        {
            kinds[i] = order >> (2 * i) & 3;
            if (kinds[i] == 0)
            {
                assert_true(efs_layout_put_bytes(&maker, (const uint8_t *)"literal", 7));
                build_bytes(&want, "literal", 7);
            }
            else if (kinds[i] == 1)
            {
                static const uint8_t zeros[5000];

                assert_true(efs_layout_put_bytes(&maker, zeros, sizeof(zeros)));
                build_zeros(&want, sizeof(zeros));
            }
            else if (kinds[i] == 2)
            {
                assert_true(efs_layout_put_metadata(&maker, 10));
                build_bytes(&want, metadata + done, 10);
                done += 10;
            }
            else
            {
                assert_true(put_segment(48, 0, offset));
                make_record(record, 48, 0);
                put_u64(&(struct build){ record, 48, 48 }, 0x10, offset);
                build_bytes(&want, record, 48);
                offset += 512;
            }
        }
        length = efs_layout_maker_finish(&maker, metadata, sizeof(metadata));
        assert_int_equal(efs_layout_reader_init(&reader, maker.value, length, metadata, sizeof(metadata), 0, NULL), EFS_OK);
        for (;;)
        {
            assert_int_equal(efs_layout_reader_next(&reader, &piece, NULL), EFS_OK);
            if (piece.type == EFS_RAW_PIECE_END) break;
            build_bytes(&out, piece.type == EFS_RAW_PIECE_BYTES ? piece.bytes : metadata + piece.offset, piece.length);
        }
        assert_int_equal(out.length, want.length);
        assert_memory_equal(out.data, want.data, out.length);
    }
    build_free(&want);
    build_free(&out);
}

/* A segment that doesn't fit, wherever the room ends: nothing can be put any more, and what came before is there. */
static void test_full(void **state)
{
    size_t left, length;
    unsigned int refused = 0;

    (void)state;
    /* longer than any template; then it has failed for ever */
    efs_layout_maker_init(&maker);
    assert_true(put_segment(EFS_LAYOUT_TEMPLATE_MAX, 0, 0));
    assert_false(put_segment(EFS_LAYOUT_TEMPLATE_MAX + 1, 0, 512));
    assert_false(put_segment(48, 0, 512));
    for (left = 0; left < 200; left++)
    {
        fill(left);
        if (put_segment(48, 1, 0)) continue;
        refused++;
        assert_false(efs_layout_put_metadata(&maker, 1));
        length = efs_layout_maker_finish(&maker, metadata, sizeof(metadata));
        assert_true(length <= EFS_LAYOUT_MAX);
    }
    assert_true(refused > 0 && refused < 200);
}

/* The same of segments whose templates are there already, which take turns; then of one that needs a new template. */
static void test_full_of_segments(void **state)
{
    uint32_t i, most = 0, less;
    unsigned int refused = 0;

    (void)state;
    efs_layout_maker_init(&maker);
    while (put_segment(48, most % 2, (uint64_t)most * 512)) assert_true(most++ < 100000);
    assert_true(most > 10000);
    assert_true(efs_layout_maker_finish(&maker, metadata, sizeof(metadata)) <= EFS_LAYOUT_MAX);
    for (less = 0; less < 40; less++)
    {
        efs_layout_maker_init(&maker);
        for (i = 0; i < most - less; i++) assert_true(put_segment(48, i % 2, (uint64_t)i * 512));
        if (!put_segment(48, 2, (uint64_t)i * 512)) refused++;
        assert_true(efs_layout_maker_finish(&maker, metadata, sizeof(metadata)) <= EFS_LAYOUT_MAX);
    }
    assert_true(refused > 0 && refused < 40);
}

/* ---- the reader ---- */

static size_t begin_value(uint8_t *value)
{
    uint64_t hash = efs_layout_hash(metadata, sizeof(metadata));
    size_t i;

    value[0] = EFS_LAYOUT_VERSION;
    for (i = 0; i < 8; i++) value[1 + i] = (uint8_t)(hash >> (8 * i));
    return EFS_LAYOUT_HEADER_SIZE;
}

static size_t put_number(uint8_t *value, size_t at, uint64_t number)
{
    for (; number >= 0x80; number >>= 7) value[at++] = (uint8_t)(number | 0x80);
    value[at++] = (uint8_t)number;
    return at;
}

static size_t put_operation(uint8_t *value, size_t at, uint64_t count, unsigned int kind)
{
    return put_number(value, at, count << 3 | kind);
}

/* A template of `blocks` blocks of `size` bytes, of 1 << shift each. */
static size_t put_template(uint8_t *value, size_t at, unsigned int shift, unsigned int blocks, uint32_t size)
{
    size_t length = 44 + 4 * blocks, i;

    at = put_operation(value, at, length, 3);
    at = put_operation(value, at, length, 0);
    memset(value + at, 0, length);
    value[at + 0x10 + 0x16] = (uint8_t)shift;
    value[at + 0x10 + 0x1a] = (uint8_t)blocks;
    value[at + 0x10 + 0x0c + 1] = 2; /* 512 bytes in the stream */
    for (i = 0; i < blocks; i++) memcpy(value + at + 44 + 4 * i, &size, 4);
    return at + length;
}

static enum efs_error measure(const uint8_t *value, size_t length, uint64_t stored, uint64_t size)
{
    uint64_t total;
    enum efs_error err = efs_layout_reader_init(&reader, value, length, metadata, sizeof(metadata), stored, NULL);

    return err ? err : efs_layout_reader_measure(&reader, size, &total, NULL);
}

static void test_lengths(void **state)
{
    uint8_t *value = calloc(1, EFS_LAYOUT_MAX + 1);

    (void)state;
    begin_value(value);
    assert_int_equal(efs_layout_reader_init(&reader, value, EFS_LAYOUT_HEADER_SIZE - 1, metadata, sizeof(metadata), 0, NULL), EFS_ERR_CORRUPT);
    assert_int_equal(efs_layout_reader_init(&reader, value, EFS_LAYOUT_MAX, metadata, sizeof(metadata), 0, NULL), EFS_OK);
    assert_int_equal(efs_layout_reader_init(&reader, value, EFS_LAYOUT_MAX + 1, metadata, sizeof(metadata), 0, NULL), EFS_ERR_CORRUPT);
    free(value);
}

/* Numbers whose sums or products would be too large for a file, or for 64 bits. */
static void test_sums(void **state)
{
    const uint64_t max = UINT64_MAX >> 3;
    uint8_t value[512];
    size_t at, i, start;

    (void)state;
    start = begin_value(value);
    /* zeros up to 2^63 - 1 bytes; the $EFS doesn't fit any more */
    for (at = start, i = 0; i < 4; i++) at = put_operation(value, at, i < 3 ? max : max + 3 - 50, 1);
    assert_int_equal(measure(value, put_operation(value, at, 100, 2), 0, 0), EFS_ERR_CORRUPT);
    for (at = start, i = 0; i < 3; i++) at = put_operation(value, at, max, 1);
    assert_int_equal(measure(value, put_operation(value, at, 100, 2), 0, 0), EFS_OK);

    start = put_operation(value, start, 100, 2);
    /* one segment after the last offset there is */
    at = put_template(value, start, 30, 4, 0);
    at = put_operation(value, at, 1, 5);
    at = put_number(value, at, 0);
    at = put_number(value, at, ((uint64_t)INT64_MAX / 512) << 1);
    assert_int_equal(measure(value, at, 0, 0), EFS_ERR_CORRUPT);
    /* many that end there */
    at = put_template(value, start, 30, 4, 0);
    at = put_operation(value, at, (uint64_t)1 << 31, 4);
    at = put_number(value, at, 0);
    assert_int_equal(measure(value, at, 0, 0), EFS_ERR_CORRUPT);
    /* without blocks they go nowhere; but their headers are a stream, which has an end */
    at = put_template(value, start, 9, 0, 0);
    at = put_operation(value, at, 1000, 4);
    at = put_number(value, at, 0);
    assert_int_equal(measure(value, at, 0, 512), EFS_OK);
    at = put_template(value, start, 9, 0, 0);
    at = put_operation(value, at, (uint64_t)419244183493398901, 4); /* 44 times that is 2^64 + 28 */
    at = put_number(value, at, 0);
    assert_int_equal(measure(value, at, 0, 512), EFS_ERR_CORRUPT);
    /* the zeros before them have taken what there is */
    for (at = start, i = 0; i < 3; i++) at = put_operation(value, at, max, 1);
    at = put_template(value, at, 9, 0, 0);
    at = put_operation(value, at, max / 20, 4);
    at = put_number(value, at, 0);
    assert_int_equal(measure(value, at, 0, 512), EFS_ERR_CORRUPT);
}

/* Segments before those that came first don't make the content shorter. */
static void test_backwards(void **state)
{
    uint8_t value[512];
    size_t at;

    (void)state;
    at = put_operation(value, begin_value(value), 100, 2);
    at = put_template(value, at, 9, 1, 0);
    at = put_operation(value, at, 1, 5);
    at = put_number(value, at, 0);
    at = put_number(value, at, 10 << 1);
    at = put_operation(value, at, 1, 5);
    at = put_number(value, at, 0);
    at = put_number(value, at, 10 << 1 | 1);
    assert_int_equal(measure(value, at, 0, 11 * 512), EFS_OK);
    assert_int_equal(measure(value, at, 0, 512), EFS_ERR_CORRUPT);
}

/* Blocks that are together longer than a piece can be: it ends before that. */
static void test_large_blocks(void **state)
{
    uint64_t stored = (uint64_t)6 << 30, sum = 0;
    struct efs_raw_piece piece;
    unsigned int pieces = 0;
    uint8_t value[512];
    size_t at;

    (void)state;
    at = put_operation(value, begin_value(value), 100, 2);
    at = put_template(value, at, 30, 6, 1u << 30);
    at = put_operation(value, at, 1, 4);
    at = put_number(value, at, 0);
    assert_int_equal(measure(value, at, stored, 512), EFS_OK);
    assert_int_equal(efs_layout_reader_init(&reader, value, at, metadata, sizeof(metadata), stored, NULL), EFS_OK);
    for (;;)
    {
        assert_int_equal(efs_layout_reader_next(&reader, &piece, NULL), EFS_OK);
        if (piece.type == EFS_RAW_PIECE_END) break;
        if (piece.type != EFS_RAW_PIECE_DATA) continue;
        assert_int_equal(piece.offset, sum);
        sum += piece.length;
        pieces++;
    }
    assert_int_equal(sum, stored);
    assert_int_equal(pieces, 2);
}

/* Who plays without having measured gets what is right, and then the error. */
static void test_unmeasured(void **state)
{
    struct efs_raw_piece piece;
    struct efs_diag diag = { 0 };
    uint8_t value[64];
    size_t at;

    (void)state;
    at = put_operation(value, begin_value(value), 10, 2);
    value[at++] = 0x0e; /* an unknown operation */
    assert_int_equal(efs_layout_reader_init(&reader, value, at, metadata, sizeof(metadata), 0, NULL), EFS_OK);
    assert_int_equal(efs_layout_reader_next(&reader, &piece, &diag), EFS_OK);
    assert_int_equal(piece.type, EFS_RAW_PIECE_METADATA);
    assert_int_equal(piece.length, 10);
    assert_int_equal(efs_layout_reader_next(&reader, &piece, &diag), EFS_ERR_CORRUPT);
    assert_int_equal(diag.offset, at);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_full_of_segments),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_backwards),
        cmocka_unit_test(test_large_blocks),
        cmocka_unit_test(test_unmeasured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
