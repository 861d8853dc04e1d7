/*
 * Ways around the guard that Windows closes by the access a handle was opened with: Wine lets some of them
 * through, so the guard has to.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>

#include "helpers/objects.h"
#include "helpers/nt_test.h"

static struct stream stream;

static const WCHAR *make_encrypted(const WCHAR *leaf)
{
    const WCHAR *path = test_path(leaf);

    check_code(restore_stream(path, 0, &stream), ERROR_SUCCESS);
    return path;
}

/* No size can be set through a handle without data access. */
static void test_sizes(void)
{
    static const ULONG classes[] = { 19 /* FileAllocationInformation */, NT_END_OF_FILE,
                                     39 /* FileValidDataLengthInformation */ };
    const WCHAR *path = make_encrypted(L"evasion-size");
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    HANDLE file;
    ULONG64 size;
    unsigned int i;

    file = nt_open(path, FILE_WRITE_ATTRIBUTES | SYNCHRONIZE, FILE_SYNCHRONOUS_IO_NONALERT, &status);
    ok(file != NULL, "got %#lx\n", status);
    for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
    {
        size = 100;
        status = NtSetInformationFile(file, &io, &size, sizeof(size), classes[i]);
        ok(status == NT_ACCESS_DENIED, "class %lu: got %#lx\n", classes[i], status);
    }
    NtClose(file);
    check_export(path, &stream);
    DeleteFileW(path);
}

