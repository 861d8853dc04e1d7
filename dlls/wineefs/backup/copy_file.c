/*
 * CopyFile and CopyFileEx, and MoveFileEx to another file system, which is a copy: Wine's take the content alone. Here
 * what a plain file has beside it follows: extended attributes and alternate streams.
 *
 * As on Windows, a file system that keeps none gets the content, with success. Otherwise all of it is there, or the
 * copy fails, and isn't there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "copy_file.h"

#include "backup_stream.h"

#include "patch/entry.h"
#include "patch/import_table.h"
#include "patch/registry.h"
#include "streams/stream_list.h"
#include "wine/debug.h"
#include "wine/errors.h"
#include "wine/native.h"

#define PIECE 0x10000 /* bytes */

typedef BOOL (WINAPI *copy_fn)(const WCHAR *from, const WCHAR *to, BOOL fail_if_exists);
typedef BOOL (WINAPI *copy_ex_fn)(const WCHAR *from, const WCHAR *to, LPPROGRESS_ROUTINE progress, void *param,
                                  BOOL *cancel, DWORD flags);
typedef BOOL (WINAPI *move_fn)(const WCHAR *from, const WCHAR *to, LPPROGRESS_ROUTINE progress, void *param,
                               DWORD flags);

static copy_fn original_copy;
static copy_ex_fn original_copy_ex;
static move_fn original_move;

/* What a file has beside its content. */
struct beside
{
    struct blob eas;     /* FILE_FULL_EA_INFORMATION */
    struct blob streams; /* FILE_STREAM_INFORMATION */
};

static DWORD copy_bytes(const struct backup_stream *from, struct backup_stream *to)
{
    struct blob piece = { 0 };
    DWORD err = blob_alloc(&piece, PIECE);
    UINT64 at = 0;
    ULONG got = 0;

    while (!err && !(err = backup_stream_read(from, at, piece.data, PIECE, &got)) && got)
    {
        err = backup_stream_write(to, at, piece.data, got);
        at += got;
    }
    blob_free(&piece);
    return err;
}

/* header: of the stream, with its name */
static DWORD copy_stream(HANDLE from, HANDLE to, struct bstream_header *header)
{
    struct backup_stream source = { 0 }, target = { 0 };
    DWORD err;

    if ((err = backup_stream_open(&source, from, header->name, header->name_size)))
        return err == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : err; /* somebody has removed it meanwhile */
    header->size = source.size;
    if (!(err = backup_stream_begin(&target, to, header)))
    {
        err = copy_bytes(&source, &target);
        backup_stream_end(&target, header);
        if (!err) err = backup_stream_commit(&target);
        backup_stream_close(&target);
    }
    backup_stream_close(&source);
    return err;
}

static DWORD copy_streams(HANDLE from, HANDLE to, const struct blob *streams)
{
    const BYTE *entry;
    ULONG at = 0, next;
    DWORD err = ERROR_SUCCESS;

    do
    {
        struct bstream_header header = { .id = BSTREAM_ALTERNATE };

        entry = streams->data + at;
        next = get_ulong(entry + STREAM_NEXT);
        header.name = entry + STREAM_NAME;
        header.name_size = get_ulong(entry + STREAM_NAME_LENGTH);
        /* the file's data has no name of its own */
        if (*(const WCHAR *)(const void *)(header.name + sizeof(WCHAR)) != ':') err = copy_stream(from, to, &header);
        at += next;
    }
    while (!err && next);
    return err;
}

/* Beside the file's data there is a stream only if there are two. */
static BOOL has_streams(const struct blob *streams)
{
    return streams->size && get_ulong(streams->data + STREAM_NEXT);
}

static DWORD copy_to(HANDLE from, HANDLE to, const struct beside *beside)
{
    ULONG volume = backup_file_volume(to);
    DWORD err = ERROR_SUCCESS;

    if (!(volume & FILE_SUPPORTS_EXTENDED_ATTRIBUTES))
    {
        WARN("the copy is without extended attributes and alternate streams: its file system keeps none\n");
        return ERROR_SUCCESS;
    }
    if (beside->eas.size) err = backup_file_set_ea(to, &beside->eas);
    if (!err && has_streams(&beside->streams)) err = copy_streams(from, to, &beside->streams);
    return err;
}

/* A copy that is read-only already can be written again, until it is complete. */
static DWORD open_copy(const WCHAR *name, DWORD *attributes, HANDLE *file)
{
    *attributes = GetFileAttributesW(name);
    if (*attributes == INVALID_FILE_ATTRIBUTES) return GetLastError();
    if ((*attributes & FILE_ATTRIBUTE_READONLY)
        && !SetFileAttributesW(name, *attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY)) return GetLastError();
    *file = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    return *file == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
}

static DWORD give_beside(HANDLE from, const WCHAR *name, const struct beside *beside)
{
    HANDLE to = INVALID_HANDLE_VALUE;
    DWORD attributes, err = open_copy(name, &attributes, &to);

    if (!err) err = copy_to(from, to, beside);
    if (to != INVALID_HANDLE_VALUE) CloseHandle(to);
    if (!err && (attributes & FILE_ATTRIBUTE_READONLY) && !SetFileAttributesW(name, attributes)) err = GetLastError();
    return err;
}

