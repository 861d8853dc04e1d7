/*
 * FileEncryptionStatus, EncryptionDisable, EncryptFile and DecryptFile.
 *
 * "line 20", "line 21": of the list of what programs expect.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/metadata.h"
#include "helpers/policy.h"

#define NO_STATUS 0xdead

static void check_status_(int line, const WCHAR *name, DWORD expected)
{
    DWORD status = NO_STATUS;
    char narrow[MAX_PATH];

    SetLastError(0xdeadbeef);
    ok_(__FILE__, line)(FileEncryptionStatusW(name, &status), "failed: %lu\n", GetLastError());
    ok_(__FILE__, line)(status == expected, "got %lu, expected %lu\n", status, expected);
    if (lstrlenW(name) >= MAX_PATH) return;
    WideCharToMultiByte(CP_ACP, 0, name, -1, narrow, sizeof(narrow), NULL, NULL);
    status = NO_STATUS;
    ok_(__FILE__, line)(FileEncryptionStatusA(narrow, &status), "A: failed: %lu\n", GetLastError());
    ok_(__FILE__, line)(status == expected, "A: got %lu, expected %lu\n", status, expected);
}
#define check_status(name, expected) check_status_(__LINE__, name, expected)

static void check_no_status_(int line, const WCHAR *name, DWORD error)
{
    DWORD status = NO_STATUS;

    SetLastError(0xdeadbeef);
    ok_(__FILE__, line)(!FileEncryptionStatusW(name, &status), "succeeded: %lu\n", status);
    ok_(__FILE__, line)(GetLastError() == error, "got error %lu, expected %lu\n", GetLastError(), error);
    ok_(__FILE__, line)(status == NO_STATUS, "a failure changed the status\n");
}
#define check_no_status(name, error) check_no_status_(__LINE__, name, error)

/* A call that returns BOOL: error 0 for success. */
static void check_bool_(int line, BOOL result, DWORD error)
{
    DWORD found = GetLastError();

    ok_(__FILE__, line)(!result == !!error, "got %d, error %lu; expected error %lu\n", result, found, error);
    if (error) ok_(__FILE__, line)(found == error, "got error %lu, expected %lu\n", found, error);
}
#define check_bool(call, error) \
    do { BOOL result_; SetLastError(0xdeadbeef); result_ = call; check_bool_(__LINE__, result_, error); } while (0)

static const WCHAR *ini_path(void)
{
    return test_path(L"directory\\Desktop.ini");
}

/* line 20: what JNA's tests ask, which pass on Windows */
static void test_seen(void)
{
    const WCHAR *file = test_path(L"file"), *dir = test_path(L"directory");

    make_file(file, "plain text", 0);
    check_status(file, FILE_ENCRYPTABLE);
    SetFileAttributesW(file, FILE_ATTRIBUTE_READONLY);
    check_status(file, FILE_READ_ONLY);
    remove_file(file);
    check_call(CreateDirectoryW(dir, NULL));
    check_status(dir, FILE_ENCRYPTABLE);
    check_bool(pEncryptionDisable(dir, TRUE), ERROR_SUCCESS);
    check_status(dir, FILE_DIR_DISALLOWED);
    check_bool(pEncryptionDisable(dir, FALSE), ERROR_SUCCESS);
    check_status(dir, FILE_ENCRYPTABLE);
    remove_file(ini_path());
    check_call(RemoveDirectoryW(dir));
}

