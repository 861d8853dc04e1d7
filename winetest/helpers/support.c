/*
 * What a system lacks is said once, and the tests that build on it are skipped. What nobody has seen on Windows isn't a
 * failure there, and its line says why Windows was expected to pass: Wine's test language has a word for checks that
 * may fail, which does the counting.
 *
 * EFS_TEST_AS_WINDOWS, set to anything, has Wine taken for Windows: for the test of this.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs_test.h"
#include "backups.h"

/* Not winetest_platform: with Wine's DLLs replaced, Wine is told that it is Windows, so that nothing is a todo. */
static bool on_windows(void)
{
    return !GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version")
        || GetEnvironmentVariableA("EFS_TEST_AS_WINDOWS", NULL, 0);
}

void begin_unseen(const char *why)
{
    if (on_windows()) winetest_push_context("unseen, %s", why);
    winetest_start_flaky(on_windows());
}

void end_unseen(void)
{
    winetest_end_flaky();
    if (on_windows()) winetest_pop_context();
}

bool needs_(const char *file, int line, bool works, const char *what)
{
    unseen("programs: nothing goes without it")
        todo_wine ok_(file, line)(works, "%s fails\n", what);
    if (!works) skip_(file, line)("%s is needed for all else here\n", what);
    return works;
}

bool raw_streams_work_(const char *file, int line)
{
    const WCHAR *name = test_path(L"probe");
    struct stream stream;
    DWORD ret;

    build_stream(&stream, 100, 1);
    ret = restore_stream(name, 0, &stream);
    free_stream(&stream);
    if (!ret) remove_file(name);
    return needs_(file, line, !ret, "importing a raw stream");
}

bool backups_work_(const char *file, int line)
{
    const WCHAR *name = test_path(L"probe");
    void *context = NULL;
    BYTE buffer[100];
    HANDLE handle;
    DWORD got = 0;
    BOOL ret;

    make_file(name, "content", 0);
    handle = backup_open(name, GENERIC_READ, OPEN_EXISTING);
    ret = BackupRead(handle, buffer, sizeof(buffer), &got, FALSE, FALSE, &context) && got;
    if (ret) BackupRead(handle, NULL, 0, &got, TRUE, FALSE, &context);
    CloseHandle(handle);
    remove_file(name);
    return needs_(file, line, ret, "BackupRead");
}
