/*
 * Holes through BackupRead and BackupWrite: which are blocks, which are data, and which a restore makes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/backups.h"

#include <winioctl.h>

#define MEGA 0x100000

static BYTE content[300000];

static void set_sparse(HANDLE file, BOOLEAN sparse)
{
    DWORD got;

    check_call(DeviceIoControl(file, FSCTL_SET_SPARSE, &sparse, sizeof(sparse), NULL, 0, &got, NULL));
}

/* A file with 1 MiB of hole, then 4 bytes. */
static HANDLE make_holey(const WCHAR *path)
{
    HANDLE file = backup_open(path, GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS);
    DWORD written;

    SetFilePointer(file, MEGA, NULL, FILE_BEGIN);
    check_call(WriteFile(file, "data", 4, &written, NULL));
    return file;
}

/* What the backup begins with. */
static void check_data_(int line, HANDLE file, DWORD attributes, ULONGLONG size)
{
    struct backup backup = { 0 };
    WIN32_STREAM_ID header = { 0 };
    DWORD err = backup_read(file, 65536, FALSE, &backup);

    ok_(__FILE__, line)(!err, "error %lu\n", err);
    ok_(__FILE__, line)(backup.size >= HEADER_SIZE, "%lu bytes\n", backup.size);
    if (backup.size >= HEADER_SIZE) memcpy(&header, backup.data, HEADER_SIZE);
    ok_(__FILE__, line)(header.dwStreamId == BACKUP_DATA && header.dwStreamAttributes == attributes
                        && header.Size.QuadPart == (LONGLONG)size, "type %lu, attributes %#lx, %lu bytes\n",
                        header.dwStreamId, header.dwStreamAttributes, header.Size.LowPart);
    backup_free(&backup);
}
#define check_data(file, attributes, size) check_data_(__LINE__, file, attributes, size)

/* Holes are data, unless a program has marked the file as sparse, or the user wants blocks. */
static void test_mark(void)
{
    const WCHAR *path = test_path(L"marked");
    HANDLE file = make_holey(path), reader;
    DWORD got;
    HKEY key;

    check_data(file, 0, MEGA + 4);
    set_sparse(file, TRUE);
    check_data(file, STREAM_SPARSE_ATTRIBUTE, 0);
    set_sparse(file, FALSE);
    check_data(file, 0, MEGA + 4);
    /* no input means TRUE */
    check_call(DeviceIoControl(file, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &got, NULL));
    check_data(file, STREAM_SPARSE_ATTRIBUTE, 0);
    set_sparse(file, FALSE);
    /* who may write neither data nor attributes marks nothing */
    reader = backup_open(path, GENERIC_READ, OPEN_EXISTING);
    DeviceIoControl(reader, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &got, NULL);
    check_data(file, 0, MEGA + 4);
    CloseHandle(reader);
    reader = backup_open(path, FILE_WRITE_ATTRIBUTES, OPEN_EXISTING);
    set_sparse(reader, TRUE);
    check_data(file, STREAM_SPARSE_ATTRIBUTE, 0);
    set_sparse(reader, FALSE);
    CloseHandle(reader);

    check_call(!RegCreateKeyExW(HKEY_CURRENT_USER, L"Software\\Wine\\EFS", 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key,
                                NULL));
    check_call(!RegSetValueExW(key, L"Holes", 0, REG_SZ, (const BYTE *)L"blocks", sizeof(L"blocks")));
    check_data(file, STREAM_SPARSE_ATTRIBUTE, 0);
    check_call(!RegSetValueExW(key, L"Holes", 0, REG_SZ, (const BYTE *)L"data", sizeof(L"data")));
    check_data(file, 0, MEGA + 4);
    check_call(!RegDeleteValueW(key, L"Holes"));
    RegCloseKey(key);

    /* without a hole it is data, of which the attribute says that it is a sparse file's; an empty one, too */
    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    check_call(SetEndOfFile(file));
    set_sparse(file, TRUE);
    check_data(file, STREAM_SPARSE_ATTRIBUTE, 0);
    check_call(WriteFile(file, content, 65536, &got, NULL));
    check_data(file, STREAM_SPARSE_ATTRIBUTE, 65536);
    CloseHandle(file);
    remove_file(path);
}

/* Of a file that is marked as sparse, holes aren't in the backup: blocks with their offsets, and an empty one where the
   file ends. */
