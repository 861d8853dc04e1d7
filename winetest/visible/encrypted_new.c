/*
 * What is created with FILE_ATTRIBUTE_ENCRYPTED is encrypted, or isn't created: never plain with success.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"
#include "helpers/nt_test.h"
#include "helpers/policy.h"

static HANDLE create(const WCHAR *name, DWORD access, DWORD disposition, DWORD attributes)
{
    SetLastError(0xdeadbeef);
    return CreateFileW(name, access, FILE_SHARE_READ, NULL, disposition, attributes, NULL);
}

static bool is_encrypted(const WCHAR *name)
{
    DWORD attributes = GetFileAttributesW(name);

    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_ENCRYPTED);
}

/* Without data: it is encrypted, and the handle leads to it. */
static void test_empty(void)
{
    static const DWORD dispositions[] = { CREATE_NEW, CREATE_ALWAYS, OPEN_ALWAYS };
    const WCHAR *name = test_path(L"file");
    BY_HANDLE_FILE_INFORMATION info;
    HANDLE file;
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(dispositions); i++)
    {
        winetest_push_context("disposition %lu", dispositions[i]);
        file = create(name, FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES, dispositions[i],
                      FILE_ATTRIBUTE_ENCRYPTED | FILE_ATTRIBUTE_HIDDEN);
        ok(file != INVALID_HANDLE_VALUE, "got error %lu\n", GetLastError());
        check_call(GetFileInformationByHandle(file, &info));
        ok((info.dwFileAttributes & ~(DWORD)FILE_ATTRIBUTE_ARCHIVE)
           == (FILE_ATTRIBUTE_ENCRYPTED | FILE_ATTRIBUTE_HIDDEN), "got %#lx\n", info.dwFileAttributes);
        ok(!info.nFileSizeLow && info.nNumberOfLinks == 1, "got size %lu, %lu links\n", info.nFileSizeLow,
           info.nNumberOfLinks);
        CloseHandle(file);
        ok(is_encrypted(name), "not encrypted\n");
        check_call(DecryptFileW(name, 0));
        check_plain(name, "", FILE_ATTRIBUTE_HIDDEN);
        SetFileAttributesW(name, FILE_ATTRIBUTE_NORMAL);
        remove_file(name);
        winetest_pop_context();
    }
    /* in the place of a file */
    make_file(name, "plain text", 0);
    file = create(name, FILE_WRITE_ATTRIBUTES, CREATE_ALWAYS, FILE_ATTRIBUTE_ENCRYPTED);
    ok(file != INVALID_HANDLE_VALUE, "got error %lu\n", GetLastError());
    CloseHandle(file);
    ok(is_encrypted(name), "not encrypted\n");
    check_call(DecryptFileW(name, 0));
    check_plain(name, "", 0);
    remove_file(name);
}

/* To be written: refused where what is written would be plain, and whatever was there stays. */
static void test_data(void)
{
    static const DWORD access[] = { GENERIC_READ, GENERIC_WRITE, GENERIC_READ | GENERIC_WRITE, GENERIC_ALL,
                                    FILE_APPEND_DATA };
    static const DWORD dispositions[] = { CREATE_NEW, CREATE_ALWAYS, OPEN_ALWAYS };
    const WCHAR *name = test_path(L"file"), *there = test_path(L"there");
    HANDLE file;
    DWORD i, j;

    make_file(there, "plain text", 0);
    for (i = 0; i < ARRAY_SIZE(access); i++)
        for (j = 0; j < ARRAY_SIZE(dispositions); j++)
        {
            winetest_push_context("access %#lx, disposition %lu", access[i], dispositions[j]);
            file = create(name, access[i], dispositions[j], FILE_ATTRIBUTE_ENCRYPTED);
            if (file != INVALID_HANDLE_VALUE)
            {
                CloseHandle(file);
                ok(is_encrypted(name), "success, and plain\n");
                remove_file(name);
            }
            else
            {
                ok(GetLastError() == ERROR_ACCESS_DENIED, "got error %lu\n", GetLastError());
                check_missing(name);
                if (dispositions[j] == CREATE_ALWAYS)
                {
                    file = create(there, access[i], CREATE_ALWAYS, FILE_ATTRIBUTE_ENCRYPTED);
                    ok(file == INVALID_HANDLE_VALUE && GetLastError() == ERROR_ACCESS_DENIED, "got error %lu\n",
                       GetLastError());
                    check_plain(there, "plain text", 0);
                }
            }
            winetest_pop_context();
        }
    file = create(there, GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_ENCRYPTED);
    ok(file == INVALID_HANDLE_VALUE && GetLastError() == ERROR_FILE_EXISTS, "got error %lu\n", GetLastError());

    /* what is there isn't created */
    for (i = 0; i < 2; i++)
    {
        file = create(there, GENERIC_READ, i ? OPEN_ALWAYS : OPEN_EXISTING, FILE_ATTRIBUTE_ENCRYPTED);
        ok(file != INVALID_HANDLE_VALUE, "got error %lu\n", GetLastError());
        CloseHandle(file);
    }
    check_plain(there, "plain text", 0);
    remove_file(there);

    /* one that deletes itself */
    file = create(name, FILE_READ_ATTRIBUTES | DELETE, CREATE_NEW,
                  FILE_ATTRIBUTE_ENCRYPTED | FILE_FLAG_DELETE_ON_CLOSE);
    if (file != INVALID_HANDLE_VALUE)
    {
        ok(is_encrypted(name), "success, and plain\n");
        CloseHandle(file);
    }
    check_missing(name);
}

