/*
 * BackupRead into memory that isn't as other memory: watched for writes, guarded, out of reach. The first piece of a
 * file takes another way than those behind it: each is tried as both.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/backups.h"

#define PIECE 0x10000

static BYTE content[6 * PIECE];

static BYTE *allocate(DWORD type, DWORD protection)
{
    BYTE *memory = VirtualAlloc(NULL, PIECE, MEM_RESERVE | MEM_COMMIT | type, protection);

    ok(memory != NULL, "VirtualAlloc: error %lu\n", GetLastError());
    return memory;
}

/* The next piece, into plain memory: the data from `at` on, with `front` bytes of the stream's header before it. */
static void check_piece(HANDLE file, void **context, DWORD at, DWORD front)
{
    BYTE *buffer = allocate(0, PAGE_READWRITE);
    DWORD got = 0;

    check_call(BackupRead(file, buffer, PIECE, &got, FALSE, FALSE, context));
    ok(got == PIECE, "got %lu bytes\n", got);
    ok(!memcmp(buffer + front, content + at, PIECE - front), "other bytes at %lu\n", at);
    VirtualFree(buffer, 0, MEM_RELEASE);
}

/* Behind so many pieces. */
static void test_watched(HANDLE file, DWORD pieces)
{
    BYTE *buffer = allocate(MEM_WRITE_WATCH, PAGE_READWRITE);
    DWORD i, page, front = pieces ? 0 : HEADER_SIZE, at = pieces ? pieces * PIECE - HEADER_SIZE : 0, got = 0;
    void *pages[PIECE / 0x1000], *context = NULL;
    ULONG_PTR count = ARRAY_SIZE(pages);

    for (i = 0; i < pieces; i++)
        check_piece(file, &context, i ? i * PIECE - HEADER_SIZE : 0, i ? 0 : HEADER_SIZE);
    check_call(BackupRead(file, buffer, PIECE, &got, FALSE, FALSE, &context));
    ok(got == PIECE, "%lu: got %lu bytes\n", pieces, got);
    ok(!memcmp(buffer + front, content + at, PIECE - front), "%lu: other bytes\n", pieces);
    ok(!GetWriteWatch(0, buffer, PIECE, pages, &count, &page), "%lu: GetWriteWatch\n", pieces);
    ok(count == PIECE / page, "%lu: %lu pages were written\n", pieces, (DWORD)count);
    check_piece(file, &context, (pieces + 1) * PIECE - HEADER_SIZE, 0);
    BackupRead(file, NULL, 0, &got, TRUE, FALSE, &context);
    VirtualFree(buffer, 0, MEM_RELEASE);
}

/* It is refused, and nothing of the stream gets lost. The header is the caller's own to be written. */
static void test_out_of_reach(HANDLE file, DWORD pieces)
{
    BYTE *buffer = allocate(0, PAGE_NOACCESS);
    BYTE header[HEADER_SIZE];
    void *context = NULL;
    DWORD i, got = 0;

    check_call(BackupRead(file, header, HEADER_SIZE, &got, FALSE, FALSE, &context));
    for (i = 0; i < pieces; i++) check_piece(file, &context, i * PIECE, 0);
    check_code(BackupRead(file, buffer, PIECE, &got, FALSE, FALSE, &context) ? 0 : GetLastError(), ERROR_NOACCESS);
    ok(!got, "%lu: got %lu bytes\n", pieces, got);
    check_piece(file, &context, pieces * PIECE, 0);
    BackupRead(file, NULL, 0, &got, TRUE, FALSE, &context);
    VirtualFree(buffer, 0, MEM_RELEASE);
}

/* What is there is given. Then the error comes. */
static void test_half_in_reach(HANDLE file, DWORD pieces)
{
    BYTE *buffer = allocate(0, PAGE_READWRITE);
    BYTE header[HEADER_SIZE];
    DWORD i, old, got = 0;
    void *context = NULL;

    VirtualProtect(buffer + PIECE / 2, PIECE / 2, PAGE_NOACCESS, &old);
    check_call(BackupRead(file, header, HEADER_SIZE, &got, FALSE, FALSE, &context));
    for (i = 0; i < pieces; i++) check_piece(file, &context, i * PIECE, 0);
    if (BackupRead(file, buffer, PIECE, &got, FALSE, FALSE, &context))
    {
        ok(got && got <= PIECE / 2, "%lu: got %lu bytes\n", pieces, got);
        ok(!memcmp(buffer, content + pieces * PIECE, got), "%lu: other bytes\n", pieces);
    }
    else
    {
        check_code(GetLastError(), ERROR_NOACCESS);
        ok(!got, "%lu: got %lu bytes\n", pieces, got);
    }
    check_piece(file, &context, pieces * PIECE + got, 0);
    BackupRead(file, NULL, 0, &got, TRUE, FALSE, &context);
    VirtualFree(buffer, 0, MEM_RELEASE);
}

/* A handle that may not read gives nothing, after however many pieces by another one. */
static void test_other_handle(HANDLE file)
{
    HANDLE blind = backup_open(test_path(L"file"), FILE_READ_ATTRIBUTES | SYNCHRONIZE, OPEN_EXISTING);
    BYTE buffer[64 + PIECE / 2];
    void *context = NULL;
    DWORD i, got = 0;

    for (i = 0; i < 3; i++)
        check_piece(file, &context, i ? i * PIECE - HEADER_SIZE : 0, i ? 0 : HEADER_SIZE);
    for (i = 0; i < 3; i++)
    {
        check_code(BackupRead(blind, buffer, sizeof(buffer), &got, FALSE, FALSE, &context) ? 0 : GetLastError(),
                   ERROR_ACCESS_DENIED);
        ok(!got, "got %lu bytes\n", got);
    }
    for (i = 3; i < 5; i++) check_piece(file, &context, i * PIECE - HEADER_SIZE, 0);
    BackupRead(file, NULL, 0, &got, TRUE, FALSE, &context);
    CloseHandle(blind);
}

START_TEST(backup_buffers)
{
    HANDLE file;
    DWORD n;

    begin_tests("backup_buffers");
    if (!backups_work())
    {
        end_tests();
        return;
    }
    backup_fill(content, sizeof(content), 9);
    backup_make(test_path(L"file"), content, sizeof(content));
    file = backup_open(test_path(L"file"), GENERIC_READ, OPEN_EXISTING);
    for (n = 0; n < 4; n++)
    {
        unseen("reasoned: memory that is written to is watched, and out of reach is out of reach")
        {
            test_watched(file, n);
            test_out_of_reach(file, n);
            test_half_in_reach(file, n);
        }
    }
    unseen("reasoned: each call reads by the handle that it gets")
        test_other_handle(file);
    CloseHandle(file);
    remove_file(test_path(L"file"));
    end_tests();
}
