/*
 * line 17: a NULL, stale or foreign context is refused, and nothing crashes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"

static void check_refused_(int line, void *context)
{
    struct stream nothing = { 0 };
    struct sink sink = { 0 };
    struct source source;
    DWORD ret;

    init_source(&source, &nothing);
    SetLastError(0xdeadbeef);
    ret = ReadEncryptedFileRaw(export_callback, &sink, context);
    todo_wine check_code_(__FILE__, line, ret, ERROR_INVALID_PARAMETER);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
    todo_wine check_code_(__FILE__, line, ret, ERROR_INVALID_PARAMETER);
    ok_(__FILE__, line)(!sink.calls && !source.calls, "a callback was called\n");
    CloseEncryptedFileRaw(context);
    free_sink(&sink);
}
#define check_refused(context) check_refused_(__LINE__, context)

static void test_foreign(void)
{
    static BYTE zeros[4096], ones[4096];
    void *guard = VirtualAlloc(NULL, 0x1000, MEM_RESERVE, PAGE_NOACCESS);
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    BYTE before[4096];

    memset(ones, 0xff, sizeof(ones));
    memcpy(before, ones, sizeof(ones));
    check_refused(NULL);
    check_refused((void *)1);
    check_refused((void *)2);
    check_refused((void *)4);
    check_refused((void *)0x1000);
    check_refused((void *)(ULONG_PTR)0xdeadbeef);
    check_refused(INVALID_HANDLE_VALUE);
    check_refused(zeros);
    check_refused(ones);
    check_refused(guard);
    check_refused(event);
    check_refused((void *)GetModuleHandleW(NULL));
    ok(!memcmp(ones, before, sizeof(ones)), "foreign memory was written to\n");
    ok(WaitForSingleObject(event, 0) == WAIT_TIMEOUT, "a foreign handle was closed\n");
    CloseHandle(event);
    VirtualFree(guard, 0, MEM_RELEASE);
}

/* [P] closes twice */
static void test_stale(void)
{
    const WCHAR *name = test_path(L"stale"), *other = test_path(L"other");
    struct sink sink = { 0 };
    struct stream stream;
    struct source source;
    void *stale, *context;
    DWORD ret;

    build_stream(&stream, 1500, 1);
    stale = open_import(name, 0);
    CloseEncryptedFileRaw(stale);
    check_refused(stale);
    CloseEncryptedFileRaw(stale);
    check_missing(name);

    stale = open_import(name, 0);
    init_source(&source, &stream);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, stale);
    check_code(ret, ERROR_SUCCESS);
    CloseEncryptedFileRaw(stale);
    check_refused(stale);
    check_export(name, &stream);

    stale = open_export(name, 0);
    CloseEncryptedFileRaw(stale);
    check_refused(stale);

    /* a second Close doesn't hit whoever was opened in between */
    context = open_import(other, 0);
    ok(context != stale, "the same context came again at once\n");
    CloseEncryptedFileRaw(stale);
    init_source(&source, &stream);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
    check_code(ret, ERROR_SUCCESS);
    CloseEncryptedFileRaw(context);
    check_export(other, &stream);

    remove_file(name);
    remove_file(other);
    free_sink(&sink);
    free_stream(&stream);
}

/* Near a context is not a context. */
static void test_neighbours(void)
{
    const WCHAR *name = test_path(L"near");
    struct stream stream;
    struct source source;
    BYTE *context;
    DWORD ret;

    build_stream(&stream, 1500, 2);
    context = open_import(name, 0);
    check_refused(context + 1);
    check_refused(context - 1);
    check_refused(context + 0x1000);
    init_source(&source, &stream);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
    check_code(ret, ERROR_SUCCESS);
    CloseEncryptedFileRaw(context);
    check_export(name, &stream);
    remove_file(name);
    free_stream(&stream);
}

static void test_wrong_direction(void)
{
    const WCHAR *name = test_path(L"file");
    struct sink sink = { 0 };
    struct source source;
    struct stream stream;
    void *context;
    DWORD ret;

    build_stream(&stream, 1500, 3);
    context = open_import(name, 0);
    SetLastError(0xdeadbeef);
    ret = ReadEncryptedFileRaw(export_callback, &sink, context);
    check_code(ret, ERROR_INVALID_PARAMETER);
    ok(!sink.calls, "the callback was called\n");
    init_source(&source, &stream); /* the context is as good as before */
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
    check_code(ret, ERROR_SUCCESS);
    SetLastError(0xdeadbeef);
    ret = ReadEncryptedFileRaw(export_callback, &sink, context);
    check_code(ret, ERROR_INVALID_PARAMETER);
    CloseEncryptedFileRaw(context);

    context = open_export(name, 0);
    init_source(&source, &stream);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
    check_code(ret, ERROR_INVALID_PARAMETER);
    ok(!source.calls, "the callback was called\n");
    SetLastError(0xdeadbeef);
    ret = ReadEncryptedFileRaw(export_callback, &sink, context);
    check_code(ret, ERROR_SUCCESS);
    check_sink(&sink, &stream);
    CloseEncryptedFileRaw(context);

    remove_file(name);
    free_sink(&sink);
    free_stream(&stream);
}

static void test_null_callback(void)
{
    const WCHAR *name = test_path(L"file");
    struct stream stream;
    void *context;
    DWORD ret;

    build_stream(&stream, 1500, 4);
    context = open_import(name, 0);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(NULL, NULL, context);
    check_code(ret, ERROR_INVALID_PARAMETER);
    CloseEncryptedFileRaw(context);
    check_missing(name);

    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    context = open_export(name, 0);
    SetLastError(0xdeadbeef);
    ret = ReadEncryptedFileRaw(NULL, NULL, context);
    check_code(ret, ERROR_INVALID_PARAMETER);
    CloseEncryptedFileRaw(context);
    remove_file(name);
    free_stream(&stream);
}

START_TEST(context)
{
    begin_tests("context");
    unseen("programs: burp and pywin32 pass such contexts; the code is ours, and Windows may end the process")
        test_foreign();
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    unseen("programs: burp and pywin32 pass such contexts; the code is ours, and Windows may end the process")
        test_stale();
    unseen("ours: a value that is no context is refused; Windows may end the process")
        test_neighbours();
    unseen("ours: a call against the direction is refused, and the context stays good")
        test_wrong_direction();
    unseen("reasoned: as other functions answer such arguments")
        test_null_callback();
    end_tests();
}
