/*
 * line 14: calls on several threads, callbacks that block for as long as they like, many contexts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"

#define MANY 72

/* [A C]: Open and Close here, Write there, and other work while its callback waits */
static void test_blocking_import(void)
{
    const WCHAR *name = test_path(L"blocked"), *other = test_path(L"other");
    struct stream stream, small;
    struct worker worker = { 0 };
    struct source source;

    build_stream(&stream, 300000, 1);
    build_stream(&small, 5000, 2);
    init_source(&source, &stream);
    worker.source = &source;
    worker.context = open_import(name, 0);
    start_blocked_worker(&worker);

    check_missing(name);
    check_code(restore_stream(other, 0, &small), ERROR_SUCCESS);
    check_export(other, &small);
    ok(worker.result == 0xdeadbeef, "the blocked call has returned %lu\n", worker.result);

    check_code(finish_worker(&worker), ERROR_SUCCESS);
    CloseEncryptedFileRaw(worker.context);
    check_export(name, &stream);
    remove_file(name);
    remove_file(other);
    free_stream(&stream);
    free_stream(&small);
}

static void test_blocking_export(void)
{
    const WCHAR *name = test_path(L"blocked");
    struct worker worker = { 0 };
    struct sink sink = { 0 };
    struct stream stream;

    build_stream(&stream, 300000, 3);
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    worker.sink = &sink;
    worker.context = open_export(name, 0);
    start_blocked_worker(&worker);
    check_export(name, &stream);
    check_code(finish_worker(&worker), ERROR_SUCCESS);
    check_sink(&sink, &stream);
    CloseEncryptedFileRaw(worker.context);
    remove_file(name);
    free_sink(&sink);
    free_stream(&stream);
}

static void test_busy(void)
{
    const WCHAR *name = test_path(L"busy");
    struct worker worker = { 0 };
    struct source source, second;
    struct sink sink = { 0 }, second_sink = { 0 };
    struct stream stream;
    DWORD ret;

    build_stream(&stream, 300000, 4);
    init_source(&source, &stream);
    worker.source = &source;
    worker.context = open_import(name, 0);
    start_blocked_worker(&worker);
    init_source(&second, &stream);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &second, worker.context);
    check_code(ret, ERROR_BUSY);
    ok(!second.calls, "the callback was called\n");
    check_code(finish_worker(&worker), ERROR_SUCCESS);
    CloseEncryptedFileRaw(worker.context);
    check_export(name, &stream);

    worker.source = NULL;
    worker.sink = &sink;
    worker.context = open_export(name, 0);
    start_blocked_worker(&worker);
    SetLastError(0xdeadbeef);
    ret = ReadEncryptedFileRaw(export_callback, &second_sink, worker.context);
    check_code(ret, ERROR_BUSY);
    ok(!second_sink.calls, "the callback was called\n");
    check_code(finish_worker(&worker), ERROR_SUCCESS);
    check_sink(&sink, &stream);
    CloseEncryptedFileRaw(worker.context);
    remove_file(name);
    free_sink(&sink);
    free_stream(&stream);
}

/* Close comes too early: the call that is under way still ends well, on memory that is still there. */
static void test_early_close(void)
{
    const WCHAR *name = test_path(L"early");
    struct worker worker = { 0 };
    struct sink sink = { 0 };
    struct source source;
    struct stream stream;
    DWORD ret;

    build_stream(&stream, 300000, 5);
    init_source(&source, &stream);
    worker.source = &source;
    worker.context = open_import(name, 0);
    start_blocked_worker(&worker);
    CloseEncryptedFileRaw(worker.context);
    CloseEncryptedFileRaw(worker.context);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, worker.context);
    check_code(ret, ERROR_INVALID_PARAMETER);
    check_code(finish_worker(&worker), ERROR_SUCCESS);
    check_export(name, &stream);
    /* and it has let go of everything */
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);

    worker.source = NULL;
    worker.sink = &sink;
    worker.context = open_export(name, 0);
    start_blocked_worker(&worker);
    CloseEncryptedFileRaw(worker.context);
    check_code(finish_worker(&worker), ERROR_SUCCESS);
    check_sink(&sink, &stream);
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    remove_file(name);
    free_sink(&sink);
    free_stream(&stream);
}

