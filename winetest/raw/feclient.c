/*
 * feclient.dll's raw functions are those of advapi32.
 *
 * They are documented nowhere: this is what Wine's stubs become, and runs nowhere else.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/metadata.h"

static DWORD (WINAPI *open_raw)(LPCWSTR, ULONG, PVOID *);
static DWORD (WINAPI *read_raw)(PFE_EXPORT_FUNC, PVOID, PVOID);
static DWORD (WINAPI *write_raw)(PFE_IMPORT_FUNC, PVOID, PVOID);
static VOID (WINAPI *close_raw)(PVOID);
static DWORD (WINAPI *duplicate_info)(LPCWSTR, LPCWSTR, DWORD, DWORD, const LPSECURITY_ATTRIBUTES);

static bool load(void)
{
    HMODULE dll = LoadLibraryW(L"feclient.dll");

    if (!dll) return false;
    open_raw = (__typeof__(open_raw))(void (*)(void))GetProcAddress(dll, "EfsClientOpenFileRaw");
    read_raw = (__typeof__(read_raw))(void (*)(void))GetProcAddress(dll, "EfsClientReadFileRaw");
    write_raw = (__typeof__(write_raw))(void (*)(void))GetProcAddress(dll, "EfsClientWriteFileRaw");
    close_raw = (__typeof__(close_raw))(void (*)(void))GetProcAddress(dll, "EfsClientCloseFileRaw");
    duplicate_info = (__typeof__(duplicate_info))(void (*)(void))GetProcAddress(dll,
                                                                                "EfsClientDuplicateEncryptionInfo");
    return open_raw && read_raw && write_raw && close_raw && duplicate_info;
}

static void test_transfer(void)
{
    static const struct user users[] = { { 0x11, L"alice", true }, { 0x22, L"bob", false } };
    static BYTE metadata[4 * ENTRY_SIZE_MAX];
    const WCHAR *name = test_path(L"file"), *copy = test_path(L"copy");
    DWORD length = make_metadata_of(metadata, 1, users, 2, NULL, 0), ret;
    struct source source;
    struct sink sink = { 0 };
    struct stream stream;
    void *context = NULL;

    build_stream_of(&stream, 70000, 1, metadata, length);
    init_source(&source, &stream);
    ret = open_raw(name, 0, &context);
    ok(ret == ERROR_FILE_NOT_FOUND, "got %lu\n", ret);
    ret = open_raw(name, CREATE_FOR_IMPORT, &context);
    ok(!ret, "got %lu\n", ret);
    ret = write_raw(IMPORT_CALLBACK, &source, context);
    ok(!ret, "got %lu\n", ret);
    close_raw(context);
    check_export(name, &stream);

    ret = open_raw(name, 0, &context);
    ok(!ret, "got %lu\n", ret);
    reset_sink(&sink);
    ret = read_raw(export_callback, &sink, context);
    ok(!ret, "got %lu\n", ret);
    close_raw(context);
    check_sink(&sink, &stream);

    ret = duplicate_info(name, copy, CREATE_NEW, 0, NULL);
    ok(!ret, "got %lu\n", ret);
    check_metadata(copy, metadata, length);
    free_sink(&sink);
    free_stream(&stream);
    remove_file(name);
    remove_file(copy);
}

START_TEST(feclient)
{
    if (!GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version"))
    {
        not_windows("so that one check is made")
            ok(GetFileAttributesW(L".") != INVALID_FILE_ATTRIBUTES, "the current directory is gone\n");
        skip("only Wine's feclient.dll is known\n");
        return;
    }
    begin_tests("feclient");
    if (raw_streams_work()) /* where advapi32's are stubs, a call of feclient's ends the program */
    {
        not_windows("only Wine's feclient.dll is known")
        {
            ok(load(), "feclient.dll lacks something\n");
            if (duplicate_info) test_transfer();
        }
    }
    end_tests();
}