static void test_blocks(void)
{
    static const DWORD mega = 0x100000;
    static const struct { const char *what; DWORD at[2], size; } files[] =
    {
        { "holes at the beginning, between and at the end", { 1, 3 }, 5 },
        { "data at the beginning", { 0, 0 }, 4 },
        { "data at the end", { 3, 3 }, 4 },
        { "nothing but a hole", { ~0u, ~0u }, 2 },
    };
    BYTE *expected = malloc(5 * mega), *restored = malloc(5 * mega);
    DWORD i, j, at, written, blocks, stored;
    struct backup backup = { 0 };
    const WIN32_STREAM_ID *header;
    ULONGLONG offset;
    const BYTE *data;
    HANDLE file;

    for (i = 0; i < ARRAY_SIZE(files); i++)
    {
        winetest_push_context("%s", files[i].what);
        file = backup_open(test_path(L"sparse"), GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS);
        set_sparse(file, TRUE);
        SetFilePointer(file, files[i].size * mega, NULL, FILE_BEGIN);
        check_call(SetEndOfFile(file));
        memset(expected, 0, files[i].size * mega);
        for (j = 0; j < 2 && files[i].at[j] != ~0u; j++)
        {
            SetFilePointer(file, files[i].at[j] * mega, NULL, FILE_BEGIN);
            check_call(WriteFile(file, content, mega / 4, &written, NULL));
            memcpy(expected + files[i].at[j] * mega, content, mega / 4);
        }
        check_code(backup_read(file, 1000, FALSE, &backup), ERROR_SUCCESS);
        at = blocks = stored = 0;
        offset = 0;
        header = backup_next(&backup, &at, &data);
        ok(header && header->dwStreamId == BACKUP_DATA && !header->Size.QuadPart, "no empty data\n");
        if (header) ok(header->dwStreamAttributes == STREAM_SPARSE_ATTRIBUTE, "attributes %#lx\n",
                       header->dwStreamAttributes);
        memset(restored, 0, files[i].size * mega);
        while ((header = backup_next(&backup, &at, &data)))
        {
            ok(header->dwStreamId == BACKUP_SPARSE_BLOCK && header->dwStreamAttributes == STREAM_SPARSE_ATTRIBUTE,
               "%lu, %#lx\n", header->dwStreamId, header->dwStreamAttributes);
            offset = *(const ULONGLONG *)data;
            if (offset + header->Size.QuadPart - 8 > files[i].size * mega) break;
            memcpy(restored + offset, data + 8, (size_t)header->Size.QuadPart - 8);
            stored = (DWORD)header->Size.QuadPart - 8;
            blocks++;
        }
        ok(!header, "block beyond the end\n");
        ok(offset == files[i].size * mega && !stored, "the last block is at %#lx, with %lu bytes\n", (DWORD)offset,
           stored);
        ok(!memcmp(restored, expected, files[i].size * mega), "other content\n");
        ok(backup.size < 2 * (mega / 4 + 0x10000) + 1000, "holes are in the backup: %lu bytes, %lu blocks\n",
           backup.size, blocks);

        /* the file comes back with them */
        backup_free(&backup);
        check_code(backup_read(file, 7777, FALSE, &backup), ERROR_SUCCESS);
        CloseHandle(file);
        file = backup_open(test_path(L"again"), GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS);
        check_code(backup_write(file, 333, FALSE, &backup), ERROR_SUCCESS);
        SetFilePointer(file, 0, NULL, FILE_BEGIN);
        check_call(ReadFile(file, restored, 5 * mega, &written, NULL));
        ok(written == files[i].size * mega && !memcmp(restored, expected, written), "restored otherwise, %lu bytes\n",
           written);
        written = backup.size;
        check_code(backup_read(file, 100000, FALSE, &backup), ERROR_SUCCESS);
        ok(backup.size == written, "%lu bytes the second time, %lu the first\n", backup.size, written);
        CloseHandle(file);
        remove_file(test_path(L"sparse"));
        remove_file(test_path(L"again"));
        winetest_pop_context();
    }
    free(expected);
    free(restored);
    backup_free(&backup);
}

/* ---- restoring ---- */

