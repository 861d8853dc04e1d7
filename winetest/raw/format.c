/*
 * Input that is no raw stream: refused, and the target stays as it is (line 19). Unusual input: kept.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>

#include "helpers/efs_test.h"

static struct stream good;

/* On a missing target, on a plain file, and on an encrypted one; whole and byte by byte. */
static void check_bad_(int line, const struct stream *bad, DWORD expected)
{
    const WCHAR *missing = test_path(L"missing"), *plain = test_path(L"plain"), *encrypted = test_path(L"encrypted");
    struct source source;

    check_code_(__FILE__, line, restore_stream(missing, 0, bad), expected);
    check_missing_(__FILE__, line, missing);
    check_code_(__FILE__, line, restore_stream(plain, 0, bad), expected);
    check_plain_(__FILE__, line, plain, "stays", 0);
    init_source(&source, bad);
    source.chunk = bad->size > 5000 ? 501 : 1;
    check_code_(__FILE__, line, restore_from(encrypted, 0, &source), expected);
    check_export_(__FILE__, line, encrypted, &good);
}
#define check_bad(stream, expected) check_bad_(__LINE__, stream, expected)

static void test_no_stream(void)
{
    static char text[] = "Dear Sir or Madam, this is not what you are looking for.\r\n";
    static BYTE zeros[4096];
    struct stream bad = { 0 };

    check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
    bad.data = (BYTE *)text;
    bad.size = sizeof(text) - 1;
    check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
    bad.size = 1;
    check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
    bad.data = zeros;
    bad.size = sizeof(zeros);
    check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
}

/* Cut inside every record. (A cut exactly between two segments can't be told from an end.) */
static void test_truncated(void)
{
    struct { const char *where; DWORD size; } cuts[] =
    {
        { "file header", 0x13 },
        { "after the file header", good.metadata_header },
        { "length of the metadata stream header", good.metadata_header + 3 },
        { "metadata stream header", good.metadata_header + 0x1b },
        { "name of the metadata stream", good.metadata_header + 0x1d },
        { "after the metadata stream header", good.metadata_segment },
        { "metadata segment header", good.metadata_segment + 5 },
        { "before the metadata", good.metadata },
        { "metadata", good.metadata + 0x60 },
        { "last byte of the metadata", good.data_header - 1 },
        { "length of the data stream header", good.data_header + 1 },
        { "data stream header", good.data_header + 0x10 },
        { "name of the data stream", good.first_segment - 1 },
        { "segment length", good.first_segment + 2 },
        { "segment header", good.first_segment + 0xf },
        { "encryption header", good.first_segment + 0x1f },
        { "block sizes", good.first_segment + 0x2e },
        { "fill of the encryption header", good.first_segment + 0x1ff },
        { "before the data", good.first_segment + 0x200 },
        { "data", good.first_segment + 0x1234 },
        { "last byte of a segment", good.second_segment - 1 },
        { "second segment header", good.second_segment + 4 },
        { "second segment's data", good.second_segment + 0x300 },
        { "last byte", good.size - 1 },
    };
    struct stream bad = good;
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(cuts); i++)
    {
        winetest_push_context("cut: %s", cuts[i].where);
        bad.size = cuts[i].size;
        check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
        winetest_pop_context();
    }
}

