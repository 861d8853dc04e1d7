/*
 * BackupRead and BackupSeek: the substreams of files and directories, in buffers of any size.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/backups.h"

#include <winioctl.h>

#define ACCESS (GENERIC_READ)

static BYTE content[300000];

/* No page of the functions' code may stay writable, nor of what they jump to. */
static void check_protection(const void *code)
{
    MEMORY_BASIC_INFORMATION info;

    check_call(VirtualQuery(code, &info, sizeof(info)) == sizeof(info));
    ok(info.Protect == PAGE_EXECUTE_READ, "%p has protection %#lx\n", code, info.Protect);
}

static void test_code(void)
{
    static const char * const names[] = { "BackupRead", "BackupWrite", "BackupSeek" };
    unsigned int i;
    LONG distance;

    for (i = 0; i < ARRAY_SIZE(names); i++)
    {
        const BYTE *code = (const BYTE *)(ULONG_PTR)GetProcAddress(GetModuleHandleA("kernel32.dll"), names[i]);

        check_protection(code);
        if (code[0] != 0xe9) continue; /* jmp rel32 */
        memcpy(&distance, code + 1, sizeof(distance));
        check_protection(code + 5 + distance);
    }
}

/* Bad ones are refused, and nothing else happens. */
static void test_contexts(void)
{
    HANDLE file = backup_open(test_path(L"file"), ACCESS, OPEN_EXISTING);
    void *context = NULL, *other = NULL, *stale, *bad;
    DWORD got, low, high;
    BYTE buffer[64];
    unsigned int i;

    check_code(BackupRead(file, buffer, sizeof(buffer), &got, FALSE, FALSE, NULL) ? 0 : GetLastError(),
               ERROR_INVALID_PARAMETER);
    check_code(BackupRead(file, NULL, sizeof(buffer), &got, FALSE, FALSE, &context) ? 0 : GetLastError(),
               ERROR_INVALID_PARAMETER);
    check_code(BackupRead(file, buffer, 0, &got, FALSE, FALSE, &context) ? 0 : GetLastError(), ERROR_INVALID_PARAMETER);
    check_code(BackupRead(file, buffer, sizeof(buffer), NULL, FALSE, FALSE, &context) ? 0 : GetLastError(),
               ERROR_INVALID_PARAMETER);
    ok(!context, "context %p\n", context);
    check_call(BackupRead(file, NULL, 0, &got, TRUE, FALSE, &context)); /* nothing to end */

    check_call(BackupRead(file, buffer, sizeof(buffer), &got, FALSE, FALSE, &context));
    ok(context && got == sizeof(buffer), "context %p, %lu bytes\n", context, got);
    stale = context;
    /* one for reading is none for writing */
    check_code(BackupWrite(file, buffer, sizeof(buffer), &got, FALSE, FALSE, &context) ? 0 : GetLastError(),
               ERROR_INVALID_PARAMETER);
    check_code(BackupWrite(file, buffer, sizeof(buffer), &got, TRUE, FALSE, &context) ? 0 : GetLastError(),
               ERROR_INVALID_PARAMETER);
    check_call(BackupRead(file, buffer, sizeof(buffer), &got, FALSE, FALSE, &context)); /* it still works */
    /* the length of a name is 0 most of the time, and programs read it all the same */
    got = 0xdeadbeef;
    check_call(BackupRead(file, buffer, 0, &got, FALSE, FALSE, &context));
    ok(!got, "%lu bytes of 0\n", got);
    got = 0xdeadbeef;
    check_call(BackupRead(file, NULL, 0, &got, FALSE, FALSE, &context));
    ok(!got, "%lu bytes of 0\n", got);
    /* two at a time */
    check_call(BackupRead(file, buffer, sizeof(buffer), &got, FALSE, FALSE, &other));
    ok(other && other != context, "contexts %p, %p\n", context, other);
    check_call(BackupRead(file, NULL, 0, &got, TRUE, FALSE, &other));
    check_call(BackupRead(NULL, NULL, 0, NULL, TRUE, FALSE, &context)); /* bAbort: the rest is ignored */
    ok(!context, "context %p\n", context);

    for (i = 0; i < 5; i++)
    {
        void *values[] = { stale, (void *)(ULONG_PTR)0x10000, (void *)(ULONG_PTR)1, buffer, (void *)~(ULONG_PTR)0 };

        winetest_push_context("context %u", i);
        bad = values[i];
        check_code(BackupRead(file, buffer, sizeof(buffer), &got, FALSE, FALSE, &bad) ? 0 : GetLastError(),
                   ERROR_INVALID_PARAMETER);
        check_code(BackupRead(file, buffer, 0, &got, FALSE, FALSE, &bad) ? 0 : GetLastError(), ERROR_INVALID_PARAMETER);
        check_code(BackupRead(file, buffer, sizeof(buffer), &got, TRUE, FALSE, &bad) ? 0 : GetLastError(),
                   ERROR_INVALID_PARAMETER);
        check_code(BackupWrite(file, buffer, sizeof(buffer), &got, FALSE, FALSE, &bad) ? 0 : GetLastError(),
                   ERROR_INVALID_PARAMETER);
        check_code(BackupSeek(file, 1, 0, &low, &high, &bad) ? 0 : GetLastError(), ERROR_INVALID_PARAMETER);
        ok(bad == values[i], "it was changed\n");
        winetest_pop_context();
    }
    bad = NULL;
    check_code(BackupSeek(file, 1, 0, &low, &high, &bad) ? 0 : GetLastError(), ERROR_INVALID_PARAMETER);
    check_code(BackupSeek(file, 1, 0, &low, &high, NULL) ? 0 : GetLastError(), ERROR_INVALID_PARAMETER);
    CloseHandle(file);
    check_code(BackupRead(INVALID_HANDLE_VALUE, buffer, sizeof(buffer), &got, FALSE, FALSE, &bad) ? 0 : GetLastError(),
               ERROR_INVALID_HANDLE);
    if (bad) check_call(BackupRead(NULL, NULL, 0, NULL, TRUE, FALSE, &bad));
}

