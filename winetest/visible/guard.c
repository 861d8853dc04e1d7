/*
 * Encrypted files can't be opened for their data: every access right, every disposition, by Nt and by Win32 name.
 *
 * As on Windows without the key: what needs the plaintext is denied, everything else works, and what replaces
 * the data makes a plain file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/objects.h"
#include "helpers/nt_test.h"

static const struct { ACCESS_MASK access; bool data; } accesses[] =
{
    { FILE_READ_DATA, true },
    { FILE_WRITE_DATA, true },
    { FILE_APPEND_DATA, true },
    { FILE_EXECUTE, true },
    { GENERIC_READ, true },
    { GENERIC_WRITE, true },
    { GENERIC_EXECUTE, true },
    { GENERIC_ALL, true },
    { MAXIMUM_ALLOWED, true },
    { FILE_ALL_ACCESS, true },
    { FILE_GENERIC_READ, true },
    { FILE_GENERIC_WRITE, true },
    { FILE_GENERIC_EXECUTE, true },
    { GENERIC_READ | GENERIC_WRITE, true },
    { FILE_READ_ATTRIBUTES | FILE_READ_DATA, true },
    { DELETE | FILE_APPEND_DATA, true },
    { FILE_READ_EA, false },
    { FILE_WRITE_EA, false },
    { FILE_READ_ATTRIBUTES, false },
    { FILE_WRITE_ATTRIBUTES, false },
    { DELETE, false },
    { READ_CONTROL, false },
    { WRITE_DAC, false },
    { WRITE_OWNER, false },
    { SYNCHRONIZE, false },
    { FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | DELETE | READ_CONTROL | WRITE_DAC | SYNCHRONIZE, false },
};

static struct stream stream, empty_stream;

/* A plain empty file without metadata is there. */
static void check_overwritten(const WCHAR *path)
{
    DWORD attributes = GetFileAttributesW(path), ret;
    void *context;

    ok(attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_ENCRYPTED), "got attributes %#lx\n",
       attributes);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(path, 0, &context);
    check_code(ret, ERROR_FILE_NOT_ENCRYPTED);
    check_plain(path, "", 0);
}