/* line 20 */
static void test_status(void)
{
    const WCHAR *file = test_path(L"file"), *dir = test_path(L"directory"),
    *no_xattr = env_path(L"EFS_TEST_NOXATTR_DIR");
    WCHAR windows[MAX_PATH], root[] = L"?:\\", long_root[] = L"\\\\?\\?:\\";
    struct stream stream;

    make_file(file, "plain text", 0);
    SetFileAttributesW(file, FILE_ATTRIBUTE_HIDDEN);
    check_status(file, FILE_ENCRYPTABLE);
    SetFileAttributesW(file, FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_SYSTEM);
    check_status(file, FILE_SYSTEM_ATTR);
    remove_file(file);
    build_stream(&stream, 1000, 1);
    check_code(restore_stream(file, 0, &stream), ERROR_SUCCESS);
    check_status(file, FILE_IS_ENCRYPTED);
    SetFileAttributesW(file, FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_SYSTEM);
    check_status(file, FILE_IS_ENCRYPTED);
    remove_file(file);
    free_stream(&stream);

    check_call(CreateDirectoryW(dir, NULL));
    check_status(test_path(L"directory\\"), FILE_ENCRYPTABLE);
    SetFileAttributesW(dir, FILE_ATTRIBUTE_SYSTEM);
    check_status(dir, FILE_SYSTEM_ATTR);
    SetFileAttributesW(dir, FILE_ATTRIBUTE_NORMAL);
    build_directory_stream(&stream, 1);
    check_code(restore_stream(dir, CREATE_FOR_DIR, &stream), ERROR_SUCCESS);
    check_status(dir, FILE_IS_ENCRYPTED);
    check_call(RemoveDirectoryW(dir));
    free_stream(&stream);

    GetWindowsDirectoryW(windows, ARRAY_SIZE(windows));
    check_status(windows, FILE_SYSTEM_DIR);
    root[0] = long_root[4] = windows[0];
    check_status(root, FILE_ROOT_DIR);
    check_status(long_root, FILE_ROOT_DIR);
    check_status(test_path_in(windows, L"system32"), FILE_SYSTEM_DIR);
    check_status(test_path_in(windows, L"system32\\kernel32.dll"), FILE_SYSTEM_DIR);
    CharUpperW(windows);
    check_status(test_path_in(windows, L""), FILE_SYSTEM_DIR);
    check_status(test_path_in(test_path(L""), L"..\\"), FILE_ENCRYPTABLE);

    if (no_xattr)
    {
        const WCHAR *name = test_path_in(no_xattr, L"file");

        make_file(name, "plain text", 0);
        check_status(name, FILE_SYSTEM_NOT_SUPPORT);
        check_bool(EncryptFileW(name), ERROR_VOLUME_NOT_SUPPORT_EFS);
        check_bool(DecryptFileW(name, 0), ERROR_SUCCESS);
        remove_file(name);
    }
    else skip("EFS_TEST_NOXATTR_DIR isn't set\n");
}

static void test_errors(void)
{
    const WCHAR *file = test_path(L"file");
    DWORD status = NO_STATUS;

    make_file(file, "plain text", 0);
    todo_wine check_no_status(test_path(L"missing"), ERROR_FILE_NOT_FOUND);
    todo_wine check_no_status(test_path(L"missing\\file"), ERROR_PATH_NOT_FOUND);
    todo_wine check_no_status(L"", ERROR_PATH_NOT_FOUND);
    todo_wine check_no_status(NULL, ERROR_INVALID_PARAMETER);
    SetLastError(0xdeadbeef);
    ok(!FileEncryptionStatusW(file, NULL), "succeeded\n");
    todo_wine ok(GetLastError() == ERROR_INVALID_PARAMETER, "got error %lu\n", GetLastError());
    todo_wine check_bool(FileEncryptionStatusA(NULL, &status), ERROR_INVALID_PARAMETER);
    todo_wine check_bool(FileEncryptionStatusA("", &status), ERROR_PATH_NOT_FOUND);
    todo_wine ok(status == NO_STATUS, "a failure changed the status\n");
    todo_wine check_bool(EncryptFileW(test_path(L"missing")), ERROR_FILE_NOT_FOUND);
    todo_wine check_bool(DecryptFileW(test_path(L"missing"), 0), ERROR_FILE_NOT_FOUND);
    todo_wine check_bool(EncryptFileW(test_path(L"missing\\file")), ERROR_PATH_NOT_FOUND);
    todo_wine check_bool(EncryptFileW(NULL), ERROR_INVALID_PARAMETER);
    todo_wine check_bool(EncryptFileA(NULL), ERROR_INVALID_PARAMETER);
    todo_wine check_bool(DecryptFileW(NULL, 0), ERROR_INVALID_PARAMETER);
    todo_wine check_bool(DecryptFileA(NULL, 0), ERROR_INVALID_PARAMETER);
    remove_file(file);
}