/* Security and data: nothing else, in this order, in every buffer. */
static void test_file(void)
{
    static const DWORD chunks[] = { 1, 2, 3, 7, 19, 20, 21, 28, 64, 4096, 65536, 1000000 };
    HANDLE file = backup_open(test_path(L"file"), ACCESS, OPEN_EXISTING);
    struct backup first = { 0 }, backup = { 0 };
    const WIN32_STREAM_ID *header;
    DWORD at = 0, i, size;
    const BYTE *data, *saved = NULL;
    HANDLE own = backup_open(test_path(L"file"), READ_CONTROL | WRITE_DAC, OPEN_EXISTING);
    void *security = backup_security(file, &size), *again;

    check_code(backup_read(file, 65536, TRUE, &first), ERROR_SUCCESS);
    header = backup_next(&first, &at, &data);
    ok(header && header->dwStreamId == BACKUP_SECURITY_DATA, "no security first\n");
    if (header)
    {
        ok(header->dwStreamAttributes == STREAM_CONTAINS_SECURITY, "attributes %#lx\n", header->dwStreamAttributes);
        ok(!header->dwStreamNameSize, "name of %lu bytes\n", header->dwStreamNameSize);
        ok(IsValidSecurityDescriptor((void *)data), "no security descriptor\n");
        ok(backup_same_security(data, security), "another security descriptor\n");
        saved = data;
    }
    header = backup_next(&first, &at, &data);
    ok(header && header->dwStreamId == BACKUP_DATA, "no data\n");
    if (header)
    {
        ok(!header->dwStreamAttributes && !header->dwStreamNameSize, "%#lx, %lu\n", header->dwStreamAttributes,
           header->dwStreamNameSize);
        ok(header->Size.QuadPart == sizeof(content), "%lu bytes\n", header->Size.LowPart);
        ok(!memcmp(data, content, sizeof(content)), "other content\n");
    }
    ok(!backup_next(&first, &at, &data), "more than that\n");

    for (i = 0; i < ARRAY_SIZE(chunks); i++)
    {
        winetest_push_context("buffer of %lu bytes", chunks[i]);
        check_code(backup_read(file, chunks[i], TRUE, &backup), ERROR_SUCCESS);
        ok(backup.size == first.size && !memcmp(backup.data, first.data, first.size), "it isn't the same\n");
        check_code(backup_read(file, chunks[i], FALSE, &backup), ERROR_SUCCESS);
        ok(backup.size == HEADER_SIZE + sizeof(content), "%lu bytes without security\n", backup.size);
        ok(!memcmp(backup.data, first.data + first.size - backup.size, backup.size), "not the same data\n");
        winetest_pop_context();
    }
    CloseHandle(file);
    if (saved)
    {
        /* an entry that says a mode is of no account */
        check_call(SetKernelObjectSecurity(own, DACL_SECURITY_INFORMATION, (void *)saved));
        again = backup_security(own, &size);
        ok(backup_same_security(again, security), "what was saved means something else\n");
        free(again);
    }
    CloseHandle(own);
    free(security);
    backup_free(&first);
    backup_free(&backup);
}

