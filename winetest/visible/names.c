/*
 * Encrypted files by names of every form: they show as encrypted and are guarded; plain ones aren't.
 *
 * EFS_TEST_LINKS_DIR, from outside, is an empty directory in which "to-file", "to-directory", "to-nowhere" and
 * "to-itself" are symbolic links of the host to "target", "targets", "nowhere" and "to-itself".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/objects.h"
#include "helpers/nt_test.h"

static struct stream stream, directory_stream;

/* By this name there is the encrypted file */
static void check_shown_(int line, const WCHAR *name)
{
    WIN32_FILE_ATTRIBUTE_DATA data = { 0 };
    DWORD attributes, error;
    HANDLE file;

    winetest_push_context("%s", wine_dbgstr_w(name));
    attributes = GetFileAttributesW(name);
    ok_(__FILE__, line)(attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_ENCRYPTED,
                        "got attributes %#lx\n", attributes);
    ok_(__FILE__, line)(GetFileAttributesExW(name, GetFileExInfoStandard, &data), "GetFileAttributesEx failed: %lu\n",
                        GetLastError());
    ok_(__FILE__, line)(data.dwFileAttributes & FILE_ATTRIBUTE_ENCRYPTED, "got attributes %#lx\n",
                        data.dwFileAttributes);
    ok_(__FILE__, line)(data.nFileSizeLow == OBJECT_SIZE, "got size %lu\n", data.nFileSizeLow);
    SetLastError(0xdeadbeef);
    file = CreateFileW(name, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    error = GetLastError();
    ok_(__FILE__, line)(file == INVALID_HANDLE_VALUE && error == ERROR_ACCESS_DENIED, "got %p, error %lu\n", file,
                        error);
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
    file = CreateFileW(name, GENERIC_READ | DELETE, SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
    check_export_(__FILE__, line, name, &stream); /* it's still there */
    winetest_pop_context();
}
#define check_shown(name) check_shown_(__LINE__, name)

static void test_forms(void)
{
    const WCHAR *name = test_path(L"file");
    WCHAR form[1024], previous[MAX_PATH], *p;

    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    check_shown(name);
    check_shown(lstrcatW(lstrcpyW(form, L"\\\\?\\"), name));
    check_shown(lstrcatW(lstrcpyW(form, L"\\\\.\\"), name));
    lstrcpyW(form, name);
    for (p = form; *p; p++) if (*p == '\\') *p = '/';
    check_shown(form);
    check_shown(test_path(L"FILE"));
    check_shown(test_path(L".\\fIlE"));
    check_shown(test_path(L"nowhere\\..\\file"));
    check_shown(test_path(L"file."));
    check_shown(test_path(L"file "));
    GetCurrentDirectoryW(ARRAY_SIZE(previous), previous);
    check_call(SetCurrentDirectoryW(test_path(L"")));
    check_shown(L"file");
    check_shown(L".\\FILE");
    SetCurrentDirectoryW(previous);
    remove_file(name);
}

static void test_scripts(void)
{
    static const WCHAR * const names[] = { L"\x00fc\x00f1\x00ef", L"\x0431\x044d\x043a\x0430\x043f", L"\x5099\x4efd",
                                           L"\x05d2\x05d9\x05d1\x05d5\x05d9", L"\xd83d\xdd10",
                                           L"with blanks, 100% & more" };
    WIN32_FIND_DATAW data;
    HANDLE find;
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(names); i++)
    {
        const WCHAR *name = test_path(names[i]);
        HANDLE file = CreateFileW(name, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE, NULL);

        if (file == INVALID_HANDLE_VALUE)
        {
            skip("no file can be called %s here: %lu\n", wine_dbgstr_w(names[i]), GetLastError());
            continue;
        }
        CloseHandle(file);
        check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
        check_shown(name);
        find = FindFirstFileW(test_path(L"*"), &data);
        ok(find != INVALID_HANDLE_VALUE, "FindFirstFile failed: %lu\n", GetLastError());
        do if (data.cFileName[0] != '.')
            ok(!lstrcmpW(data.cFileName, names[i]) && data.dwFileAttributes & FILE_ATTRIBUTE_ENCRYPTED
               && data.nFileSizeLow == OBJECT_SIZE, "%s: got attributes %#lx, size %lu\n",
               wine_dbgstr_w(data.cFileName), data.dwFileAttributes, data.nFileSizeLow);
        while (FindNextFileW(find, &data));
        FindClose(find);
        remove_file(name);
    }
}

/* Longer than anything Win32 names without a prefix have; UTF-16 and UTF-8 differ in length */
static void test_long(void)
{
    WCHAR *path = malloc(8000 * sizeof(*path)), part[81];
    DWORD i, j;

    for (i = 0; i < 80; i++) part[i] = 0x4e00 + i;
    part[80] = 0;
    lstrcatW(lstrcpyW(path, L"\\\\?\\"), test_path(L""));
    for (i = 0; i < 12; i++)
    {
        lstrcatW(path, L"\\");
        lstrcatW(path, part);
        if (!CreateDirectoryW(path, NULL)) break;
    }
    ok(i == 12 || !i, "only %lu directories can be made: %lu\n", i, GetLastError());
    if (!i) skip("no directory can have such a name here\n");
    for (j = 0; j < 2 && i == 12; j++)
    {
        WCHAR *end = path + lstrlenW(path);

        lstrcatW(path, j ? L"\\\x5099\x4efd" : L"\\file");
        check_code(restore_stream(path, 0, &stream), ERROR_SUCCESS);
        check_shown(path);
        check_call(DeleteFileW(path));
        *end = 0;
    }
    free(path); /* the directories are removed at the end */
}

/* Names of the host: Z:, \\?\unix and the same as UNC */
static void test_host_names(void)
{
    static const WCHAR * const prefixes[] = { L"\\\\?\\unix", L"\\\\.\\unix", L"Z:", L"\\\\?\\Z:" };
    const WCHAR *name = test_path(L"file");
    char *(CDECL *get_unix_name)(const WCHAR *);
    FARPROC proc = GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "wine_get_unix_file_name");
    WCHAR form[2048], host[1024], *p;
    char *unix_name;
    DWORD i;

    memcpy(&get_unix_name, &proc, sizeof(proc));
    if (!proc)
    {
        skip("this isn't Wine\n");
        return;
    }
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    unix_name = get_unix_name(name);
    ok(unix_name != NULL, "there is no Unix name\n");
    MultiByteToWideChar(CP_UTF8, 0, unix_name, -1, host, ARRAY_SIZE(host));
    HeapFree(GetProcessHeap(), 0, unix_name);
    for (p = host; *p; p++) if (*p == '/') *p = '\\';
    for (i = 0; i < ARRAY_SIZE(prefixes); i++) check_shown(lstrcatW(lstrcpyW(form, prefixes[i]), host));
    remove_file(name);
}

