/*
 * ReadEncryptedFileRaw: what the callback sees, how it aborts, and that reading can be repeated.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"

/* lines 4 and 5 */
static void test_pieces(void)
{
    static const DWORD sizes[] = { 0, 1, 512, 16384, 65536, 65537, 300000 };
    const WCHAR *name = test_path(L"file");
    struct sink sink = { 0 };
    struct stream stream;
    DWORD ret, i;

    for (i = 0; i < ARRAY_SIZE(sizes); i++)
    {
        winetest_push_context("size %lu", sizes[i]);
        build_stream(&stream, sizes[i], i);
        check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
        ret = save_to(name, 0, &sink);
        check_code(ret, ERROR_SUCCESS);
        check_sink(&sink, &stream);
        ok(sink.max_chunk <= 16384, "a callback got %lu bytes\n", sink.max_chunk);
        ok(sink.last_calls == 1, "%lu calls with length 0\n", sink.last_calls);
        ok(!sink.late_calls, "%lu calls after the last\n", sink.late_calls);
        ok(!sink.null_calls, "%lu calls with a NULL pointer\n", sink.null_calls);
        remove_file(name);
        free_stream(&stream);
        winetest_pop_context();
    }
    free_sink(&sink);
}

/* line 6: every file is read twice, with a context for each time or with one for both */
static void test_twice(void)
{
    const WCHAR *name = test_path(L"file");
    struct sink sink = { 0 };
    struct stream stream;
    void *context;
    DWORD ret, i;

    build_stream(&stream, 200001, 7);
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    check_export(name, &stream);
    check_export(name, &stream);

    context = open_export(name, 0);
    for (i = 0; i < 3; i++)
    {
        winetest_push_context("pass %lu", i);
        reset_sink(&sink);
        SetLastError(0xdeadbeef);
        ret = ReadEncryptedFileRaw(export_callback, &sink, context);
        check_code(ret, ERROR_SUCCESS);
        check_sink(&sink, &stream);
        ok(sink.last_calls == 1 && !sink.late_calls, "got %lu last calls\n", sink.last_calls);
        winetest_pop_context();
    }
    CloseEncryptedFileRaw(context);
    remove_file(name);
    free_sink(&sink);
    free_stream(&stream);
}

/* line 11, the other way round: any value other than 0 aborts and comes back unchanged */
static void test_abort(void)
{
    static const DWORD codes[] = { ERROR_CANCELLED, ERROR_DISK_FULL, 1, 0x80004005, 0xffffffff, ERROR_HANDLE_EOF };
    const WCHAR *name = test_path(L"file");
    struct sink sink = { 0 };
    struct stream stream;
    DWORD ret, calls, i;
    void *context;

    build_stream(&stream, 200001, 8);
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    for (i = 0; i < ARRAY_SIZE(codes); i++)
    {
        winetest_push_context("code %#lx", codes[i]);
        context = open_export(name, 0);
        sink.fail_code = codes[i];
        sink.fail_at = i & 1 ? 0 : 100000; /* first call, or in the middle */
        reset_sink(&sink);
        SetLastError(0xdeadbeef);
        ret = ReadEncryptedFileRaw(export_callback, &sink, context);
        check_code(ret, codes[i]);
        if (i & 1) ok(sink.calls == 1, "%lu calls\n", sink.calls);
        else ok(sink.size >= 100000 && sink.size < stream.size, "got %lu bytes\n", sink.size);
        calls = sink.calls;

        /* a new Read starts over */
        sink.fail_code = 0;
        reset_sink(&sink);
        SetLastError(0xdeadbeef);
        ret = ReadEncryptedFileRaw(export_callback, &sink, context);
        check_code(ret, ERROR_SUCCESS);
        check_sink(&sink, &stream);
        ok(sink.calls > calls, "%lu calls\n", sink.calls);
        CloseEncryptedFileRaw(context);
        winetest_pop_context();
    }

    /* also in the call that says that it was the last */
    sink.fail_code = ERROR_CANCELLED;
    sink.fail_at = stream.size;
    ret = save_to(name, 0, &sink);
    check_code(ret, ERROR_CANCELLED);
    check_sink(&sink, &stream);

    remove_file(name);
    free_sink(&sink);
    free_stream(&stream);
}

static DWORD WINAPI scribble_callback(PBYTE data, PVOID context, ULONG length)
{
    DWORD ret = export_callback(data, context, length);

    memset(data, 0xcc, length);
    return ret;
}

/* The buffer is the callback's for the time of the call. */
static void test_scribble(void)
{
    const WCHAR *name = test_path(L"file");
    struct sink sink = { 0 };
    struct stream stream;
    void *context;
    DWORD ret;

    build_stream(&stream, 150000, 9);
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    context = open_export(name, 0);
    SetLastError(0xdeadbeef);
    ret = ReadEncryptedFileRaw(scribble_callback, &sink, context);
    check_code(ret, ERROR_SUCCESS);
    check_sink(&sink, &stream);
    CloseEncryptedFileRaw(context);
    check_export(name, &stream);
    remove_file(name);
    free_sink(&sink);
    free_stream(&stream);
}

START_TEST(export)
{
    begin_tests("export");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    unseen("programs: burp takes 32,000 bytes at the most, JNA no NULL pointer; 16 KiB is ours")
        test_pieces();
    unseen("programs: wimlib reads each file twice; by one context, too: ours")
        test_twice();
    unseen("documented: the callback's reference has any other value end it; what comes after is ours")
        test_abort();
    unseen("reasoned: the buffer is the callback's for the time of the call")
        test_scribble();
    end_tests();
}
