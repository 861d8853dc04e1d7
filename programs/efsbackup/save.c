/*
 * efsbackup save: an encrypted file or directory into a stream file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsbackup.h"

struct sink
{
    HANDLE          handle;
    DWORD           code; /* what the stream file said, 0 if it is innocent */
    struct sum     *sum;  /* or NULL */
    struct progress progress;
};

static DWORD WINAPI write_stream(PBYTE data, PVOID context, ULONG length)
{
    struct sink *sink = context;
    DWORD written;

    if (cancelled) return ERROR_CANCELLED;
    while (length)
    {
        if (!WriteFile(sink->handle, data, length, &written, NULL))
        {
            sink->code = GetLastError();
            if (!sink->code) sink->code = ERROR_WRITE_FAULT;
            return sink->code;
        }
        if (!written) return sink->code = ERROR_DISK_FULL;
        if (sink->sum) sum_add(sink->sum, data, written);
        data += written;
        length -= written;
        progress_add(&sink->progress, written);
    }
    return ERROR_SUCCESS;
}

/* For the progress alone: the stream is a little longer than the file. */
static ULONGLONG file_size(const WCHAR *path)
{
    WIN32_FILE_ATTRIBUTE_DATA data;

    if (!GetFileAttributesExW(path, GetFileExInfoStandard, &data)) return 0;
    return (ULONGLONG)data.nFileSizeHigh << 32 | data.nFileSizeLow;
}

DWORD save_file(const WCHAR *file, const WCHAR *stream, struct sum *sum, const WCHAR **subject)
{
    struct sink sink = { .handle = INVALID_HANDLE_VALUE, .sum = sum };
    WCHAR *file_path = NULL, *stream_path = NULL;
    void *context = NULL;
    DWORD code;

    *subject = file;
    if (!(file_path = usable_path(file)))
    {
        code = GetLastError();
        goto done;
    }
    /* The file is opened first, so that a mistake in its name doesn't cost an earlier stream file. */
    if ((code = OpenEncryptedFileRawW(file_path, 0, &context))) goto done;

    *subject = stream;
    if (!(stream_path = usable_path(stream)) ||
        (sink.handle = CreateFileW(stream_path, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS,
                                   FILE_ATTRIBUTE_NORMAL | FILE_FLAG_SEQUENTIAL_SCAN, NULL)) == INVALID_HANDLE_VALUE)
    {
        code = GetLastError();
        goto done;
    }
    progress_begin(&sink.progress, file_size(file_path));
    code = ReadEncryptedFileRaw(write_stream, &sink, context);
    progress_end(&sink.progress);
    if (!sink.code) *subject = file;

done:
    if (context) CloseEncryptedFileRaw(context);
    if (sink.handle != INVALID_HANDLE_VALUE)
    {
        CloseHandle(sink.handle);
        if (code) DeleteFileW(stream_path);
    }
    HeapFree(GetProcessHeap(), 0, stream_path);
    HeapFree(GetProcessHeap(), 0, file_path);
    return code;
}
