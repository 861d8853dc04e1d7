/*
 * What is created in an encrypted directory is encrypted, or isn't created: never plain with success, but for what
 * Windows' own rules leave plain, and for what is restored.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"
#include "helpers/efs_api.h"
#include "helpers/nt_test.h"
#include "helpers/policy.h"


static const WCHAR *dir, *file, *sub, *plain;

static bool is_encrypted(const WCHAR *name)
{
    DWORD attributes = GetFileAttributesW(name);

    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_ENCRYPTED);
}

/* Made encrypted, or refused and not there. */
static void check_made_(int line, BOOL made, const WCHAR *name)
{
    DWORD error = GetLastError();

    if (made) ok_(__FILE__, line)(is_encrypted(name), "success, and plain\n");
    else
    {
        ok_(__FILE__, line)(error == ERROR_ACCESS_DENIED, "got error %lu\n", error);
        check_missing_(__FILE__, line, name);
    }
    SetFileAttributesW(name, FILE_ATTRIBUTE_NORMAL);
    DeleteFileW(name);
}
#define check_made(made, name) do { BOOL made_ = made; check_made_(__LINE__, made_, name); } while (0)

static BOOL create(const WCHAR *name, DWORD access, DWORD disposition, DWORD attributes)
{
    HANDLE handle = CreateFileW(name, access, FILE_SHARE_READ, NULL, disposition, attributes, NULL);

    if (handle != INVALID_HANDLE_VALUE) CloseHandle(handle);
    return handle != INVALID_HANDLE_VALUE;
}

static void test_create(void)
{
    static const DWORD access[] = { GENERIC_READ, GENERIC_WRITE, GENERIC_ALL, FILE_APPEND_DATA, MAXIMUM_ALLOWED };
    static const DWORD dispositions[] = { CREATE_NEW, CREATE_ALWAYS, OPEN_ALWAYS };
    static const DWORD attributes[] = { 0, FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_READONLY, FILE_FLAG_DELETE_ON_CLOSE,
                                        FILE_FLAG_BACKUP_SEMANTICS, FILE_ATTRIBUTE_TEMPORARY };
    DWORD i, j, k;

    for (i = 0; i < ARRAY_SIZE(access); i++)
        for (j = 0; j < ARRAY_SIZE(dispositions); j++)
            for (k = 0; k < ARRAY_SIZE(attributes); k++)
            {
                winetest_push_context("access %#lx, disposition %lu, attributes %#lx", access[i], dispositions[j],
                                      attributes[k]);
                check_made(create(file, access[i] | (attributes[k] == FILE_FLAG_DELETE_ON_CLOSE ? DELETE : 0),
                                  dispositions[j], attributes[k]), file);
                winetest_pop_context();
            }
    ok(!count_entries(dir), "something is left\n");

    /* without data it can be encrypted */
    for (j = 0; j < ARRAY_SIZE(dispositions); j++)
    {
        winetest_push_context("disposition %lu", dispositions[j]);
        ok(create(file, FILE_WRITE_ATTRIBUTES, dispositions[j], 0), "got error %lu\n", GetLastError());
        ok(is_encrypted(file), "plain\n");
        check_call(DecryptFileW(file, 0));
        check_plain(file, "", 0);
        remove_file(file);
        winetest_pop_context();
    }
}

/* What is there is opened as ever, and what is overwritten isn't new. */
static void test_existing(void)
{
    make_file(plain, "plain text", 0);
    check_call(MoveFileW(plain, file));
    check_plain(file, "plain text", 0);
    ok(create(file, GENERIC_READ, OPEN_ALWAYS, 0), "got error %lu\n", GetLastError());
    ok(create(file, GENERIC_WRITE, OPEN_EXISTING, 0), "got error %lu\n", GetLastError());
    check_plain(file, "plain text", 0);
    ok(create(file, GENERIC_WRITE, CREATE_ALWAYS, 0), "got error %lu\n", GetLastError());
    check_plain(file, "", 0);
    remove_file(file);
}