static void test_broken(void)
{
    struct { const char *what; DWORD offset; DWORD value; } patches[] =
    {
        { "version of the format", 0, 0x00000200 },
        { "signature of the file header", 4, 0x00520052 },
        { "signature of the metadata stream", good.metadata_header + 4, 0x004e004e },
        { "length of the metadata stream header: 0", good.metadata_header, 0 },
        { "length of the metadata stream header: huge", good.metadata_header, 0xffffffff },
        { "length of the name: too long", good.metadata_header + 0x18, 4 },
        { "length of the name: huge", good.metadata_header + 0x18, 0xfffffff0 },
        { "signature of the metadata segment", good.metadata_segment + 4, 0 },
        { "length of the metadata segment: 15", good.metadata_segment, 15 },
        { "length of the metadata segment: too long", good.metadata_segment, 0x7fffffff },
        { "signature of the data stream", good.data_header + 4, 0x12345678 },
        { "length of the data stream header: 0x1b", good.data_header, 0x1b },
        { "signature of a segment", good.first_segment + 4, 0 },
        { "length of a segment: 0", good.first_segment, 0 },
        { "length of a segment: too short", good.first_segment, 0x1ff },
        { "length of a segment: blocks don't fit", good.first_segment, 0x10200 - 0x200 },
        { "offset: not a multiple of 512", good.first_segment + 0x10, 1 },
        { "offset: negative", good.first_segment + 0x14, 0x80000000 },
        { "length of the encryption header: too short", good.first_segment + 0x18, 0x1c },
        { "length of the encryption header: too long", good.first_segment + 0x18, 0x20000 },
        { "bytes in the stream: too many", good.first_segment + 0x1c, 0x10001 },
        { "valid bytes: more than there are", good.first_segment + 0x20, 0x10001 },
        { "shift: 0", good.first_segment + 0x24, 0x00000000 },
        { "shift: 63", good.first_segment + 0x24, 0x3f3f0000 },
        { "encryption format: 0", good.first_segment + 0x28, 0x0001000c },
        { "block size: not a multiple of 512", good.first_segment + 0x2c, 0x10001 },
        { "block size: larger than the unit", good.first_segment + 0x2c, 0x10200 },
        { "second segment goes back", good.second_segment + 0x10, 0 },
        { "signature of the second segment", good.second_segment + 4, 0x52004700 },
    };
    struct stream bad;
    DWORD i, j;

    for (i = 0; i < ARRAY_SIZE(patches); i++)
    {
        winetest_push_context("%s", patches[i].what);
        copy_stream(&bad, &good);
        for (j = 0; j < 4; j++) bad.data[patches[i].offset + j] = patches[i].value >> (8 * j);
        check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
        free_stream(&bad);
        winetest_pop_context();
    }

    copy_stream(&bad, &good); /* the last byte would be beyond 2^63 */
    memcpy(bad.data + bad.second_segment + 0x10, "\0\x82\xff\xff\xff\xff\xff\x7f", 8);
    check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
    free_stream(&bad);
}

/* The records are good, their order isn't. */
static void test_order(void)
{
    static const BYTE metadata_name[2] = { 0x10, 0x19 };
    const DWORD metadata_size = good.data_header - good.metadata_header;
    struct stream bad = { 0 };

    /* data without metadata */
    append_bytes(&bad, good.data, good.metadata_header);
    append_bytes(&bad, good.data + good.data_header, good.size - good.data_header);
    check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
    /* metadata after the data */
    append_bytes(&bad, good.data + good.metadata_header, metadata_size);
    check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
    free_stream(&bad);

    /* metadata stream without a segment, then data */
    append_bytes(&bad, good.data, good.metadata_segment);
    append_bytes(&bad, good.data + good.data_header, good.size - good.data_header);
    check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
    free_stream(&bad);

    /* a segment without a stream */
    append_bytes(&bad, good.data, good.metadata_header);
    append_bytes(&bad, good.data + good.metadata_segment, good.size - good.metadata_segment);
    check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
    free_stream(&bad);

    /* the metadata twice */
    append_bytes(&bad, good.data, good.size);
    append_stream_header(&bad, 0, metadata_name, sizeof(metadata_name));
    append_bytes(&bad, good.data + good.metadata_segment, metadata_size - 0x1e);
    check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
    free_stream(&bad);

    /* the data twice */
    append_bytes(&bad, good.data, good.size);
    append_bytes(&bad, good.data + good.data_header, good.size - good.data_header);
    check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
    free_stream(&bad);

    /* two streams in one */
    append_bytes(&bad, good.data, good.size);
    append_bytes(&bad, good.data, good.size);
    check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
    free_stream(&bad);

    /* something at the end */
    append_bytes(&bad, good.data, good.size);
    append_bytes(&bad, NULL, 16);
    check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
    bad.size = good.size + 1;
    check_bad(&bad, ERROR_NOT_EXPORT_FORMAT);
    free_stream(&bad);
}

/* No system has written such metadata: nobody knows what has to be kept. */
static void test_version(void)
{
    static const DWORD versions[] = { 99, 0, 0x7fffffff };
    struct stream bad;
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(versions); i++)
    {
        winetest_push_context("version %lu", versions[i]);
        copy_stream(&bad, &good);
        memcpy(bad.data + bad.metadata + 8, &versions[i], 4);
        check_bad(&bad, ERROR_EFS_VERSION_NOT_SUPPORT);
        free_stream(&bad);
        winetest_pop_context();
    }
}

