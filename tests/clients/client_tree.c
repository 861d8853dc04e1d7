/*
 * A tree with everything in it that a backup is to bring back, and what a program finds in such a tree.
 *
 *   client_tree make DIR [short]    makes it in DIR, which is there; short: no path above MAX_PATH. Encrypted files are
 *                            put into it on the host
 *   client_tree facts DIR    prints FEATURE<tab>PATH<tab>VALUE for each that a file or directory in DIR has
 *   client_tree hold FILE    holds a file so that no other program can open it, until its input ends; prints "held"
 *
 * Contents are given as sizes and FNV-1a hashes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define _WIN32_WINNT 0x0601
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
#include <winioctl.h>
#include <winternl.h>
#include <sddl.h>
#include <winefs.h>

#define PATH_SIZE 2048
#define EA_SIZE 0x10000
#define RANGES 64

NTSTATUS NTAPI NtQueryEaFile(HANDLE file, IO_STATUS_BLOCK *io, void *buffer, ULONG length, BOOLEAN single, void *list,
                             ULONG list_length, ULONG *index, BOOLEAN restart);
NTSTATUS NTAPI NtSetEaFile(HANDLE file, IO_STATUS_BLOCK *io, void *buffer, ULONG length);

static void stop(const char *what, const WCHAR *path)
{
    fprintf(stderr, "%s %ls: error %lu\n", what, path, GetLastError());
    exit(1);
}

static HANDLE open_it(const WCHAR *path, DWORD access, DWORD disposition)
{
    return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, disposition,
                       FILE_FLAG_BACKUP_SEMANTICS, NULL);
}

/* ---- make ---- */

/* The same bytes each time, and other ones for each seed. */
static HANDLE make_file(const WCHAR *path, DWORD size, unsigned int seed)
{
    HANDLE file = open_it(path, GENERIC_READ | GENERIC_WRITE | WRITE_DAC, CREATE_ALWAYS);
    BYTE buffer[4096];
    DWORD done, i, part;

    if (file == INVALID_HANDLE_VALUE) stop("create", path);
    for (; size; size -= part)
    {
        part = min(size, sizeof(buffer));
        for (i = 0; i < part; i++) buffer[i] = (BYTE)((seed = seed * 1103515245 + 12345) >> 16);
        if (!WriteFile(file, buffer, part, &done, NULL) || done != part) stop("write", path);
    }
    return file;
}

static void join(WCHAR *path, const WCHAR *dir, const WCHAR *name)
{
    swprintf(path, PATH_SIZE, L"%ls\\%ls", dir, name);
}

/* 2001-11-11, with a fraction of a second that only a clock of 100 ns has */
static void set_times(const WCHAR *path, unsigned int number)
{
    FILETIME creation = { 0x12345678, 0x01c16a00 + number }, write = { 0x3456789a, 0x01c16b00 + number };
    HANDLE file = open_it(path, FILE_WRITE_ATTRIBUTES, OPEN_EXISTING);

    if (file == INVALID_HANDLE_VALUE || !SetFileTime(file, &creation, &write, &write)) stop("times of", path);
    CloseHandle(file);
}

static void set_eas(HANDLE file, const WCHAR *path)
{
    /* FILE_FULL_EA_INFORMATION: next entry, flags, length of the name, length of the value, name, value */
    static const BYTE entries[] = { 16, 0, 0, 0, 0, 3, 4, 0, 'O', 'N', 'E', 0, 'f', 'o', 'u', 'r',
                                    0, 0, 0, 0, 0, 5, 2, 0, 'O', 'T', 'H', 'E', 'R', 0, 'a', 'b' };
    IO_STATUS_BLOCK io;

    if (NtSetEaFile(file, &io, (void *)entries, sizeof(entries))) stop("extended attributes of", path);
}

static void set_access(HANDLE file, const WCHAR *path)
{
    PSECURITY_DESCRIPTOR descriptor;

    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(L"D:P(A;;FA;;;BA)(A;;FR;;;WD)", SDDL_REVISION_1,
                                                              &descriptor, NULL)
        || !SetKernelObjectSecurity(file, DACL_SECURITY_INFORMATION, descriptor))
        stop("access list of", path);
    LocalFree(descriptor);
}

static void make_holes(HANDLE file, const WCHAR *path)
{
    DWORD done;

    if (!DeviceIoControl(file, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &done, NULL)
        || SetFilePointer(file, 4 << 20, NULL, FILE_BEGIN) == INVALID_SET_FILE_POINTER
        || !WriteFile(file, "a block behind a hole", 22, &done, NULL)
        || SetFilePointer(file, 8 << 20, NULL, FILE_BEGIN) == INVALID_SET_FILE_POINTER || !SetEndOfFile(file))
        stop("holes of", path);
}

