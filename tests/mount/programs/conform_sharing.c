/*
 * Sharing and locks, between handles and between processes; handles that a process inherits; reads and writes that end
 * later.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "conform.h"

static void observe_shares(void)
{
    static const struct { const char *name; DWORD access, share, access2, share2; } rows[] =
    {
        { "no sharing, read", GENERIC_READ, 0, GENERIC_READ, SHARE_ALL },
        { "shared for reading, read", GENERIC_READ, FILE_SHARE_READ, GENERIC_READ, SHARE_ALL },
        { "shared for reading, write", GENERIC_READ, FILE_SHARE_READ, GENERIC_WRITE, SHARE_ALL },
        { "shared for writing, write", GENERIC_READ, FILE_SHARE_WRITE, GENERIC_WRITE, SHARE_ALL },
        { "written, not shared by the second", GENERIC_WRITE, SHARE_ALL, GENERIC_READ, FILE_SHARE_READ },
        { "shared for deletion, delete", GENERIC_READ, FILE_SHARE_DELETE, DELETE, SHARE_ALL },
        { "not shared for deletion, delete", GENERIC_READ, FILE_SHARE_READ, DELETE, SHARE_ALL },
    };
    HANDLE first, second;
    size_t i;

    make_file("shared", 100, 20);
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    {
        first = CreateFileA("shared", rows[i].access, rows[i].share, NULL, OPEN_EXISTING, 0, NULL);
        second = CreateFileA("shared", rows[i].access2, rows[i].share2, NULL, OPEN_EXISTING, 0, NULL);
        saw_done(rows[i].name, second != INVALID_HANDLE_VALUE);
        if (second != INVALID_HANDLE_VALUE) CloseHandle(second);
        CloseHandle(first);
    }
    first = CreateFileA("shared", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    saw("no sharing, another process", "%d", run_self("sharing open shared", FALSE));
    CloseHandle(first);
    saw("... afterwards", "%d", run_self("sharing open shared", FALSE));
}

static void observe_locks(void)
{
    HANDLE first = open_file("shared", OPEN_EXISTING, 0), second = open_file("shared", OPEN_EXISTING, 0);
    OVERLAPPED at = { .Offset = 10 };
    BYTE bytes[50];
    DWORD done;

    saw_done("lock", LockFileEx(first, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 20, 0, &at));
    saw_done("... another handle", LockFileEx(second, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
                                              &at));
    saw_done("... reads it", ReadFile(second, bytes, sizeof(bytes), &done, NULL));
    saw_done("... writes it", WriteFile(second, bytes, sizeof(bytes), &done, NULL));
    saw("... another process", "%d", run_self("sharing lock shared", FALSE));
    saw_done("... unlocked", UnlockFileEx(first, 0, 20, 0, &at));
    saw("... another process", "%d", run_self("sharing lock shared", FALSE));
    saw_done("shared lock", LockFileEx(first, LOCKFILE_FAIL_IMMEDIATELY, 0, 20, 0, &at));
    saw_done("... another", LockFileEx(second, LOCKFILE_FAIL_IMMEDIATELY, 0, 20, 0, &at));
    CloseHandle(first);
    CloseHandle(second);
    saw("... released by closing", "%d", run_self("sharing lock shared", FALSE));
}

static void observe_inheritance(void)
{
    SECURITY_ATTRIBUTES inherited = { sizeof(inherited), NULL, TRUE };
    HANDLE file = CreateFileA("inherited", GENERIC_READ | GENERIC_WRITE, SHARE_ALL, &inherited, CREATE_ALWAYS, 0, NULL);
    char arguments[64];
    DWORD done;

    WriteFile(file, "parent ", 7, &done, NULL);
    snprintf(arguments, sizeof(arguments), "sharing write %llu", (unsigned long long)(ULONG_PTR)file);
    saw("an inherited handle", "%d", run_self(arguments, TRUE));
    saw_done("... and the parent again", WriteFile(file, " parent", 7, &done, NULL));
    CloseHandle(file);
    saw_content("... one after the other", "inherited");
}

static DWORD routine_error, routine_bytes;

static void CALLBACK on_done(DWORD error, DWORD bytes, OVERLAPPED *at)
{
    (void)at;
    routine_error = error;
    routine_bytes = bytes;
}

static void observe_later(void)
{
    HANDLE file, port;
    OVERLAPPED at = { .Offset = 100 }, beyond = { .Offset = 0 }, *ended = NULL;
    BYTE bytes[1000], rest[1000];
    ULONG_PTR key = 0;
    DWORD done = 0;

    make_file("later", 5000, 21);
    file = open_file("later", OPEN_EXISTING, FILE_FLAG_OVERLAPPED);
    port = CreateIoCompletionPort(file, NULL, 77, 0);
    saw_done("completion port", port != NULL);
    saw_done("... a read", ReadFile(file, bytes, sizeof(bytes), NULL, &at) || GetLastError() == ERROR_IO_PENDING);
    saw_done("... ended", GetQueuedCompletionStatus(port, &done, &key, &ended, 30000));
    saw("... with", "%lu %lu %d", done, (DWORD)key, ended == &at);
    at.Offset = 4900;
    saw_done("... a write", WriteFile(file, bytes, sizeof(bytes), NULL, &at) || GetLastError() == ERROR_IO_PENDING);
    saw_done("... ended", GetQueuedCompletionStatus(port, &done, &key, &ended, 30000));
    saw("... with", "%lu", done);
    beyond.Offset = 100000;
    if (ReadFile(file, rest, sizeof(rest), NULL, &beyond) || GetLastError() == ERROR_IO_PENDING)
        saw_done("... beyond the end", GetOverlappedResult(file, &beyond, &done, TRUE));
    else saw_done("... beyond the end", FALSE);
    CloseHandle(file);
    CloseHandle(port);
    saw_content("... all of it", "later");
    file = open_file("later", OPEN_EXISTING, FILE_FLAG_OVERLAPPED);
    at.Offset = 5800;
    saw_done("ReadFileEx", ReadFileEx(file, bytes, sizeof(bytes), &at, on_done));
    saw("... called", "%lu", SleepEx(30000, TRUE));
    saw("... with", "%lu %lu", routine_error, routine_bytes);
    CloseHandle(file);
}

void observe_sharing(void)
{
    observe_shares();
    observe_locks();
    observe_inheritance();
    observe_later();
}

int help_sharing(int argc, char **argv)
{
    OVERLAPPED at = { .Offset = 10 };
    HANDLE file;
    DWORD done;

    if (argc != 2) return 2;
    if (!strcmp(argv[0], "write"))
        return WriteFile((HANDLE)(ULONG_PTR)strtoull(argv[1], NULL, 10), "child", 5, &done, NULL) ? 0
            : (int)GetLastError();
    file = CreateFileA(argv[1], GENERIC_READ | GENERIC_WRITE, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return (int)GetLastError();
    if (!strcmp(argv[0], "lock")
        && !LockFileEx(file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at))
        return (int)GetLastError();
    return 0;
}
