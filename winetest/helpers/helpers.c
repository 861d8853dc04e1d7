/*
 * All that the tests share, and that it is as it should be. In one file, as a test program of Wine consists of files
 * with tests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/backups.c"
#include "helpers/callbacks.c"
#include "helpers/efs_api.c"
#include "helpers/files.c"
#include "helpers/metadata.c"
#include "helpers/nt.c"
#include "helpers/objects.c"
#include "helpers/policy.c"
#include "helpers/stream.c"
#include "helpers/support.c"
#include "helpers/unguarded.c"
#include "helpers/user_keys.c"

/* One seed gives one stream, another seed another; its records are where they are said to be. */
static void test_streams(void)
{
    struct stream first, again, other, directory;

    build_stream(&first, 100000, 1);
    build_stream(&again, 100000, 1);
    build_stream(&other, 100000, 2);
    ok(first.size == again.size && !memcmp(first.data, again.data, first.size), "the streams differ\n");
    ok(first.size == other.size && memcmp(first.data, other.data, first.size), "the streams are the same\n");
    ok(!memcmp(first.data + 4, robs_signature, 8), "no stream\n");
    ok(!memcmp(first.data + first.metadata_header + 4, ntfs_signature, 8), "no header\n");
    ok(!memcmp(first.data + first.metadata_segment + 4, gure_signature, 8), "no segment\n");
    ok(!memcmp(first.data + first.data_header + 4, ntfs_signature, 8), "no header of the data\n");
    ok(!memcmp(first.data + first.second_segment + 4, gure_signature, 8), "no second segment\n");
    build_directory_stream(&directory, 1);
    ok(directory.size == first.data_header && !memcmp(directory.data, first.data, directory.size),
       "the directory's isn't the file's without the data\n");
    free_stream(&first);
    free_stream(&again);
    free_stream(&other);
    free_stream(&directory);
}

/* A source gives its bytes in pieces that the sink puts together; and the order to fail is obeyed. */
static void test_callbacks(void)
{
    static const DWORD chunks[] = { 0, 1, 7, 1000, ~0u };
    BYTE buffer[4096];
    struct source source;
    struct sink sink = { 0 };
    struct stream stream;
    DWORD i, ret;
    ULONG length;

    build_stream(&stream, 3000, 3);
    for (i = 0; i < ARRAY_SIZE(chunks); i++)
    {
        init_source(&source, &stream);
        source.chunk = chunks[i];
        reset_sink(&sink);
        do
        {
            length = sizeof(buffer);
            ret = import_callback(buffer, &source, &length);
            ok(!ret, "got %lu\n", ret);
            ret = export_callback(buffer, &sink, length);
            ok(!ret, "got %lu\n", ret);
        } while (length);
        check_sink(&sink, &stream);
        ok(sink.last_calls == 1 && !sink.late_calls && !sink.null_calls, "got %lu last calls, %lu late\n",
           sink.last_calls, sink.late_calls);
    }
    init_source(&source, &stream);
    source.fail_at = 100;
    source.fail_code = 12345;
    do
    {
        length = 64;
        ret = import_callback(buffer, &source, &length);
    } while (!ret);
    ok(ret == 12345 && source.pos <= 100, "got %lu after %lu bytes\n", ret, source.pos);
    free_sink(&sink);
    free_stream(&stream);
}

START_TEST(helpers)
{
    begin_tests("helpers");
    not_windows("nothing of Windows is asked")
    {
        test_streams();
        test_callbacks();
    }
    end_tests();
}
