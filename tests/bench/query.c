/*
 * What queries and opens of plain files cost, in microseconds per call, for tests/bench/queries.
 *
 * query.exe DIR COUNT: makes COUNT files of 4097 bytes in DIR if they aren't there, and runs each kind of call over
 * all of them, again and again for a while. One line for each pass: name, TAB, microseconds.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#define FILE_SIZE 4097 /* not a size that an encrypted file can have */
#define SECONDS   0.3  /* of passes of one kind: one pass of the cheap kinds is too short to measure by itself */

static WCHAR dir[MAX_PATH];
static unsigned int count;

static const WCHAR *file_name(unsigned int i)
{
    static WCHAR name[MAX_PATH + 16];

    swprintf(name, MAX_PATH + 16, L"%ls\\%06u", dir, i);
    return name;
}

static void fail(const char *what)
{
    fprintf(stderr, "%s: error %lu\n", what, GetLastError());
    exit(1);
}

static void make_files(void)
{
    static char content[FILE_SIZE];
    unsigned int i;
    DWORD written;

    CreateDirectoryW(dir, NULL);
    if (GetFileAttributesW(file_name(count - 1)) != INVALID_FILE_ATTRIBUTES) return;
    for (i = 0; i < count; i++)
    {
        HANDLE file = CreateFileW(file_name(i), GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);

        if (file == INVALID_HANDLE_VALUE || !WriteFile(file, content, sizeof(content), &written, NULL)) fail("make files");
        CloseHandle(file);
    }
}

static void get_attributes(void)
{
    unsigned int i;

    for (i = 0; i < count; i++)
        if (GetFileAttributesW(file_name(i)) == INVALID_FILE_ATTRIBUTES) fail("GetFileAttributes");
}

static void get_attributes_ex(void)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    unsigned int i;

    for (i = 0; i < count; i++)
        if (!GetFileAttributesExW(file_name(i), GetFileExInfoStandard, &data)) fail("GetFileAttributesEx");
}

static void list(void)
{
    WIN32_FIND_DATAW data;
    WCHAR mask[MAX_PATH + 4];
    unsigned int found = 0;
    HANDLE find;

    swprintf(mask, MAX_PATH + 4, L"%ls\\*", dir);
    if ((find = FindFirstFileW(mask, &data)) == INVALID_HANDLE_VALUE) fail("FindFirstFile");
    do found++;
    while (FindNextFileW(find, &data));
    FindClose(find);
    if (found != count + 2) fail("FindNextFile");
}

static HANDLE open_file(unsigned int i)
{
    HANDLE file = CreateFileW(file_name(i), GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE) fail("CreateFile");
    return file;
}

static void open_read_close(void)
{
    static char buffer[4096];
    unsigned int i;
    DWORD length;

    for (i = 0; i < count; i++)
    {
        HANDLE file = open_file(i);

        if (!ReadFile(file, buffer, sizeof(buffer), &length, NULL)) fail("ReadFile");
        CloseHandle(file);
    }
}

static void open_close(void)
{
    unsigned int i;

    for (i = 0; i < count; i++) CloseHandle(open_file(i));
}

static void get_information(void)
{
    BY_HANDLE_FILE_INFORMATION info;
    HANDLE file = open_file(0);
    unsigned int i;

    for (i = 0; i < count; i++)
        if (!GetFileInformationByHandle(file, &info)) fail("GetFileInformationByHandle");
    CloseHandle(file);
}

static const struct { const char *name; void (*run)(void); } calls[] =
{
    { "GetFileAttributes", get_attributes },
    { "GetFileAttributesEx", get_attributes_ex },
    { "FindFirstFile, FindNextFile", list },
    { "GetFileInformationByHandle", get_information },
    { "CreateFile, ReadFile 4 KiB, CloseHandle", open_read_close },
    { "CreateFile, CloseHandle", open_close },
};

int wmain(int argc, WCHAR **argv)
{
    LARGE_INTEGER frequency, start, end;
    unsigned int i;

    if (argc != 3) return 2;
    lstrcpynW(dir, argv[1], MAX_PATH);
    count = (unsigned int)_wtoi(argv[2]);
    make_files();
    QueryPerformanceFrequency(&frequency);
    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
    {
        double seconds, sum = 0;

        do
        {
            QueryPerformanceCounter(&start);
            calls[i].run();
            QueryPerformanceCounter(&end);
            seconds = (double)(end.QuadPart - start.QuadPart) / (double)frequency.QuadPart;
            printf("%s\t%.4f\n", calls[i].name, 1e6 * seconds / count);
            sum += seconds;
        }
        while (sum < SECONDS);
    }
    return 0;
}
