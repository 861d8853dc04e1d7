/*
 * What a program can do by name, and how it may end, to a directory whose own streams are in a file within it.
 *
 * within open PATH | create PATH N | attributes PATH | copy FROM TO | rename FROM TO | link FROM TO | delete PATH | raw
 * PATH | overwrite PATH
 *        remove PATH | list-and-remove PATH | exit PATH | wait PATH
 *
 * Prints the Win32 code of what came of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <winternl.h>

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define CLASS_DISPOSITION 13

static DWORD code(BOOL success)
{
    return success ? ERROR_SUCCESS : GetLastError();
}

static DWORD open_file(const WCHAR *path, DWORD access, DWORD disposition)
{
    HANDLE file = CreateFileW(path, access, SHARE_ALL, NULL, disposition, FILE_FLAG_BACKUP_SEMANTICS, NULL);

    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    CloseHandle(file);
    return ERROR_SUCCESS;
}

static DWORD open_raw(const WCHAR *path, ULONG flags)
{
    void *context;
    DWORD err = OpenEncryptedFileRawW(path, flags, &context);

    if (!err) CloseEncryptedFileRaw(context);
    return err;
}

/* As a library does that removes whole trees: all by one handle. */
static DWORD list_and_remove(const WCHAR *path)
{
    HANDLE dir = CreateFileW(path, FILE_LIST_DIRECTORY | DELETE, SHARE_ALL, NULL, OPEN_EXISTING,
                             FILE_FLAG_BACKUP_SEMANTICS, NULL);
    union { FILE_FULL_DIR_INFO info; BYTE bytes[0x1000]; } entries;
    FILE_DISPOSITION_INFO info = { TRUE };
    DWORD err;

    if (dir == INVALID_HANDLE_VALUE) return GetLastError();
    while (GetFileInformationByHandleEx(dir, FileFullDirectoryInfo, &entries, sizeof(entries))) { }
    err = code(SetFileInformationByHandle(dir, FileDispositionInfo, &info, sizeof(info)));
    CloseHandle(dir);
    return err;
}

/* Leaves the handle to the end of the process. */
static DWORD delete_on_close(const WCHAR *path)
{
    HANDLE dir = CreateFileW(path, DELETE, SHARE_ALL, NULL, OPEN_EXISTING,
                             FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_DELETE_ON_CLOSE, NULL);

    return code(dir != INVALID_HANDLE_VALUE);
}

int wmain(int argc, WCHAR **argv)
{
    const WCHAR *what = argc > 1 ? argv[1] : L"", *path = argc > 2 ? argv[2] : L"", *to = argc > 3 ? argv[3] : L"";
    DWORD err = ERROR_INVALID_FUNCTION;

    if (!wcscmp(what, L"open")) err = open_file(path, DELETE, OPEN_EXISTING);
    else if (!wcscmp(what, L"create")) err = open_file(path, GENERIC_WRITE, _wtoi(to));
    else if (!wcscmp(what, L"attributes")) err = code(GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES);
    else if (!wcscmp(what, L"copy")) err = code(CopyFileW(path, to, FALSE));
    else if (!wcscmp(what, L"rename")) err = code(MoveFileExW(path, to, MOVEFILE_REPLACE_EXISTING));
    else if (!wcscmp(what, L"link")) err = code(CreateHardLinkW(to, path, NULL));
    else if (!wcscmp(what, L"delete")) err = code(DeleteFileW(path));
    else if (!wcscmp(what, L"raw")) err = open_raw(path, 0);
    else if (!wcscmp(what, L"overwrite")) err = open_raw(path, CREATE_FOR_IMPORT);
    else if (!wcscmp(what, L"remove")) err = code(RemoveDirectoryW(path));
    else if (!wcscmp(what, L"list-and-remove")) err = list_and_remove(path);
    else if (!wcscmp(what, L"exit")) err = delete_on_close(path);
    else if (!wcscmp(what, L"wait") && !(err = delete_on_close(path)))
    {
        puts("waiting");
        fflush(stdout);
        Sleep(INFINITE);
    }
    printf("%lu\n", err);
    return 0;
}
