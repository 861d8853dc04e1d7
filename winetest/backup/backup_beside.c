/*
 * BackupRead and BackupWrite of what files and directories have beside their content: extended attributes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backups.h"

/* FILE_FULL_EA_INFORMATION: two of them */
static const BYTE attributes[] =
{
    20, 0, 0, 0, 0, 4, 4, 0, 'N', 'A', 'M', 'E', 0, 'v', 'a', 'l', 0, 0, 0, 0,
    0, 0, 0, 0, 0, 5, 1, 0, '$', 'N', '.', '2', ' ', 0, 0xff,
};

static const char content[] = "content";

/* Restores into what is there, and reads it again. */
static DWORD restore(const WCHAR *path, DWORD chunk, const struct backup *backup)
{
    HANDLE file = backup_open(path, GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING);
    DWORD err = backup_write(file, chunk, FALSE, backup);

    CloseHandle(file);
    return err;
}

static void check_backup_(int line, const WCHAR *path, DWORD chunk, const struct backup *expected)
{
    HANDLE file = backup_open(path, GENERIC_READ, OPEN_EXISTING);
    struct backup got = { 0 };

    check_code(backup_read(file, chunk, FALSE, &got), ERROR_SUCCESS);
    ok_(__FILE__, line)(got.size == expected->size && !memcmp(got.data, expected->data, got.size),
                        "%lu bytes, not %lu, or others\n", got.size, expected->size);
    backup_free(&got);
    CloseHandle(file);
}
#define check_backup(path, chunk, expected) check_backup_(__LINE__, path, chunk, expected)

static void test_attributes(const WCHAR *path, bool directory)
{
    struct backup backup = { 0 }, before = { 0 };
    DWORD chunk;

    for (chunk = 1; chunk < 100; chunk += 7)
    {
        if (directory) check_call(CreateDirectoryW(path, NULL));
        else make_file(path, "", 0);
        if (!directory) backup_substream(&backup, BACKUP_DATA, 0, content, sizeof(content));
        backup_substream(&backup, BACKUP_EA_DATA, 0, attributes, sizeof(attributes));
        check_code(restore(path, chunk, &backup), ERROR_SUCCESS);
        check_backup(path, chunk, &backup);
        /* before the data, too */
        backup_substream(&before, BACKUP_EA_DATA, 0, attributes, sizeof(attributes));
        if (!directory) backup_substream(&before, BACKUP_DATA, 0, content, sizeof(content));
        check_code(restore(path, chunk, &before), ERROR_SUCCESS);
        check_backup(path, chunk, &backup);
        if (directory) check_call(RemoveDirectoryW(path));
        else remove_file(path);
        backup_free(&backup);
        backup_free(&before);
    }
}

/* What can't be kept is an error. */
static void test_refused(void)
{
    static const BYTE hidden[] = { 0, 0, 0, 0, 0, 9, 1, 0, 'D', 'O', 'S', 'A', 'T', 'T', 'R', 'I', 'B', 0, 'x' };
    const WCHAR *path = test_path(L"refused"), *dir = env_path(L"EFS_TEST_NOXATTR_DIR");
    struct backup backup = { 0 };

    make_file(path, "", 0);
    backup_substream(&backup, BACKUP_EA_DATA, 0, attributes, sizeof(attributes) - 1);
    check_code(restore(path, 3, &backup), ERROR_EA_LIST_INCONSISTENT);
    backup_free(&backup);
    backup_substream(&backup, BACKUP_EA_DATA, 0, hidden, sizeof(hidden));
    check_code(restore(path, 3, &backup), ERROR_ACCESS_DENIED);
    backup_free(&backup);
    check_backup(path, 10, &backup);
    remove_file(path);
    if (!dir)
    {
        skip("EFS_TEST_NOXATTR_DIR names no file system without extended attributes\n");
        return;
    }
    /* where none can be kept, which its flags say, they are left out */
    path = test_path_in(dir, L"without");
    make_file(path, "", 0);
    backup_substream(&backup, BACKUP_DATA, 0, content, sizeof(content));
    backup_substream(&backup, BACKUP_EA_DATA, 0, attributes, sizeof(attributes));
    check_code(restore(path, 3, &backup), ERROR_SUCCESS);
    backup.size -= 20 + sizeof(attributes);
    check_backup(path, 10, &backup);
    backup_free(&backup);
    remove_file(path);
}

START_TEST(backup_beside)
{
    begin_tests("backup_beside");
    test_attributes(test_path(L"file"), false);
    test_attributes(test_path(L"directory"), true);
    test_refused();
    end_tests();
}