static void test_other_ways(void)
{
    const WCHAR *stream = test_path(L"directory\\file:stream"), *lower = test_path(L"DIRECTORY\\file");
    WCHAR temporary[MAX_PATH] = L"";
    struct nt_name name;
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    HANDLE root, handle;

    make_file(plain, "plain text", 0);
    check_made(CopyFileW(plain, file, FALSE), file);
    check_made(CopyFileExW(plain, file, NULL, NULL, NULL, COPY_FILE_FAIL_IF_EXISTS), file);
    check_plain(plain, "plain text", 0);
    remove_file(plain);
    check_made(create(lower, GENERIC_WRITE, CREATE_NEW, 0), file);
    check_made(create(stream, GENERIC_WRITE, CREATE_NEW, 0), file);
    check_made(create(stream, GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_READONLY), file);
    /* Wine's tells no failure */
    GetTempFileNameW(dir, L"x", 0, temporary);
    if (!is_encrypted(temporary)) check_missing(temporary);
    DeleteFileW(temporary);

    /* relative to a handle */
    root = nt_open(dir, FILE_LIST_DIRECTORY | SYNCHRONIZE, FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, &status);
    ok(root != NULL, "got %#lx\n", status);
    init_nt_name_at(&name, root, L"file");
    status = NtCreateFile(&handle, FILE_WRITE_DATA | SYNCHRONIZE, &name.attr, &io, NULL, FILE_ATTRIBUTE_NORMAL,
                          SHARE_ALL, FILE_CREATE, FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (status) ok(status == NT_ACCESS_DENIED, "got %#lx\n", status);
    else CloseHandle(handle);
    SetLastError(ERROR_ACCESS_DENIED);
    check_made(!status, file);
    free_nt_name(&name);
    CloseHandle(root);
    ok(!count_entries(dir), "something is left\n");
}

/* They are marked, and what is created in them inherits it. */
static void test_directories(void)
{
    const WCHAR *deep = test_path(L"directory\\sub\\deep"), *in_deep = test_path(L"directory\\sub\\deep\\file");

    check_call(CreateDirectoryW(sub, NULL));
    ok(is_encrypted(sub), "not marked\n");
    check_call(CreateDirectoryExW(sub, deep, NULL));
    ok(is_encrypted(deep), "not marked\n");
    check_made(create(in_deep, GENERIC_WRITE, CREATE_NEW, 0), in_deep);
    ok(create(in_deep, FILE_WRITE_ATTRIBUTES, CREATE_NEW, 0), "got error %lu\n", GetLastError());
    ok(is_encrypted(in_deep), "plain\n");
    remove_file(in_deep);
    check_call(RemoveDirectoryW(deep));
    check_call(RemoveDirectoryW(sub));

    if (!set_policy(L"EfsConfiguration", 1)) return;
    ok(!CreateDirectoryW(sub, NULL) && GetLastError() == ERROR_ACCESS_DENIED, "got error %lu\n", GetLastError());
    check_missing(sub);
    clear_policies();
}

static bool set_privilege(const WCHAR *name, bool enabled)
{
    TOKEN_PRIVILEGES privileges = { 1, { { { 0, 0 }, enabled ? SE_PRIVILEGE_ENABLED : 0 } } };
    HANDLE token;
    bool set;

    check_call(OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token));
    check_call(LookupPrivilegeValueW(NULL, name, &privileges.Privileges[0].Luid));
    SetLastError(ERROR_SUCCESS);
    set = AdjustTokenPrivileges(token, FALSE, &privileges, 0, NULL, NULL) && !GetLastError();
    CloseHandle(token);
    return set;
}

static void test_exempt(void)
{
    /* wimlib makes what it imports so */
    ok(create(file, GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_SYSTEM), "got error %lu\n", GetLastError());
    ok(!is_encrypted(file), "encrypted\n");
    SetFileAttributesW(file, FILE_ATTRIBUTE_NORMAL);
    remove_file(file);

    if (!set_privilege(L"SeRestorePrivilege", true))
    {
        skip("this user can't restore\n");
        return;
    }
    ok(create(file, GENERIC_WRITE, CREATE_NEW, FILE_FLAG_BACKUP_SEMANTICS), "got error %lu\n", GetLastError());
    check_plain(file, "", 0);
    remove_file(file);
    check_call(CreateDirectoryW(sub, NULL));
    ok(!is_encrypted(sub), "marked\n");
    check_call(RemoveDirectoryW(sub));
    /* one of them alone isn't enough */
    check_made(create(file, GENERIC_WRITE, CREATE_NEW, 0), file);
    check_call(set_privilege(L"SeRestorePrivilege", false));
    check_made(create(file, GENERIC_WRITE, CREATE_NEW, FILE_FLAG_BACKUP_SEMANTICS), file);
}

/* Imports and EncryptionDisable aren't in the way of this. */
static void test_efs_functions(void)
{
    struct stream stream;
    HANDLE handle;

    build_stream(&stream, 1000, 1);
    check_code(restore_stream(file, CREATE_FOR_IMPORT, &stream), ERROR_SUCCESS);
    check_export(file, &stream);
    remove_file(file);
    ok(create(file, FILE_WRITE_ATTRIBUTES, CREATE_NEW, 0), "got error %lu\n", GetLastError());
    check_code(restore_stream(file, CREATE_FOR_IMPORT, &stream), ERROR_SUCCESS);
    check_export(file, &stream);
    remove_file(file);
    free_stream(&stream);
    check_call(pEncryptionDisable(dir, TRUE));
    check_call(pEncryptionDisable(dir, FALSE));
    SetFileAttributesW(test_path(L"directory\\desktop.ini"), FILE_ATTRIBUTE_NORMAL);
    remove_file(test_path(L"directory\\desktop.ini"));

    /* without the mark everything is as ever */
    check_call(DecryptFileW(dir, 0));
    handle = CreateFileW(file, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    ok(handle != INVALID_HANDLE_VALUE, "got error %lu\n", GetLastError());
    CloseHandle(handle);
    check_plain(file, "", 0);
    remove_file(file);
    check_call(CreateDirectoryW(sub, NULL));
    ok(!is_encrypted(sub), "marked\n");
    check_call(RemoveDirectoryW(sub));
}

START_TEST(inherited)
{
    begin_tests("inherited");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    dir = test_path(L"directory");
    file = test_path(L"directory\\file");
    sub = test_path(L"directory\\sub");
    plain = test_path(L"plain");
    check_call(CreateDirectoryW(dir, NULL));
    unseen("documented: EncryptFile marks a directory")
    {
        check_call(EncryptFileW(dir));
        ok(is_encrypted(dir), "not marked\n");
    }
    unseen("ours: refused where it cannot be encrypted; Windows encrypts it")
        test_create();
    unseen("reasoned: what is there already is not new")
        test_existing();
    unseen("ours: refused where it cannot be encrypted; Windows encrypts it")
        test_other_ways();
    unseen("documented: EncryptFile, new ones inherit the mark")
        test_directories();
    unseen("ours: who restores gets a plain file; of SYSTEM's: CreateFile's reference")
        test_exempt();
    unseen("reasoned: they are about the file itself, not about its directory")
    {
        test_efs_functions();
        check_call(RemoveDirectoryW(dir));
        ok(!count_entries(test_path(L"")), "something was left behind\n");
    }
    end_tests();
}