static void check_zeros_(int line, HANDLE file, DWORD size, BOOL holes)
{
    static BYTE buffer[4 * MEGA], zeros[4 * MEGA];
    ULARGE_INTEGER allocated;
    DWORD got = 0;

    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    ok_(__FILE__, line)(ReadFile(file, buffer, sizeof(buffer), &got, NULL) && got == size, "%lu bytes instead of %lu\n",
                        got, size);
    ok_(__FILE__, line)(!memcmp(buffer, zeros, got), "not zeros\n");
    if (!holes) return;
    allocated.LowPart = GetCompressedFileSizeW(test_path(L"zeros"), &allocated.HighPart);
    ok_(__FILE__, line)(allocated.QuadPart <= size, "%lu bytes on the disk\n", allocated.LowPart);
}
#define check_zeros(file, size, holes) check_zeros_(__LINE__, file, size, holes)

/* Zeros in pieces of any size, into a new file and over an old one, with what stands between and behind them. */
static void test_zeros(void)
{
    static const DWORD chunks[] = { 1000, 4096, 65535, 65536, 262144, 1000000, 8000000 };
    static const struct { DWORD at, size; } pieces[] = /* of data in 4 MiB of zeros */
    {
        { 0, 1 }, { 65536, 1 }, { 100000, 10000 }, { 3 * 65536 - 1, 2 }, { MEGA, 65536 }, { MEGA + 65536 + 65535, 1 },
        { 3 * MEGA, 1 },
    };
    static BYTE expected[4 * MEGA], buffer[4 * MEGA];
    static BYTE old[4 * MEGA + 1000];
    const WCHAR *path = test_path(L"zeros");
    struct backup backup = { 0 };
    DWORD i, j, got;
    HANDLE file;

    memset(old, 0x77, sizeof(old));
    for (i = 0; i < ARRAY_SIZE(pieces); i++) memset(expected + pieces[i].at, 0x55, pieces[i].size);
    backup_substream(&backup, BACKUP_DATA, 0, expected, sizeof(expected));
    for (i = 0; i < ARRAY_SIZE(chunks); i++)
    {
        /* into an empty file, over half a file, over more than there will be */
        static const DWORD before[] = { 0, MEGA + 12345, sizeof(old) };

        for (j = 0; j < ARRAY_SIZE(before); j++)
        {
            winetest_push_context("pieces of %lu bytes over %lu", chunks[i], before[j]);
            file = backup_open(path, GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS);
            check_call(WriteFile(file, old, before[j], &got, NULL));
            check_code(backup_write(file, chunks[i], FALSE, &backup), ERROR_SUCCESS);
            SetFilePointer(file, 0, NULL, FILE_BEGIN);
            check_call(ReadFile(file, buffer, sizeof(buffer), &got, NULL));
            ok(got == sizeof(buffer) && !memcmp(buffer, expected, sizeof(buffer)), "other content, %lu bytes\n", got);
            CloseHandle(file);
            remove_file(path);
            winetest_pop_context();
        }
    }
    backup_free(&backup);

    /* nothing but zeros */
    memset(expected, 0, sizeof(expected));
    backup_substream(&backup, BACKUP_DATA, 0, expected, 2 * MEGA);
    file = backup_open(path, GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS);
    check_code(backup_write(file, 10000, FALSE, &backup), ERROR_SUCCESS);
    check_zeros(file, 2 * MEGA, TRUE);
    check_data(file, 0, 2 * MEGA); /* of which nobody said that it is sparse */
    CloseHandle(file);
    file = backup_open(path, GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS);
    check_call(WriteFile(file, old, 3 * MEGA, &got, NULL));
    check_code(backup_write(file, 100000, FALSE, &backup), ERROR_SUCCESS);
    check_zeros(file, 2 * MEGA, FALSE);
    CloseHandle(file);
    remove_file(path);
    backup_free(&backup);
}

/* Zeros, a step over the rest of them, zeros: in a file with content the step leaves it, in a new one it makes a
   hole. */