/* line 20: [J] */
static void test_disable(void)
{
    const WCHAR *dir = test_path(L"directory"), *file = test_path(L"directory\\file"),
    *sub = test_path(L"directory\\sub");
    WCHAR value[16];

    check_call(CreateDirectoryW(dir, NULL));
    check_call(CreateDirectoryW(sub, NULL));
    make_file(file, "plain text", 0);
    check_bool(pEncryptionDisable(dir, FALSE), ERROR_SUCCESS);
    check_missing(ini_path());

    check_bool(pEncryptionDisable(dir, TRUE), ERROR_SUCCESS);
    check_plain(ini_path(), "[Encryption]\r\nDisable=1\r\n", 0);
    GetPrivateProfileStringW(L"Encryption", L"Disable", L"-", value, ARRAY_SIZE(value), ini_path());
    ok(!lstrcmpW(value, L"1"), "the system reads %s\n", wine_dbgstr_w(value));
    check_status(dir, FILE_DIR_DISALLOWED);
    check_status(file, FILE_DIR_DISALLOWED);
    check_status(sub, FILE_ENCRYPTABLE);
    check_bool(EncryptFileW(dir), ERROR_DIR_EFS_DISALLOWED);
    check_bool(EncryptFileW(file), ERROR_DIR_EFS_DISALLOWED);
    check_bool(EncryptFileW(sub), ERROR_EFS_DISABLED);
    check_bool(pEncryptionDisable(dir, TRUE), ERROR_SUCCESS);
    check_plain(ini_path(), "[Encryption]\r\nDisable=1\r\n", 0);

    check_bool(pEncryptionDisable(test_path(L"directory\\"), FALSE), ERROR_SUCCESS);
    check_plain(ini_path(), "[Encryption]\r\nDisable=0\r\n", 0);
    check_status(dir, FILE_ENCRYPTABLE);
    check_status(file, FILE_ENCRYPTABLE);
    check_call(WritePrivateProfileStringW(L"Encryption", L"Disable", L"1", ini_path()));
    WritePrivateProfileStringW(NULL, NULL, NULL, ini_path());
    check_status(dir, FILE_DIR_DISALLOWED);

    check_bool(pEncryptionDisable(file, TRUE), ERROR_DIRECTORY);
    check_bool(pEncryptionDisable(test_path(L"missing"), TRUE), ERROR_FILE_NOT_FOUND);
    check_bool(pEncryptionDisable(test_path(L"missing\\dir"), TRUE), ERROR_PATH_NOT_FOUND);
    check_bool(pEncryptionDisable(NULL, TRUE), ERROR_INVALID_PARAMETER);
    SetFileAttributesW(ini_path(), FILE_ATTRIBUTE_READONLY);
    check_bool(pEncryptionDisable(dir, FALSE), ERROR_ACCESS_DENIED);
    check_status(dir, FILE_DIR_DISALLOWED);
    remove_file(ini_path());
    remove_file(file);
    check_call(RemoveDirectoryW(sub));
    check_call(RemoveDirectoryW(dir));
}