/* A duplicate gets no access to the data that the handle hasn't. */
static void test_duplicates(void)
{
    static const DWORD accesses[] = { GENERIC_READ, GENERIC_WRITE, GENERIC_ALL, FILE_READ_DATA, FILE_WRITE_DATA,
                                      FILE_APPEND_DATA };
    const WCHAR *path = make_encrypted(L"evasion-duplicate");
    HANDLE file, copy;
    unsigned int i;
    BOOL ret;

    file = CreateFileW(path, FILE_READ_ATTRIBUTES, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    for (i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++)
    {
        SetLastError(0xdeadbeef);
        ret = DuplicateHandle(GetCurrentProcess(), file, GetCurrentProcess(), &copy, accesses[i], FALSE, 0);
        ok(!ret && GetLastError() == ERROR_ACCESS_DENIED, "access %#lx: got %d, error %lu\n", accesses[i], ret,
           GetLastError());
        if (ret) CloseHandle(copy);
    }
    /* what the handle has, its duplicate may have */
    ret = DuplicateHandle(GetCurrentProcess(), file, GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS);
    ok(ret, "DuplicateHandle failed: %lu\n", GetLastError());
    if (ret) CloseHandle(copy);
    ret = DuplicateHandle(GetCurrentProcess(), file, GetCurrentProcess(), &copy, FILE_READ_ATTRIBUTES, FALSE, 0);
    ok(ret, "DuplicateHandle failed: %lu\n", GetLastError());
    if (ret) CloseHandle(copy);

    /* the source is closed also where the duplicate is refused, as documented */
    ret = DuplicateHandle(GetCurrentProcess(), file, GetCurrentProcess(), &copy, GENERIC_READ, FALSE,
                          DUPLICATE_CLOSE_SOURCE);
    ok(!ret, "DuplicateHandle succeeded\n");
    SetLastError(0xdeadbeef);
    ret = CloseHandle(file);
    ok(!ret && GetLastError() == ERROR_INVALID_HANDLE, "got %d, error %lu\n", ret, GetLastError());
    check_export(path, &stream);
    DeleteFileW(path);
}

/* All handles to the own process are one, whatever rights they have. */
static void test_duplicates_by_other_handles(void)
{
    const WCHAR *path = make_encrypted(L"evasion-process");
    HANDLE file, copy, processes[4];
    unsigned int i, j;
    BOOL ret;

    file = CreateFileW(path, FILE_READ_ATTRIBUTES, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    processes[0] = GetCurrentProcess();
    processes[1] = OpenProcess(PROCESS_DUP_HANDLE, FALSE, GetCurrentProcessId());
    processes[2] = OpenProcess(PROCESS_ALL_ACCESS, FALSE, GetCurrentProcessId());
    ret = DuplicateHandle(processes[0], processes[0], processes[0], &processes[3], PROCESS_DUP_HANDLE, FALSE, 0);
    ok(ret, "DuplicateHandle failed: %lu\n", GetLastError());
    for (i = 0; i < 4; i++)
    {
        ok(processes[i] != NULL, "no handle %u\n", i);
        for (j = 0; j < 4; j++)
        {
            SetLastError(0xdeadbeef);
            ret = DuplicateHandle(processes[i], file, processes[j], &copy, GENERIC_READ, FALSE, 0);
            ok(!ret && GetLastError() == ERROR_ACCESS_DENIED, "%u to %u: got %d, error %lu\n", i, j, ret,
               GetLastError());
            if (ret) CloseHandle(copy);
            ret = DuplicateHandle(processes[i], file, processes[j], &copy, 0, FALSE, DUPLICATE_SAME_ACCESS);
            ok(ret, "%u to %u: error %lu\n", i, j, GetLastError());
            if (ret) CloseHandle(copy);
        }
    }
    for (i = 1; i < 4; i++) CloseHandle(processes[i]);
    CloseHandle(file);
    check_export(path, &stream);
    DeleteFileW(path);
}

/* Nor does a handle get more when it takes the way over another process. */
static void test_duplicates_of_another_process(void)
{
    const WCHAR *path = make_encrypted(L"evasion-child"), *plain = test_path(L"evasion-child-plain");
    STARTUPINFOW startup = { 0 };
    PROCESS_INFORMATION child;
    WCHAR self[MAX_PATH];
    HANDLE file, theirs, copy;
    BOOL ret;

    startup.cb = sizeof(startup);
    GetModuleFileNameW(NULL, self, MAX_PATH);
    ret = CreateProcessW(self, NULL, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL, &startup, &child);
    ok(ret, "CreateProcess failed: %lu\n", GetLastError());
    if (!ret) return;
    file = CreateFileW(path, FILE_READ_ATTRIBUTES, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    ret = DuplicateHandle(GetCurrentProcess(), file, child.hProcess, &theirs, 0, FALSE, DUPLICATE_SAME_ACCESS);
    ok(ret, "DuplicateHandle failed: %lu\n", GetLastError());
    SetLastError(0xdeadbeef);
    ret = DuplicateHandle(child.hProcess, theirs, GetCurrentProcess(), &copy, GENERIC_READ, FALSE, 0);
    ok(!ret && GetLastError() == ERROR_ACCESS_DENIED, "got %d, error %lu\n", ret, GetLastError());
    if (ret) CloseHandle(copy);
    CloseHandle(file);

    file = CreateFileW(plain, GENERIC_READ, SHARE_ALL, NULL, CREATE_ALWAYS, 0, NULL);
    ret = DuplicateHandle(GetCurrentProcess(), file, child.hProcess, &theirs, 0, FALSE, DUPLICATE_SAME_ACCESS);
    ok(ret, "DuplicateHandle failed: %lu\n", GetLastError());
    ret = DuplicateHandle(child.hProcess, theirs, GetCurrentProcess(), &copy, GENERIC_READ, FALSE, 0);
    ok(ret, "a plain file: error %lu\n", GetLastError());
    if (ret) CloseHandle(copy);
    CloseHandle(file);
    TerminateProcess(child.hProcess, 0);
    WaitForSingleObject(child.hProcess, 10000);
    CloseHandle(child.hThread);
    CloseHandle(child.hProcess);
    check_export(path, &stream);
    DeleteFileW(path);
    DeleteFileW(plain);
}

/* An open by file id that is refused deletes nothing. */
static void test_delete_by_id(void)
{
    const WCHAR *path = make_encrypted(L"evasion-id");
    BY_HANDLE_FILE_INFORMATION info;
    OBJECT_ATTRIBUTES attr = { 0 };
    UNICODE_STRING name;
    IO_STATUS_BLOCK io;
    HANDLE dir, file;
    NTSTATUS status;
    ULONG64 id;

    file = CreateFileW(path, 0, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    ok(GetFileInformationByHandle(file, &info), "error %lu\n", GetLastError());
    CloseHandle(file);
    id = (ULONG64)info.nFileIndexHigh << 32 | info.nFileIndexLow;
    dir = CreateFileW(test_path(L"."), GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    ok(dir != INVALID_HANDLE_VALUE, "error %lu\n", GetLastError());

    name.Buffer = (WCHAR *)(void *)&id;
    name.Length = name.MaximumLength = sizeof(id);
    attr.Length = sizeof(attr);
    attr.RootDirectory = dir;
    attr.ObjectName = &name;
    status = NtCreateFile(&file, GENERIC_READ | DELETE | SYNCHRONIZE, &attr, &io, NULL, 0, SHARE_ALL, FILE_OPEN,
                          FILE_OPEN_BY_FILE_ID | FILE_DELETE_ON_CLOSE | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    ok(status != NT_SUCCESS_, "the encrypted file was opened for its data\n");
    if (!status) NtClose(file);
    CloseHandle(dir);
    check_export(path, &stream);
    DeleteFileW(path);
}

/* A basic query is about the open file, whatever its name leads to by now. */
static void test_replaced_name(void)
{
    const WCHAR *path = make_encrypted(L"evasion-name"), *other = test_path(L"evasion-other");
    FILE_BASIC_INFO info;
    HANDLE file, plain;

    plain = CreateFileW(other, FILE_READ_ATTRIBUTES | DELETE, SHARE_ALL, NULL, CREATE_NEW, 0, NULL);
    ok(plain != INVALID_HANDLE_VALUE, "error %lu\n", GetLastError());
    file = CreateFileW(path, FILE_READ_ATTRIBUTES | DELETE, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "error %lu\n", GetLastError());
    ok(MoveFileExW(path, test_path(L"evasion-moved"), 0), "error %lu\n", GetLastError());
    ok(MoveFileExW(other, path, 0), "error %lu\n", GetLastError());

    ok(GetFileInformationByHandleEx(file, FileBasicInfo, &info, sizeof(info)), "error %lu\n", GetLastError());
    ok(info.FileAttributes & FILE_ATTRIBUTE_ENCRYPTED, "got attributes %#lx\n", info.FileAttributes);
    ok(GetFileInformationByHandleEx(plain, FileBasicInfo, &info, sizeof(info)), "error %lu\n", GetLastError());
    ok(!(info.FileAttributes & FILE_ATTRIBUTE_ENCRYPTED), "got attributes %#lx\n", info.FileAttributes);
    CloseHandle(file);
    CloseHandle(plain);
    DeleteFileW(path);
    DeleteFileW(test_path(L"evasion-moved"));
}

/* A pointer to nowhere is answered, not stumbled over. */
static void test_bad_pointers(void)
{
    const WCHAR *path = make_encrypted(L"evasion-pointer");
    IO_STATUS_BLOCK io;
    struct nt_name name;
    NTSTATUS status;
    HANDLE file;

    init_nt_name(&name, path);
    status = NtQueryAttributesFile(&name.attr, (void *)0x10);
    ok(status == (NTSTATUS)0xc0000005, "got %#lx\n", status);
    file = nt_open(path, FILE_READ_ATTRIBUTES | SYNCHRONIZE, FILE_SYNCHRONOUS_IO_NONALERT, &status);
    status = NtQueryInformationFile(file, &io, (void *)0x10, 0x28, NT_BASIC);
    ok(status == (NTSTATUS)0xc0000005, "got %#lx\n", status);
    NtClose(file);
    status = NtOpenFile(&file, GENERIC_READ | DELETE, NULL, &io, SHARE_ALL, FILE_DELETE_ON_CLOSE);
    ok(status == (NTSTATUS)0xc000000d, "got %#lx\n", status);
    free_nt_name(&name);
    DeleteFileW(path);
}

START_TEST(evasions)
{
    begin_tests("evasions");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    build_stream(&stream, OBJECT_SIZE, 77);
    unseen("reasoned: a handle does what it was opened for")
    {
        test_sizes();
        test_duplicates();
        test_duplicates_by_other_handles();
        test_duplicates_of_another_process();
    }
    unseen("reasoned: what is refused changes nothing")
        test_delete_by_id();
    unseen("reasoned: a handle is about its file, not its name")
        test_replaced_name();
    unseen("reasoned: the system looks at pointers before it uses them")
    {
        test_bad_pointers();
        ok(!count_entries(test_path(L"")), "something was left behind\n");
    }
    free_stream(&stream);
    end_tests();
}
