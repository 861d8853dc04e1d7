/*
 * Queries and opens of plain files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "win.h"

/* NAME DIR COUNT: each of the files 0 to COUNT - 1 */
static unsigned int get_count(WCHAR **args)
{
    return (unsigned int)_wtoi(args[1]);
}

static void get_attributes(WCHAR **args)
{
    unsigned int i;

    for (i = 0; i < get_count(args); i++)
        if (GetFileAttributesW(file_name(args[0], i)) == INVALID_FILE_ATTRIBUTES) fail("GetFileAttributes");
}

static void get_attributes_ex(WCHAR **args)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    unsigned int i;

    for (i = 0; i < get_count(args); i++)
        if (!GetFileAttributesExW(file_name(args[0], i), GetFileExInfoStandard, &data)) fail("GetFileAttributesEx");
}

/* The directory holds just these files. */
static void list(WCHAR **args)
{
    WIN32_FIND_DATAW data;
    WCHAR mask[MAX_PATH + 4];
    unsigned int found = 0;
    HANDLE find;

    swprintf(mask, MAX_PATH + 4, L"%ls\\*", args[0]);
    if ((find = FindFirstFileW(mask, &data)) == INVALID_HANDLE_VALUE) fail("FindFirstFile");
    do found++;
    while (FindNextFileW(find, &data));
    FindClose(find);
    if (found != get_count(args) + 2) fail_with("FindNextFile: other files than expected", found);
}

static HANDLE open_file(WCHAR **args, unsigned int i)
{
    HANDLE file = CreateFileW(file_name(args[0], i), GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE) fail("CreateFile");
    return file;
}

static void open_read_close(WCHAR **args)
{
    static char buffer[4096];
    unsigned int i;
    DWORD length;

    for (i = 0; i < get_count(args); i++)
    {
        HANDLE file = open_file(args, i);

        if (!ReadFile(file, buffer, sizeof(buffer), &length, NULL)) fail("ReadFile");
        CloseHandle(file);
    }
}

static void open_close(WCHAR **args)
{
    unsigned int i;

    for (i = 0; i < get_count(args); i++) CloseHandle(open_file(args, i));
}

static void get_information(WCHAR **args)
{
    BY_HANDLE_FILE_INFORMATION info;
    HANDLE file = open_file(args, 0);
    unsigned int i;

    for (i = 0; i < get_count(args); i++)
        if (!GetFileInformationByHandle(file, &info)) fail("GetFileInformationByHandle");
    CloseHandle(file);
}

const struct command query_commands[] =
{
    { "attributes", 2, get_attributes },
    { "attributes-ex", 2, get_attributes_ex },
    { "list", 2, list },
    { "information", 2, get_information },
    { "open-read-close", 2, open_read_close },
    { "open-close", 2, open_close },
    { 0 },
};
