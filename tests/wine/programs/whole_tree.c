/*
 * Trees of plain files, as a backup program sees them:
 *
 *   whole_tree.exe copy FROM TO       by BackupRead, and one BackupWrite context for each substream, as strarc does
 *   whole_tree.exe compare ONE OTHER  by Windows' own queries: names, attributes, times, security, content, holes,
 *                                     streams, extended attributes; prints what differs, and how much was looked at
 *   whole_tree.exe sparse FILE        marks it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <winioctl.h>
#include <winternl.h>

#define BUFFER 0x800000 /* bytes: more than any substream or stream of the test has */
#define PATH   0x8000
#define HEADER 20

/* so that advapi32.dll is loaded */
__declspec(dllimport) BOOL WINAPI EncryptionDisable(const WCHAR *dir, BOOL disable);
NTSTATUS NTAPI NtQueryEaFile(HANDLE file, IO_STATUS_BLOCK *io, void *buffer, ULONG length, BOOLEAN single, void *list,
                             ULONG list_length, ULONG *index, BOOLEAN restart);

static unsigned int failures, files, directories, streams, attributes, sparse, names;

static void complain(const WCHAR *path, const char *what)
{
    char name[PATH];

    WideCharToMultiByte(CP_UTF8, 0, path, -1, name, sizeof(name), NULL, NULL);
    printf("%s: %s (error %lu)\n", name, what, GetLastError());
    failures++;
}

static HANDLE open_it(const WCHAR *path, DWORD access, DWORD disposition)
{
    HANDLE file = CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, disposition,
                              FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);

    if (file == INVALID_HANDLE_VALUE) complain(path, "it can't be opened");
    return file;
}

static WCHAR *join(const WCHAR *dir, const WCHAR *name)
{
    WCHAR *path = malloc((wcslen(dir) + wcslen(name) + 2) * sizeof(*path));

    wcscpy(path, dir);
    wcscat(path, L"\\");
    wcscat(path, name);
    return path;
}

typedef void visit(const WCHAR *one, const WCHAR *other, const WIN32_FIND_DATAW *data);

/* Everything in `one`, and what has the same names in the other; a directory after what is in it. */
static void walk(const WCHAR *one, const WCHAR *other, visit *before, visit *after)
{
    WCHAR *pattern = join(one, L"*"), *a, *b;
    WIN32_FIND_DATAW data;
    HANDLE find = FindFirstFileW(pattern, &data);

    free(pattern);
    if (find == INVALID_HANDLE_VALUE)
    {
        complain(one, "it can't be listed");
        return;
    }
    do
    {
        if (!wcscmp(data.cFileName, L".") || !wcscmp(data.cFileName, L"..")) continue;
        a = join(one, data.cFileName);
        b = join(other, data.cFileName);
        if (before) before(a, b, &data);
        if (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) walk(a, b, before, after);
        if (after) after(a, b, &data);
        free(a);
        free(b);
    }
    while (FindNextFileW(find, &data));
    FindClose(find);
}

/* ---- copying ---- */

static BYTE *buffer, *buffer2;

static DWORD read_backup(const WCHAR *path)
{
    HANDLE file = open_it(path, GENERIC_READ | READ_CONTROL, OPEN_EXISTING);
    DWORD length = 0, got = 0;
    void *context = NULL;

    do
    {
        length += got;
        if (!BackupRead(file, buffer + length, BUFFER - length, &got, FALSE, TRUE, &context))
        {
            complain(path, "BackupRead");
            break;
        }
    }
    while (got);
    BackupRead(file, NULL, 0, &got, TRUE, TRUE, &context);
    CloseHandle(file);
    return length;
}

static void write_substreams(const WCHAR *path, HANDLE file, DWORD length)
{
    WIN32_STREAM_ID header;
    DWORD at, size, done;
    void *context;

    for (at = 0; at < length; at += size)
    {
        memcpy(&header, buffer + at, HEADER);
        size = HEADER + header.dwStreamNameSize + (DWORD)header.Size.QuadPart;
        context = NULL;
        if (!BackupWrite(file, buffer + at, size, &done, FALSE, TRUE, &context) || done != size)
            complain(path, "BackupWrite");
        if (!BackupWrite(file, NULL, 0, &done, TRUE, TRUE, &context)) complain(path, "BackupWrite ends");
    }
}

