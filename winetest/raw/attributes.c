/*
 * Attributes, times and security of encrypted files: before, during and after a restore.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"

#include <winternl.h>

#ifndef FILE_SUPPORTS_ENCRYPTION
#define FILE_SUPPORTS_ENCRYPTION 0x20000
#endif

#define DATA_SIZE 1000 /* not the size of anything on the host */

static struct stream stream, other;

/* line 1: the three ways in which programs ask */
static void test_encrypted_attribute(void)
{
    const WCHAR *name = test_path(L"file"), *directory = test_path(L"directory");
    BY_HANDLE_FILE_INFORMATION info = { 0 };
    WIN32_FILE_ATTRIBUTE_DATA data = { 0 };
    WIN32_FIND_DATAW find_data = { 0 };
    struct stream directory_stream;
    DWORD attributes;
    HANDLE handle;

    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    attributes = GetFileAttributesW(name);
    ok(attributes != INVALID_FILE_ATTRIBUTES, "GetFileAttributes failed: %lu\n", GetLastError());
    ok(attributes & FILE_ATTRIBUTE_ENCRYPTED, "got attributes %#lx\n", attributes);

    check_call(GetFileAttributesExW(name, GetFileExInfoStandard, &data));
    ok(data.dwFileAttributes & FILE_ATTRIBUTE_ENCRYPTED, "got attributes %#lx\n", data.dwFileAttributes);

    handle = CreateFileW(name, FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    ok(handle != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    check_call(GetFileInformationByHandle(handle, &info));
    ok(info.dwFileAttributes & FILE_ATTRIBUTE_ENCRYPTED, "got attributes %#lx\n", info.dwFileAttributes);
    CloseHandle(handle);

    build_directory_stream(&directory_stream, 3);
    check_code(restore_stream(directory, CREATE_FOR_DIR, &directory_stream), ERROR_SUCCESS);
    handle = FindFirstFileW(directory, &find_data);
    ok(handle != INVALID_HANDLE_VALUE, "FindFirstFile failed: %lu\n", GetLastError());
    FindClose(handle);
    ok(find_data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY, "got attributes %#lx\n", find_data.dwFileAttributes);
    ok(find_data.dwFileAttributes & FILE_ATTRIBUTE_ENCRYPTED, "got attributes %#lx\n", find_data.dwFileAttributes);
    RemoveDirectoryW(directory);
    remove_file(name);
    free_stream(&directory_stream);
}

/* line 1: [W] imports it from ntdll */
static void test_all_information(void)
{
    struct /* FILE_ALL_INFORMATION as far as it matters */
    {
        LARGE_INTEGER times[4];
        ULONG         attributes;
        ULONG         pad;
        LARGE_INTEGER allocation_size;
        LARGE_INTEGER end_of_file;
        BYTE          rest[1024];
    } all = { 0 };
    NTSTATUS (WINAPI *query)(HANDLE, IO_STATUS_BLOCK *, void *, ULONG, int);
    const WCHAR *name = test_path(L"file");
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    HANDLE handle;
    FARPROC proc = GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQueryInformationFile");

    memcpy(&query, &proc, sizeof(query));
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    handle = CreateFileW(name, FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    ok(handle != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    status = query(handle, &io, &all, sizeof(all), 18 /* FileAllInformation */);
    ok(!status, "NtQueryInformationFile returned %#lx\n", status);
    ok(all.attributes & FILE_ATTRIBUTE_ENCRYPTED, "got attributes %#lx\n", all.attributes);
    ok(all.end_of_file.QuadPart == DATA_SIZE, "got size %lu\n", (DWORD)all.end_of_file.QuadPart);
    CloseHandle(handle);
    remove_file(name);
}

/* line 2 */
static void test_volume(void)
{
    WCHAR root[4];
    DWORD flags = 0;

    lstrcpynW(root, test_path(L""), ARRAY_SIZE(root));
    check_call(GetVolumeInformationW(root, NULL, 0, NULL, NULL, &flags, NULL, 0));
    ok(flags & FILE_SUPPORTS_ENCRYPTION, "got flags %#lx\n", flags);
}

/* line 16: the length is the plaintext's [J] */
static void test_length(void)
{
    const WCHAR *name = test_path(L"file");
    WIN32_FILE_ATTRIBUTE_DATA data = { 0 };
    struct stream empty;

    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    check_call(GetFileAttributesExW(name, GetFileExInfoStandard, &data));
    ok(!data.nFileSizeHigh && data.nFileSizeLow == DATA_SIZE, "got size %lu\n", data.nFileSizeLow);

    build_stream(&empty, 0, 4);
    check_code(restore_stream(name, 0, &empty), ERROR_SUCCESS);
    check_call(GetFileAttributesExW(name, GetFileExInfoStandard, &data));
    ok(!data.nFileSizeHigh && !data.nFileSizeLow, "got size %lu\n", data.nFileSizeLow);
    remove_file(name);
    free_stream(&empty);
}

/* line 15: [A] sets attributes between Write and Close, on the path */
static void test_between_write_and_close(void)
{
    static const DWORD attributes[] = { FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_SYSTEM, FILE_ATTRIBUTE_READONLY,
                                        FILE_ATTRIBUTE_NORMAL, FILE_ATTRIBUTE_ARCHIVE,
                                        FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_ENCRYPTED };
    const DWORD visible = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_READONLY;
    const WCHAR *name = test_path(L"file");
    struct source source;
    void *context;
    DWORD ret, i;

    for (i = 0; i < ARRAY_SIZE(attributes) * 2; i++)
    {
        DWORD value = attributes[i / 2];

        winetest_push_context("%s, attributes %#lx", i & 1 ? "existing" : "missing", value);
        if (i & 1) make_file(name, "old", 0);
        context = open_import(name, 0);
        init_source(&source, &stream);
        SetLastError(0xdeadbeef);
        ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
        check_code(ret, ERROR_SUCCESS);
        check_call(SetFileAttributesW(name, value));
        CloseEncryptedFileRaw(context);
        ret = GetFileAttributesW(name);
        ok((ret & visible) == (value & visible), "got attributes %#lx\n", ret);
        check_export(name, &stream);
        remove_file(name);
        winetest_pop_context();
    }
}

/* line 15: after Close, and with or without the ENCRYPTED bit [W, C S R] */
static void test_after_close(void)
{
    static const FILETIME write_time = { 0x12345678 & ~0xffu, 0x01c60000 };
    const WCHAR *name = test_path(L"file");
    WIN32_FILE_ATTRIBUTE_DATA data;
    SECURITY_DESCRIPTOR security;
    HANDLE handle;

    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    handle = CreateFileW(name, FILE_WRITE_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    ok(handle != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    check_call(SetFileTime(handle, &write_time, &write_time, &write_time));
    CloseHandle(handle);
    InitializeSecurityDescriptor(&security, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorDacl(&security, TRUE, NULL, FALSE);
    check_call(SetFileSecurityW(name, DACL_SECURITY_INFORMATION, &security));
    check_call(SetFileAttributesW(name, FILE_ATTRIBUTE_ARCHIVE));
    check_export(name, &stream);
    check_call(SetFileAttributesW(name, FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_ENCRYPTED));
    check_export(name, &stream);
    check_call(SetFileAttributesW(name, FILE_ATTRIBUTE_READONLY));
    check_export(name, &stream);
    check_call(GetFileAttributesExW(name, GetFileExInfoStandard, &data));
    ok(!CompareFileTime(&data.ftLastWriteTime, &write_time), "the time has changed\n");
    remove_file(name);
}

/* ERROR_ACCESS_DENIED, and nothing has happened (MS-FSA, overwriting) */
static void test_protected_targets(void)
{
    static const struct { DWORD attributes; ULONG flags; DWORD expected; } tests[] =
    {
        { FILE_ATTRIBUTE_HIDDEN, 0, ERROR_ACCESS_DENIED },
        { FILE_ATTRIBUTE_SYSTEM, 0, ERROR_ACCESS_DENIED },
        { FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM, 0, ERROR_ACCESS_DENIED },
        { FILE_ATTRIBUTE_READONLY, 0, ERROR_ACCESS_DENIED },
        { FILE_ATTRIBUTE_READONLY, OVERWRITE_HIDDEN, ERROR_ACCESS_DENIED },
        { FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN, OVERWRITE_HIDDEN, ERROR_ACCESS_DENIED },
        { FILE_ATTRIBUTE_HIDDEN, OVERWRITE_HIDDEN, ERROR_SUCCESS },
        { FILE_ATTRIBUTE_SYSTEM, OVERWRITE_HIDDEN, ERROR_SUCCESS },
        { FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM, OVERWRITE_HIDDEN, ERROR_SUCCESS },
    };
    const DWORD kept = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_READONLY;
    const WCHAR *name = test_path(L"file");
    DWORD ret, i;

    for (i = 0; i < ARRAY_SIZE(tests); i++)
    {
        winetest_push_context("attributes %#lx, flags %lu", tests[i].attributes, tests[i].flags);
        make_file(name, "stays", tests[i].attributes);
        check_code(restore_stream(name, tests[i].flags, &stream), tests[i].expected);
        if (tests[i].expected) check_plain(name, "stays", tests[i].attributes);
        else
        {
            check_export(name, &stream);
            ret = GetFileAttributesW(name);
            ok((ret & kept) == tests[i].attributes, "got attributes %#lx\n", ret);
            /* the same on a file that is encrypted already */
            check_code(restore_stream(name, 0, &other), ERROR_ACCESS_DENIED);
            check_export(name, &stream);
            check_code(restore_stream(name, OVERWRITE_HIDDEN, &other), ERROR_SUCCESS);
            check_export(name, &other);
            ret = GetFileAttributesW(name);
            ok((ret & kept) == tests[i].attributes, "got attributes %#lx\n", ret);
        }
        remove_file(name);
        winetest_pop_context();
    }
}

/* A failed import of a hidden file changes neither its content nor its attributes. */
static void test_failure_keeps_attributes(void)
{
    const WCHAR *name = test_path(L"file");
    struct source source;

    make_file(name, "stays", FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM);
    init_source(&source, &stream);
    source.size -= 10;
    check_code(restore_from(name, OVERWRITE_HIDDEN, &source), ERROR_NOT_EXPORT_FORMAT);
    check_plain(name, "stays", FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM);
    remove_file(name);
}

START_TEST(attributes)
{
    begin_tests("attributes");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    build_stream(&stream, DATA_SIZE, 1);
    build_stream(&other, 2 * DATA_SIZE, 2);
    unseen("programs: burp, Bareos and others choose the raw functions by it")
        test_encrypted_attribute();
    unseen("programs: wimlib chooses the raw functions by it")
        test_all_information();
    unseen("programs: wimlib and Open Salamander restore nothing without the flag")
        test_volume();
    unseen("programs: JNA's tests, which pass on Windows, with a stream of Windows' own; of no bytes: reasoned")
        test_length();
    unseen("programs: Bareos sets them then")
        test_between_write_and_close();
    unseen("programs: wimlib, Bacula, Open Salamander and restic set them then")
        test_after_close();
    unseen("documented: MS-FSA on overwriting; that OVERWRITE_HIDDEN lifts it is MS-EFSR")
        test_protected_targets();
    unseen("ours: a stream that is cut leaves the target as it was")
        test_failure_keeps_attributes();
    free_stream(&stream);
    free_stream(&other);
    end_tests();
}