/* What else a Desktop.ini says stays. */
static void test_ini(void)
{
    static const struct { const char *before, *after; } files[] =
    {
        { "", "[Encryption]\r\nDisable=1\r\n" },
        { "[.ShellClassInfo]\r\nIconIndex=2", "[.ShellClassInfo]\r\nIconIndex=2\r\n[Encryption]\r\nDisable=1\r\n" },
        { "[Encryption]", "[Encryption]\r\nDisable=1\r\n" },
        { "[encryption]\nDISABLE = 0 \n[b]\nc=d\n", "[encryption]\nDISABLE = 1 \n[b]\nc=d\n" },
        { "[encryption]\r\nx=y\r\n[b]\r\nDisable=1\r\n", "[encryption]\r\nDisable=1\r\nx=y\r\n[b]\r\nDisable=1\r\n" },
        { "; Disable=1\r\nDisable=1\r\n", "; Disable=1\r\nDisable=1\r\n[Encryption]\r\nDisable=1\r\n" },
        { "[Encryption]\r\nDisable=\r\n", "[Encryption]\r\nDisable=1\r\n" },
        { "[Encryption]\r\nDisable=no\r\n", "[Encryption]\r\nDisable=1\r\n" },
        { "\xef\xbb\xbf[Encryption]\r\nDisable=0\r\n", "\xef\xbb\xbf[Encryption]\r\nDisable=1\r\n" },
        { "\xe4\xf6\xfc=\x80\r\n", "\xe4\xf6\xfc=\x80\r\n[Encryption]\r\nDisable=1\r\n" },
        { "[[[\r\n=\r\n[Encryption\r\nDisable=1\r\n]",
            "[[[\r\n=\r\n[Encryption\r\nDisable=1\r\n]\r\n[Encryption]\r\nDisable=1\r\n" },
    };
    const WCHAR *dir = test_path(L"directory");
    DWORD i;

    check_call(CreateDirectoryW(dir, NULL));
    for (i = 0; i < ARRAY_SIZE(files); i++)
    {
        winetest_push_context("%lu", i);
        make_file(ini_path(), files[i].before, FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM);
        check_status(dir, FILE_ENCRYPTABLE);
        check_bool(pEncryptionDisable(dir, TRUE), ERROR_SUCCESS);
        check_plain(ini_path(), files[i].after, FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM);
        check_status(dir, FILE_DIR_DISALLOWED);
        remove_file(ini_path());
        winetest_pop_context();
    }
    check_call(RemoveDirectoryW(dir));
}

