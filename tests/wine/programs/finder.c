/*
 * A backup program that knows nothing of Wine: it finds encrypted files by their attribute, as wimlib, burp and
 * Bareos do, saves them by the raw functions and everything else plainly, and restores only encrypted files to
 * volumes that say they can hold them.
 *
 * finder save DIR ARCHIVE | finder restore ARCHIVE DIR: an archive is a folder with NAME.raw, NAME.data and
 * NAME.dir. Prints one line for each entry.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

static int failures;

static void report(const WCHAR *what, const WCHAR *name, DWORD err)
{
    if (err) failures++;
    printf("%ls %ls %lu\n", what, name, err);
}

static DWORD CALLBACK write_stream(PBYTE data, PVOID context, ULONG length)
{
    return !length || fwrite(data, 1, length, context) == length ? ERROR_SUCCESS : ERROR_DISK_FULL;
}

static DWORD CALLBACK read_stream(PBYTE data, PVOID context, PULONG length)
{
    *length = (ULONG)fread(data, 1, *length, context);
    return ferror((FILE *)context) ? ERROR_READ_FAULT : ERROR_SUCCESS;
}

static DWORD transfer(const WCHAR *path, const WCHAR *stream, ULONG flags)
{
    FILE *file = _wfopen(stream, flags & CREATE_FOR_IMPORT ? L"rb" : L"wb");
    void *context;
    DWORD err;

    if (!file) return ERROR_OPEN_FAILED;
    if (!(err = OpenEncryptedFileRawW(path, flags, &context)))
    {
        if (flags & CREATE_FOR_IMPORT) err = WriteEncryptedFileRaw(read_stream, file, context);
        else err = ReadEncryptedFileRaw(write_stream, file, context);
        CloseEncryptedFileRaw(context);
    }
    if (fclose(file) && !err) err = ERROR_DISK_FULL;
    return err;
}

static DWORD copy(const WCHAR *from, const WCHAR *to)
{
    return CopyFileW(from, to, FALSE) ? ERROR_SUCCESS : GetLastError();
}

static void save_entry(const WIN32_FIND_DATAW *data, const WCHAR *dir, const WCHAR *archive)
{
    BOOL encrypted = (data->dwFileAttributes & FILE_ATTRIBUTE_ENCRYPTED) != 0;
    BOOL directory = (data->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    WCHAR from[MAX_PATH], to[MAX_PATH];

    swprintf(from, MAX_PATH, L"%ls\\%ls", dir, data->cFileName);
    swprintf(to, MAX_PATH, L"%ls\\%ls.%ls", archive, data->cFileName,
             directory ? L"dir" : encrypted ? L"raw" : L"data");
    if (encrypted)
        report(directory ? L"raw-directory" : L"raw", data->cFileName,
               transfer(from, to, directory ? CREATE_FOR_DIR : 0));
    else if (!directory) report(L"plain", data->cFileName, copy(from, to));
}

static void restore_entry(const WIN32_FIND_DATAW *data, const WCHAR *archive, const WCHAR *dir)
{
    WCHAR from[MAX_PATH], to[MAX_PATH], *suffix;

    swprintf(from, MAX_PATH, L"%ls\\%ls", archive, data->cFileName);
    swprintf(to, MAX_PATH, L"%ls\\%ls", dir, data->cFileName);
    suffix = wcsrchr(to, '.');
    *suffix++ = 0;
    if (!wcscmp(suffix, L"data")) report(L"plain", data->cFileName, copy(from, to));
    else if (!wcscmp(suffix, L"raw"))
        report(L"raw", data->cFileName, transfer(to, from, CREATE_FOR_IMPORT | OVERWRITE_HIDDEN));
    else report(L"raw-directory", data->cFileName, transfer(to, from, CREATE_FOR_IMPORT | CREATE_FOR_DIR));
}

int wmain(int argc, WCHAR **argv)
{
    BOOL restore = argc == 4 && !wcscmp(argv[1], L"restore");
    WIN32_FIND_DATAW data;
    WCHAR mask[MAX_PATH];
    DWORD flags = 0;
    HANDLE find;

    if (argc != 4) return 2;
    if (restore && (!GetVolumeInformationW(L"C:\\", NULL, 0, NULL, NULL, &flags, NULL, 0)
                    || !(flags & FILE_SUPPORTS_ENCRYPTION)))
    {
        puts("the volume can't hold encrypted files");
        return 1;
    }
    swprintf(mask, MAX_PATH, L"%ls\\*", argv[2]);
    if ((find = FindFirstFileW(mask, &data)) == INVALID_HANDLE_VALUE) return 1;
    do
    {
        if (!wcscmp(data.cFileName, L".") || !wcscmp(data.cFileName, L"..")) continue;
        if (restore) restore_entry(&data, argv[2], argv[3]);
        else save_entry(&data, argv[2], argv[3]);
    }
    while (FindNextFileW(find, &data));
    FindClose(find);
    return failures != 0;
}
