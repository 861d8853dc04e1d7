/*
 * efsbackup tree verify: is all there that a restore needs, and as it was saved?
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "security.h"
#include "tree.h"

#include <wchar.h>

#include "backup/stream.h"
#include "efs/raw.h"

#define BUFFER_SIZE 0x40000

/* Whatever kind of stream it is: the part of the reader that is used is its own. */
struct verify
{
    const WCHAR      *archive;
    struct tree_index index;
    struct tree_entry entry;
    WCHAR             dir[TREE_PATH_MAX]; /* of the entry before */
    unsigned int      files, dirs, failed;
    union
    {
        struct bstream_reader backup;
        struct efs_raw_reader raw;
    } reader;
    BYTE              buffer[BUFFER_SIZE];
};

static void begin_stream(struct verify *verify)
{
    if (tree_is_raw(verify->entry.kind)) efs_raw_reader_init(&verify->reader.raw);
    else bstream_reader_init(&verify->reader.backup);
}

static DWORD add_raw(struct efs_raw_reader *reader, const BYTE *data, size_t length)
{
    const uint8_t *input = data;
    struct efs_raw_event event;

    do
    {
        if (efs_raw_reader_next(reader, &input, &length, &event, NULL)) return ERROR_INVALID_DATA;
    }
    while (event.type != EFS_RAW_NEED_INPUT);
    return ERROR_SUCCESS;
}

static DWORD add_backup(struct bstream_reader *reader, const BYTE *data, size_t length)
{
    const uint8_t *input = data;
    struct bstream_event event;
    size_t n;

    while (bstream_reader_next(reader, &input, &length, &event) != BSTREAM_NEED_INPUT)
    {
        if (event.type == BSTREAM_BAD) return ERROR_INVALID_DATA;
        if (event.type != BSTREAM_BYTES) continue;
        n = (size_t)bstream_reader_skip(reader, event.length);
        input += n;
        length -= n;
    }
    return ERROR_SUCCESS;
}

static DWORD end_stream(struct verify *verify)
{
    if (tree_is_raw(verify->entry.kind))
        return efs_raw_reader_finish(&verify->reader.raw, NULL) ? ERROR_INVALID_DATA : ERROR_SUCCESS;
    return bstream_reader_finish(&verify->reader.backup) ? ERROR_SUCCESS : ERROR_INVALID_DATA;
}

static DWORD read_stream(struct verify *verify, HANDLE file, struct sum *sum)
{
    DWORD got, code = ERROR_SUCCESS;

    begin_stream(verify);
    while (!code)
    {
        if (cancelled) return ERROR_CANCELLED;
        if (!ReadFile(file, verify->buffer, BUFFER_SIZE, &got, NULL)) return GetLastError();
        if (!got) break;
        sum_add(sum, verify->buffer, got);
        code = tree_is_raw(verify->entry.kind) ? add_raw(&verify->reader.raw, verify->buffer, got)
            : add_backup(&verify->reader.backup, verify->buffer, got);
    }
    return code ? code : end_stream(verify);
}

/* The stream file; what is before it in the sum was added. */
static DWORD verify_stream(struct verify *verify, const WCHAR *path, struct check *check)
{
    WCHAR *name = usable_path(path);
    HANDLE file;
    DWORD code;

    if (!name) return ERROR_NOT_ENOUGH_MEMORY;
    file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    code = file == INVALID_HANDLE_VALUE ? GetLastError() : read_stream(verify, file, &check->now);
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
    HeapFree(GetProcessHeap(), 0, name);
    return code ? code : check_end(verify->entry.old ? NULL : check);
}

static DWORD verify_security(const struct verify *verify, struct check *check)
{
    WCHAR *path = tree_security_path(verify->archive, &verify->entry);
    struct security security;
    DWORD code;

    if (!path) return ERROR_NOT_ENOUGH_MEMORY;
    code = security_load(path, &security, &check->now);
    security_free(&security);
    HeapFree(GetProcessHeap(), 0, path);
    return code;
}

/* A restore wants the directory first: is the entry in the one before, or in one that that is in? */
static DWORD check_place(struct verify *verify)
{
    const WCHAR *path = verify->entry.path, *end = wcsrchr(path, '\\');
    size_t length = end ? (size_t)(end - path) : 0;

    if (!*path || verify->index.entries == 1)
    {
        verify->dir[0] = 0;
        return !*path && verify->index.entries == 1 ? ERROR_SUCCESS : ERROR_INVALID_DATA;
    }
    if (wcsncmp(verify->dir, path, length) || (length && verify->dir[length] && verify->dir[length] != '\\'))
        return ERROR_PATH_NOT_FOUND;
    verify->dir[length] = 0;
    if (tree_is_dir(verify->entry.kind)) wcscpy(verify->dir, path);
    return ERROR_SUCCESS;
}

/* Only Ctrl-C ends it early. */
static DWORD verify_entry(struct verify *verify)
{
    const struct tree_entry *entry = &verify->entry;
    WCHAR *path = tree_data_path(verify->archive, entry), text[512];
    struct check check = { .wanted = entry->sum };
    DWORD code = path ? check_place(verify) : ERROR_NOT_ENOUGH_MEMORY;

    sum_begin(&check.now);
    if (!code && tree_is_raw(entry->kind) && !entry->old) code = verify_security(verify, &check);
    if (!code) code = verify_stream(verify, path, &check);
    HeapFree(GetProcessHeap(), 0, path);
    if (code == ERROR_CANCELLED) return code;
    if (code)
    {
        verify->failed++;
        print(STD_ERROR_HANDLE, L"efsbackup: %ls, number %08x: %ls (%lu)\n", *entry->path ? entry->path : L".",
              entry->number, code_text(code, text, ARRAYSIZE(text)), code);
    }
    else if (tree_is_dir(entry->kind)) verify->dirs++;
    else verify->files++;
    return ERROR_SUCCESS;
}

DWORD verify_tree(const WCHAR *archive, const WCHAR **subject)
{
    struct verify *verify = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*verify));
    DWORD code;

    *subject = archive;
    if (!verify) return ERROR_NOT_ENOUGH_MEMORY;
    verify->archive = archive;
    code = tree_index_open(&verify->index, archive);
    while (!code && !(code = tree_index_next(&verify->index, &verify->entry))) code = verify_entry(verify);
    tree_index_close(&verify->index);
    if (code && code != ERROR_NO_MORE_ITEMS && code != ERROR_CANCELLED && verify->index.line)
        print(STD_ERROR_HANDLE, L"efsbackup: the index is damaged behind line %u\n", verify->index.line);
    if (code == ERROR_NO_MORE_ITEMS) code = ERROR_SUCCESS;
    print(STD_OUTPUT_HANDLE, L"%u files and %u directories are as they were saved, %u aren't%ls\n", verify->files,
          verify->dirs, verify->failed, verify->entry.old ? L"; this archive has no sums" : L"");
    if (!code && verify->failed) code = ERROR_PARTIAL_COPY;
    HeapFree(GetProcessHeap(), 0, verify);
    return code;
}