/* Unusual, but well-formed: kept as it is. */
static void check_kept_(int line, const struct stream *stream)
{
    const WCHAR *plain = test_path(L"plain");

    check_code_(__FILE__, line, restore_stream(plain, 0, stream), ERROR_SUCCESS);
    check_export_(__FILE__, line, plain, stream);
    make_file(plain, "stays", 0);
}
#define check_kept(stream) check_kept_(__LINE__, stream)

static void test_unusual(void)
{
    static const WCHAR name[] = L":extra:$DATA";
    struct stream rich;

    copy_stream(&rich, &good);
    append_stream_header(&rich, 0, name, sizeof(name) - sizeof(*name));
    append_bytes(&rich, good.data + good.first_segment, good.second_segment - good.first_segment);
    check_kept(&rich);
    /* EFS_DROP_ALTERNATE_STREAMS */
    check_code(restore_stream(test_path(L"plain"), EFS_DROP_ALTERNATE_STREAMS, &rich), ERROR_SUCCESS);
    check_export(test_path(L"plain"), &good);
    make_file(test_path(L"plain"), "stays", 0);
    free_stream(&rich);

    copy_stream(&rich, &good);
    rich.data[rich.second_segment + 0x11] = 0; /* offset 0x20000 instead of 0x10000: a hole */
    rich.data[rich.second_segment + 0x12] = 2;
    check_kept(&rich);
    free_stream(&rich);
}

/* In the child */
static void corrupt(int way, const char *name)
{
    DWORD written;
    /* the end that SetFilePointer knows is the plaintext's */
    HANDLE file = CreateFileA(name, way ? GENERIC_WRITE : FILE_APPEND_DATA, 0, NULL, OPEN_EXISTING, 0, NULL);

    ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    if (way) SetFilePointer(file, way == 1 ? 89000 : 5, NULL, FILE_BEGIN);
    if (way) check_call(SetEndOfFile(file));
    else check_call(WriteFile(file, "x", 1, &written, NULL));
    CloseHandle(file);
}

/* A file that was changed behind our back isn't exported as if it were whole. */
static void test_corrupt(void)
{
    static const char * const ways[] = { "appended to", "truncated", "cut to 5 bytes" };
    const WCHAR *name = test_path(L"corrupt");
    struct sink sink = { 0 };
    PROCESS_INFORMATION process;
    WCHAR arguments[600];
    DWORD i, ret;

    for (i = 0; i < ARRAY_SIZE(ways); i++)
    {
        winetest_push_context("%s", ways[i]);
        check_code(restore_stream(name, 0, &good), ERROR_SUCCESS);
        _snwprintf(arguments, ARRAY_SIZE(arguments), L"format %lu \"%ls\"", i, name);
        if (!start_unguarded(arguments, &process)) skip("nobody can write to an encrypted file here\n");
        else
        {
            finish_unguarded(&process);
            ret = save_to(name, 0, &sink);
            check_code(ret, ERROR_FILE_CORRUPT);
            check_code(restore_stream(name, 0, &good), ERROR_SUCCESS); /* and can be restored */
            check_export(name, &good);
        }
        remove_file(name);
        winetest_pop_context();
    }
    free_sink(&sink);
}

START_TEST(format)
{
    char **argv;

    if (winetest_get_mainargs(&argv) >= 4)
    {
        not_windows("without the guard of wine-efs there is no such child")
            corrupt(atoi(argv[2]), argv[3]);
        return;
    }
    begin_tests("format");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    build_stream(&good, 90000, 1);
    make_file(test_path(L"plain"), "stays", 0);
    unseen("programs: they restore what they saved")
        check_code(restore_stream(test_path(L"encrypted"), 0, &good), ERROR_SUCCESS);
    unseen("ours: MS-ERREF has the code; what Windows looks at, and that the target stays, is unknown")
    {
        test_no_stream();
        test_truncated();
        test_broken();
        test_order();
    }
    unseen("reasoned: MS-ERREF has the code for a version that the system does not know")
        test_version();
    unseen("documented: MS-EFSR on EFS_DROP_ALTERNATE_STREAMS; that holes come back as they were is reasoned")
        test_unusual();
    unseen("programs: they restore what they saved; the rest is about wine-efs's own form of a file")
    {
        test_corrupt();
        ok(count_entries(test_path(L"")) == 2, "something was left behind\n");
    }
    free_stream(&good);
    end_tests();
}
