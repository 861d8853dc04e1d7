/*
 * BackupRead and BackupWrite of what files and directories have beside their content: extended attributes, alternate
 * streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/backups.h"
#include "helpers/nt_test.h"

#define NT_STREAM 22
#define NT_INFO_LENGTH_MISMATCH ((NTSTATUS)0xc0000004)

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

/* ---- alternate streams ---- */

static void add_stream(struct backup *backup, const WCHAR *name, const void *data, DWORD size)
{
    backup_header(backup, BACKUP_ALTERNATE_DATA, 0, size, name);
    backup_append(backup, data, size);
}

/* What BackupRead gives of a stream; its substream is removed from the backup. False: it isn't there. */
static bool take_stream(struct backup *backup, const WCHAR *name, const void *data, DWORD size)
{
    const WIN32_STREAM_ID *header;
    DWORD at = 0, begin = 0;
    const BYTE *bytes;
    bool same;

    for (; (header = backup_next(backup, &at, &bytes)); begin = at)
    {
        if (header->dwStreamId != BACKUP_ALTERNATE_DATA || header->dwStreamNameSize != lstrlenW(name) * sizeof(WCHAR)
            || memcmp(header->cStreamName, name, header->dwStreamNameSize))
            continue;
        same = header->Size.QuadPart == size && !memcmp(bytes, data, size) && !header->dwStreamAttributes;
        ok(same, "%s: %lu bytes, or others\n", wine_dbgstr_w(name), (DWORD)header->Size.QuadPart);
        memmove(backup->data + begin, backup->data + at, backup->size - at);
        backup->size -= at - begin;
        return same;
    }
    return false;
}

/* The size that FileStreamInformation says of a stream; -1: it isn't there. */
static LONGLONG get_stream_size(HANDLE file, const WCHAR *name, DWORD *count)
{
    static BYTE info[0x10000];
    LONGLONG size = -1;
    IO_STATUS_BLOCK io;
    NTSTATUS status = NtQueryInformationFile(file, &io, info, sizeof(info), NT_STREAM);
    DWORD at = 0, i;

    ok(!status, "%#lx\n", status);
    *count = 0;
    for (; !status && io.Information; at += get_ulong(info + at))
    {
        ++*count;
        if (get_ulong(info + at + 4) == lstrlenW(name) * sizeof(WCHAR)
            && !memcmp(info + at + 0x18, name, get_ulong(info + at + 4)))
            size = (LONGLONG)get_ulong64(info + at + 8);
        if (!get_ulong(info + at)) break;
    }
    /* smaller buffers: whole entries */
    for (i = 0; !status && i < io.Information; i += 5)
    {
        IO_STATUS_BLOCK small;
        NTSTATUS got;

        memset(info, 0xcc, sizeof(info));
        got = NtQueryInformationFile(file, &small, info, i, NT_STREAM);
        ok(got == (i < 0x18 ? NT_INFO_LENGTH_MISMATCH : NT_BUFFER_OVERFLOW), "%lu: %#lx\n", i, got);
        ok(info[i] == 0xcc, "%lu: beyond the buffer\n", i);
    }
    return size;
}