static void test_zeros_and_seek(void)
{
    const WCHAR *path = test_path(L"zeros");
    BYTE zeros[4096] = { 0 }, *buffer = malloc(MEGA);
    DWORD round, got, low, high, i;
    struct backup backup = { 0 };
    void *context;
    HANDLE file;

    backup_header(&backup, BACKUP_DATA, 0, MEGA, L"");
    for (round = 0; round < 2; round++)
    {
        file = backup_open(path, GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS);
        if (round) check_call(WriteFile(file, content, sizeof(content), &got, NULL));
        context = NULL;
        check_call(BackupWrite(file, backup.data, backup.size, &got, FALSE, FALSE, &context));
        check_call(BackupWrite(file, zeros, sizeof(zeros), &got, FALSE, FALSE, &context));
        check_call(BackupSeek(file, 100000, 0, &low, &high, &context));
        check_call(BackupWrite(file, zeros, sizeof(zeros), &got, FALSE, FALSE, &context));
        check_call(BackupWrite(file, (BYTE *)"data", 4, &got, FALSE, FALSE, &context));
        check_code(BackupSeek(file, MEGA, 0, &low, &high, &context) ? 0 : GetLastError(), ERROR_SEEK);
        check_call(BackupWrite(file, NULL, 0, &got, TRUE, FALSE, &context));
        SetFilePointer(file, 0, NULL, FILE_BEGIN);
        check_call(ReadFile(file, buffer, MEGA, &got, NULL));
        ok(got == MEGA, "%lu bytes\n", got);
        for (i = 0; i < got; i++)
        {
            DWORD data = 2 * sizeof(zeros) + 100000;
            BYTE there = round && i < sizeof(content) ? content[i] : 0;

            if (i < sizeof(zeros) || (i >= sizeof(zeros) + 100000 && i < data)) there = 0;
            else if (i >= data && i < data + 4) there = (BYTE)"data"[i - data];
            if (buffer[i] != there) break;
        }
        ok(i == got, "round %lu: byte %lu is %#x\n", round, i, buffer[i]);
        CloseHandle(file);
        remove_file(path);
    }
    free(buffer);
    backup_free(&backup);
}

/* Programs that have a context for each substream, and set the end to where a block belongs before they restore it. */
static void test_block_first(void)
{
    const WCHAR *path = test_path(L"blocks");
    struct backup backup = { 0 };
    BYTE expected[200000] = { 0 }, buffer[200001];
    HANDLE file;
    DWORD got;

    memcpy(expected + 65536, "abcd", 4);
    memcpy(expected + 150000, content, 1000);
    file = backup_open(path, GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS);
    backup_header(&backup, BACKUP_DATA, STREAM_SPARSE_ATTRIBUTE, 0, L"");
    check_code(backup_write(file, 1000, FALSE, &backup), ERROR_SUCCESS);
    backup_free(&backup);
    backup_sparse_block(&backup, 65536, "abcd", 4);
    check_code(backup_write(file, 1000, FALSE, &backup), ERROR_SUCCESS);
    backup_free(&backup);
    SetFilePointer(file, 150000, NULL, FILE_BEGIN);
    check_call(SetEndOfFile(file));
    backup_sparse_block(&backup, 150000, content, 1000);
    check_code(backup_write(file, 7, FALSE, &backup), ERROR_SUCCESS);
    backup_free(&backup);
    /* zeros at a block's end count, also without the one that says where the file ends */
    backup_sparse_block(&backup, 160000, expected, 40000);
    check_code(backup_write(file, 65536, FALSE, &backup), ERROR_SUCCESS);
    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    check_call(ReadFile(file, buffer, sizeof(buffer), &got, NULL));
    ok(got == sizeof(expected) && !memcmp(buffer, expected, got), "other content, %lu bytes\n", got);
    check_data(file, STREAM_SPARSE_ATTRIBUTE, 0);
    CloseHandle(file);
    remove_file(path);

    /* not into what has no data */
    check_call(CreateDirectoryW(path, NULL));
    file = backup_open(path, GENERIC_READ, OPEN_EXISTING);
    check_code(backup_write(file, 100, FALSE, &backup), ERROR_DIRECTORY);
    CloseHandle(file);
    check_call(RemoveDirectoryW(path));
    backup_free(&backup);
}

START_TEST(backup_sparse)
{
    begin_tests("backup_sparse");
    if (!backups_work())
    {
        end_tests();
        return;
    }
    backup_fill(content, sizeof(content), 8);
    unseen("programs: go-winio, from what Windows gives it")
        test_blocks();
    unseen("programs: go-winio, from what Windows gives it; without the mark and by a setting: ours")
        test_mark();
    unseen("reasoned: zeros are content, with a hole beneath them or without")
    {
        test_zeros();
        test_zeros_and_seek();
    }
    unseen("programs: strarc has a context for each substream")
        test_block_first();
    end_tests();
}