/* An empty file and a directory have no data; where a buffer ends with the last byte, the next call says that it
   was. */
static void test_empty(void)
{
    struct backup backup = { 0 };
    HANDLE file;
    DWORD got;
    void *context = NULL;
    BYTE buffer[HEADER_SIZE + 100];

    backup_make(test_path(L"empty"), content, 0);
    file = backup_open(test_path(L"empty"), ACCESS, OPEN_EXISTING);
    check_code(backup_read(file, 100, FALSE, &backup), ERROR_SUCCESS);
    ok(!backup.size, "%lu bytes\n", backup.size);
    check_code(backup_read(file, 100, TRUE, &backup), ERROR_SUCCESS);
    ok(backup.size > HEADER_SIZE && ((WIN32_STREAM_ID *)backup.data)->Size.QuadPart == backup.size - HEADER_SIZE,
       "more than security\n");
    CloseHandle(file);
    remove_file(test_path(L"empty"));

    check_call(CreateDirectoryW(test_path(L"directory"), NULL));
    file = backup_open(test_path(L"directory"), ACCESS, OPEN_EXISTING);
    check_code(backup_read(file, 100, FALSE, &backup), ERROR_SUCCESS);
    ok(!backup.size, "%lu bytes\n", backup.size);
    check_code(backup_read(file, 100, TRUE, &backup), ERROR_SUCCESS);
    ok(backup.size > HEADER_SIZE && ((WIN32_STREAM_ID *)backup.data)->dwStreamId == BACKUP_SECURITY_DATA,
       "no security\n");
    CloseHandle(file);
    check_call(RemoveDirectoryW(test_path(L"directory")));

    backup_make(test_path(L"hundred"), content, 100);
    file = backup_open(test_path(L"hundred"), ACCESS, OPEN_EXISTING);
    check_call(BackupRead(file, buffer, sizeof(buffer), &got, FALSE, FALSE, &context));
    ok(got == sizeof(buffer), "%lu bytes\n", got);
    check_call(BackupRead(file, buffer, sizeof(buffer), &got, FALSE, FALSE, &context));
    ok(!got, "%lu bytes\n", got);
    check_call(BackupRead(file, buffer, sizeof(buffer), &got, FALSE, FALSE, &context));
    ok(!got, "%lu bytes\n", got);
    check_call(BackupRead(file, buffer, sizeof(buffer), &got, TRUE, FALSE, &context));
    CloseHandle(file);
    remove_file(test_path(L"hundred"));
    backup_free(&backup);
}

/* ReadEncryptedFileRaw is for those: no data. */
static void test_encrypted(void)
{
    struct backup backup = { 0 };
    struct stream stream;
    HANDLE file;

    build_stream(&stream, 5000, 1);
    check_code(restore_stream(test_path(L"encrypted"), 0, &stream), ERROR_SUCCESS);
    file = backup_open(test_path(L"encrypted"), READ_CONTROL, OPEN_EXISTING);
    check_code(backup_read(file, 1000, FALSE, &backup), ERROR_ACCESS_DENIED);
    ok(!backup.size, "%lu bytes\n", backup.size);
    check_code(backup_read(file, 50, TRUE, &backup), ERROR_ACCESS_DENIED);
    ok(backup.size > HEADER_SIZE && ((WIN32_STREAM_ID *)backup.data)->Size.QuadPart == backup.size - HEADER_SIZE,
       "not just security\n");
    CloseHandle(file);
    check_export(test_path(L"encrypted"), &stream);
    remove_file(test_path(L"encrypted"));
    free_stream(&stream);
    backup_free(&backup);
}