static void test_streams(const WCHAR *path, bool directory)
{
    static const DWORD chunks[] = { 1, 7, 4096, 100000 };
    static BYTE large[5000000];
    struct backup backup = { 0 }, got = { 0 };
    DWORD i, count, size, data = directory ? 0 : 20 + sizeof(content);
    HANDLE file;

    backup_fill(large, sizeof(large), 5);
    for (i = 0; i < ARRAY_SIZE(chunks); i++)
    {
        winetest_push_context("%s in pieces of %lu", directory ? "directory" : "file", chunks[i]);
        size = chunks[i] < 100 ? 70000 : sizeof(large);
        if (directory) check_call(CreateDirectoryW(path, NULL));
        else make_file(path, "", 0);
        add_stream(&backup, L":Zone.Identifier:$DATA", large, 100);
        if (!directory) backup_substream(&backup, BACKUP_DATA, 0, content, sizeof(content));
        add_stream(&backup, L":large:$DATA", large, size);
        add_stream(&backup, L":empty:$DATA", "", 0);
        add_stream(&backup, L":\x65e5\x672c \x00e4:$DATA", "name", 4);
        check_code(restore(path, chunks[i], &backup), ERROR_SUCCESS);
        file = backup_open(path, GENERIC_READ, OPEN_EXISTING);
        check_code(backup_read(file, chunks[i], FALSE, &got), ERROR_SUCCESS);
        ok(take_stream(&got, L":Zone.Identifier:$DATA", large, 100), "not there\n");
        ok(take_stream(&got, L":large:$DATA", large, size), "not there\n");
        ok(take_stream(&got, L":empty:$DATA", "", 0), "not there\n");
        ok(take_stream(&got, L":\x65e5\x672c \x00e4:$DATA", "name", 4), "not there\n");
        ok(got.size == data, "%lu bytes more\n", got.size);
        ok(get_stream_size(file, L":large:$DATA", &count) == size, "another size\n");
        ok(count == (directory ? 4 : 5), "%lu streams\n", count);
        if (!directory) ok(get_stream_size(file, L"::$DATA", &count) == sizeof(content), "another size\n");
        CloseHandle(file);
        backup_free(&backup);

        /* in the place of the old ones, in other letters; each in a context of its own */
        add_stream(&backup, L":LARGE:$DATA", "small", 5);
        check_code(restore(path, chunks[i], &backup), ERROR_SUCCESS);
        backup_free(&backup);
        add_stream(&backup, L":zone.identifier", large, 70000);
        check_code(restore(path, chunks[i], &backup), ERROR_SUCCESS);
        backup_free(&backup);
        file = backup_open(path, GENERIC_READ, OPEN_EXISTING);
        get_stream_size(file, L"", &count);
        ok(count == (directory ? 4 : 5), "%lu streams\n", count);
        CloseHandle(file);
        /* back into attributes, so that nothing is left beside the file */
        add_stream(&backup, L":Zone.Identifier:$DATA", "z", 1);
        check_code(restore(path, chunks[i], &backup), ERROR_SUCCESS);
        backup_free(&backup);
        ok(count_entries(test_path(L"")) == 1, "%lu entries\n", count_entries(test_path(L"")));
        if (directory) check_call(RemoveDirectoryW(path));
        else remove_file(path);
        winetest_pop_context();
    }
    backup_free(&got);
}

/* Blocks behind an alternate stream are that stream's. */
static void test_sparse_stream(void)
{
    const WCHAR *path = test_path(L"sparse");
    struct backup backup = { 0 }, got = { 0 };
    BYTE expected[5000] = { 0 };
    HANDLE file;
    DWORD chunk;

    memcpy(expected + 50, "no", 2);
    memcpy(expected + 4000, "yes", 3);
    for (chunk = 1; chunk < 300; chunk += 37)
    {
        make_file(path, "", 0);
        backup_substream(&backup, BACKUP_DATA, 0, content, sizeof(content));
        backup_header(&backup, BACKUP_ALTERNATE_DATA, STREAM_SPARSE_ATTRIBUTE, 0, L":stream:$DATA");
        backup_sparse_block(&backup, 4000, "yes", 3);
        backup_sparse_block(&backup, 50, "no", 2);
        backup_sparse_block(&backup, 5000, "", 0);
        if (chunk & 1) add_stream(&backup, L":more:$DATA", "more", 4);
        check_code(restore(path, chunk, &backup), ERROR_SUCCESS);
        file = backup_open(path, GENERIC_READ, OPEN_EXISTING);
        check_code(backup_read(file, chunk, FALSE, &got), ERROR_SUCCESS);
        ok(take_stream(&got, L":stream:$DATA", expected, sizeof(expected)), "not there\n");
        if (chunk & 1) ok(take_stream(&got, L":more:$DATA", "more", 4), "not there\n");
        ok(got.size == 20 + sizeof(content), "%lu bytes more\n", got.size);
        CloseHandle(file);
        remove_file(path);
        backup_free(&backup);
    }
    backup_free(&got);
}

