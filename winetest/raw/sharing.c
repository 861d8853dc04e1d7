/*
 * Who may have a file open together with a context: lines 8 and 13.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>

#include "helpers/efs_test.h"

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

static HANDLE open_file(const WCHAR *name, DWORD access, DWORD share)
{
    SetLastError(0xdeadbeef);
    return CreateFileW(name, access, share, NULL, OPEN_EXISTING, 0, NULL);
}

static void check_shared_(int line, const WCHAR *name, DWORD access, DWORD share, DWORD expected)
{
    HANDLE file = open_file(name, access, share);
    DWORD error = GetLastError();

    if (expected)
        ok_(__FILE__, line)(file == INVALID_HANDLE_VALUE && error == expected, "access %#lx: got %p, error %lu\n",
                            access, file, error);
    else /* without the key Windows lets nobody read or write the data */
        ok_(__FILE__, line)(file != INVALID_HANDLE_VALUE || (error == ERROR_ACCESS_DENIED
                                                             && access & (GENERIC_READ | GENERIC_WRITE)),
                            "access %#lx: got error %lu\n", access, error);
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
}
#define check_shared(name, access, share, expected) check_shared_(__LINE__, name, access, share, expected)

/* line 13: [W] gets ERROR_SHARING_VIOLATION, closes its handles and tries once more */
static void test_target_in_use(void)
{
    static const DWORD accesses[] = { GENERIC_READ, GENERIC_WRITE, GENERIC_READ | GENERIC_WRITE, FILE_APPEND_DATA };
    const WCHAR *name = test_path(L"file");
    struct stream stream;
    void *context;
    HANDLE file;
    DWORD ret, i;

    build_stream(&stream, 3000, 1);
    for (i = 0; i < ARRAY_SIZE(accesses); i++)
    {
        winetest_push_context("access %#lx", accesses[i]);
        make_file(name, "in use", 0);
        file = open_file(name, accesses[i], SHARE_ALL);
        ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
        SetLastError(0xdeadbeef);
        ret = OpenEncryptedFileRawW(name, CREATE_FOR_IMPORT, &context);
        check_code(ret, ERROR_SHARING_VIOLATION);
        CloseHandle(file);
        check_plain(name, "in use", 0);
        check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
        check_export(name, &stream);
        remove_file(name);
        winetest_pop_context();
    }

    make_file(name, "attributes only", 0);
    file = open_file(name, FILE_READ_ATTRIBUTES, SHARE_ALL);
    ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    CloseHandle(file);
    check_export(name, &stream);
    remove_file(name);
    free_stream(&stream);
}

/* From Open to Close the target belongs to the import. */
static void test_import_holds(void)
{
    const WCHAR *name = test_path(L"file");
    struct stream stream;
    struct source source;
    void *context, *second;
    DWORD ret;

    build_stream(&stream, 3000, 2);
    make_file(name, "old", 0);
    context = open_import(name, 0);
    check_shared(name, GENERIC_READ, SHARE_ALL, ERROR_SHARING_VIOLATION);
    check_shared(name, GENERIC_WRITE, SHARE_ALL, ERROR_SHARING_VIOLATION);
    check_shared(name, FILE_READ_ATTRIBUTES, SHARE_ALL, 0);
    check_call(GetFileAttributesW(name) != INVALID_FILE_ATTRIBUTES);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(name, CREATE_FOR_IMPORT, &second);
    check_code(ret, ERROR_SHARING_VIOLATION);

    init_source(&source, &stream);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
    check_code(ret, ERROR_SUCCESS);
    check_shared(name, FILE_READ_ATTRIBUTES, SHARE_ALL, 0);
    CloseEncryptedFileRaw(context);
    check_export(name, &stream);

    /* the same on an encrypted file */
    context = open_import(name, 0);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(name, 0, &second);
    check_code(ret, ERROR_SHARING_VIOLATION);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(name, CREATE_FOR_IMPORT, &second);
    check_code(ret, ERROR_SHARING_VIOLATION);
    CloseEncryptedFileRaw(context);
    check_export(name, &stream);
    remove_file(name);
    free_stream(&stream);
}

/* Two imports of the same missing file: who comes second must not replace what the first has made. */
static void test_missing_target_held(void)
{
    WCHAR prefixed[1024] = L"\\\\?\\";
    const WCHAR *name = test_path(L"missing"), *upper = test_path(L"MISSING");
    struct stream stream;
    struct source source;
    void *context, *second;
    DWORD ret;

    lstrcatW(prefixed, name);
    build_stream(&stream, 3000, 3);
    context = open_import(name, 0);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(name, CREATE_FOR_IMPORT, &second);
    check_code(ret, ERROR_SHARING_VIOLATION);
    if (!ret) CloseEncryptedFileRaw(second);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(prefixed, CREATE_FOR_IMPORT, &second);
    check_code(ret, ERROR_SHARING_VIOLATION);
    if (!ret) CloseEncryptedFileRaw(second);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(upper, CREATE_FOR_IMPORT, &second);
    check_code(ret, ERROR_SHARING_VIOLATION);
    if (!ret) CloseEncryptedFileRaw(second);

    init_source(&source, &stream);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
    check_code(ret, ERROR_SUCCESS);
    CloseEncryptedFileRaw(context);
    check_export(name, &stream);
    remove_file(name);

    context = open_import(name, 0); /* the name is free again */
    CloseEncryptedFileRaw(context);
    check_missing(name);
    free_stream(&stream);
}

