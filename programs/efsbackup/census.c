/*
 * What kinds of substreams a stream has, and whether the file that was restored from it has them, too.
 *
 * BackupWrite succeeds where a file system, or Wine, can't keep a part of a file. BackupRead of what was restored shows
 * it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "census.h"

#define BUFFER_SIZE 0x10000

/* What not every file system keeps. Data, its blocks and reparse points are restored or BackupWrite fails; of
 * descriptors a part may be left to the system. */
static const struct
{
    enum bstream_id id;
    const WCHAR    *name;
} extras[] =
{
    { BSTREAM_EA, L"extended attributes" },
    { BSTREAM_ALTERNATE, L"alternate streams" },
    { BSTREAM_OBJECT_ID, L"object ids" },
    { BSTREAM_TXFS, L"transactional data" },
    { BSTREAM_GHOSTED, L"ghosted extents" },
};

void census_begin(struct census *census)
{
    memset(census->count, 0, sizeof(census->count));
    bstream_reader_init(&census->reader);
}

void census_add(struct census *census, const BYTE *data, DWORD length)
{
    const uint8_t *input = data;
    struct bstream_event event;
    size_t left = length, n;

    while (bstream_reader_next(&census->reader, &input, &left, &event) != BSTREAM_NEED_INPUT
           && event.type != BSTREAM_BAD)
    {
        if (event.type == BSTREAM_BEGIN) census->count[event.header.id]++;
        if (event.type != BSTREAM_BYTES) continue;
        n = (size_t)bstream_reader_skip(&census->reader, event.length);
        input += n;
        left -= n;
    }
}

DWORD census_end(struct census *census)
{
    return bstream_reader_finish(&census->reader) ? ERROR_SUCCESS : ERROR_INVALID_DATA;
}

/* What the file has. Its data isn't read, but passed over. */
static DWORD take_census(HANDLE file, struct census *census)
{
    BYTE *buffer = HeapAlloc(GetProcessHeap(), 0, BUFFER_SIZE);
    DWORD length, low, high, code = buffer ? ERROR_SUCCESS : ERROR_NOT_ENOUGH_MEMORY;
    void *context = NULL;
    uint64_t rest;

    census_begin(census);
    while (!code)
    {
        if (!BackupRead(file, buffer, BUFFER_SIZE, &length, FALSE, FALSE, &context)) code = GetLastError();
        else if (!length) break;
        else
        {
            census_add(census, buffer, length);
            rest = bstream_reader_skip(&census->reader, INT64_MAX);
            if (rest && !BackupSeek(file, (DWORD)rest, (DWORD)(rest >> 32), &low, &high, &context))
                code = GetLastError();
        }
    }
    if (context) BackupRead(file, NULL, 0, &length, TRUE, FALSE, &context);
    HeapFree(GetProcessHeap(), 0, buffer);
    return code;
}

DWORD census_compare(const struct census *stream, HANDLE file, const WCHAR *name)
{
    struct census *kept;
    DWORD code = ERROR_SUCCESS;
    unsigned int i, missing = 0;

    if (stream->count[BSTREAM_LINK])
        print(STD_ERROR_HANDLE, L"efsbackup: %ls: another name of it, in the stream, is ignored\n", name);
    for (i = 0; i < ARRAYSIZE(extras); i++) missing += stream->count[extras[i].id];
    if (!missing) return code;

    if (!(kept = HeapAlloc(GetProcessHeap(), 0, sizeof(*kept)))) return ERROR_NOT_ENOUGH_MEMORY;
    code = take_census(file, kept);
    for (i = 0, missing = 0; !code && i < ARRAYSIZE(extras); i++)
    {
        unsigned int saved = stream->count[extras[i].id], there = kept->count[extras[i].id];

        if (there >= saved) continue;
        print(STD_ERROR_HANDLE, L"efsbackup: %ls: %ls: %u of %u can't be kept here\n", name, extras[i].name,
              saved - there, saved);
        missing++;
    }
    HeapFree(GetProcessHeap(), 0, kept);
    return code ? code : missing ? ERROR_PARTIAL_COPY : ERROR_SUCCESS;
}