static void *context_to_close;

static DWORD WINAPI closing_callback(PBYTE data, PVOID context, PULONG length)
{
    if (context_to_close) CloseEncryptedFileRaw(context_to_close);
    context_to_close = NULL;
    return import_callback(data, context, length);
}

static void test_close_in_callback(void)
{
    const WCHAR *name = test_path(L"callback");
    struct source source;
    struct stream stream;
    void *context;
    DWORD ret;

    build_stream(&stream, 300000, 6);
    init_source(&source, &stream);
    context = context_to_close = open_import(name, 0);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw((PFE_IMPORT_FUNC)closing_callback, &source, context);
    check_code(ret, ERROR_SUCCESS);
    check_export(name, &stream);
    remove_file(name);
    free_stream(&stream);
}

static const struct stream *nested_stream;
static const WCHAR *nested_name;

static DWORD WINAPI nesting_callback(PBYTE data, PVOID context, PULONG length)
{
    check_code(restore_stream(nested_name, 0, nested_stream), ERROR_SUCCESS);
    check_export(nested_name, nested_stream);
    return import_callback(data, context, length);
}

/* A callback may use the API itself. */
static void test_nested(void)
{
    const WCHAR *name = test_path(L"outer");
    struct source source;
    struct stream stream, inner;
    void *context;
    DWORD ret;

    build_stream(&stream, 100000, 7);
    build_stream(&inner, 2000, 8);
    nested_name = test_path(L"inner");
    nested_stream = &inner;
    init_source(&source, &stream);
    source.chunk = 30000;
    context = open_import(name, 0);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw((PFE_IMPORT_FUNC)nesting_callback, &source, context);
    check_code(ret, ERROR_SUCCESS);
    CloseEncryptedFileRaw(context);
    check_export(name, &stream);
    remove_file(name);
    remove_file(nested_name);
    free_stream(&stream);
    free_stream(&inner);
}

/* Many contexts at once, each on its own thread, first all imports, then all exports. */
static void test_many(void)
{
    static struct stream streams[MANY];
    static struct source sources[MANY];
    static struct sink sinks[MANY];
    static struct worker workers[MANY];
    DWORD i;

    for (i = 0; i < MANY; i++)
    {
        build_stream(&streams[i], i * 3001, 100 + i);
        init_source(&sources[i], &streams[i]);
        sources[i].chunk = ~0u;
        sources[i].seed = i;
        workers[i].source = &sources[i];
        workers[i].context = open_import(test_path_numbered(L"many", i), 0);
    }
    for (i = 0; i < MANY; i++) start_worker(&workers[i]);
    for (i = 0; i < MANY; i++)
    {
        winetest_push_context("import %lu", i);
        check_code(finish_worker(&workers[i]), ERROR_SUCCESS);
        CloseEncryptedFileRaw(workers[i].context);
        winetest_pop_context();
    }
    for (i = 0; i < MANY; i++)
    {
        workers[i].source = NULL;
        workers[i].sink = &sinks[i];
        workers[i].context = open_export(test_path_numbered(L"many", i), 0);
    }
    for (i = 0; i < MANY; i++) start_worker(&workers[i]);
    for (i = 0; i < MANY; i++)
    {
        winetest_push_context("export %lu", i);
        check_code(finish_worker(&workers[i]), ERROR_SUCCESS);
        CloseEncryptedFileRaw(workers[i].context);
        check_sink(&sinks[i], &streams[i]);
        remove_file(test_path_numbered(L"many", i));
        free_sink(&sinks[i]);
        free_stream(&streams[i]);
        winetest_pop_context();
    }
    ok(!count_entries(test_path(L"")), "something was left behind\n");
}

START_TEST(threads)
{
    begin_tests("threads");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    unseen("programs: Bareos and Bacula write on another thread, where the callback blocks")
        test_blocking_import();
    unseen("reasoned: as an import")
        test_blocking_export();
    unseen("ours: no document says what a second call on a busy context does; Windows may end the process")
    {
        test_busy();
        test_early_close();
        test_close_in_callback();
    }
    unseen("reasoned: a callback is the program, which may call what it likes")
        test_nested();
    unseen("programs: Bacula and Bareos have many contexts open")
        test_many();
    end_tests();
}
