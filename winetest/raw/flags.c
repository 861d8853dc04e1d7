/*
 * The flags of OpenEncryptedFileRaw on files (directory.c has the directories).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"

/* line 12: the combinations that programs pass */
static void test_import_flags(void)
{
    static const ULONG flags[] = { 1, 1 | 4 };
    static const ULONG dir_flags[] = { 1 | 2, 1 | 2 | 4 };
    const WCHAR *name = test_path(L"file");
    struct stream stream, directory;
    DWORD i;

    build_stream(&stream, 700, 1);
    build_directory_stream(&directory, 2);
    for (i = 0; i < ARRAY_SIZE(flags); i++)
    {
        winetest_push_context("flags %lu", flags[i]);
        check_code(restore_stream(name, flags[i], &stream), ERROR_SUCCESS); /* missing */
        check_export(name, &stream);
        check_code(restore_stream(name, flags[i], &stream), ERROR_SUCCESS); /* existing, encrypted */
        check_export(name, &stream);
        remove_file(name);
        make_file(name, "plain", 0);
        check_code(restore_stream(name, flags[i], &stream), ERROR_SUCCESS); /* existing, plain */
        check_export(name, &stream);
        remove_file(name);
        winetest_pop_context();
    }
    for (i = 0; i < ARRAY_SIZE(dir_flags); i++)
    {
        winetest_push_context("flags %lu", dir_flags[i]);
        check_code(restore_stream(name, dir_flags[i], &directory), ERROR_SUCCESS);
        check_export(name, &directory);
        check_call(RemoveDirectoryW(name));
        winetest_pop_context();
    }
    free_stream(&stream);
    free_stream(&directory);
}

/* EFSRPC_SECURE_ONLY, EFS_DROP_ALTERNATE_STREAMS, and what nobody knows (MS-EFSR: unknown flags are ignored) */
static void test_unknown_flags(void)
{
    static const ULONG flags[] = { 8, 0x10, 8 | 0x10, 0x20, 0x1000, 0x80000000, 0xfffffff8 };
    const WCHAR *name = test_path(L"file");
    struct sink sink = { 0 };
    struct stream stream;
    DWORD i, ret;

    build_stream(&stream, 700, 3);
    for (i = 0; i < ARRAY_SIZE(flags); i++)
    {
        winetest_push_context("flags %#lx", flags[i]);
        check_code(restore_stream(name, flags[i], &stream), ERROR_SUCCESS);
        ret = save_to(name, flags[i], &sink);
        check_code(ret, ERROR_SUCCESS);
        check_sink(&sink, &stream);
        remove_file(name);
        winetest_pop_context();
    }
    free_sink(&sink);
    free_stream(&stream);
}

/* OVERWRITE_HIDDEN means nothing for an export */
static void test_export_flags(void)
{
    const WCHAR *name = test_path(L"file");
    struct sink sink = { 0 };
    struct stream stream;
    DWORD ret;

    build_stream(&stream, 700, 4);
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    ret = save_to(name, OVERWRITE_HIDDEN, &sink);
    check_code(ret, ERROR_SUCCESS);
    check_sink(&sink, &stream);
    remove_file(name);
    free_sink(&sink);
    free_stream(&stream);
}

static void test_directory_flag_on_file(void)
{
    const WCHAR *name = test_path(L"file");
    struct sink sink = { 0 };
    struct stream stream;
    void *context;
    DWORD ret;

    make_file(name, "plain", 0);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(name, CREATE_FOR_IMPORT | CREATE_FOR_DIR, &context);
    check_code(ret, ERROR_DIRECTORY);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(name, CREATE_FOR_IMPORT | CREATE_FOR_DIR | OVERWRITE_HIDDEN, &context);
    check_code(ret, ERROR_DIRECTORY);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(name, CREATE_FOR_DIR, &context); /* wrong in two ways */
    ok(ret == ERROR_FILE_NOT_ENCRYPTED || ret == ERROR_DIRECTORY, "got %lu\n", ret);
    check_plain(name, "plain", 0);
    remove_file(name);

    build_stream(&stream, 700, 5);
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    ret = save_to(name, CREATE_FOR_DIR, &sink);
    check_code(ret, ERROR_DIRECTORY);
    ok(!sink.calls, "the callback was called\n");
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(name, CREATE_FOR_IMPORT | CREATE_FOR_DIR, &context);
    check_code(ret, ERROR_DIRECTORY);
    check_export(name, &stream);
    remove_file(name);
    free_sink(&sink);
    free_stream(&stream);
}

START_TEST(flags)
{
    begin_tests("flags");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    unseen("programs: wimlib, burp, Bareos and JNA pass these")
        test_import_flags();
    unseen("documented: MS-EFSR 3.1.4.2.1 has unknown flags ignored")
        test_unknown_flags();
    unseen("reasoned: OVERWRITE_HIDDEN is about targets")
        test_export_flags();
    unseen("reasoned: MS-EFSR has an export fail so; no document has the code")
        test_directory_flag_on_file();
    end_tests();
}