static void make_directory(WCHAR *path, const WCHAR *dir, const WCHAR *name)
{
    join(path, dir, name);
    if (!CreateDirectoryW(path, NULL)) stop("create", path);
}

/* Each level has 40 letters: 12 are above MAX_PATH. */
static void make_deep(const WCHAR *root, int levels)
{
    WCHAR path[PATH_SIZE], next[PATH_SIZE];
    int i;

    swprintf(path, PATH_SIZE, L"\\\\?\\%ls", root);
    for (i = 0; i < levels; i++)
    {
        make_directory(next, path, L"a directory whose name has forty letters");
        wcscpy(path, next);
    }
    join(next, path, L"file");
    CloseHandle(make_file(next, 100, 77));
}

static void make_tree(const WCHAR *root, int levels)
{
    static const struct { const WCHAR *name; DWORD size, attributes; } files[] =
    {
        { L"plain", 100000, FILE_ATTRIBUTE_NORMAL }, { L"empty", 0, FILE_ATTRIBUTE_NORMAL },
        { L"one byte", 1, FILE_ATTRIBUTE_NORMAL }, { L"read-only", 5000, FILE_ATTRIBUTE_READONLY },
        { L"hidden", 5000, FILE_ATTRIBUTE_HIDDEN }, { L"system", 5000, FILE_ATTRIBUTE_SYSTEM },
        { L"archive", 5000, FILE_ATTRIBUTE_ARCHIVE }, { L"gr\u00fc\u00df dich \u4f60\u597d", 3000,
                                                        FILE_ATTRIBUTE_NORMAL },
        { L"streams", 1000, FILE_ATTRIBUTE_NORMAL }, { L"attributes", 1000, FILE_ATTRIBUTE_NORMAL },
        { L"access", 1000, FILE_ATTRIBUTE_NORMAL }, { L"sparse", 0, FILE_ATTRIBUTE_NORMAL },
        { L"held", 30000, FILE_ATTRIBUTE_NORMAL }, { L"z changing", 30000, FILE_ATTRIBUTE_NORMAL },
        { L"large", 64 << 20, FILE_ATTRIBUTE_NORMAL },
    };
    WCHAR path[PATH_SIZE], stream[PATH_SIZE + 16];
    unsigned int i;
    HANDLE file;

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
    {
        join(path, root, files[i].name);
        file = make_file(path, files[i].size, i + 1);
        if (!wcscmp(files[i].name, L"attributes")) set_eas(file, path);
        if (!wcscmp(files[i].name, L"access")) set_access(file, path);
        if (!wcscmp(files[i].name, L"sparse")) make_holes(file, path);
        CloseHandle(file);
        if (!wcscmp(files[i].name, L"streams"))
        {
            swprintf(stream, PATH_SIZE + 16, L"%ls:first", path);
            CloseHandle(make_file(stream, 500, 100));
            swprintf(stream, PATH_SIZE + 16, L"%ls:second", path);
            CloseHandle(make_file(stream, 200000, 101));
        }
        set_times(path, i);
        if (!SetFileAttributesW(path, files[i].attributes)) stop("attributes of", path);
    }
    make_deep(root, levels);
    make_directory(path, root, L"no files");
    set_times(path, 50);
    make_directory(path, root, L"hidden directory");
    set_times(path, 51);
    if (!SetFileAttributesW(path, FILE_ATTRIBUTE_HIDDEN)) stop("attributes of", path);
}

/* ---- facts ---- */

struct hash
{
    unsigned long long value, size;
};

static void begin_hash(struct hash *hash)
{
    hash->value = 0xcbf29ce484222325;
    hash->size = 0;
}

static void add_to_hash(struct hash *hash, const BYTE *bytes, ULONG size)
{
    ULONG i;

    for (i = 0; i < size; i++) hash->value = (hash->value ^ bytes[i]) * 0x100000001b3;
    hash->size += size;
}

static void tell(const char *feature, const WCHAR *path, const WCHAR *format, ...)
{
    static WCHAR line[EA_SIZE];
    static char utf8[4 * EA_SIZE];
    va_list args;
    int used = swprintf(line, PATH_SIZE + 400, L"%hs\t%ls\t", feature, *path ? path : L".");

    va_start(args, format);
    used += vswprintf(line + used, EA_SIZE - (size_t)used - 2, format, args);
    va_end(args);
    wcscpy(line + used, L"\n");
    WideCharToMultiByte(CP_UTF8, 0, line, -1, utf8, sizeof(utf8), NULL, NULL);
    fputs(utf8, stdout);
}