/* One call by name or relative to the directory; what it does to the encrypted file, and what to a plain one */
static void check_create(const WCHAR *leaf, const struct stream *content, ACCESS_MASK access, bool data,
                         ULONG disposition, ULONG options, bool relative)
{
    NTSTATUS status, plain_status, dir_status, expected;
    const WCHAR *path = test_path(leaf), *plain = test_path(L"plain");
    IO_STATUS_BLOCK io, plain_io;
    HANDLE file = NULL, plain_file = NULL, root = NULL;
    bool replaces = disposition == FILE_SUPERSEDE || disposition == FILE_OVERWRITE || disposition == FILE_OVERWRITE_IF;
    struct nt_name name, plain_name;

    if (relative) root = nt_open(test_path(L""), FILE_TRAVERSE | SYNCHRONIZE, FILE_DIRECTORY_FILE, &dir_status);
    if (relative) init_nt_name_at(&name, root, leaf);
    else init_nt_name(&name, path);
    if (relative) init_nt_name_at(&plain_name, root, L"plain");
    else init_nt_name(&plain_name, plain);
    make_file(plain, "plain", 0);

    plain_status = NtCreateFile(&plain_file, access | SYNCHRONIZE, &plain_name.attr, &plain_io, NULL, 0, SHARE_ALL,
                                disposition, options | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (!plain_status) NtClose(plain_file);
    status = NtCreateFile(&file, access | SYNCHRONIZE, &name.attr, &io, NULL, 0, SHARE_ALL, disposition,
                          options | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (!status) NtClose(file);

    expected = data && !plain_status && !replaces ? NT_ACCESS_DENIED : plain_status;
    ok(status == expected, "got %#lx, expected %#lx\n", status, expected);
    if (!status && !plain_status)
        ok(io.Information == plain_io.Information, "got %lu, expected %lu\n", (ULONG)io.Information,
           (ULONG)plain_io.Information);
    if (!status && options & FILE_DELETE_ON_CLOSE)
    {
        check_missing(path);
        check_missing(plain);
    }
    else if (!status && replaces) check_overwritten(path);
    else check_export(path, content);

    if (GetFileAttributesW(plain) != INVALID_FILE_ATTRIBUTES) remove_file(plain);
    if (GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES || (!status && replaces))
        check_code(restore_stream(path, 0, content), ERROR_SUCCESS);
    free_nt_name(&name);
    free_nt_name(&plain_name);
    if (root) NtClose(root);
}

static void test_nt(const WCHAR *leaf, const struct stream *content)
{
    static const struct { const char *name; ULONG value; } dispositions[] =
    {
        { "FILE_SUPERSEDE", FILE_SUPERSEDE }, { "FILE_OPEN", FILE_OPEN }, { "FILE_CREATE", FILE_CREATE },
        { "FILE_OPEN_IF", FILE_OPEN_IF }, { "FILE_OVERWRITE", FILE_OVERWRITE },
        { "FILE_OVERWRITE_IF", FILE_OVERWRITE_IF },
    };
    static const ULONG options[] = { 0, FILE_NON_DIRECTORY_FILE, FILE_OPEN_FOR_BACKUP_INTENT };
    DWORD i, j, k;

    check_code(restore_stream(test_path(leaf), 0, content), ERROR_SUCCESS);
    for (i = 0; i < ARRAY_SIZE(accesses); i++)
    {
        for (j = 0; j < ARRAY_SIZE(dispositions); j++)
        {
            for (k = 0; k < ARRAY_SIZE(options) + 1; k++)
            {
                bool relative = k == ARRAY_SIZE(options);

                winetest_push_context("%s, access %#lx, %s, options %#lx%s", wine_dbgstr_w(leaf), accesses[i].access,
                                      dispositions[j].name, relative ? 0 : options[k], relative ? ", relative" : "");
                check_create(leaf, content, accesses[i].access, accesses[i].data, dispositions[j].value,
                             relative ? 0 : options[k], relative);
                winetest_pop_context();
            }
        }
    }
    remove_file(test_path(leaf));
}

/* A handle that deletes its file: denied before that can happen, or it does. */
static void test_delete_on_close(const WCHAR *leaf, const struct stream *content)
{
    static const ULONG dispositions[] = { FILE_OPEN, FILE_OPEN_IF, FILE_CREATE };
    DWORD i, j, k;

    check_code(restore_stream(test_path(leaf), 0, content), ERROR_SUCCESS);
    for (i = 0; i < ARRAY_SIZE(accesses); i++)
    {
        for (j = 0; j < ARRAY_SIZE(dispositions); j++)
        {
            for (k = 0; k < 2; k++)
            {
                winetest_push_context("%s, access %#lx, disposition %lu%s", wine_dbgstr_w(leaf), accesses[i].access,
                                      dispositions[j], k ? ", relative" : "");
                check_create(leaf, content, accesses[i].access | DELETE, accesses[i].data, dispositions[j],
                             FILE_DELETE_ON_CLOSE, k);
                winetest_pop_context();
            }
        }
    }
    remove_file(test_path(leaf));
}

static void test_open_file(void)
{
    const WCHAR *path = test_path(L"encrypted"), *directory = test_path(L"directory");
    struct stream directory_stream;
    NTSTATUS status;
    HANDLE file;
    DWORD i;

    build_directory_stream(&directory_stream, 3);
    check_code(restore_stream(path, 0, &stream), ERROR_SUCCESS);
    check_code(restore_stream(directory, CREATE_FOR_DIR, &directory_stream), ERROR_SUCCESS);
    for (i = 0; i < ARRAY_SIZE(accesses); i++)
    {
        winetest_push_context("access %#lx", accesses[i].access);
        file = nt_open(path, accesses[i].access | SYNCHRONIZE, FILE_SYNCHRONOUS_IO_NONALERT, &status);
        ok(status == (accesses[i].data ? NT_ACCESS_DENIED : 0), "got %#lx\n", status);
        if (file) NtClose(file);
        /* a directory's contents aren't encrypted: it can be listed */
        file = nt_open(directory, accesses[i].access | SYNCHRONIZE, FILE_SYNCHRONOUS_IO_NONALERT, &status);
        ok(!status, "directory: got %#lx\n", status);
        if (file) NtClose(file);
        winetest_pop_context();
    }
    check_export(path, &stream);
    check_export(directory, &directory_stream);
    check_call(RemoveDirectoryW(directory));
    remove_file(path);
    free_stream(&directory_stream);
}

static void test_win32(void)
{
    static const DWORD dispositions[] = { CREATE_NEW, CREATE_ALWAYS, OPEN_EXISTING, OPEN_ALWAYS, TRUNCATE_EXISTING };
    const WCHAR *path = test_path(L"encrypted");
    DWORD i, j, error, expected;
    HANDLE file;

    check_code(restore_stream(path, 0, &stream), ERROR_SUCCESS);
    for (i = 0; i < ARRAY_SIZE(accesses); i++)
    {
        for (j = 0; j < ARRAY_SIZE(dispositions); j++)
        {
            bool replaces = dispositions[j] == CREATE_ALWAYS || dispositions[j] == TRUNCATE_EXISTING;

            winetest_push_context("access %#lx, disposition %lu", accesses[i].access, dispositions[j]);
            SetLastError(0xdeadbeef);
            file = CreateFileW(path, accesses[i].access, SHARE_ALL, NULL, dispositions[j], 0, NULL);
            error = GetLastError();
            if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
            if (dispositions[j] == CREATE_NEW) expected = ERROR_FILE_EXISTS;
            /* documented; Wine leaves it out */
            else if (dispositions[j] == TRUNCATE_EXISTING && file == INVALID_HANDLE_VALUE)
                expected = ERROR_INVALID_PARAMETER;
            else if (replaces || !accesses[i].data) expected = ERROR_SUCCESS;
            else expected = ERROR_ACCESS_DENIED;
            ok((file == INVALID_HANDLE_VALUE) == (expected != ERROR_SUCCESS), "got %p\n", file);
            if (expected) ok(error == expected, "got error %lu, expected %lu\n", error, expected);
            if (!expected && replaces)
            {
                check_overwritten(path);
                check_code(restore_stream(path, 0, &stream), ERROR_SUCCESS);
            }
            else check_export(path, &stream);
            winetest_pop_context();
        }
    }
    remove_file(path);
}

/* An encrypted file that somebody overwrites becomes a plain one that works. */
static void test_overwrite_and_write(void)
{
    const WCHAR *path = test_path(L"encrypted");
    DWORD i;

    for (i = 0; i < 3; i++)
    {
        winetest_push_context("round %lu", i);
        check_code(restore_stream(path, 0, i & 1 ? &empty_stream : &stream), ERROR_SUCCESS);
        make_file(path, "now plain", 0);
        check_plain(path, "now plain", 0);
        winetest_pop_context();
    }
    remove_file(path);
}

/* The ways to data that don't go by the name */
static void test_other_ways(void)
{
    const WCHAR *path = test_path(L"encrypted"), *plain = test_path(L"plain");
    HANDLE file, again, mapping, module;
    PROCESS_INFORMATION process;
    STARTUPINFOW startup = { .cb = sizeof(startup) };
    BYTE buffer[16];
    DWORD bytes, error;
    WCHAR command[MAX_PATH + 2];
    OFSTRUCT of;
    char ansi[MAX_PATH];

    make_file(plain, "plain", 0);
    check_code(restore_stream(path, 0, &stream), ERROR_SUCCESS);
    file = CreateFileW(path, FILE_READ_ATTRIBUTES | READ_CONTROL, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());

    SetLastError(0xdeadbeef);
    ok(!ReadFile(file, buffer, sizeof(buffer), &bytes, NULL) && GetLastError() == ERROR_ACCESS_DENIED,
       "ReadFile: error %lu\n", GetLastError());
    SetLastError(0xdeadbeef);
    ok(!WriteFile(file, "x", 1, &bytes, NULL) && GetLastError() == ERROR_ACCESS_DENIED, "WriteFile: error %lu\n",
       GetLastError());
    ok(!SetEndOfFile(file), "SetEndOfFile succeeded\n");
    SetLastError(0xdeadbeef);
    mapping = CreateFileMappingW(file, NULL, PAGE_READONLY, 0, 0, NULL);
    ok(!mapping && GetLastError() == ERROR_ACCESS_DENIED, "CreateFileMapping: %p, error %lu\n", mapping,
       GetLastError());
    SetLastError(0xdeadbeef);
    mapping = CreateFileMappingW(file, NULL, PAGE_EXECUTE_READ | SEC_IMAGE, 0, 0, NULL);
    ok(!mapping && GetLastError() == ERROR_ACCESS_DENIED, "CreateFileMapping: %p, error %lu\n", mapping,
       GetLastError());

    SetLastError(0xdeadbeef);
    again = ReOpenFile(file, GENERIC_READ, SHARE_ALL, 0);
    ok(again == INVALID_HANDLE_VALUE && GetLastError() == ERROR_ACCESS_DENIED, "ReOpenFile: %p, error %lu\n", again,
       GetLastError());
    again = ReOpenFile(file, FILE_READ_ATTRIBUTES, SHARE_ALL, 0);
    ok(again != INVALID_HANDLE_VALUE, "ReOpenFile failed: %lu\n", GetLastError());
    CloseHandle(again);
    if (DuplicateHandle(GetCurrentProcess(), file, GetCurrentProcess(), &again, GENERIC_WRITE, FALSE, 0))
    {
        /* Wine lets a duplicate have more rights than its source, but the descriptor behind it has no more */
        ok(!WriteFile(again, "x", 1, &bytes, NULL), "a duplicate writes\n");
        ok(!SetEndOfFile(again), "a duplicate truncates\n");
        CloseHandle(again);
    }
    CloseHandle(file);

    WideCharToMultiByte(CP_ACP, 0, path, -1, ansi, sizeof(ansi), NULL, NULL);
    SetLastError(0xdeadbeef);
    ok(OpenFile(ansi, &of, OF_READ) == HFILE_ERROR && GetLastError() == ERROR_ACCESS_DENIED, "OpenFile: error %lu\n",
       GetLastError());
    check_code(restore_stream(test_path(L"encrypted.dll"), 0, &stream), ERROR_SUCCESS);
    SetLastError(0xdeadbeef);
    module = LoadLibraryW(test_path(L"encrypted.dll"));
    error = GetLastError();
    ok(!module && error == ERROR_ACCESS_DENIED, "LoadLibrary: %p, error %lu\n", module, error);
    remove_file(test_path(L"encrypted.dll"));
    SetLastError(0xdeadbeef);
    module = LoadLibraryExW(path, NULL, LOAD_LIBRARY_AS_DATAFILE);
    error = GetLastError();
    ok(!module && error == ERROR_ACCESS_DENIED, "LoadLibraryEx: %p, error %lu\n", module, error);
    SetLastError(0xdeadbeef);
    ok(!CreateProcessW(path, lstrcpyW(command, L"encrypted"), NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process),
       "CreateProcess succeeded\n");
    error = GetLastError();
    /* Wine's loader reads it from below, and finds no program in it */
    todo_if(GetModuleHandleW(L"wineefs.dll") != NULL)
        ok(error == ERROR_ACCESS_DENIED, "CreateProcess: error %lu\n", error);
    check_export(path, &stream);
    check_plain(plain, "plain", 0);
    remove_file(path);
    remove_file(plain);
}

START_TEST(guard)
{
    begin_tests("guard");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    load_nt();
    build_stream(&stream, OBJECT_SIZE, 1);
    build_stream(&empty_stream, 0, 2);
    unseen("documented: without the key data access is denied, MS-FSA; overwriting is not: reasoned")
    {
        test_nt(L"encrypted", &stream);
        test_nt(L"encrypted empty", &empty_stream);
        test_delete_on_close(L"encrypted", &stream);
        test_delete_on_close(L"encrypted empty", &empty_stream);
        test_open_file();
        test_win32();
    }
    unseen("reasoned: what is overwritten has no $EFS any more; in an encrypted directory it would")
        test_overwrite_and_write();
    unseen("reasoned: no way leads to the data without the key")
    {
        test_other_ways();
        ok(!count_entries(test_path(L"")), "something was left behind\n");
    }
    free_stream(&stream);
    free_stream(&empty_stream);
    end_tests();
}
