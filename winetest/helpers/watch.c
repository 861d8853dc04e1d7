/*
 * Says what it sees of a file, again and again: for tests that change the file from outside.
 *
 *   efs_test watch FILE    answers each line of its standard input with one line
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>

#include "efs_test.h"

static void say(const char *how, DWORD attributes, DWORD size)
{
    printf("%s %s ", how, attributes & FILE_ATTRIBUTE_ENCRYPTED ? "encrypted" : "plain");
    if (attributes & FILE_ATTRIBUTE_DIRECTORY) printf("directory, ");
    else printf("%lu, ", size);
}

static void look(const char *name)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    BY_HANDLE_FILE_INFORMATION info = { 0 };
    WIN32_FIND_DATAA find_data = { 0 };
    BYTE buffer[4096];
    HANDLE handle;
    DWORD size;

    if (!GetFileAttributesExA(name, GetFileExInfoStandard, &data))
    {
        printf(GetLastError() == ERROR_FILE_NOT_FOUND ? "missing\n" : "error\n");
        return;
    }
    say("by name", data.dwFileAttributes, data.nFileSizeLow);
    FindClose(FindFirstFileA(name, &find_data));
    say("by listing", find_data.dwFileAttributes, find_data.nFileSizeLow);
    handle = CreateFileA(name, FILE_READ_ATTRIBUTES, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS,
                         NULL);
    GetFileInformationByHandle(handle, &info);
    CloseHandle(handle);
    say("by handle", info.dwFileAttributes, info.nFileSizeLow);

    SetLastError(ERROR_SUCCESS);
    handle = CreateFileA(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        printf(GetLastError() == ERROR_ACCESS_DENIED ? "data denied\n" : "data: error\n");
    else if (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) printf("listed\n");
    else if (ReadFile(handle, buffer, sizeof(buffer), &size, NULL)) printf("data %lu\n", size);
    else printf("data: read error\n");
    CloseHandle(handle);
}

START_TEST(watch)
{
    char **argv, line[256];

    if (winetest_get_mainargs(&argv) < 3)
    {
        not_windows("so that one check is made")
            ok(GetFileAttributesW(L".") != INVALID_FILE_ATTRIBUTES, "the current directory is gone\n");
        skip("no file to watch was named\n");
        return;
    }
    while (fgets(line, sizeof(line), stdin))
    {
        look(argv[2]);
        fflush(stdout);
    }
}
