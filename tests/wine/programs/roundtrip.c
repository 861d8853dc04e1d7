/*
 * roundtrip SEED NAME...: restores each NAME.raw to NAME.efs and saves that to NAME.out, in an import
 * callback that gives random numbers of bytes, from one byte to all that the buffer holds. A NAME that ends in
 * .dir is a directory's.
 *
 * A test program, written against the documented API alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define EXPORT_MAX 32000 /* bytes in one export callback that every backup program can take */

static DWORD seed;

struct transfer
{
    HANDLE file;
    DWORD  calls;
    DWORD  largest;
    BOOL   ended;
};

/* Small numbers as often as large ones. */
static DWORD random_length(DWORD most)
{
    DWORD bits;

    seed = seed * 1664525 + 1013904223;
    bits = (seed >> 16) % 19;
    seed = seed * 1664525 + 1013904223;
    bits = 1 + (seed >> 8) % (1u << bits);
    return bits < most ? bits : most;
}

static DWORD WINAPI import_callback(PBYTE data, PVOID context, PULONG length)
{
    struct transfer *transfer = context;
    DWORD bytes;

    if (!ReadFile(transfer->file, data, random_length(*length), &bytes, NULL)) return GetLastError();
    *length = bytes;
    transfer->calls++;
    return ERROR_SUCCESS;
}

static DWORD WINAPI export_callback(PBYTE data, PVOID context, ULONG length)
{
    struct transfer *transfer = context;
    DWORD bytes;

    if (transfer->ended) return ERROR_INVALID_STATE;
    if (!length) transfer->ended = TRUE;
    if (length > transfer->largest) transfer->largest = length;
    transfer->calls++;
    if (length && (!WriteFile(transfer->file, data, length, &bytes, NULL) || bytes != length)) return GetLastError();
    return ERROR_SUCCESS;
}

static HANDLE open_file(const WCHAR *name, const WCHAR *suffix, DWORD access, DWORD disposition)
{
    WCHAR path[MAX_PATH];

    swprintf(path, MAX_PATH, L"%ls%ls", name, suffix);
    return CreateFileW(path, access, FILE_SHARE_READ, NULL, disposition, FILE_ATTRIBUTE_NORMAL, NULL);
}

static BOOL is_directory(const WCHAR *name)
{
    size_t length = wcslen(name);

    return length > 4 && !wcscmp(name + length - 4, L".dir");
}

static BOOL round_trip(const WCHAR *name)
{
    ULONG flags = CREATE_FOR_IMPORT | (is_directory(name) ? CREATE_FOR_DIR : 0);
    struct transfer in = { .file = open_file(name, L".raw", GENERIC_READ, OPEN_EXISTING) };
    struct transfer out = { .file = open_file(name, L".out", GENERIC_WRITE, CREATE_ALWAYS) };
    WCHAR target[MAX_PATH];
    DWORD imported, exported = ~0u;
    void *context = NULL;

    swprintf(target, MAX_PATH, L"%ls.efs", name);
    imported = OpenEncryptedFileRawW(target, flags, &context);
    if (!imported)
    {
        imported = WriteEncryptedFileRaw(import_callback, &in, context);
        CloseEncryptedFileRaw(context);
        exported = OpenEncryptedFileRawW(target, 0, &context);
    }
    if (!exported)
    {
        exported = ReadEncryptedFileRaw(export_callback, &out, context);
        CloseEncryptedFileRaw(context);
    }
    CloseHandle(in.file);
    CloseHandle(out.file);
    if (!imported && !exported && out.ended && out.largest <= EXPORT_MAX) return TRUE;
    printf("%ls: import %lu in %lu calls, export %lu in %lu calls of %lu bytes at most, ended %d\n", name, imported,
           in.calls, exported, out.calls, out.largest, out.ended);
    return FALSE;
}

int wmain(int argc, WCHAR **argv);
int wmain(int argc, WCHAR **argv)
{
    int i, status = 0;

    seed = argc > 1 ? (DWORD)_wtoi(argv[1]) : 0;
    for (i = 2; i < argc; i++)
        if (!round_trip(argv[i])) status = 1;
    return status;
}