/* line 8: a context that only reads */
static void test_export_holds(void)
{
    const WCHAR *name = test_path(L"file");
    struct sink sink = { 0 };
    struct stream stream;
    void *context, *second;
    DWORD ret;

    build_stream(&stream, 100000, 4);
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    context = open_export(name, 0);
    check_shared(name, FILE_READ_ATTRIBUTES, SHARE_ALL, 0);
    check_shared(name, FILE_READ_ATTRIBUTES, 0, 0);
    check_shared(name, GENERIC_READ, FILE_SHARE_READ, 0);
    check_shared(name, GENERIC_READ, SHARE_ALL, 0);
    check_shared(name, GENERIC_WRITE, SHARE_ALL, ERROR_SHARING_VIOLATION);
    check_shared(name, FILE_APPEND_DATA, SHARE_ALL, ERROR_SHARING_VIOLATION);
    check_call(GetFileAttributesW(name) != INVALID_FILE_ATTRIBUTES);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(name, CREATE_FOR_IMPORT, &second);
    check_code(ret, ERROR_SHARING_VIOLATION);

    second = open_export(name, 0);
    SetLastError(0xdeadbeef);
    ret = ReadEncryptedFileRaw(export_callback, &sink, second);
    check_code(ret, ERROR_SUCCESS);
    check_sink(&sink, &stream);
    reset_sink(&sink);
    SetLastError(0xdeadbeef);
    ret = ReadEncryptedFileRaw(export_callback, &sink, context);
    check_code(ret, ERROR_SUCCESS);
    check_sink(&sink, &stream);
    CloseEncryptedFileRaw(context);
    CloseEncryptedFileRaw(second);

    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS); /* nobody has it any more */
    remove_file(name);
    free_sink(&sink);
    free_stream(&stream);
}

#define READY_EVENT L"efs-test-writer-ready"
#define GO_EVENT    L"efs-test-writer-go"

/* In a child, free of the guard: has the file open to write until it's told to go. */
static void run_writer(const char *name)
{
    HANDLE ready = OpenEventW(EVENT_MODIFY_STATE, FALSE, READY_EVENT), go = OpenEventW(SYNCHRONIZE, FALSE, GO_EVENT);
    HANDLE file = CreateFileA(name, GENERIC_WRITE, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);

    ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    SetEvent(ready);
    ok(WaitForSingleObject(go, 60000) == WAIT_OBJECT_0, "nobody said go\n");
    CloseHandle(file);
}

static void test_export_in_use(void)
{
    HANDLE ready = CreateEventW(NULL, TRUE, FALSE, READY_EVENT), go = CreateEventW(NULL, TRUE, FALSE, GO_EVENT);
    const WCHAR *name = test_path(L"file");
    PROCESS_INFORMATION process;
    WCHAR arguments[600];
    struct stream stream;
    void *context;
    HANDLE file;
    DWORD ret;

    build_stream(&stream, 100000, 5);
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);

    _snwprintf(arguments, ARRAY_SIZE(arguments), L"sharing writer \"%ls\"", name);
    if (!start_unguarded(arguments, &process)) skip("nobody can write to an encrypted file here\n");
    else
    {
        ok(WaitForSingleObject(ready, 60000) == WAIT_OBJECT_0, "the child isn't ready\n");
        SetLastError(0xdeadbeef);
        ret = OpenEncryptedFileRawW(name, 0, &context);
        check_code(ret, ERROR_SHARING_VIOLATION);
        SetEvent(go);
        finish_unguarded(&process);
    }
    CloseHandle(ready);
    CloseHandle(go);
    file = open_file(name, FILE_READ_ATTRIBUTES, SHARE_ALL);
    ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    check_export(name, &stream);
    CloseHandle(file);

    file = open_file(name, GENERIC_READ, FILE_SHARE_READ);
    if (file != INVALID_HANDLE_VALUE)
    {
        check_export(name, &stream);
        CloseHandle(file);
    }
    remove_file(name);
    free_stream(&stream);
}

START_TEST(sharing)
{
    char **argv;

    if (winetest_get_mainargs(&argv) >= 4)
    {
        not_windows("without the guard of wine-efs there is no such child")
            run_writer(argv[3]);
        return;
    }
    begin_tests("sharing");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    unseen("programs: wimlib waits for ERROR_SHARING_VIOLATION, and tries once more")
        test_target_in_use();
    unseen("reasoned: a file that is being replaced is open for writing, shared with nobody")
        test_import_holds();
    unseen("reasoned: the name belongs to the first one; Windows has made the file then")
        test_missing_target_held();
    unseen("programs: others read its attributes meanwhile; that nobody may write is reasoned")
        test_export_holds();
    unseen("reasoned: what somebody writes to is not exported")
        test_export_in_use();
    end_tests();
}
