/*
 * BackupRead and BackupWrite against loops of ReadFile and WriteFile with the same buffer: one line a figure, with
 * tabs: direction, what, MB per second.
 *
 *   backup.exe FILE COPY BUFFER REPETITIONS
 *
 * FILE is read; COPY is written anew, with FILE's length. Each repetition does all four once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

static BYTE *buffer;
static DWORD length;
static LARGE_INTEGER frequency;

static void stop(const char *what)
{
    fprintf(stderr, "%s: error %lu\n", what, GetLastError());
    exit(1);
}

static HANDLE open_file(const WCHAR *name, BOOL write)
{
    HANDLE file = CreateFileW(name, write ? GENERIC_READ | GENERIC_WRITE : GENERIC_READ, FILE_SHARE_READ, NULL,
                              write ? CREATE_ALWAYS : OPEN_EXISTING,
                              FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_SEQUENTIAL_SCAN, NULL);

    if (file == INVALID_HANDLE_VALUE) stop("CreateFile");
    return file;
}

static double seconds_since(LARGE_INTEGER start)
{
    LARGE_INTEGER now;

    QueryPerformanceCounter(&now);
    return (double)(now.QuadPart - start.QuadPart) / (double)frequency.QuadPart;
}

static void report(const char *direction, const char *what, ULONGLONG bytes, double seconds)
{
    printf("%s\t%s\t%.1f\n", direction, what, (double)bytes / seconds / 1e6);
}

static ULONGLONG read_plain(const WCHAR *name)
{
    HANDLE file = open_file(name, FALSE);
    ULONGLONG total = 0;
    LARGE_INTEGER start;
    DWORD got;

    QueryPerformanceCounter(&start);
    while (ReadFile(file, buffer, length, &got, NULL) && got) total += got;
    report("read", "ReadFile", total, seconds_since(start));
    CloseHandle(file);
    return total;
}

static void read_backup(const WCHAR *name)
{
    HANDLE file = open_file(name, FALSE);
    ULONGLONG total = 0;
    void *context = NULL;
    LARGE_INTEGER start;
    DWORD got;

    QueryPerformanceCounter(&start);
    for (;;)
    {
        if (!BackupRead(file, buffer, length, &got, FALSE, FALSE, &context)) stop("BackupRead");
        if (!got) break;
        total += got;
    }
    BackupRead(file, NULL, 0, &got, TRUE, FALSE, &context);
    report("read", "BackupRead", total, seconds_since(start));
    CloseHandle(file);
}

static void write_plain(const WCHAR *name, ULONGLONG size)
{
    HANDLE file = open_file(name, TRUE);
    LARGE_INTEGER start;
    ULONGLONG left;
    DWORD n;

    QueryPerformanceCounter(&start);
    for (left = size; left; left -= n)
        if (!WriteFile(file, buffer, left < length ? (DWORD)left : length, &n, NULL)) stop("WriteFile");
    report("write", "WriteFile", size, seconds_since(start));
    CloseHandle(file);
}

static void write_backup(const WCHAR *name, ULONGLONG size)
{
    WIN32_STREAM_ID header = { .dwStreamId = BACKUP_DATA, .Size.QuadPart = (LONGLONG)size };
    HANDLE file = open_file(name, TRUE);
    void *context = NULL;
    LARGE_INTEGER start;
    ULONGLONG left;
    DWORD n;

    QueryPerformanceCounter(&start);
    if (!BackupWrite(file, (BYTE *)&header, offsetof(WIN32_STREAM_ID, cStreamName), &n, FALSE, FALSE, &context))
        stop("BackupWrite");
    for (left = size; left; left -= n)
        if (!BackupWrite(file, buffer, left < length ? (DWORD)left : length, &n, FALSE, FALSE, &context))
            stop("BackupWrite");
    if (!BackupWrite(file, NULL, 0, &n, TRUE, FALSE, &context)) stop("BackupWrite");
    report("write", "BackupWrite", size, seconds_since(start));
    CloseHandle(file);
}

int wmain(int argc, WCHAR **argv)
{
    int repetitions, i;
    ULONGLONG size;

    if (argc != 5) return 2;
    length = (DWORD)_wtoi(argv[3]);
    repetitions = _wtoi(argv[4]);
    /* with something that no file system leaves out */
    if (!length || !(buffer = malloc(length))) return 2;
    memset(buffer, 0x5a, length);
    QueryPerformanceFrequency(&frequency);
    for (i = 0; i < repetitions; i++)
    {
        /* neither always goes first */
        if (i % 2) read_backup(argv[1]);
        size = read_plain(argv[1]);
        if (!(i % 2)) read_backup(argv[1]);
        if (i % 2) write_backup(argv[2], size);
        write_plain(argv[2], size);
        if (!(i % 2)) write_backup(argv[2], size);
    }
    return 0;
}
