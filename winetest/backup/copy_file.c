/*
 * CopyFile, CopyFileEx, and MoveFileEx to another file system: extended attributes and alternate streams are copied,
 * too.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/backups.h"
#include "helpers/nt_test.h"

#define LARGE 300000 /* bytes: more than an attribute of any file system holds */

/* FILE_FULL_EA_INFORMATION */
static const BYTE attributes[] = { 0, 0, 0, 0, 0, 4, 3, 0, 'N', 'A', 'M', 'E', 0, 'a', 'b', 'c' };

static BYTE large[LARGE];

static void add_stream(struct backup *backup, const WCHAR *name, const void *data, DWORD size)
{
    backup_header(backup, BACKUP_ALTERNATE_DATA, 0, size, name);
    backup_append(backup, data, size);
}

/* A file with all of it. */
static void make_whole(const WCHAR *path, DWORD stream)
{
    struct backup backup = { 0 };
    HANDLE file;

    make_file(path, "", 0);
    backup_substream(&backup, BACKUP_DATA, 0, "content", 7);
    backup_substream(&backup, BACKUP_EA_DATA, 0, attributes, sizeof(attributes));
    add_stream(&backup, L":Zone.Identifier:$DATA", "[ZoneTransfer]", 14);
    if (stream) add_stream(&backup, L":large:$DATA", large, stream);
    file = backup_open(path, GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING);
    check_code(backup_write(file, 100000, FALSE, &backup), ERROR_SUCCESS);
    CloseHandle(file);
    backup_free(&backup);
}

static void read_all(const WCHAR *path, struct backup *backup)
{
    HANDLE file = backup_open(path, GENERIC_READ, OPEN_EXISTING);

    check_code(backup_read(file, 100000, FALSE, backup), ERROR_SUCCESS);
    CloseHandle(file);
}

/* Substreams of that kind, or that name. */
static DWORD count_substreams(const struct backup *backup, DWORD id, ULONGLONG *bytes)
{
    const WIN32_STREAM_ID *header;
    const BYTE *data;
    DWORD at = 0, count = 0;

    *bytes = 0;
    while ((header = backup_next(backup, &at, &data)))
    {
        if (header->dwStreamId != id) continue;
        count++;
        *bytes += (ULONGLONG)header->Size.QuadPart;
    }
    return count;
}

static void check_whole_(int line, const WCHAR *path, DWORD stream)
{
    struct backup backup = { 0 };
    ULONGLONG bytes;
    DWORD count;

    read_all(path, &backup);
    count = count_substreams(&backup, BACKUP_DATA, &bytes);
    ok_(__FILE__, line)(count == 1 && bytes == 7, "%lu contents, %lu bytes\n", count, (DWORD)bytes);
    count = count_substreams(&backup, BACKUP_EA_DATA, &bytes);
    ok_(__FILE__, line)(count == 1 && bytes == sizeof(attributes), "%lu lists, %lu bytes\n", count, (DWORD)bytes);
    count = count_substreams(&backup, BACKUP_ALTERNATE_DATA, &bytes);
    ok_(__FILE__, line)(count == (stream ? 2 : 1) && bytes == 14 + stream, "%lu streams, %lu bytes\n", count,
                        (DWORD)bytes);
    backup_free(&backup);
}
#define check_whole(path, stream) check_whole_(__LINE__, path, stream)

static void check_content_alone_(int line, const WCHAR *path)
{
    struct backup backup = { 0 };
    ULONGLONG bytes;

    read_all(path, &backup);
    ok_(__FILE__, line)(count_substreams(&backup, BACKUP_DATA, &bytes) == 1 && bytes == 7, "no content\n");
    ok_(__FILE__, line)(backup.size == HEADER_SIZE + 7, "%lu bytes\n", backup.size);
    backup_free(&backup);
}
#define check_content_alone(path) check_content_alone_(__LINE__, path)

static void test_copies(void)
{
    const WCHAR *from = test_path(L"from"), *to = test_path(L"to");
    char from_name[MAX_PATH], to_name[MAX_PATH];
    FILETIME before, after;
    HANDLE file;

    make_whole(from, LARGE);
    check_call(CopyFileW(from, to, TRUE));
    check_whole(to, LARGE);
    /* over what has others */
    remove_file(from);
    make_whole(from, 0);
    SetLastError(0xdeadbeef);
    ok(!CopyFileW(from, to, TRUE) && GetLastError() == ERROR_FILE_EXISTS, "error %lu\n", GetLastError());
    check_whole(to, LARGE);
    check_call(CopyFileW(from, to, FALSE));
    check_whole(to, 0);
    remove_file(to);
    check_call(CopyFileExW(from, to, NULL, NULL, NULL, COPY_FILE_FAIL_IF_EXISTS));
    check_whole(to, 0);
    remove_file(to);
    WideCharToMultiByte(CP_ACP, 0, from, -1, from_name, sizeof(from_name), NULL, NULL);
    WideCharToMultiByte(CP_ACP, 0, to, -1, to_name, sizeof(to_name), NULL, NULL);
    check_call(CopyFileA(from_name, to_name, TRUE));
    check_whole(to, 0);
    remove_file(to);

    /* read-only, and of some time */
    file = backup_open(from, GENERIC_WRITE, OPEN_EXISTING);
    check_call(SetFileTime(file, NULL, NULL, &(FILETIME){ 0x12345670, 0x01c12345 }));
    check_call(GetFileTime(file, NULL, NULL, &before));
    CloseHandle(file);
    check_call(SetFileAttributesW(from, FILE_ATTRIBUTE_READONLY));
    check_call(CopyFileW(from, to, TRUE));
    check_whole(to, 0);
    ok(GetFileAttributesW(to) & FILE_ATTRIBUTE_READONLY, "attributes %#lx\n", GetFileAttributesW(to));
    file = backup_open(to, GENERIC_READ, OPEN_EXISTING);
    check_call(GetFileTime(file, NULL, NULL, &after));
    ok(!CompareFileTime(&before, &after), "another time\n");
    CloseHandle(file);
    check_call(SetFileAttributesW(from, FILE_ATTRIBUTE_NORMAL));
    check_call(SetFileAttributesW(to, FILE_ATTRIBUTE_NORMAL));
    remove_file(to);
    remove_file(from);
}

