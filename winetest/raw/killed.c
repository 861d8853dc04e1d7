/*
 * line 18: when a process is killed in the middle of a call, nothing stays locked, nothing has
 * changed, and nothing is left behind.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>

#include "helpers/efs_test.h"

#define READY_EVENT L"efs-test-ready"

static DWORD WINAPI hang(void)
{
    HANDLE ready = OpenEventW(EVENT_MODIFY_STATE, FALSE, READY_EVENT);

    SetEvent(ready);
    Sleep(INFINITE);
    return 0;
}

static DWORD WINAPI hanging_import(PBYTE data, PVOID context, PULONG length)
{
    struct source *source = context;

    if (source->pos >= source->size / 2) hang();
    return import_callback(data, context, length);
}

static DWORD WINAPI hanging_export(PBYTE data, PVOID context, ULONG length)
{
    struct sink *sink = context;

    if (sink->size) hang();
    return export_callback(data, context, length);
}

/* In the child: never returns if it goes well. */
static void run_child(const char *mode, const char *file)
{
    struct sink sink = { 0 };
    struct stream stream;
    struct source source;
    void *context;
    DWORD ret;

    ret = OpenEncryptedFileRawA(file, strcmp(mode, "import") ? 0 : CREATE_FOR_IMPORT, &context);
    ok(!ret, "Open of %s returned %lu\n", file, ret);
    if (ret) return;
    if (!strcmp(mode, "import"))
    {
        build_stream(&stream, 1000000, 99);
        init_source(&source, &stream);
        source.chunk = 10000;
        WriteEncryptedFileRaw((PFE_IMPORT_FUNC)hanging_import, &source, context);
    }
    else ReadEncryptedFileRaw(hanging_export, &sink, context);
    ok(0, "the call has returned\n");
}

/* Starts the program again, waits until it is in the callback, and kills it there. */
static void kill_child(const char *mode, const char *file)
{
    STARTUPINFOA startup = { .cb = sizeof(startup) };
    PROCESS_INFORMATION process;
    HANDLE handles[2];
    char command[1024], program[MAX_PATH];
    DWORD ret;

    GetModuleFileNameA(NULL, program, sizeof(program));
    _snprintf(command, sizeof(command), "\"%s\" killed %s \"%s\"", program, mode, file);
    handles[0] = CreateEventW(NULL, TRUE, FALSE, READY_EVENT);
    ret = CreateProcessA(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process);
    ok(ret, "CreateProcess failed: %lu\n", GetLastError());
    if (!ret) return;
    handles[1] = process.hProcess;
    ret = WaitForMultipleObjects(2, handles, FALSE, 60000);
    ok(ret == WAIT_OBJECT_0, "the child did not reach its callback: %lu\n", ret);
    TerminateProcess(process.hProcess, 0);
    ret = WaitForSingleObject(process.hProcess, 60000);
    ok(ret == WAIT_OBJECT_0, "the child can't be killed: %lu\n", ret);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    CloseHandle(handles[0]);
}

/* Descriptors that the dead process had inside the system may take a moment. */
static DWORD patient_restore(const WCHAR *path, const struct stream *stream)
{
    DWORD ret, i;

    for (i = 0; i < 20; i++)
    {
        ret = restore_stream(path, 0, stream);
        if (ret != ERROR_SHARING_VIOLATION) break;
        Sleep(100);
    }
    return ret;
}

static void test_import(void)
{
    struct stream stream, old;

    build_stream(&stream, 5000, 1);
    build_stream(&old, 4000, 2);

    kill_child("import", "missing");
    check_missing(test_path(L"missing"));
    ok(!count_entries(test_path(L"")), "something was left behind\n");
    check_code(patient_restore(test_path(L"missing"), &stream), ERROR_SUCCESS);
    check_export(test_path(L"missing"), &stream);
    remove_file(test_path(L"missing"));

    make_file(test_path(L"plain"), "stays", 0);
    kill_child("import", "plain");
    check_plain(test_path(L"plain"), "stays", 0);
    ok(count_entries(test_path(L"")) == 1, "something was left behind\n");
    check_code(patient_restore(test_path(L"plain"), &stream), ERROR_SUCCESS);
    check_export(test_path(L"plain"), &stream);
    remove_file(test_path(L"plain"));

    check_code(restore_stream(test_path(L"old"), 0, &old), ERROR_SUCCESS);
    kill_child("import", "old");
    check_export(test_path(L"old"), &old);
    ok(count_entries(test_path(L"")) == 1, "something was left behind\n");
    check_code(patient_restore(test_path(L"old"), &stream), ERROR_SUCCESS);
    check_export(test_path(L"old"), &stream);
    remove_file(test_path(L"old"));
    free_stream(&stream);
    free_stream(&old);
}

static void test_export(void)
{
    struct stream stream;

    build_stream(&stream, 100000, 3);
    check_code(restore_stream(test_path(L"file"), 0, &stream), ERROR_SUCCESS);
    kill_child("export", "file");
    check_export(test_path(L"file"), &stream);
    check_code(patient_restore(test_path(L"file"), &stream), ERROR_SUCCESS);
    remove_file(test_path(L"file"));
    free_stream(&stream);
}

START_TEST(killed)
{
    WCHAR previous[MAX_PATH];
    char **argv;

    if (winetest_get_mainargs(&argv) >= 4)
    {
        unseen("reasoned: the call begins as in a process that lives")
            run_child(argv[2], argv[3]);
        return;
    }
    begin_tests("killed");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    /* the child gets a name and finds it here, whatever the directory is called */
    GetCurrentDirectoryW(ARRAY_SIZE(previous), previous);
    SetCurrentDirectoryW(test_path(L""));
    unseen("ours: the target is as it was, and free; Windows' service keeps it open, says pywin32's demo")
        test_import();
    unseen("ours: the file is free again; Windows' service keeps it open, says pywin32's demo")
        test_export();
    SetCurrentDirectoryW(previous);
    end_tests();
}