/* An ordinary UNC name leads nowhere, as it did. */
static void test_unc(void)
{
    DWORD attributes, error;

    SetLastError(0xdeadbeef);
    attributes = GetFileAttributesW(L"\\\\no-such-server\\share\\file");
    error = GetLastError();
    ok(attributes == INVALID_FILE_ATTRIBUTES, "got attributes %#lx\n", attributes);
    ok(error == ERROR_BAD_NETPATH || error == ERROR_BAD_NET_NAME || error == ERROR_BAD_DEV_TYPE, "got error %lu\n",
       error);
}

static void test_links(void)
{
    const WCHAR *dir = env_path(L"EFS_TEST_LINKS_DIR"), *target, *directory;
    WIN32_FIND_DATAW data;
    DWORD attributes, plain_file, plain_directory, error;
    HANDLE find;

    if (!dir)
    {
        skip("EFS_TEST_LINKS_DIR names no directory with symbolic links\n");
        return;
    }
    target = test_path_in(dir, L"target");
    directory = test_path_in(dir, L"targets");
    /* to plain ones first: whatever they look like, encrypted ones look like that and encrypted */
    make_file(target, "plain", 0);
    check_call(CreateDirectoryW(directory, NULL));
    plain_file = GetFileAttributesW(test_path_in(dir, L"to-file"));
    plain_directory = GetFileAttributesW(test_path_in(dir, L"to-directory"));
    ok(!(plain_file & FILE_ATTRIBUTE_ENCRYPTED) && !(plain_directory & FILE_ATTRIBUTE_ENCRYPTED),
       "got attributes %#lx, %#lx\n", plain_file, plain_directory);
    check_code(restore_stream(target, 0, &stream), ERROR_SUCCESS);
    check_code(restore_stream(directory, CREATE_FOR_DIR, &directory_stream), ERROR_SUCCESS);
    attributes = GetFileAttributesW(test_path_in(dir, L"to-file"));
    ok(attributes == (plain_file | FILE_ATTRIBUTE_ENCRYPTED), "got attributes %#lx, expected %#lx\n", attributes,
       plain_file);
    check_shown(test_path_in(dir, L"to-file"));
    attributes = GetFileAttributesW(test_path_in(dir, L"to-directory"));
    ok(attributes == (plain_directory | FILE_ATTRIBUTE_ENCRYPTED), "got attributes %#lx, expected %#lx\n", attributes,
       plain_directory);
    find = FindFirstFileW(test_path_in(dir, L"to-file"), &data);
    ok(find != INVALID_HANDLE_VALUE, "FindFirstFile failed: %lu\n", GetLastError());
    ok(data.dwFileAttributes == (plain_file | FILE_ATTRIBUTE_ENCRYPTED), "got attributes %#lx\n",
       data.dwFileAttributes);
    FindClose(find);

    SetLastError(0xdeadbeef);
    attributes = GetFileAttributesW(test_path_in(dir, L"to-nowhere"));
    error = GetLastError();
    ok(attributes == INVALID_FILE_ATTRIBUTES && error == ERROR_FILE_NOT_FOUND, "got attributes %#lx, error %lu\n",
       attributes, error);
    SetLastError(0xdeadbeef);
    attributes = GetFileAttributesW(test_path_in(dir, L"to-itself"));
    ok(attributes == INVALID_FILE_ATTRIBUTES, "got attributes %#lx\n", attributes);
    remove_file(target);
    check_call(RemoveDirectoryW(directory));
}

START_TEST(names)
{
    begin_tests("names");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    build_stream(&stream, OBJECT_SIZE, 1);
    build_directory_stream(&directory_stream, 2);
    unseen("reasoned: a name of another form leads to the same file")
    {
        test_forms();
        test_scripts();
    }
    not_windows("names of Wine's own")
        test_host_names();
    unseen("reasoned: no server of that name answers")
        test_unc();
    not_windows("symbolic links of the host, which are no reparse points")
        test_links();
    unseen("reasoned: a name of another form leads to the same file")
        test_long();
    free_stream(&stream);
    free_stream(&directory_stream);
    end_tests();
}