static void test_refused_streams(void)
{
    const WCHAR *path = test_path(L"refused"), *dir = env_path(L"EFS_TEST_NOXATTR_DIR");
    struct backup backup = { 0 }, got = { 0 };
    DWORD written, count;
    void *context = NULL;
    HANDLE file;

    make_file(path, "", 0);
    add_stream(&backup, L":stream:$DATA", "old", 3);
    check_code(restore(path, 9, &backup), ERROR_SUCCESS);
    backup_free(&backup);
    /* one that isn't complete leaves the old one */
    add_stream(&backup, L":stream:$DATA", "new one", 7);
    file = backup_open(path, GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING);
    check_call(BackupWrite(file, backup.data, backup.size - 1, &written, FALSE, FALSE, &context));
    ok(!BackupWrite(file, NULL, 0, &written, TRUE, FALSE, &context), "complete\n");
    check_code(GetLastError(), ERROR_INVALID_DATA);
    check_code(backup_read(file, 9, FALSE, &got), ERROR_SUCCESS);
    ok(take_stream(&got, L":stream:$DATA", "old", 3), "not there\n");
    CloseHandle(file);
    /* without the right to write data */
    file = backup_open(path, GENERIC_READ | FILE_WRITE_ATTRIBUTES, OPEN_EXISTING);
    check_code(backup_write(file, 9, FALSE, &backup), ERROR_ACCESS_DENIED);
    CloseHandle(file);
    backup_free(&backup);
    /* other types; blocks of a stream that isn't sparse */
    add_stream(&backup, L":stream:$INDEX_ALLOCATION", "new", 3);
    check_code(restore(path, 1000, &backup), ERROR_INVALID_DATA);
    backup_free(&backup);
    add_stream(&backup, L":other:$DATA", "new", 3);
    backup_sparse_block(&backup, 50, "no", 2);
    check_code(restore(path, 1000, &backup), ERROR_INVALID_DATA);
    backup_free(&backup);
    file = backup_open(path, GENERIC_READ, OPEN_EXISTING);
    ok(get_stream_size(file, L":stream:$DATA", &count) == 3, "another size\n");
    CloseHandle(file);
    remove_file(path);
    backup_free(&got);
    if (!dir) return;
    /* where none can be kept they are left out, with their blocks */
    path = test_path_in(dir, L"without");
    make_file(path, "", 0);
    backup_header(&backup, BACKUP_ALTERNATE_DATA, STREAM_SPARSE_ATTRIBUTE, 0, L":stream:$DATA");
    backup_sparse_block(&backup, 50, "no", 2);
    check_code(restore(path, 3, &backup), ERROR_SUCCESS);
    backup.size = 0;
    check_backup(path, 10, &backup);
    backup_free(&backup);
    remove_file(path);
}

START_TEST(backup_beside)
{
    begin_tests("backup_beside");
    if (!backups_work())
    {
        end_tests();
        return;
    }
    unseen("documented: MS-BKUP; where it stands is reasoned from go-winio, which reads it behind the data")
    {
        test_attributes(test_path(L"file"), false);
        test_attributes(test_path(L"directory"), true);
    }
    unseen("ours: no document has the codes")
        test_refused();
    unseen("documented: MS-BKUP, FileStreamInformation; which sizes of buffer are refused is MS-FSA")
    {
        test_streams(test_path(L"file"), false);
        test_streams(test_path(L"directory"), true);
    }
    unseen("documented: MS-BKUP 2.13.2")
        test_sparse_stream();
    unseen("ours: no document has the codes")
        test_refused_streams();
    end_tests();
}
