/*
 * The raw stream writer: what it makes, against streams built without it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/build.h"
#include "efs/raw.h"
#include "efs/raw_writer.h"

/* Runs the writer; metadata and data pieces are taken out of `stream` at the place where they belong. */
static void check_writer(const struct build *stream, uint32_t metadata_length, uint64_t size, bool directory)
{
    struct efs_raw_writer writer;
    struct efs_raw_piece piece;
    uint64_t metadata_at = 0, data_at = 0;
    size_t at = 0;

    efs_raw_writer_init(&writer, metadata_length, size, directory);
    for (;;)
    {
        efs_raw_writer_next(&writer, &piece);
        if (piece.type == EFS_RAW_PIECE_END) break;
        assert_true(piece.length > 0);
        assert_true(at + piece.length <= stream->length);
        if (piece.type == EFS_RAW_PIECE_BYTES) assert_memory_equal(stream->data + at, piece.bytes, piece.length);
        if (piece.type == EFS_RAW_PIECE_METADATA)
        {
            assert_int_equal(at, AT_METADATA);
            assert_int_equal(piece.offset, metadata_at);
            metadata_at += piece.length;
        }
        if (piece.type == EFS_RAW_PIECE_DATA)
        {
            assert_int_equal(piece.offset, data_at);
            data_at += piece.length;
        }
        at += piece.length;
    }
    assert_int_equal(at, stream->length);
    assert_int_equal(metadata_at, metadata_length);
    assert_int_equal(data_at, directory ? 0 : (size + 511) / 512 * 512);
    assert_int_equal(efs_raw_stream_length(metadata_length, size, directory), stream->length);
    efs_raw_writer_next(&writer, &piece);
    assert_int_equal(piece.type, EFS_RAW_PIECE_END);
}

static void test_sizes(void **state)
{
    static const uint64_t sizes[] = { 0, 1, 511, 512, 513, 1024, 1025, 4096, 32768, 32769, 65024, 65025, 65535, 65536,
                                      65537, 66048, 131071, 131072, 131073, 1000000 };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
    {
        struct build b = { 0 };

        build_file_stream(&b, sizes[i], (uint32_t)i);
        check_writer(&b, BUILD_METADATA_SIZE, sizes[i], false);
        build_free(&b);
    }
}

static void test_directory(void **state)
{
    struct build b = { 0 };

    (void)state;
    build_directory_stream(&b, 4);
    check_writer(&b, BUILD_METADATA_SIZE, 12345, true);
    build_free(&b);
}

/* Lengths beyond 4 GiB, without the bytes. */
static void test_large(void **state)
{
    const uint64_t size = ((uint64_t)5 << 40) + 1;
    struct efs_raw_writer writer;
    struct efs_raw_piece piece;

    (void)state;
    assert_int_equal(efs_raw_stream_length(BUILD_METADATA_SIZE, size, false),
                     AT_SEGMENT + (size / 65536) * (65536 + 0x200) + 0x200 + 0x200);
    efs_raw_writer_init(&writer, BUILD_METADATA_SIZE, size, false);
    do efs_raw_writer_next(&writer, &piece);
    while (piece.type != EFS_RAW_PIECE_DATA);
    writer.offset = size - 1; /* as if all but the last byte were written */
    efs_raw_writer_next(&writer, &piece);
    assert_int_equal(piece.type, EFS_RAW_PIECE_BYTES);
    assert_int_equal(piece.bytes[0x10 + 5], 5); /* bits 40 to 47 of Starting File Offset */
    efs_raw_writer_next(&writer, &piece);
    assert_int_equal(piece.offset, size - 1);
    assert_int_equal(piece.length, 512);
    efs_raw_writer_next(&writer, &piece);
    assert_int_equal(piece.type, EFS_RAW_PIECE_END);
}

static void test_header_too_long(void **state)
{
    static const uint8_t name[8192];
    uint8_t out[8192];

    (void)state;
    assert_int_equal(efs_raw_make_stream_header(out, 0x1c + 13, 0, efs_raw_unnamed_name, 14), 0);
    assert_int_equal(efs_raw_make_stream_header(out, 0x1c + 14, 0, efs_raw_unnamed_name, 14), 0x2a);
    assert_int_equal(efs_raw_make_stream_header(out, sizeof(out), 0, name, 4096 - 0x1c), 4096);
    assert_int_equal(efs_raw_make_stream_header(out, sizeof(out), 0, name, 4096 - 0x1b), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_directory),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_header_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
