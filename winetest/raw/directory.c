/*
 * Encrypted directories: a stream of metadata alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"

/* line 3: exported with flags 0 and with CREATE_FOR_DIR */
static void test_export(void)
{
    static const ULONG flags[] = { 0, CREATE_FOR_DIR };
    const WCHAR *name = test_path(L"directory");
    struct sink sink = { 0 };
    struct stream stream;
    DWORD ret, i;

    build_directory_stream(&stream, 1);
    check_code(restore_stream(name, CREATE_FOR_DIR, &stream), ERROR_SUCCESS);
    for (i = 0; i < ARRAY_SIZE(flags); i++)
    {
        winetest_push_context("flags %lu", flags[i]);
        ret = save_to(name, flags[i], &sink);
        check_code(ret, ERROR_SUCCESS);
        check_sink(&sink, &stream);
        ok(sink.last_calls == 1 && !sink.late_calls && !sink.null_calls, "got %lu last calls\n", sink.last_calls);
        winetest_pop_context();
    }
    check_call(RemoveDirectoryW(name));
    free_sink(&sink);
    free_stream(&stream);
}

/* line 12: [J] a missing directory is created, when the stream is complete */
static void test_missing(void)
{
    const WCHAR *name = test_path(L"directory");
    struct source source;
    struct stream stream;
    DWORD attributes, ret;
    void *context;

    build_directory_stream(&stream, 2);
    context = open_import(name, CREATE_FOR_DIR);
    check_missing(name);
    init_source(&source, &stream);
    source.size--;
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
    check_code(ret, ERROR_NOT_EXPORT_FORMAT);
    check_missing(name);
    init_source(&source, &stream);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
    check_code(ret, ERROR_SUCCESS);
    attributes = GetFileAttributesW(name);
    ok(attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY, "got attributes %#lx\n",
       attributes);
    CloseEncryptedFileRaw(context);
    check_export(name, &stream);
    ok(count_entries(test_path(L"")) == 1, "something was left behind\n");
    check_call(RemoveDirectoryW(name));
    free_stream(&stream);
}

/* line 12: an existing one, with CREATE_FOR_DIR [B W] or without [A]; what is in it stays there */
static void test_existing(void)
{
    static const ULONG flags[] = { 0, CREATE_FOR_DIR, OVERWRITE_HIDDEN, CREATE_FOR_DIR | OVERWRITE_HIDDEN };
    const WCHAR *name = test_path(L"directory");
    struct stream stream, other;
    DWORD i;

    build_directory_stream(&stream, 3);
    build_directory_stream(&other, 4);
    for (i = 0; i < ARRAY_SIZE(flags); i++)
    {
        winetest_push_context("flags %lu", flags[i]);
        CreateDirectoryW(name, NULL);
        make_file(test_path(L"directory\\child"), "stays", 0);
        check_code(restore_stream(name, flags[i], &stream), ERROR_SUCCESS);
        check_export(name, &stream);
        check_code(restore_stream(name, flags[i], &other), ERROR_SUCCESS); /* encrypted already */
        check_export(name, &other);
        check_plain(test_path(L"directory\\child"), "stays", 0);
        ok(count_entries(name) == 1, "something was left behind\n");
        remove_file(test_path(L"directory\\child"));
        check_call(RemoveDirectoryW(name));
        winetest_pop_context();
    }
    free_stream(&stream);
    free_stream(&other);
}

/* A file's stream can't become a directory. */
static void test_wrong_kind(void)
{
    const WCHAR *name = test_path(L"directory");
    struct stream stream, directory;
    DWORD ret;

    build_stream(&stream, 3000, 5);
    build_directory_stream(&directory, 6);
    CreateDirectoryW(name, NULL);
    make_file(test_path(L"directory\\child"), "stays", 0);
    check_code(restore_stream(name, 0, &stream), ERROR_DIRECTORY);
    check_code(restore_stream(name, CREATE_FOR_DIR, &stream), ERROR_DIRECTORY);
    check_plain(test_path(L"directory\\child"), "stays", 0);
    SetLastError(0xdeadbeef);
    ret = save_to(name, 0, &(struct sink){ 0 });
    check_code(ret, ERROR_FILE_NOT_ENCRYPTED);

    check_code(restore_stream(name, 0, &directory), ERROR_SUCCESS);
    check_code(restore_stream(name, 0, &stream), ERROR_DIRECTORY);
    check_export(name, &directory);
    remove_file(test_path(L"directory\\child"));
    RemoveDirectoryW(name);

    check_code(restore_stream(name, CREATE_FOR_DIR, &stream), ERROR_DIRECTORY);
    check_missing(name);
    ok(!count_entries(test_path(L"")), "something was left behind\n");
    free_stream(&stream);
    free_stream(&directory);
}

/* Files go on working in an encrypted directory, and its metadata survives that. */
static void test_inside(void)
{
    const WCHAR *name = test_path(L"directory"), *child = test_path(L"directory\\child");
    struct stream stream, directory;

    build_stream(&stream, 3000, 7);
    build_directory_stream(&directory, 8);
    check_code(restore_stream(name, CREATE_FOR_DIR, &directory), ERROR_SUCCESS);
    check_code(restore_stream(child, 0, &stream), ERROR_SUCCESS);
    check_export(child, &stream);
    check_export(name, &directory);
    remove_file(child);
    check_export(name, &directory);
    check_call(RemoveDirectoryW(name));
    free_stream(&stream);
    free_stream(&directory);
}

START_TEST(directory)
{
    begin_tests("directory");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    unseen("programs: Bareos, burp and JNA export with flags 0, wimlib with CREATE_FOR_DIR")
        test_export();
    unseen("programs: JNA has one made by the import; that a broken stream makes none is ours")
        test_missing();
    unseen("programs: burp, wimlib and Bareos restore onto one that is there")
        test_existing();
    unseen("reasoned: no document has a code for a stream that contradicts the target")
        test_wrong_kind();
    unseen("reasoned: a directory's $EFS is its own")
        test_inside();
    end_tests();
}