static void test_failures(void)
{
    static const DWORD pieces[] = { 1000, 20000 };
    HANDLE file, overlapped;
    struct backup backup = { 0 };
    void *context = NULL;
    BYTE buffer[20000];
    DWORD got, total = 0, i;

    file = backup_open(test_path(L"file"), READ_CONTROL, OPEN_EXISTING);
    check_code(backup_read(file, 5000, FALSE, &backup), ERROR_ACCESS_DENIED);
    CloseHandle(file);

    /* cut while it is read: what was promised can't be given; small buffers may get what was there a moment ago */
    for (i = 0; i < ARRAY_SIZE(pieces); i++)
    {
        backup_make(test_path(L"cut"), content, sizeof(content));
        file = backup_open(test_path(L"cut"), GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING);
        check_call(BackupRead(file, buffer, pieces[i], &got, FALSE, FALSE, &context));
        SetFilePointer(file, 150000, NULL, FILE_BEGIN);
        check_call(SetEndOfFile(file));
        for (total = got; BackupRead(file, buffer, pieces[i], &got, FALSE, FALSE, &context); total += got)
            if (!got) break;
        check_code(GetLastError(), ERROR_HANDLE_EOF);
        ok(total == HEADER_SIZE + 150000, "%lu bytes\n", total);
        check_call(BackupRead(file, NULL, 0, &got, TRUE, FALSE, &context));
        CloseHandle(file);
        remove_file(test_path(L"cut"));
    }

    /* a sparse one, too: what was cut off is no hole */
    file = backup_open(test_path(L"cut"), GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS);
    DeviceIoControl(file, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &got, NULL);
    check_call(WriteFile(file, content, 500, &got, NULL));
    SetFilePointer(file, 0x400000, NULL, FILE_BEGIN);
    check_call(SetEndOfFile(file));
    check_call(BackupRead(file, buffer, 2 * HEADER_SIZE + 8, &got, FALSE, FALSE, &context));
    SetFilePointer(file, 0x200000, NULL, FILE_BEGIN);
    check_call(SetEndOfFile(file));
    while (BackupRead(file, buffer, sizeof(buffer), &got, FALSE, FALSE, &context))
        if (!got) break;
    check_code(GetLastError(), ERROR_HANDLE_EOF);
    check_call(BackupRead(file, NULL, 0, &got, TRUE, FALSE, &context));
    CloseHandle(file);
    remove_file(test_path(L"cut"));

    overlapped = CreateFileW(test_path(L"file"), GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                             FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OVERLAPPED, NULL);
    check_code(backup_read(overlapped, 5000, FALSE, &backup), ERROR_SUCCESS);
    ok(backup.size == HEADER_SIZE + sizeof(content) && !memcmp(backup.data + HEADER_SIZE, content, sizeof(content)),
       "overlapped: not the file\n");
    CloseHandle(overlapped);
    backup_free(&backup);
}

static void check_seek_(int line, HANDLE file, ULONGLONG distance, BOOL result, ULONGLONG expected, void **context)
{
    DWORD low = 1, high = 1;
    BOOL ret;

    SetLastError(0xdeadbeef);
    ret = BackupSeek(file, (DWORD)distance, (DWORD)(distance >> 32), &low, &high, context);
    ok_(__FILE__, line)(ret == result, "returned %d, error %lu\n", ret, GetLastError());
    if (!ret) ok_(__FILE__, line)(GetLastError() == ERROR_SEEK, "error %lu\n", GetLastError());
    ok_(__FILE__, line)(((ULONGLONG)high << 32 | low) == expected, "%#lx%08lx bytes\n", high, low);
}
#define check_seek(distance, result, expected) check_seek_(__LINE__, file, distance, result, expected, &context)

/* Forward in a substream's data, up to the next header; not in a header. */
static void test_seek(void)
{
    HANDLE file = backup_open(test_path(L"file"), ACCESS, OPEN_EXISTING);
    WIN32_STREAM_ID header;
    void *context = NULL;
    BYTE buffer[100];
    DWORD got;

    check_call(BackupRead(file, (BYTE *)&header, 10, &got, FALSE, TRUE, &context));
    check_seek(5, FALSE, 0);
    check_call(BackupRead(file, (BYTE *)&header + 10, HEADER_SIZE - 10, &got, FALSE, TRUE, &context));
    ok(header.dwStreamId == BACKUP_SECURITY_DATA, "type %lu\n", header.dwStreamId);
    check_seek(~0ull >> 1, FALSE, header.Size.QuadPart); /* what programs do to pass over a substream */
    check_seek(1, FALSE, 0);
    check_call(BackupRead(file, (BYTE *)&header, HEADER_SIZE, &got, FALSE, TRUE, &context));
    ok(header.dwStreamId == BACKUP_DATA && header.Size.QuadPart == sizeof(content), "type %lu, %lu bytes\n",
       header.dwStreamId, header.Size.LowPart);
    check_seek(0, TRUE, 0);
    check_seek(12345, TRUE, 12345);
    check_call(BackupRead(file, buffer, sizeof(buffer), &got, FALSE, TRUE, &context));
    ok(got == sizeof(buffer) && !memcmp(buffer, content + 12345, got), "not what is there\n");
    check_seek(sizeof(content) - 12345 - 100 - 10, TRUE, sizeof(content) - 12345 - 100 - 10);
    check_call(BackupRead(file, buffer, 5, &got, FALSE, TRUE, &context));
    ok(got == 5 && !memcmp(buffer, content + sizeof(content) - 10, got), "not what is there\n");
    check_seek(6, FALSE, 5);
    check_call(BackupRead(file, buffer, sizeof(buffer), &got, FALSE, TRUE, &context));
    ok(!got, "%lu bytes at the end\n", got);
    check_call(BackupRead(file, buffer, sizeof(buffer), &got, TRUE, TRUE, &context));
    CloseHandle(file);
}