static void tell_content(const char *feature, const WCHAR *path, const WCHAR *full)
{
    HANDLE file = open_it(full, GENERIC_READ, OPEN_EXISTING);
    static BYTE buffer[1 << 16];
    struct hash hash;
    DWORD got = 0;

    if (file == INVALID_HANDLE_VALUE)
    {
        tell(feature, path, L"error %lu", GetLastError());
        return;
    }
    begin_hash(&hash);
    while (ReadFile(file, buffer, sizeof(buffer), &got, NULL) && got) add_to_hash(&hash, buffer, got);
    if (got) tell(feature, path, L"error %lu after %llu", GetLastError(), hash.size);
    else tell(feature, path, L"%llu bytes, %016llx", hash.size, hash.value);
    CloseHandle(file);
}

static DWORD CALLBACK hash_raw(BYTE *data, void *context, ULONG length)
{
    add_to_hash(context, data, length);
    return 0;
}

static void tell_raw(const WCHAR *path, const WCHAR *full)
{
    void *context = NULL;
    struct hash hash;
    DWORD err;

    begin_hash(&hash);
    if (!(err = OpenEncryptedFileRawW(full, 0, &context)))
    {
        err = ReadEncryptedFileRaw(hash_raw, &hash, context);
        CloseEncryptedFileRaw(context);
    }
    if (err) tell("encrypted content", path, L"error %lu", err);
    else tell("encrypted content", path, L"%llu bytes, %016llx", hash.size, hash.value);
}

static void tell_streams(const WCHAR *path, const WCHAR *full)
{
    WCHAR name[PATH_SIZE + 300], shown[PATH_SIZE + 300];
    WIN32_FIND_STREAM_DATA data;
    HANDLE find = FindFirstStreamW(full, FindStreamInfoStandard, &data, 0);

    if (find == INVALID_HANDLE_VALUE) return;
    do
    {
        if (!wcscmp(data.cStreamName, L"::$DATA")) continue;
        swprintf(name, PATH_SIZE + 300, L"%ls%ls", full, data.cStreamName);
        swprintf(shown, PATH_SIZE + 300, L"%ls%ls", path, data.cStreamName);
        tell_content("streams", shown, name);
    } while (FindNextStreamW(find, &data));
    FindClose(find);
}

/* One line for each, so that their order doesn't matter. */
static void tell_eas(HANDLE file, const WCHAR *path)
{
    static BYTE buffer[EA_SIZE];
    WCHAR shown[PATH_SIZE + 300];
    IO_STATUS_BLOCK io;
    struct hash hash;
    ULONG at = 0, next = 1;

    memset(buffer, 0, sizeof(buffer));
    if (NtQueryEaFile(file, &io, buffer, sizeof(buffer) - 1, FALSE, NULL, 0, NULL, TRUE)) return;
    for (; next; at += next)
    {
        memcpy(&next, buffer + at, sizeof(next));
        begin_hash(&hash);
        add_to_hash(&hash, buffer + at + 9 + buffer[at + 5], buffer[at + 6] + 256u * buffer[at + 7]);
        swprintf(shown, PATH_SIZE + 300, L"%ls, %hs", path, (char *)buffer + at + 8);
        tell("extended attributes", shown, L"%llu bytes, %016llx", hash.size, hash.value);
    }
}

static void tell_holes(const WCHAR *path, const WCHAR *full)
{
    HANDLE file = open_it(full, GENERIC_READ, OPEN_EXISTING);
    FILE_ALLOCATED_RANGE_BUFFER all = { .Length.QuadPart = 1LL << 40 }, ranges[RANGES];
    WCHAR text[RANGES * 40] = L"";
    DWORD done = 0, i;
    int used = 0;

    if (!DeviceIoControl(file, FSCTL_QUERY_ALLOCATED_RANGES, &all, sizeof(all), ranges, sizeof(ranges), &done, NULL))
    {
        tell("holes", path, L"error %lu", GetLastError());
        CloseHandle(file);
        return;
    }
    for (i = 0; i < done / sizeof(ranges[0]); i++)
        used += swprintf(text + used, RANGES * 40 - (size_t)used, L"%lld+%lld ", ranges[i].FileOffset.QuadPart,
                         ranges[i].Length.QuadPart);
    tell("holes", path, L"%ls", text);
    CloseHandle(file);
}

