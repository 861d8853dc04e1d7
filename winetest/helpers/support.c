/*
 * What a system lacks is said once, and the tests that build on it are skipped.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs_test.h"
#include "backups.h"

bool needs_(const char *file, int line, bool works, const char *what)
{
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
