/*
 * line 9: the forms in which paths arrive.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"

static struct stream stream;

/* Restores by one name, finds it by the other, and the reverse. */
static void check_names_(int line, const WCHAR *name, const WCHAR *plain_name)
{
    DWORD ret;

    winetest_push_context("%s", wine_dbgstr_w(name));
    ret = restore_stream(name, 0, &stream);
    check_code_(__FILE__, line, ret, ERROR_SUCCESS);
    if (!ret)
    {
        check_export_(__FILE__, line, plain_name, &stream);
        check_export_(__FILE__, line, name, &stream);
        check_code_(__FILE__, line, restore_stream(name, 0, &stream), ERROR_SUCCESS); /* existing */
        remove_file(plain_name);
    }
    winetest_pop_context();
}
#define check_names(name, plain_name) check_names_(__LINE__, name, plain_name)

static void test_forms(void)
{
    const WCHAR *name = test_path(L"file");
    WCHAR form[1024], *p;

    check_names(name, name);

    lstrcpyW(form, L"\\\\?\\");
    lstrcatW(form, name);
    check_names(form, name);

    lstrcpyW(form, L"\\\\.\\");
    lstrcatW(form, name);
    check_names(form, name);

    lstrcpyW(form, name);
    for (p = form; *p; p++) if (*p == '\\') *p = '/';
    check_names(form, name);

    check_names(test_path(L".\\file"), name);
    check_names(test_path(L"nowhere\\..\\file"), name);
    check_names(test_path(L"\\file"), name); /* two backslashes */
    check_names(test_path(L"file."), name);  /* Win32 drops dots and blanks at the end */
    check_names(test_path(L"file  "), name);
}

static void test_relative(void)
{
    WCHAR previous[MAX_PATH], drive_relative[MAX_PATH];
    const WCHAR *name = test_path(L"relative");

    GetCurrentDirectoryW(ARRAY_SIZE(previous), previous);
    CreateDirectoryW(test_path(L"sub"), NULL);
    check_call(SetCurrentDirectoryW(test_path(L"sub")));
    check_names(L"relative", test_path(L"sub\\relative"));
    check_names(L".\\relative", test_path(L"sub\\relative"));
    check_names(L"..\\relative", name);
    check_names(L"../relative", name);
    lstrcpyW(drive_relative, name);
    drive_relative[2] = 0; /* "C:" */
    lstrcatW(drive_relative, L"relative");
    check_names(drive_relative, test_path(L"sub\\relative"));
    check_names(name + 2, name); /* "\dir\name" */
    SetCurrentDirectoryW(previous);
    RemoveDirectoryW(test_path(L"sub"));
}

/* A directory with a backslash at its end is a directory; a file with one is no file. */
static void test_trailing_backslash(void)
{
    const WCHAR *name = test_path(L"directory");
    struct stream directory;
    void *context;
    DWORD ret;

    build_directory_stream(&directory, 2);
    CreateDirectoryW(name, NULL);
    check_code(restore_stream(test_path(L"directory\\"), CREATE_FOR_DIR, &directory), ERROR_SUCCESS);
    check_export(test_path(L"directory\\"), &directory);
    check_export(name, &directory);
    RemoveDirectoryW(name);

    check_code(restore_stream(test_path(L"directory\\"), CREATE_FOR_DIR, &directory), ERROR_SUCCESS); /* missing */
    check_export(name, &directory);
    RemoveDirectoryW(name);

    check_code(restore_stream(test_path(L"file"), 0, &stream), ERROR_SUCCESS);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(test_path(L"file\\"), 0, &context);
    ok(ret, "a file was opened by the name of a directory\n");
    ok(GetLastError() == ret, "got last error %lu for %lu\n", GetLastError(), ret);
    remove_file(test_path(L"file"));
    free_stream(&directory);
}

/* [A] falls back to the A variant. */
static void test_ansi(void)
{
    char name[MAX_PATH];
    const WCHAR *wide = test_path(L"ansi");
    struct sink sink = { 0 };
    struct source source;
    void *context;
    DWORD ret;

    ok(WideCharToMultiByte(CP_ACP, 0, wide, -1, name, sizeof(name), NULL, NULL), "the name is not ANSI\n");
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawA(name, 0, &context);
    check_code(ret, ERROR_FILE_NOT_FOUND);

    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawA(name, CREATE_FOR_IMPORT, &context);
    check_code(ret, ERROR_SUCCESS);
    init_source(&source, &stream);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
    check_code(ret, ERROR_SUCCESS);
    CloseEncryptedFileRaw(context);
    check_export(wide, &stream);

    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawA(name, 0, &context);
    check_code(ret, ERROR_SUCCESS);
    SetLastError(0xdeadbeef);
    ret = ReadEncryptedFileRaw(export_callback, &sink, context);
    check_code(ret, ERROR_SUCCESS);
    check_sink(&sink, &stream);
    CloseEncryptedFileRaw(context);

    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawA(name, CREATE_FOR_IMPORT | CREATE_FOR_DIR, &context);
    check_code(ret, ERROR_DIRECTORY);
    remove_file(wide);
    free_sink(&sink);
}

