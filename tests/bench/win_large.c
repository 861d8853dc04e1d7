/*
 * One large file: through the raw functions, and through ReadFile and WriteFile.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "win.h"

#define SEGMENT        0x10200 /* of a raw stream: headers and 64 KiB */
#define SEGMENT_OFFSET 0x10    /* u64 StartingFileOffset */
#define SEGMENT_DATA   0x10000

/* export FILE: all of it, to a callback that counts */
static void export(WCHAR **args)
{
    UINT64 bytes = 0;
    void *context;
    DWORD err;

    if ((err = OpenEncryptedFileRawW(args[0], 0, &context))) fail_with("OpenEncryptedFileRaw", err);
    if ((err = ReadEncryptedFileRaw(count_bytes, &bytes, context))) fail_with("ReadEncryptedFileRaw", err);
    CloseEncryptedFileRaw(context);
    if (!bytes) fail_with("nothing came", 0);
}

/* read FILE CHUNK */
static void read_all(WCHAR **args)
{
    HANDLE file = CreateFileW(args[0], GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN,
                              NULL);
    DWORD chunk = (DWORD)_wtoi(args[1]), length;
    BYTE *buffer = malloc(chunk);

    if (file == INVALID_HANDLE_VALUE || !buffer) fail("CreateFile");
    do
        if (!ReadFile(file, buffer, chunk, &length, NULL)) fail("ReadFile");
    while (length);
    CloseHandle(file);
    free(buffer);
}

/* The stream's last segment, again and again, each at its own offset. */
struct source
{
    DWORD  given;  /* bytes of the stream, in this turn */
    UINT64 offset; /* of the segment */
    UINT64 size;   /* of the file */
};

static DWORD WINAPI give_segments(PBYTE data, PVOID context, PULONG length)
{
    struct source *source = context;
    DWORD room = *length, done = 0, n;

    while (done < room)
    {
        if (source->given == stream_length)
        {
            source->offset += SEGMENT_DATA;
            if (source->offset >= source->size) break;
            source->given = stream_length - SEGMENT;
        }
        memcpy(stream + stream_length - SEGMENT + SEGMENT_OFFSET, &source->offset, sizeof(source->offset));
        n = stream_length - source->given < room - done ? stream_length - source->given : room - done;
        memcpy(data + done, stream + source->given, n);
        source->given += n;
        done += n;
    }
    *length = done;
    return ERROR_SUCCESS;
}

/* import FILE SIZE: a file of SIZE bytes, a multiple of 64 KiB, from a stream with just one segment of that */
static void import(WCHAR **args)
{
    struct source source = { 0, 0, _wcstoui64(args[1], NULL, 10) };
    void *context;
    DWORD err;

    if ((err = OpenEncryptedFileRawW(args[0], CREATE_FOR_IMPORT, &context))) fail_with("OpenEncryptedFileRaw", err);
    if ((err = WriteEncryptedFileRaw(give_segments, &source, context))) fail_with("WriteEncryptedFileRaw", err);
    CloseEncryptedFileRaw(context);
}

/* FILE SIZE CHUNK; copied: each chunk is made in another place first, as a callback has to */
static void write_chunks(WCHAR **args, BOOL copied)
{
    HANDLE file = CreateFileW(args[0], GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    UINT64 size = _wcstoui64(args[1], NULL, 10), done;
    DWORD chunk = (DWORD)_wtoi(args[2]), length;
    BYTE *buffer = malloc(chunk);
    DWORD at;

    if (file == INVALID_HANDLE_VALUE || !buffer) fail("CreateFile");
    memset(buffer, 0x5a, chunk);
    for (done = 0; done < size; done += length)
    {
        for (at = 0; copied && at + SEGMENT_DATA <= chunk; at += SEGMENT_DATA)
            memcpy(buffer + at, stream, SEGMENT_DATA);
        if (!WriteFile(file, buffer, chunk, &length, NULL)) fail("WriteFile");
    }
    CloseHandle(file);
    free(buffer);
}

static void write_all(WCHAR **args)
{
    write_chunks(args, FALSE);
}

static void copy_and_write_all(WCHAR **args)
{
    write_chunks(args, TRUE);
}

const struct command large_commands[] =
{
    { "export", 1, export },
    { "read", 2, read_all },
    { "import", 2, import },
    { "write", 3, write_all },
    { "copy-and-write", 3, copy_and_write_all },
    { 0 },
};
