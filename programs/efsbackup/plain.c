/*
 * Files and directories that aren't encrypted: BackupRead into a stream file, and BackupWrite out of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "census.h"
#include "tree.h"

#define BUFFER_SIZE 0x40000

/* What SetFileInformationByHandle takes */
static DWORD write_all(HANDLE handle, const BYTE *data, DWORD length)
{
    DWORD written;

    for (; length; data += written, length -= written)
    {
        if (!WriteFile(handle, data, length, &written, NULL)) return GetLastError();
        if (!written) return ERROR_DISK_FULL;
    }
    return ERROR_SUCCESS;
}

/* In a loop: a buffer, until BackupRead gives 0 bytes; then once more with bAbort, to free its context. */
static DWORD read_backup(HANDLE source, HANDLE sink, BYTE *buffer, struct sum *sum, struct progress *progress,
                         bool *sink_failed)
{
    void *context = NULL;
    DWORD length, code = ERROR_SUCCESS;

    while (!code)
    {
        if (cancelled) code = ERROR_CANCELLED;
        else if (!BackupRead(source, buffer, BUFFER_SIZE, &length, FALSE, TRUE, &context)) code = GetLastError();
        else if (!length) break;
        else if ((code = write_all(sink, buffer, length))) *sink_failed = true;
        else
        {
            sum_add(sum, buffer, length);
            progress_add(progress, length);
        }
    }
    if (context) BackupRead(source, NULL, 0, &length, TRUE, TRUE, &context);
    return code;
}

DWORD save_plain(const WCHAR *file, const WCHAR *stream, struct sum *sum, const WCHAR **subject)
{
    WCHAR *file_path = usable_path(file), *stream_path = usable_path(stream);
    BYTE *buffer = HeapAlloc(GetProcessHeap(), 0, BUFFER_SIZE);
    HANDLE source = INVALID_HANDLE_VALUE, sink = INVALID_HANDLE_VALUE;
    struct progress progress;
    bool sink_failed = false;
    DWORD code;

    *subject = file;
    if (!file_path || !stream_path || !buffer) code = ERROR_NOT_ENOUGH_MEMORY;
    /* FILE_FLAG_BACKUP_SEMANTICS: directories, too */
    else if ((source = CreateFileW(file_path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                                   FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT
                                       | FILE_FLAG_SEQUENTIAL_SCAN, NULL))
             == INVALID_HANDLE_VALUE)
        code = GetLastError();
    else if ((sink = CreateFileW(stream_path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_SEQUENTIAL_SCAN, NULL))
             == INVALID_HANDLE_VALUE)
    {
        *subject = stream;
        code = GetLastError();
    }
    else
    {
        progress_begin(&progress, 0);
        code = read_backup(source, sink, buffer, sum, &progress, &sink_failed);
        progress_end(&progress);
        if (sink_failed) *subject = stream;
    }
    if (source != INVALID_HANDLE_VALUE) CloseHandle(source);
    if (sink != INVALID_HANDLE_VALUE)
    {
        CloseHandle(sink);
        if (code) DeleteFileW(stream_path);
    }
    HeapFree(GetProcessHeap(), 0, buffer);
    HeapFree(GetProcessHeap(), 0, file_path);
    HeapFree(GetProcessHeap(), 0, stream_path);
    return code;
}

/* Where the bytes of a stream go to on their way into the file. */
struct taken
{
    struct progress progress;
    struct census   census;
    struct check   *check;
};

static DWORD write_backup(HANDLE source, HANDLE target, BYTE *buffer, struct taken *taken, LONG patience,
                          bool *source_failed)
{
    void *context = NULL;
    DWORD length, written, code = ERROR_SUCCESS;

    while (!code)
    {
        if (cancelled > patience) code = ERROR_CANCELLED;
        else if (!ReadFile(source, buffer, BUFFER_SIZE, &length, NULL))
        {
            code = GetLastError();
            *source_failed = true;
        }
        else if (!length)
        {
            if ((code = check_end(taken->check))) *source_failed = true;
            break;
        }
        else if (!BackupWrite(target, buffer, length, &written, FALSE, TRUE, &context)) code = GetLastError();
        else
        {
            if (taken->check) sum_add(&taken->check->now, buffer, length);
            census_add(&taken->census, buffer, length);
            progress_add(&taken->progress, length);
        }
    }
    /* Under Wine the end tells whether the stream was complete; Windows isn't known to. */
    if (context && !BackupWrite(target, NULL, 0, &written, TRUE, TRUE, &context) && !code) code = GetLastError();
    return code ? code : census_end(&taken->census);
}

/* A directory is there; a file is made beside the one that it will replace. */
static HANDLE open_target(const WCHAR *path, bool directory)
{
    /* WRITE_DAC and WRITE_OWNER, or the access list isn't restored; DELETE, for a file's own name */
    DWORD access = GENERIC_READ | GENERIC_WRITE | WRITE_DAC | WRITE_OWNER;

    if (!directory) return replace_create(path, access | DELETE);
    return CreateFileW(path, access, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
}

DWORD restore_plain(const WCHAR *stream, const WCHAR *file, bool directory, const FILE_BASIC_INFO *info,
                    struct check *check, const WCHAR **subject)
{
    WCHAR *file_path = usable_path(file), *stream_path = usable_path(stream);
    BYTE *buffer = HeapAlloc(GetProcessHeap(), 0, BUFFER_SIZE);
    HANDLE source = INVALID_HANDLE_VALUE, target = INVALID_HANDLE_VALUE;
    DWORD code = ERROR_SUCCESS, kept = ERROR_SUCCESS;
    struct taken taken = { .check = check };
    bool source_failed = false;

    *subject = file;
    census_begin(&taken.census);
    if (!file_path || !stream_path || !buffer) code = ERROR_NOT_ENOUGH_MEMORY;
    else if ((source = CreateFileW(stream_path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                                   FILE_FLAG_SEQUENTIAL_SCAN, NULL))
             == INVALID_HANDLE_VALUE)
    {
        *subject = stream;
        code = GetLastError();
    }
    else if ((target = open_target(file_path, directory)) == INVALID_HANDLE_VALUE) code = GetLastError();
    else if (!(code = restore_attributes(target, info)))
    {
        progress_begin(&taken.progress, 0);
        code = write_backup(source, target, buffer, &taken, directory, &source_failed);
        progress_end(&taken.progress);
        if (source_failed || code == ERROR_INVALID_DATA) *subject = stream;
        if (!code) kept = census_compare(&taken.census, target, file);
        if (kept && kept != ERROR_PARTIAL_COPY) code = kept;
        if (!code) code = restore_times(target, info);
        if (!code && !directory) code = replace_with(target, file_path);
    }
    /* not half a file that looks like a whole one */
    if (code && !directory && target != INVALID_HANDLE_VALUE) replace_discard(target);
    if (source != INVALID_HANDLE_VALUE) CloseHandle(source);
    if (target != INVALID_HANDLE_VALUE) CloseHandle(target);
    HeapFree(GetProcessHeap(), 0, buffer);
    HeapFree(GetProcessHeap(), 0, file_path);
    HeapFree(GetProcessHeap(), 0, stream_path);
    return code ? code : kept;
}
