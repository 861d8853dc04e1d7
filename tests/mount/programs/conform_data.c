/*
 * Reading, writing, lengths, attributes and times.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "conform.h"

static void observe_dispositions(void)
{
    HANDLE file;

    make_file("data", 70000, 1);
    saw_content("written", "data");
    file = CreateFileA("data", GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    saw_done("CREATE_NEW of one that is there", file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    SetLastError(0);
    file = CreateFileA("data", GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, 0, NULL);
    saw("OPEN_ALWAYS", "error %lu", GetLastError());
    CloseHandle(file);
    saw_content("... keeps it", "data");
    SetLastError(0);
    file = CreateFileA("data", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    saw("CREATE_ALWAYS", "error %lu", GetLastError());
    CloseHandle(file);
    saw_content("... empties it", "data");
    make_file("data", 1000, 2);
    file = CreateFileA("data", GENERIC_WRITE, 0, NULL, TRUNCATE_EXISTING, 0, NULL);
    saw_done("TRUNCATE_EXISTING", file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    saw_content("... empties it, too", "data");
    file = CreateFileA("none", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    saw_done("OPEN_EXISTING of one that isn't", file != INVALID_HANDLE_VALUE);
}

static void observe_lengths(void)
{
    HANDLE file = open_file("data", OPEN_ALWAYS, 0), append;
    LARGE_INTEGER at = { .QuadPart = 100000 };
    DWORD done;

    saw_done("longer", SetFilePointerEx(file, at, NULL, FILE_BEGIN) && SetEndOfFile(file));
    saw_content("... with zeros", "data");
    saw_done("beyond the end", SetFilePointerEx(file, at, NULL, FILE_END) && WriteFile(file, "end", 3, &done, NULL));
    saw_content("... zeros before it", "data");
    at.QuadPart = 777;
    saw_done("shorter", SetFilePointerEx(file, at, NULL, FILE_BEGIN) && SetEndOfFile(file));
    saw_content("... cut", "data");
    append = CreateFileA("data", FILE_APPEND_DATA, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    saw_done("FILE_APPEND_DATA", WriteFile(append, "more", 4, &done, NULL));
    CloseHandle(append);
    saw_content("... at the end", "data");
    at.QuadPart = 5ll << 30;
    saw_done("5 GiB", SetFilePointerEx(file, at, NULL, FILE_BEGIN) && SetEndOfFile(file));
    saw_done("... told by the handle", GetFileSizeEx(file, &at));
    saw("... its size", "%lld", at.QuadPart);
    saw_done("... written beyond 4 GiB", SetFilePointer(file, -8, NULL, FILE_END)
             && WriteFile(file, "12345678", 8, &done, NULL));
    at.QuadPart = 10;
    saw_done("... and cut", SetFilePointerEx(file, at, NULL, FILE_BEGIN) && SetEndOfFile(file));
    saw_content("... the first bytes", "data");
    saw_done("nothing", WriteFile(file, "", 0, &done, NULL));
    saw_done("flush", FlushFileBuffers(file));
    CloseHandle(file);
}

static void observe_offsets(void)
{
    HANDLE file;
    OVERLAPPED at = { .Offset = 4090 };
    BYTE bytes[100];
    DWORD done = 77;

    make_file("data", 5000, 3);
    file = open_file("data", OPEN_EXISTING, 0);
    saw_done("write at an offset", WriteFile(file, "across a page's border", 22, &done, &at));
    at.Offset = 4085;
    saw_done("read at an offset", ReadFile(file, bytes, sizeof(bytes), &done, &at));
    saw("... got", "%lu, %02x%02x%02x", done, bytes[0], bytes[5], bytes[99]);
    at.Offset = 4950;
    saw_done("read over the end", ReadFile(file, bytes, sizeof(bytes), &done, &at));
    saw("... got", "%lu", done);
    at.Offset = 6000;
    saw_done("read beyond the end", ReadFile(file, bytes, sizeof(bytes), &done, &at));
    SetFilePointer(file, 0, NULL, FILE_END);
    saw_done("read at the end", ReadFile(file, bytes, sizeof(bytes), &done, NULL));
    saw("... got", "%lu", done);
    CloseHandle(file);
    saw_content("... the whole", "data");
}

static void observe_scatter(void)
{
    BYTE *pages = VirtualAlloc(NULL, 3 * 4096, MEM_COMMIT, PAGE_READWRITE);
    FILE_SEGMENT_ELEMENT parts[3] = { { .Buffer = pages + 8192 }, { .Buffer = pages }, { .Buffer = NULL } };
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL), file;
    OVERLAPPED at = { .hEvent = event };
    DWORD done = 0;

    fill(pages, 3 * 4096, 4);
    file = open_file("scatter", CREATE_ALWAYS, FILE_FLAG_OVERLAPPED | FILE_FLAG_NO_BUFFERING);
    saw_done("WriteFileGather", (WriteFileGather(file, parts, 8192, NULL, &at) || GetLastError() == ERROR_IO_PENDING)
             && GetOverlappedResult(file, &at, &done, TRUE));
    saw_content("... in this order", "scatter");
    memset(pages, 0, 3 * 4096);
    saw_done("ReadFileScatter", (ReadFileScatter(file, parts, 8192, NULL, &at) || GetLastError() == ERROR_IO_PENDING)
             && GetOverlappedResult(file, &at, &done, TRUE));
    saw("... got", "%lu, %02x %02x %02x", done, pages[0], pages[4096], pages[8192]);
    CloseHandle(file);
    CloseHandle(event);
    VirtualFree(pages, 0, MEM_RELEASE);
}

static void observe_attributes(void)
{
    FILETIME time = { 0x12345600, 0x01c80000 }, got = { 0, 0 };
    BY_HANDLE_FILE_INFORMATION info;
    WIN32_FILE_ATTRIBUTE_DATA data;
    HANDLE file;

    make_file("attributes", 300, 5);
    file = open_file("attributes", OPEN_EXISTING, 0);
    saw("type", "%lu", GetFileType(file));
    saw_done("set the time", SetFileTime(file, NULL, NULL, &time));
    CloseHandle(file);
    file = open_file("attributes", OPEN_EXISTING, 0);
    saw_done("get the time", GetFileTime(file, NULL, NULL, &got));
    saw("... it is", "%08lx%08lx", got.dwHighDateTime, got.dwLowDateTime & 0xffffff00);
    saw_done("by handle", GetFileInformationByHandle(file, &info));
    saw("... links and size", "%lu %lu", info.nNumberOfLinks, info.nFileSizeLow);
    CloseHandle(file);
    saw_done("read-only", SetFileAttributesA("attributes", FILE_ATTRIBUTE_READONLY));
    saw("... shows", "%d", (GetFileAttributesA("attributes") & FILE_ATTRIBUTE_READONLY) != 0);
    file = CreateFileA("attributes", GENERIC_WRITE, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    saw_done("... isn't opened for writing", file != INVALID_HANDLE_VALUE);
    saw_done("... nor deleted", DeleteFileA("attributes"));
    saw_done("... normal again", SetFileAttributesA("attributes", FILE_ATTRIBUTE_NORMAL));
    saw_done("GetFileAttributesEx", GetFileAttributesExA("attributes", GetFileExInfoStandard, &data));
    saw("... size, directory", "%lu %d", data.nFileSizeLow, (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0);
}

void observe_data(void)
{
    observe_dispositions();
    observe_lengths();
    observe_offsets();
    observe_scatter();
    observe_attributes();
}