static void tell_descriptor(HANDLE file, const WCHAR *path)
{
    static const SECURITY_INFORMATION parts = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION
        | DACL_SECURITY_INFORMATION;
    static BYTE descriptor[1 << 16];
    DWORD needed;
    WCHAR *text;

    if (!GetKernelObjectSecurity(file, parts, descriptor, sizeof(descriptor), &needed)
        || !ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, SDDL_REVISION_1, parts, &text, NULL))
    {
        tell("descriptors", path, L"error %lu", GetLastError());
        return;
    }
    tell("descriptors", path, L"%ls", text);
    LocalFree(text);
}

static void tell_entry(const WCHAR *path, const WCHAR *full, DWORD attributes)
{
    HANDLE file = open_it(full, FILE_READ_ATTRIBUTES | READ_CONTROL | FILE_READ_EA, OPEN_EXISTING);
    const char *of = attributes & FILE_ATTRIBUTE_ENCRYPTED ? "encrypted " : attributes & FILE_ATTRIBUTE_DIRECTORY
        ? "directories " : "";
    char feature[64];
    FILETIME times[3];

    if (attributes & FILE_ATTRIBUTE_ENCRYPTED) tell_raw(path, full);
    else if (!(attributes & FILE_ATTRIBUTE_DIRECTORY)) tell_content("contents", path, full);
    snprintf(feature, sizeof(feature), "%sattributes", of);
    /* the mark of a sparse file goes with its holes */
    tell(feature, path, L"%#lx", attributes
         & ~(DWORD)(FILE_ATTRIBUTE_NORMAL | FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_SPARSE_FILE));
    snprintf(feature, sizeof(feature), "%sarchive bit", of);
    tell(feature, path, L"%lu", attributes & FILE_ATTRIBUTE_ARCHIVE);
    if (file == INVALID_HANDLE_VALUE)
    {
        tell("open", path, L"error %lu", GetLastError());
        return;
    }
    GetFileTime(file, &times[0], &times[1], &times[2]);
    snprintf(feature, sizeof(feature), "%stime of the last write", of);
    tell(feature, path, L"%llu", (unsigned long long)times[2].dwHighDateTime << 32 | times[2].dwLowDateTime);
    snprintf(feature, sizeof(feature), "%stime of creation", of);
    tell(feature, path, L"%llu", (unsigned long long)times[0].dwHighDateTime << 32 | times[0].dwLowDateTime);
    tell_descriptor(file, path);
    if (!(attributes & FILE_ATTRIBUTE_ENCRYPTED))
    {
        tell_streams(path, full);
        tell_eas(file, path);
        if (attributes & FILE_ATTRIBUTE_SPARSE_FILE) tell_holes(path, full);
    }
    CloseHandle(file);
}

static void tell_tree(const WCHAR *full, const WCHAR *path)
{
    WCHAR *pattern = malloc(3 * PATH_SIZE * sizeof(WCHAR)), *child = pattern + PATH_SIZE, *shown = child + PATH_SIZE;
    WIN32_FIND_DATAW data;
    HANDLE find;

    join(pattern, full, L"*");
    find = FindFirstFileW(pattern, &data);
    if (find == INVALID_HANDLE_VALUE) stop("list", full);
    do
    {
        if (!wcscmp(data.cFileName, L".") || !wcscmp(data.cFileName, L"..")) continue;
        join(child, full, data.cFileName);
        swprintf(shown, PATH_SIZE, L"%ls%ls%ls", path, *path ? L"/" : L"", data.cFileName);
        tell_entry(shown, child, data.dwFileAttributes);
        if (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) tell_tree(child, shown);
    } while (FindNextFileW(find, &data));
    FindClose(find);
    free(pattern);
}

/* ---- hold ---- */

static int hold(const WCHAR *path)
{
    HANDLE file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE) stop("open", path);
    puts("held");
    fflush(stdout);
    while (getchar() != EOF) {}
    return 0;
}

int wmain(int argc, WCHAR **argv)
{
    WCHAR full[PATH_SIZE];

    if (argc == 3 && !wcscmp(argv[1], L"hold")) return hold(argv[2]);
    if ((argc == 3 || (argc == 4 && !wcscmp(argv[3], L"short"))) && !wcscmp(argv[1], L"make"))
    {
        make_tree(argv[2], argc == 4 ? 4 : 12);
        return 0;
    }
    if (argc == 3 && !wcscmp(argv[1], L"facts"))
    {
        swprintf(full, PATH_SIZE, L"\\\\?\\%ls", argv[2]);
        tell_tree(full, L"");
        return fflush(stdout) != 0;
    }
    fputs("usage: client_tree make DIR [short] | facts DIR | hold FILE\n", stderr);
    return 2;
}