/* A stream of a file can be copied, and a file into one: then the content is all. */
static BOOL is_stream_name(const WCHAR *name)
{
    const WCHAR *p, *leaf = name;

    for (p = name; *p; p++)
        if (*p == '\\' || *p == '/') leaf = p + 1;
    for (p = leaf; *p && *p != ':';) p++;
    /* C:file */
    return *p && !(leaf == name && p == name + 1);
}

static DWORD read_beside(HANDLE file, struct beside *beside)
{
    struct backup_file_info info;
    DWORD err = backup_file_query(file, &info);

    if (!err) err = backup_file_get_ea(file, info.ea_size, &beside->eas);
    return err ? err : backup_stream_list(file, &beside->streams);
}

/* A pipe's other end would notice that it is opened again. */
static BOOL is_pipe(const WCHAR *name)
{
    static const WCHAR prefix[] = L"\\\\.\\PIPE\\";
    unsigned int i;

    for (i = 0; prefix[i]; i++)
        if (prefix[i] != (name[i] == '/' ? '\\' : RtlUpcaseUnicodeChar(name[i]))) return FALSE;
    return TRUE;
}

/* The content is copied. */
static DWORD follow(const WCHAR *name, const WCHAR *copy)
{
    struct beside beside = { { 0 }, { 0 } };
    HANDLE from;
    DWORD err;

    if (is_stream_name(name) || is_stream_name(copy) || is_pipe(name) || is_pipe(copy)) return ERROR_SUCCESS;
    from = CreateFileW(name, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    if (from == INVALID_HANDLE_VALUE) return GetLastError();
    err = read_beside(from, &beside);
    if (!err && (beside.eas.size || has_streams(&beside.streams))) err = give_beside(from, copy, &beside);
    blob_free(&beside.eas);
    blob_free(&beside.streams);
    CloseHandle(from);
    return err;
}

static BOOL finish(const WCHAR *name, const WCHAR *copy)
{
    DWORD err = follow(name, copy);

    if (!err) return TRUE;
    WARN("error %lu: what the file has beside its content can't be copied, and so the copy goes again\n", err);
    SetFileAttributesW(copy, FILE_ATTRIBUTE_NORMAL);
    DeleteFileW(copy);
    return !error_return(err);
}

static BOOL WINAPI replace_CopyFileExW(const WCHAR *from, const WCHAR *to, LPPROGRESS_ROUTINE progress, void *param,
                                       BOOL *cancel, DWORD flags)
{
    return original_copy_ex(from, to, progress, param, cancel, flags) && finish(from, to);
}

static BOOL WINAPI replace_CopyFileW(const WCHAR *from, const WCHAR *to, BOOL fail_if_exists)
{
    return original_copy(from, to, fail_if_exists) && finish(from, to);
}

/* Wine would copy by itself, where no hook comes by, and then remove what was copied. */
static BOOL WINAPI replace_MoveFileWithProgressW(const WCHAR *from, const WCHAR *to, LPPROGRESS_ROUTINE progress,
                                                 void *param, DWORD flags)
{
    BOOL copies = to && (flags & MOVEFILE_COPY_ALLOWED) && !(flags & MOVEFILE_DELAY_UNTIL_REBOOT);

    if (original_move(from, to, progress, param, copies ? flags & ~(DWORD)MOVEFILE_COPY_ALLOWED : flags)) return TRUE;
    if (!copies || GetLastError() != ERROR_NOT_SAME_DEVICE) return FALSE;
    return replace_CopyFileExW(from, to, progress, param, NULL,
                               flags & MOVEFILE_REPLACE_EXISTING ? 0 : COPY_FILE_FAIL_IF_EXISTS) && DeleteFileW(from);
}

/* ---- in the place of Wine's ---- */

#define ENTRY(name, original) \
    { #name, (FARPROC)(void (*)(void))replace_##name, NULL, NULL, (FARPROC *)(void *)&original, HOOK_ABSENT, \
      { NULL, NULL } }

static struct entry entries[] =
{
    ENTRY(CopyFileW, original_copy),
    ENTRY(MoveFileWithProgressW, original_move),
};

#define ENTRY_COUNT (sizeof(entries) / sizeof(entries[0]))

/* CopyFileExW is kernelbase's, and doesn't begin so that it could be replaced: programs come to it through kernel32. */
static enum hook_state ex_state = HOOK_ABSENT;
static HMODULE kernel32;

void copy_file_find(void)
{
    entry_find(entries, ENTRY_COUNT);
    registry_add("CopyFileExW", &ex_state);
    kernel32 = native_find_module(L"kernel32.dll");
    original_copy_ex = (copy_ex_fn)(void (*)(void))native_find_function(native_find_kernelbase(), "CopyFileExW");
}

void copy_file_install(void)
{
    FARPROC original = (FARPROC)(void (*)(void))original_copy_ex, same;

    if (!original) return;
    entry_install(entries, ENTRY_COUNT);
    ex_state = entries[0].state;
    if (ex_state == HOOK_STANDS
        && !import_table_replace(kernel32, "kernelbase.dll", "CopyFileExW", original,
                                 (FARPROC)(void (*)(void))replace_CopyFileExW, &same))
        ex_state = HOOK_UNKNOWN;
}