static void test_scripts(void)
{
    static const WCHAR * const names[] =
    {
        L"\x00fc\x00f1\x00ef", L"\x0431\x044d\x043a\x0430\x043f", L"\x5099\x4efd", L"\x05d2\x05d9\x05d1\x05d5\x05d9",
        L"\xd83d\xdd10", L"with blanks, 100% & more", L"UPPER lower", L".hidden",
    };
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(names); i++)
    {
        const WCHAR *name = test_path(names[i]);
        HANDLE file = CreateFileW(name, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE, NULL);

        if (file == INVALID_HANDLE_VALUE)
        {
            /* Wine in a locale that isn't UTF-8 */
            skip("no file can be called %s here: %lu\n", wine_dbgstr_w(names[i]), GetLastError());
            continue;
        }
        CloseHandle(file);
        check_names(name, name);
    }
}

/* Windows names don't tell cases apart. */
static void test_case(void)
{
    const WCHAR *name = test_path(L"MixedCase"), *lower = test_path(L"mixedcase");
    WIN32_FIND_DATAW data;
    HANDLE find;

    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    check_code(restore_stream(lower, 0, &stream), ERROR_SUCCESS);
    ok(count_entries(test_path(L"")) == 1, "there are %lu files\n", count_entries(test_path(L"")));
    find = FindFirstFileW(name, &data);
    ok(find != INVALID_HANDLE_VALUE && !lstrcmpW(data.cFileName, L"MixedCase"), "the file is called %s now\n",
       wine_dbgstr_w(data.cFileName));
    FindClose(find);
    check_export(lower, &stream);
    remove_file(name);
}

static void test_long(void)
{
    WCHAR path[1024] = L"\\\\?\\", part[201];
    DWORD i, length, ret;
    void *context;

    for (i = 0; i < 200; i++) part[i] = 'a' + i % 26;
    part[200] = 0;
    lstrcatW(path, test_path(L""));
    for (i = 0; i < 3; i++)
    {
        lstrcatW(path, L"\\");
        lstrcatW(path, part);
        check_call(CreateDirectoryW(path, NULL));
    }
    lstrcatW(path, L"\\file");
    ok(lstrlenW(path) > 2 * MAX_PATH, "got %d characters\n", lstrlenW(path));
    check_names(path, path);

    /* a component that no file system takes */
    length = lstrlenW(path);
    for (i = 0; i < 260; i++) path[length + i] = 'x';
    path[length + 260] = 0;
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(path, CREATE_FOR_IMPORT, &context);
    ok(ret, "a component of 264 characters was taken\n");
    ok(GetLastError() == ret, "got last error %lu for %lu\n", GetLastError(), ret);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(path, 0, &context);
    ok(ret, "a component of 264 characters was found\n");
    ok(GetLastError() == ret, "got last error %lu for %lu\n", GetLastError(), ret);
}

static void test_invalid(void)
{
    static const WCHAR * const names[] = { L"a<b", L"a>b", L"a|b", L"a\"b", L"a*b", L"a?b" };
    WCHAR *huge = malloc(40000 * sizeof(*huge));
    DWORD i, ret;
    void *context;

    for (i = 0; i < ARRAY_SIZE(names); i++)
    {
        winetest_push_context("%s", wine_dbgstr_w(names[i]));
        SetLastError(0xdeadbeef);
        ret = OpenEncryptedFileRawW(test_path(names[i]), CREATE_FOR_IMPORT, &context);
        ok(ret, "the name was taken\n");
        ok(GetLastError() == ret, "got last error %lu for %lu\n", GetLastError(), ret);
        SetLastError(0xdeadbeef);
        ret = OpenEncryptedFileRawW(test_path(names[i]), 0, &context);
        ok(ret, "the name was found\n");
        ok(GetLastError() == ret, "got last error %lu for %lu\n", GetLastError(), ret);
        winetest_pop_context();
    }
    ok(!count_entries(test_path(L"")), "something was made\n");

    for (i = 0; i < 39999; i++) huge[i] = 'x';
    huge[39999] = 0;
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(huge, CREATE_FOR_IMPORT, &context);
    ok(ret, "a name of 39999 characters was taken\n");
    ok(GetLastError() == ret, "got last error %lu for %lu\n", GetLastError(), ret);
    free(huge);
}

START_TEST(paths)
{
    begin_tests("paths");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    build_stream(&stream, 1000, 1);
    unseen("programs: names come with and without a prefix, and relative; the other forms: reasoned")
    {
        test_forms();
        test_relative();
    }
    unseen("reasoned: as other functions take such a name")
        test_trailing_backslash();
    unseen("programs: Bareos falls back to the A variant")
        test_ansi();
    unseen("reasoned: as other functions take such a name")
    {
        test_scripts();
        test_case();
        test_invalid();
    }
    unseen("programs: wimlib and Bacula pass names longer than MAX_PATH")
        test_long();
    free_stream(&stream);
    end_tests();
}