/* Windows encrypts no system files, and nothing where it can't. */
static void test_exempt(void)
{
    const WCHAR *name = test_path(L"file"), *dir = env_path(L"EFS_TEST_NOXATTR_DIR"), *other;
    HANDLE file;

    file = create(name, GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_ENCRYPTED | FILE_ATTRIBUTE_SYSTEM);
    ok(file != INVALID_HANDLE_VALUE, "got error %lu\n", GetLastError());
    CloseHandle(file);
    ok(!is_encrypted(name), "encrypted\n");
    SetFileAttributesW(name, FILE_ATTRIBUTE_NORMAL);
    remove_file(name);

    if (!dir)
    {
        skip("no file system without attributes\n");
        return;
    }
    other = test_path_in(dir, L"file");
    file = create(other, GENERIC_WRITE, CREATE_ALWAYS, FILE_ATTRIBUTE_ENCRYPTED);
    ok(file != INVALID_HANDLE_VALUE, "got error %lu\n", GetLastError());
    CloseHandle(file);
    file = create(other, GENERIC_WRITE, CREATE_ALWAYS, FILE_ATTRIBUTE_ENCRYPTED);
    ok(file != INVALID_HANDLE_VALUE, "got error %lu\n", GetLastError());
    CloseHandle(file);
    ok(!is_encrypted(other), "encrypted\n");
    remove_file(other);
}

static void test_switched_off(void)
{
    const WCHAR *name = test_path(L"file");
    HANDLE file;

    if (!set_policy(L"EfsConfiguration", 1)) return;
    file = create(name, FILE_WRITE_ATTRIBUTES, CREATE_NEW, FILE_ATTRIBUTE_ENCRYPTED);
    ok(file == INVALID_HANDLE_VALUE && GetLastError() == ERROR_ACCESS_DENIED, "got error %lu\n", GetLastError());
    check_missing(name);
    clear_policies();
}

static void test_directory(void)
{
    const WCHAR *dir = test_path(L"directory");
    OBJECT_ATTRIBUTES attr = { 0 };
    IO_STATUS_BLOCK io;
    UNICODE_STRING name;
    NTSTATUS status;
    HANDLE file;

    check_call(RtlDosPathNameToNtPathName_U(dir, &name, NULL, NULL));
    attr.Length = sizeof(attr);
    attr.ObjectName = &name;
    attr.Attributes = OBJ_CASE_INSENSITIVE;
    status = NtCreateFile(&file, FILE_LIST_DIRECTORY | SYNCHRONIZE, &attr, &io, NULL, FILE_ATTRIBUTE_ENCRYPTED,
                          FILE_SHARE_READ, FILE_CREATE, FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    ok(!status, "got %#lx\n", status);
    if (!status) CloseHandle(file);
    RtlFreeUnicodeString(&name);
    ok(is_encrypted(dir), "not marked\n");
    check_call(RemoveDirectoryW(dir));
}

START_TEST(encrypted_new)
{
    begin_tests("encrypted_new");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    unseen("documented: CreateFile on FILE_ATTRIBUTE_ENCRYPTED; restic wants it so")
        test_empty();
    unseen("ours: refused where it cannot be encrypted; Windows encrypts it")
        test_data();
    unseen("documented: CreateFile on FILE_ATTRIBUTE_ENCRYPTED and FILE_ATTRIBUTE_SYSTEM")
        test_exempt();
    unseen("reasoned: it is not made plain; no document has the code")
        test_switched_off();
    unseen("reasoned: as a file; CreateDirectory has no such attribute")
    {
        test_directory();
        ok(!count_entries(test_path(L"")), "something was left behind\n");
    }
    end_tests();
}