static void write_bytes(const WCHAR *name, const void *bytes, DWORD size)
{
    HANDLE file = CreateFileW(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD written;

    check_call(WriteFile(file, bytes, size, &written, NULL));
    CloseHandle(file);
}

static void test_wide_ini(void)
{
    static const WCHAR before[] = L"\xfeff[Encryption]\r\n\x4e00=\x4e8c\r\n",
    after[] = L"\xfeff[Encryption]\r\nDisable=1\r\n\x4e00=\x4e8c\r\n";
    const WCHAR *dir = test_path(L"directory");
    WCHAR found[64];
    DWORD size = 0;
    HANDLE file;
    char *large;

    check_call(CreateDirectoryW(dir, NULL));
    write_bytes(ini_path(), before, sizeof(before) - sizeof(WCHAR));
    check_bool(pEncryptionDisable(dir, TRUE), ERROR_SUCCESS);
    check_status(dir, FILE_DIR_DISALLOWED);
    file = CreateFileW(ini_path(), GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    ReadFile(file, found, sizeof(found), &size, NULL);
    CloseHandle(file);
    ok(size == sizeof(after) - sizeof(WCHAR) && !memcmp(found, after, size), "got %lu bytes\n", size);

    /* no Desktop.ini, whatever its name is */
    large = calloc(1, 65537);
    write_bytes(ini_path(), large, 65537);
    free(large);
    check_status(dir, FILE_ENCRYPTABLE);
    check_bool(pEncryptionDisable(dir, TRUE), ERROR_FILE_TOO_LARGE);
    remove_file(ini_path());
    check_call(RemoveDirectoryW(dir));
}

/* line 21: [R] clears the attributes and tries once more */
static void test_encrypt(void)
{
    const WCHAR *file = test_path(L"file");
    WCHAR windows[MAX_PATH];
    char narrow[MAX_PATH];
    struct stream stream;
    DWORD encrypted;

    WideCharToMultiByte(CP_ACP, 0, file, -1, narrow, sizeof(narrow), NULL, NULL);
    build_stream(&stream, 1000, 1);
    for (encrypted = 0; encrypted < 2; encrypted++)
    {
        winetest_push_context(encrypted ? "encrypted" : "plain");
        if (encrypted) check_code(restore_stream(file, 0, &stream), ERROR_SUCCESS);
        else make_file(file, "plain text", 0);
        check_bool(EncryptFileW(file), encrypted ? ERROR_SUCCESS : ERROR_EFS_DISABLED);
        check_bool(EncryptFileA(narrow), encrypted ? ERROR_SUCCESS : ERROR_EFS_DISABLED);
        check_bool(DecryptFileW(file, 0), encrypted ? ERROR_EFS_DISABLED : ERROR_SUCCESS);
        check_bool(DecryptFileA(narrow, 0), encrypted ? ERROR_EFS_DISABLED : ERROR_SUCCESS);
        SetFileAttributesW(file, FILE_ATTRIBUTE_READONLY);
        check_bool(EncryptFileW(file), ERROR_FILE_READ_ONLY);
        check_bool(DecryptFileW(file, 0), ERROR_FILE_READ_ONLY);
        SetFileAttributesW(file, FILE_ATTRIBUTE_SYSTEM);
        check_bool(EncryptFileW(file), ERROR_ACCESS_DENIED);
        check_bool(DecryptFileW(file, 0), ERROR_ACCESS_DENIED);
        SetFileAttributesW(file, FILE_ATTRIBUTE_NORMAL);
        if (encrypted) check_export(file, &stream);
        else check_plain(file, "plain text", 0);
        winetest_pop_context();
    }
    check_bool(DecryptFileW(file, 1), ERROR_INVALID_PARAMETER);
    remove_file(file);
    free_stream(&stream);

    GetWindowsDirectoryW(windows, ARRAY_SIZE(windows));
    check_bool(EncryptFileW(windows), ERROR_ACCESS_DENIED);
    check_bool(EncryptFileW(test_path_in(windows, L"system32")), ERROR_ACCESS_DENIED);
    windows[3] = 0;
    check_bool(EncryptFileW(windows), ERROR_ACCESS_DENIED);
}

static void test_directory(void)
{
    const WCHAR *dir = test_path(L"directory");
    struct stream stream;

    check_call(CreateDirectoryW(dir, NULL));
    check_bool(EncryptFileW(dir), ERROR_EFS_DISABLED);
    check_bool(DecryptFileW(dir, 0), ERROR_SUCCESS);
    build_directory_stream(&stream, 1);
    make_file(test_path(L"directory\\file"), "plain text", 0);
    check_code(restore_stream(dir, CREATE_FOR_DIR, &stream), ERROR_SUCCESS);
    check_bool(EncryptFileW(dir), ERROR_SUCCESS);
    check_export(dir, &stream);
    check_bool(DecryptFileW(dir, 0), ERROR_SUCCESS);
    check_status(dir, FILE_ENCRYPTABLE);
    ok(!(GetFileAttributesW(dir) & FILE_ATTRIBUTE_ENCRYPTED), "still encrypted\n");
    check_plain(test_path(L"directory\\file"), "plain text", 0);
    remove_file(test_path(L"directory\\file"));
    check_call(RemoveDirectoryW(dir));
    free_stream(&stream);
}

START_TEST(status)
{
    begin_tests("status");
    /* what is answered where EFS is switched off; api/encrypt.c and api/keys.c have the rest */
    set_policy(L"EfsConfiguration", 1);
    unseen("reasoned: as other functions of files answer")
        test_errors();
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    seen("JNA's tests, for a W name")
        test_seen();
    unseen("documented: FileEncryptionStatus; of two reasons which one is said: reasoned")
        test_status();
    unseen("documented: EncryptionDisable on Desktop.ini; the codes are reasoned")
        test_disable();
    unseen("ours: what else the file says stays; as WritePrivateProfileString would leave it: reasoned")
    {
        test_ini();
        test_wide_ini();
    }
    unseen("programs: restic and JNA act on these codes; that a stranger's encrypted file is a success is ours")
        test_encrypt();
    unseen("programs: JNA acts on ERROR_EFS_DISABLED; what a directory does is EncryptFile's reference")
        test_directory();
    clear_policies();
    end_tests();
}
