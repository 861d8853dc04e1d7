/*
 * efsbackup restore: a stream file back into an encrypted file or directory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsbackup.h"

struct source
{
    HANDLE          handle;
    ULONGLONG       size; /* bytes at the start, 0 if it isn't a disk file */
    DWORD           code; /* what the stream file said, 0 if it is innocent */
    struct check   *check; /* or NULL */
    struct progress progress;
};

static DWORD WINAPI read_stream(PBYTE data, PVOID context, PULONG length)
{
    struct source *source = context;
    DWORD bytes;

    if (cancelled) return ERROR_CANCELLED;
    if (!ReadFile(source->handle, data, *length, &bytes, NULL))
    {
        source->code = GetLastError();
        /* the other end of a pipe has finished */
        if (source->code == ERROR_BROKEN_PIPE) source->code = bytes = 0;
        else return source->code ? source->code : (source->code = ERROR_READ_FAULT);
    }
    /* Somebody cut the file while we read it: the cut may be at a place where nobody else sees it. */
    if (!bytes && source->progress.done < source->size) return source->code = ERROR_HANDLE_EOF;
    if (!bytes && (source->code = check_end(source->check))) return source->code;
    if (source->check) sum_add(&source->check->now, data, bytes);
    *length = bytes;
    progress_add(&source->progress, bytes);
    return ERROR_SUCCESS;
}

DWORD restore_file(const WCHAR *stream, const WCHAR *file, ULONG flags, struct check *check, HANDLE *made,
                   const WCHAR **subject)
{
    struct source source = { .handle = INVALID_HANDLE_VALUE, .check = check };
    WCHAR *file_path = NULL, *stream_path = NULL;
    LARGE_INTEGER size;
    void *context = NULL;
    DWORD code;

    if (made) *made = INVALID_HANDLE_VALUE;
    *subject = stream;
    if (!(stream_path = usable_path(stream)) ||
        (source.handle = CreateFileW(stream_path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                                     FILE_FLAG_SEQUENTIAL_SCAN, NULL)) == INVALID_HANDLE_VALUE)
    {
        code = GetLastError();
        goto done;
    }
    if (GetFileType(source.handle) == FILE_TYPE_DISK && GetFileSizeEx(source.handle, &size))
        source.size = size.QuadPart;

    *subject = file;
    if (!(file_path = usable_path(file)))
    {
        code = GetLastError();
        goto done;
    }
    if ((code = OpenEncryptedFileRawW(file_path, CREATE_FOR_IMPORT | flags, &context))) goto done;

    progress_begin(&source.progress, source.size);
    code = WriteEncryptedFileRaw(read_stream, &source, context);
    progress_end(&source.progress);
    /* What is wrong with the stream file, and what with the target? */
    if (source.code || code == ERROR_NOT_EXPORT_FORMAT || code == ERROR_EFS_VERSION_NOT_SUPPORT) *subject = stream;

    /* while the context holds it, so that it is held all the time; Windows may want it to be closed before */
    if (!code && made) *made = replace_open_raw(file_path);

done:
    if (context) CloseEncryptedFileRaw(context);
    if (source.handle != INVALID_HANDLE_VALUE) CloseHandle(source.handle);
    if (!code && made && *made == INVALID_HANDLE_VALUE && (*made = replace_open_raw(file_path)) == INVALID_HANDLE_VALUE)
    {
        code = GetLastError();
        DeleteFileW(file_path);
    }
    HeapFree(GetProcessHeap(), 0, stream_path);
    HeapFree(GetProcessHeap(), 0, file_path);
    return code;
}