static void restore(const WCHAR *from, const WCHAR *to, const WIN32_FIND_DATAW *data)
{
    DWORD length = read_backup(from), access = GENERIC_READ | GENERIC_WRITE | WRITE_DAC | WRITE_OWNER;
    BOOL directory = (data->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    HANDLE file = open_it(to, access, directory ? OPEN_EXISTING : CREATE_NEW);

    if (file == INVALID_HANDLE_VALUE) return;
    write_substreams(to, file, length);
    CloseHandle(file);
    if (!SetFileAttributesW(to, data->dwFileAttributes & ~(DWORD)FILE_ATTRIBUTE_SPARSE_FILE))
        complain(to, "its attributes can't be set");
    file = open_it(to, FILE_WRITE_ATTRIBUTES, OPEN_EXISTING);
    if (!SetFileTime(file, &data->ftCreationTime, NULL, &data->ftLastWriteTime)) complain(to, "its times can't be set");
    CloseHandle(file);
}

static void copy_before(const WCHAR *from, const WCHAR *to, const WIN32_FIND_DATAW *data)
{
    if (data->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
    {
        if (!CreateDirectoryW(to, NULL)) complain(to, "it can't be made");
    }
    else restore(from, to, data);
}

static void copy_after(const WCHAR *from, const WCHAR *to, const WIN32_FIND_DATAW *data)
{
    if (data->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) restore(from, to, data);
}

/* ---- comparing ---- */

static DWORD read_all(const WCHAR *path, BYTE *to)
{
    HANDLE file = open_it(path, GENERIC_READ, OPEN_EXISTING);
    DWORD got = 0;

    if (!ReadFile(file, to, BUFFER, &got, NULL)) complain(path, "it can't be read");
    CloseHandle(file);
    return got;
}

static void compare_content(const WCHAR *one, const WCHAR *other)
{
    DWORD length = read_all(one, buffer), length2 = read_all(other, buffer2);

    if (length != length2 || memcmp(buffer, buffer2, length)) complain(other, "other content");
}

/* Its streams, each compared with the other's of that name: how many. */
static unsigned int compare_streams(const WCHAR *one, const WCHAR *other, BOOL contents)
{
    WIN32_FIND_STREAM_DATA data;
    HANDLE find = FindFirstStreamW(one, FindStreamInfoStandard, &data, 0);
    unsigned int count = 0;
    WCHAR a[PATH], b[PATH];

    if (find == INVALID_HANDLE_VALUE)
    {
        if (GetLastError() != ERROR_HANDLE_EOF) complain(one, "FindFirstStreamW");
        return 0;
    }
    do
    {
        count++;
        if (!contents || !wcscmp(data.cStreamName, L"::$DATA")) continue;
        swprintf(a, PATH, L"%ls%ls", one, data.cStreamName);
        swprintf(b, PATH, L"%ls%ls", other, data.cStreamName);
        compare_content(a, b);
        streams++;
    }
    while (FindNextStreamW(find, &data));
    FindClose(find);
    return count;
}

static DWORD get_eas(const WCHAR *path, BYTE *to)
{
    HANDLE file = open_it(path, FILE_READ_EA, OPEN_EXISTING);
    IO_STATUS_BLOCK io = { .Information = 0 };
    NTSTATUS status = NtQueryEaFile(file, &io, to, BUFFER, FALSE, NULL, 0, NULL, TRUE);

    CloseHandle(file);
    return status ? 0 : (DWORD)io.Information;
}

static DWORD get_ranges(const WCHAR *path, BYTE *to)
{
    FILE_ALLOCATED_RANGE_BUFFER all = { .FileOffset.QuadPart = 0, .Length.QuadPart = 0x7fffffff };
    HANDLE file = open_it(path, GENERIC_READ, OPEN_EXISTING);
    DWORD got = 0;

    if (!DeviceIoControl(file, FSCTL_QUERY_ALLOCATED_RANGES, &all, sizeof(all), to, BUFFER, &got, NULL))
        complain(path, "FSCTL_QUERY_ALLOCATED_RANGES");
    CloseHandle(file);
    return got;
}

#define PARTS (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION)

static DWORD get_descriptor(const WCHAR *path, BYTE *to)
{
    DWORD length = 0;

    if (!GetFileSecurityW(path, PARTS, to, BUFFER, &length)) complain(path, "GetFileSecurityW");
    return length;
}

static DWORD compare_part(const WCHAR *one, const WCHAR *other, DWORD (*get)(const WCHAR *path, BYTE *to),
                          const char *what)
{
    DWORD length = get(one, buffer), length2 = get(other, buffer2);

    if (length != length2 || memcmp(buffer, buffer2, length)) complain(other, what);
    return length;
}

static void compare(const WCHAR *one, const WCHAR *other, const WIN32_FIND_DATAW *data)
{
    BOOL directory = (data->dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    WIN32_FILE_ATTRIBUTE_DATA a, b;

    if (!GetFileAttributesExW(one, GetFileExInfoStandard, &a)
        || !GetFileAttributesExW(other, GetFileExInfoStandard, &b))
    {
        complain(other, "it isn't there");
        return;
    }
    directory ? directories++ : files++;
    if (a.dwFileAttributes != b.dwFileAttributes) complain(other, "other attributes");
    if (a.nFileSizeLow != b.nFileSizeLow || a.nFileSizeHigh != b.nFileSizeHigh) complain(other, "another size");
    if (memcmp(&a.ftLastWriteTime, &b.ftLastWriteTime, sizeof(a.ftLastWriteTime))) complain(other, "another time");
    if (compare_streams(one, other, TRUE) != compare_streams(other, one, FALSE)) complain(other, "not as many streams");
    if (compare_part(one, other, get_eas, "other extended attributes")) attributes++;
    compare_part(one, other, get_descriptor, "another descriptor");
    if (directory) return;
    compare_content(one, other);
    if (a.dwFileAttributes & FILE_ATTRIBUTE_SPARSE_FILE)
    {
        sparse++;
        compare_part(one, other, get_ranges, "other holes");
    }
}

static void count_names(const WCHAR *one, const WCHAR *other, const WIN32_FIND_DATAW *data)
{
    (void)data;
    names++;
    if (GetFileAttributesW(other) == INVALID_FILE_ATTRIBUTES) complain(one, "nobody has saved it");
}

/* ---- */

static void mark(const WCHAR *path)
{
    HANDLE file = open_it(path, GENERIC_WRITE, OPEN_EXISTING);
    DWORD got;

    if (!DeviceIoControl(file, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &got, NULL)) complain(path, "FSCTL_SET_SPARSE");
    CloseHandle(file);
}

int main(void)
{
    int argc;
    WCHAR **argv = CommandLineToArgvW(GetCommandLineW(), &argc), one[PATH], other[PATH];

    if (argc < 3) return 2;
    EncryptionDisable(L"C:\\no such folder", FALSE);
    buffer = malloc(BUFFER);
    buffer2 = malloc(BUFFER);
    swprintf(one, PATH, L"\\\\?\\%ls", argv[2]);
    if (argc > 3) swprintf(other, PATH, L"\\\\?\\%ls", argv[3]);
    if (argc == 3) mark(one);
    else if (!wcscmp(argv[1], L"copy"))
    {
        if (!CreateDirectoryW(other, NULL)) complain(other, "it can't be made");
        walk(one, other, copy_before, copy_after);
    }
    else
    {
        walk(one, other, compare, NULL);
        walk(other, one, count_names, NULL);
        printf("%u files, %u directories, %u streams, %u with attributes, %u sparse, %u names, %u failures\n", files,
               directories, streams, attributes, sparse, names, failures);
    }
    return failures != 0;
}