/* A stream that is copied is content, and so is one that is copied to. */
static void test_single_streams(void)
{
    const WCHAR *from = test_path(L"from"), *to = test_path(L"to");
    struct backup backup = { 0 };
    WCHAR stream[MAX_PATH];
    ULONGLONG bytes;

    make_whole(from, 0);
    lstrcatW(lstrcpyW(stream, from), L":Zone.Identifier");
    check_call(CopyFileW(stream, to, TRUE));
    read_all(to, &backup);
    ok(backup.size == HEADER_SIZE + 14 && count_substreams(&backup, BACKUP_DATA, &bytes) == 1, "%lu bytes\n",
       backup.size);
    backup_free(&backup);
    remove_file(to);
    remove_file(from);
}

static void test_other_places(void)
{
    const WCHAR *from = test_path(L"from"), *place = env_path(L"EFS_TEST_NOXATTR_DIR"), *to;
    static BYTE huge[1 << 20];
    struct backup backup = { 0 };
    HANDLE file;
    DWORD i;

    make_whole(from, LARGE);
    if (place)
    {
        /* as Windows does it where FAT is: what can't be kept there isn't, and the copy succeeds */
        to = test_path_in(place, L"copied");
        check_call(CopyFileW(from, to, TRUE));
        check_content_alone(to);
        remove_file(to);
    }
    else skip("EFS_TEST_NOXATTR_DIR names no file system without extended attributes\n");
    if (!(place = env_path(L"EFS_TEST_SMALL_DIR")))
    {
        skip("EFS_TEST_SMALL_DIR names no small file system\n");
        remove_file(from);
        return;
    }
    to = test_path_in(place, L"copied");
    check_call(CopyFileW(from, to, TRUE));
    check_whole(to, LARGE);
    remove_file(to);
    SetLastError(0xdeadbeef);
    ok(!MoveFileExW(from, to, 0) && GetLastError() == ERROR_NOT_SAME_DEVICE, "error %lu\n", GetLastError());
    check_call(MoveFileExW(from, to, MOVEFILE_COPY_ALLOWED));
    check_whole(to, LARGE);
    check_missing(from);
    make_whole(from, 0);
    SetLastError(0xdeadbeef);
    ok(!MoveFileExW(from, to, MOVEFILE_COPY_ALLOWED), "MoveFileEx succeeded\n");
    check_whole(to, LARGE);
    check_call(MoveFileExW(from, to, MOVEFILE_COPY_ALLOWED | MOVEFILE_REPLACE_EXISTING));
    check_whole(to, 0);
    remove_file(to);

    /* no room for a stream: nothing is copied, and nothing is moved away */
    make_whole(from, 0);
    backup_header(&backup, BACKUP_ALTERNATE_DATA, 0, 16 * sizeof(huge), L":huge:$DATA");
    backup_fill(huge, sizeof(huge), 3);
    for (i = 0; i < 16; i++) backup_append(&backup, huge, sizeof(huge));
    file = backup_open(from, GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING);
    check_code(backup_write(file, 1000000, FALSE, &backup), ERROR_SUCCESS);
    CloseHandle(file);
    backup_free(&backup);
    SetLastError(0xdeadbeef);
    ok(!CopyFileW(from, to, TRUE) && GetLastError() == ERROR_DISK_FULL, "error %lu\n", GetLastError());
    check_missing(to);
    SetLastError(0xdeadbeef);
    ok(!MoveFileExW(from, to, MOVEFILE_COPY_ALLOWED) && GetLastError() == ERROR_DISK_FULL, "error %lu\n",
       GetLastError());
    check_missing(to);
    read_all(from, &backup);
    ok(backup.size > 16 * sizeof(huge), "%lu bytes\n", backup.size);
    backup_free(&backup);
    remove_file(from);
}

START_TEST(copy_file)
{
    begin_tests("copy_file");
    if (!backups_work())
    {
        end_tests();
        return;
    }
    backup_fill(large, sizeof(large), 9);
    unseen("documented: CopyFile copies attributes and alternate streams; extended ones: CopyFileEx")
        test_copies();
    unseen("reasoned: a stream that is named is content")
        test_single_streams();
    unseen("documented: CopyFile, MoveFileEx; that what FAT cannot keep is left out is reasoned")
        test_other_places();
    end_tests();
}
