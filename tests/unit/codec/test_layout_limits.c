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

#include "lib/build.h"
#include "efs/layout.h"
#include "efs/raw_writer.h"

static struct efs_layout_maker maker;
static struct efs_layout_reader reader;
static const uint8_t metadata[100] = { 1, 2, 3 };

/* The headers of a segment of one block; `kind` makes them another template's. */
static size_t make_record(uint8_t record[2048], size_t length, uint32_t kind)
{
    memset(record, 0, length);
    record[0x10 + 0x0c + 1] = 2; /* 512 bytes in the stream */
    record[0x10 + 0x16] = 9;
    record[0x10 + 0x1a] = 1;
    memcpy(record + length - 4, &kind, 4);
    return length;
}

static bool put_segment(size_t length, uint32_t kind, uint64_t offset)
{
    struct efs_raw_segment segment = { .offset = offset, .bytes_in_stream = 512, .unit_shift = 9, .block_count = 1 };
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
        assert_int_equal(efs_layout_reader_init(&reader, maker.value, length, metadata, sizeof(metadata), 0, NULL),
                         EFS_OK);
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

/* A literal: headers of `blocks` blocks of `size` bytes, of 1 << shift each, that cover `covered` bytes of the
   stream. */
static size_t put_headers(uint8_t *value, size_t at, unsigned int shift, unsigned int blocks, uint32_t size,
                          uint32_t covered)
{
    size_t length = 44 + 4 * blocks, i;

    at = put_operation(value, at, length, 0);
    memset(value + at, 0, length);
    value[at + 0x10 + 0x16] = (uint8_t)shift;
    value[at + 0x10 + 0x1a] = (uint8_t)blocks;
    memcpy(value + at + 0x10 + 0x0c, &covered, 4);
    for (i = 0; i < blocks; i++) memcpy(value + at + 44 + 4 * i, &size, 4);
    return at + length;
}

static size_t put_covering(uint8_t *value, size_t at, unsigned int shift, unsigned int blocks, uint32_t size,
                           uint32_t covered)
{
    return put_headers(value, put_operation(value, at, 44 + 4 * (uint64_t)blocks, 3), shift, blocks, size, covered);
}

static size_t put_template(uint8_t *value, size_t at, unsigned int shift, unsigned int blocks, uint32_t size)
{
    return put_covering(value, at, shift, blocks, size, 512);
}

/* The longest one, of one block which isn't stored: zeros come after what a short one has. */
static size_t put_long_template(uint8_t *value, size_t at)
{
    at = put_operation(value, at, EFS_LAYOUT_TEMPLATE_MAX, 3);
    at = put_headers(value, at, 9, 1, 0, 512);
    return put_operation(value, at, EFS_LAYOUT_TEMPLATE_MAX - 48, 1);
}

/* `count` segments of slot 0, where they are expected or `units` of 512 bytes from there. */
static size_t put_segments(uint8_t *value, size_t at, uint64_t count, int64_t units)
{
    at = put_number(value, put_operation(value, at, count, units ? 5 : 4), 0);
    return units ? put_number(value, at, (uint64_t)units << 1 ^ (units < 0 ? UINT64_MAX : 0)) : at;
}

static enum efs_error measure_total(const uint8_t *value, size_t length, uint64_t stored, uint64_t size,
                                    uint64_t *total)
{
    enum efs_error err = efs_layout_reader_init(&reader, value, length, metadata, sizeof(metadata), stored, NULL);

    if (!err) err = efs_layout_reader_measure(&reader, size, total, NULL);
    if (!err) assert_true(*total <= efs_layout_bound(sizeof(metadata), stored, size));
    return err;
}

static enum efs_error measure(const uint8_t *value, size_t length, uint64_t stored, uint64_t size)
{
    uint64_t total;

    return measure_total(value, length, stored, size, &total);
}

static void test_lengths(void **state)
{
    uint8_t *value = calloc(1, EFS_LAYOUT_MAX + 1);

    (void)state;
    begin_value(value);
    assert_int_equal(efs_layout_reader_init(&reader, value, EFS_LAYOUT_HEADER_SIZE - 1, metadata, sizeof(metadata), 0,
                                            NULL), EFS_ERR_CORRUPT);
    assert_int_equal(efs_layout_reader_init(&reader, value, EFS_LAYOUT_MAX, metadata, sizeof(metadata), 0, NULL),
                     EFS_OK);
    assert_int_equal(efs_layout_reader_init(&reader, value, EFS_LAYOUT_MAX + 1, metadata, sizeof(metadata), 0, NULL),
                     EFS_ERR_CORRUPT);
    free(value);
}

/* Numbers whose sums or products would be too large for a file, or for 64 bits. */
static void test_sums(void **state)
{
    const uint64_t size = (((uint64_t)1 << 53) - 1) * 512;
    uint8_t value[2048] = { 0 };
    size_t at, start;

    (void)state;
    start = begin_value(value);
    /* zeros as many as there may be, in one run or in two; one more */
    at = put_operation(value, put_operation(value, start, EFS_LAYOUT_ZEROS_MAX, 1), 100, 2);
    assert_int_equal(measure(value, at, 0, 0), EFS_OK);
    at = put_operation(value, put_operation(value, start, EFS_LAYOUT_ZEROS_MAX - 1, 1), 100, 2);
    assert_int_equal(measure(value, put_operation(value, at, 1, 1), 0, 0), EFS_OK);
    assert_int_equal(measure(value, put_operation(value, at, 2, 1), 0, 0), EFS_ERR_CORRUPT);
    assert_int_equal(measure(value, put_operation(value, at, UINT64_MAX >> 3, 1), 0, 0), EFS_ERR_CORRUPT);

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
    /* many that have a file's room, but whose headers are longer than any stream */
    at = put_long_template(value, start);
    assert_int_equal(measure(value, put_segments(value, at, (uint64_t)1 << 52, 0), 0, (uint64_t)1 << 61), EFS_OK);
    assert_int_equal(measure(value, put_segments(value, at, (uint64_t)1 << 53, 0), 0, (uint64_t)1 << 62),
                     EFS_ERR_CORRUPT);
    at = put_segments(value, at, (uint64_t)1 << 52, 0);
    at = put_segments(value, at, (uint64_t)1 << 52, 0);
    assert_int_equal(measure(value, at, 0, (uint64_t)1 << 62), EFS_ERR_CORRUPT);
    /* 1,024 bytes less: a literal that is longer, or the $EFS after one that isn't, doesn't fit any more */
    at = put_long_template(value, begin_value(value));
    start = put_segments(value, at, ((uint64_t)1 << 53) - 1, 0);
    assert_int_equal(measure(value, put_operation(value, start, 100, 2), 0, size), EFS_OK);
    at = put_operation(value, start, 1024, 0) + 1024;
    assert_int_equal(measure(value, at, 0, size), EFS_ERR_CORRUPT);
    at = put_operation(value, start, 1000, 0) + 1000;
    assert_int_equal(measure(value, put_operation(value, at, 100, 2), 0, size), EFS_ERR_CORRUPT);
}

/* What a run covers has to go on with the file, so that no stream is longer than the file lets it be. */
static void test_progress(void **state)
{
    uint8_t value[1024];
    size_t at, start;
    uint64_t total;

    (void)state;
    start = put_operation(value, begin_value(value), 100, 2);
    /* a segment without blocks, or with, that covers nothing: once for each operation */
    at = put_covering(value, start, 9, 0, 0, 0);
    assert_int_equal(measure(value, put_segments(value, at, 1, 0), 0, 0), EFS_OK);
    assert_int_equal(measure(value, put_segments(value, put_segments(value, at, 1, 0), 1, 0), 0, 0), EFS_OK);
    assert_int_equal(measure(value, put_segments(value, at, 2, 0), 0, 0), EFS_ERR_CORRUPT);
    assert_int_equal(measure(value, put_segments(value, at, (INT64_MAX - 5000) / 44, 0), 0, 0), EFS_ERR_CORRUPT);
    at = put_covering(value, start, 9, 1, 0, 0);
    assert_int_equal(measure(value, put_segments(value, at, 2, 0), 0, 512), EFS_ERR_CORRUPT);
    /* a segment that says that it is longer than its blocks */
    at = put_covering(value, start, 9, 1, 0, 513);
    assert_int_equal(measure(value, put_segments(value, at, 1, 0), 0, 513), EFS_ERR_CORRUPT);
    at = put_covering(value, start, 9, 0, 0, 1);
    assert_int_equal(measure(value, put_segments(value, at, 1, 0), 0, 1), EFS_ERR_CORRUPT);
    /* 1 TiB without data: 2^24 segments of 64 KiB, whose headers of 512 bytes are 8 GiB */
    at = put_covering(value, start, 16, 1, 0, 65536);
    assert_int_equal(measure_total(value, put_segments(value, at, 1 << 24, 0), 0, (uint64_t)1 << 40, &total), EFS_OK);
    assert_int_equal(total, 100 + ((uint64_t)48 << 24));
    assert_int_equal(measure(value, put_segments(value, at, 1 << 24, 0), 0, ((uint64_t)1 << 40) - 65536),
                     EFS_ERR_CORRUPT);
    /* back into what is covered, and where a short one has left room */
    at = put_covering(value, start, 10, 1, 0, 512);
    at = put_segments(value, at, 1, 0);
    assert_int_equal(measure(value, put_segments(value, at, 1, -1), 0, 1024), EFS_OK);
    assert_int_equal(measure(value, put_segments(value, at, 1, -2), 0, 1024), EFS_ERR_CORRUPT);
    assert_int_equal(measure(value, put_segments(value, at, 1, -2), 0, 512), EFS_ERR_CORRUPT);
    /* the same bytes of content, twice */
    at = put_covering(value, start, 10, 1, 1024, 512);
    at = put_segments(value, at, 1, 0);
    assert_int_equal(measure(value, put_segments(value, at, 1, 0), 2048, 1536), EFS_OK);
    assert_int_equal(measure(value, put_segments(value, at, 1, -1), 2048, 1024), EFS_ERR_CORRUPT);
    assert_int_equal(efs_layout_bound(100, INT64_MAX, 0), INT64_MAX);
    assert_int_equal(efs_layout_bound(100, 0, INT64_MAX), INT64_MAX);
    assert_true(efs_layout_bound(100, 0, (uint64_t)1 << 40) < (uint64_t)3 << 40);
}

/* The maker keeps to the same rules: a run of what covers nothing is no run, and zeros have an end. */
static void test_maker_progress(void **state)
{
    struct efs_raw_segment segment = { .unit_shift = 9 };
    uint8_t record[44] = { 0 };
    struct efs_raw_piece piece;
    static const uint8_t zeros[65536];
    unsigned int i, headers = 0;
    size_t length;

    (void)state;
    record[0x26] = 9; /* the shift */
    efs_layout_maker_init(&maker);
    assert_true(efs_layout_put_metadata(&maker, sizeof(metadata)));
    for (i = 0; i < 100; i++) assert_true(efs_layout_put_segment(&maker, record, sizeof(record), &segment));
    length = efs_layout_maker_finish(&maker, metadata, sizeof(metadata));
    assert_int_equal(measure(maker.value, length, 0, 0), EFS_OK);
    assert_int_equal(efs_layout_reader_init(&reader, maker.value, length, metadata, sizeof(metadata), 0, NULL), EFS_OK);
    while (!efs_layout_reader_next(&reader, &piece, NULL) && piece.type != EFS_RAW_PIECE_END)
        headers += piece.type == EFS_RAW_PIECE_BYTES;
    assert_int_equal(headers, 100);

    efs_layout_maker_init(&maker);
    for (i = 0; i < EFS_LAYOUT_ZEROS_MAX / sizeof(zeros); i++)
        assert_true(efs_layout_put_bytes(&maker, zeros, sizeof(zeros)));
    assert_false(efs_layout_put_bytes(&maker, zeros, 1));
    assert_true(efs_layout_maker_finish(&maker, metadata, sizeof(metadata)) < 32);
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
    while (!efs_layout_reader_next(&reader, &piece, NULL) && piece.type != EFS_RAW_PIECE_END)
    {
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
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_maker_progress),
        cmocka_unit_test(test_large_blocks),
        cmocka_unit_test(test_unmeasured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