/* Pieces and steps of changing sizes, small ones after large ones: always what is there. */
static void test_mixed(void)
{
    static const DWORD sizes[] = { 1, 4096, 100, 16384, 16385, 30000, 17, 65536, 511, 8192 };
    HANDLE file = backup_open(test_path(L"file"), ACCESS, OPEN_EXISTING);
    BYTE *buffer = malloc(65536);
    DWORD at = 0, got, i, low, high;
    void *context = NULL;

    check_call(BackupRead(file, buffer, HEADER_SIZE, &got, FALSE, FALSE, &context));
    for (i = 0; at < sizeof(content); i++)
    {
        DWORD size = min(sizes[i % ARRAY_SIZE(sizes)], sizeof(content) - at);

        winetest_push_context("%lu bytes at %lu", size, at);
        if (i % 7 == 3)
        {
            check_call(BackupSeek(file, size, 0, &low, &high, &context));
            got = low;
        }
        else
        {
            check_call(BackupRead(file, buffer, size, &got, FALSE, FALSE, &context));
            ok(!memcmp(buffer, content + at, got), "not what is there\n");
        }
        ok(got == size, "%lu bytes\n", got);
        winetest_pop_context();
        if (!got) break;
        at += got;
    }
    check_call(BackupRead(file, buffer, 1, &got, FALSE, FALSE, &context));
    ok(!got, "%lu bytes at the end\n", got);
    check_call(BackupRead(file, NULL, 0, &got, TRUE, FALSE, &context));
    CloseHandle(file);
    free(buffer);
}

/* The host's root shows FILE_ATTRIBUTE_REPARSE_POINT, as its other mount points do, and isn't one: a directory's
   stream. */
static void test_mount_point(void)
{
    struct backup backup = { 0 };
    WIN32_STREAM_ID header;
    HANDLE file;

    if (GetFileAttributesW(L"Z:\\") == INVALID_FILE_ATTRIBUTES)
    {
        skip("no drive Z:\n");
        return;
    }
    file = CreateFileW(L"Z:\\", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                       OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    check_code(backup_read(file, 1000, TRUE, &backup), ERROR_SUCCESS);
    memcpy(&header, backup.data, HEADER_SIZE);
    ok(header.dwStreamId == BACKUP_SECURITY_DATA && backup.size == HEADER_SIZE + header.Size.QuadPart,
       "more than security\n");
    CloseHandle(file);
    backup_free(&backup);
}

START_TEST(backup_read)
{
    begin_tests("backup_read");
    if (!backups_work())
    {
        end_tests();
        return;
    }
    backup_fill(content, sizeof(content), 8);
    backup_make(test_path(L"file"), content, sizeof(content));
    unseen("reasoned: code is read and executed, and never written to; wine-efs changes it")
        test_code();
    unseen("ours: a context that is none is refused, and Windows may end the process; 0 bytes: lsads, OSSEC")
        test_contexts();
    unseen("documented: MS-BKUP, BackupRead; that security comes first is reasoned from go-winio")
        test_file();
    unseen("documented: MS-BKUP; that an empty file has no substream is reasoned")
        test_empty();
    unseen("reasoned: without the key the data is denied; the reference sends such files to the raw functions")
        test_encrypted();
    unseen("ours: what was promised and is cut off is an error; no document has the code")
        test_failures();
    unseen("documented: BackupSeek")
        test_seek();
    unseen("reasoned: pieces and steps of any size add up")
        test_mixed();
    unseen("reasoned: the root of a drive has no data; in Wine Z: is the root of the host")
        test_mount_point();
    remove_file(test_path(L"file"));
    end_tests();
}
