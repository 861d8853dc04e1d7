/*
 * A program that imports kernel32 and the C runtime alone, as many console tools do, and looks at a file.
 *
 * bare ENCRYPTED PLAIN COPY: prints what it gets of ENCRYPTED; saves PLAIN by BackupRead, as COPY.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <windows.h>

static DWORD try_access(const char *name, DWORD access, DWORD disposition)
{
    HANDLE file = CreateFileA(name, access, FILE_SHARE_READ, NULL, disposition, 0, NULL);

    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    CloseHandle(file);
    return ERROR_SUCCESS;
}

static const char *find_entry(const char *name)
{
    WIN32_FIND_DATAA data;
    HANDLE find = FindFirstFileA(name, &data);

    if (find == INVALID_HANDLE_VALUE) return "no such file";
    FindClose(find);
    return data.dwFileAttributes & FILE_ATTRIBUTE_ENCRYPTED ? "yes" : "no";
}

static DWORD map(const char *name)
{
    HANDLE file = CreateFileA(name, FILE_READ_ATTRIBUTES, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL), copy, mapping;
    DWORD err = ERROR_SUCCESS;

    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    if (!DuplicateHandle(GetCurrentProcess(), file, GetCurrentProcess(), &copy, GENERIC_READ, FALSE, 0))
        err = GetLastError();
    else if (!(mapping = CreateFileMappingA(copy, NULL, PAGE_READONLY, 0, 0, NULL))) err = GetLastError();
    else CloseHandle(mapping);
    CloseHandle(file);
    return err;
}

static DWORD save(const char *name, const char *copy)
{
    HANDLE file = CreateFileA(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS,
                              NULL);
    FILE *out = fopen(copy, "wb");
    static BYTE buffer[4096];
    void *context = NULL;
    DWORD got, err = ERROR_SUCCESS;

    if (file == INVALID_HANDLE_VALUE || !out) return ERROR_OPEN_FAILED;
    do
    {
        if (!BackupRead(file, buffer, sizeof(buffer), &got, FALSE, FALSE, &context)) err = GetLastError();
        else if (fwrite(buffer, 1, got, out) != got) err = ERROR_DISK_FULL;
    }
    while (!err && got);
    BackupRead(file, NULL, 0, &got, TRUE, FALSE, &context);
    CloseHandle(file);
    if (fclose(out) && !err) err = ERROR_DISK_FULL;
    return err;
}

int main(int argc, char **argv)
{
    DWORD attributes;

    if (argc != 4) return 2;
    printf("advapi32: %s\n", GetModuleHandleA("advapi32.dll") ? "loaded" : "not loaded");
    attributes = GetFileAttributesA(argv[1]);
    printf("encrypted by attribute: %s\n",
           attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_ENCRYPTED) ? "yes" : "no");
    printf("encrypted by listing: %s\n", find_entry(argv[1]));
    printf("read: error %lu\n", try_access(argv[1], GENERIC_READ, OPEN_EXISTING));
    printf("append: error %lu\n", try_access(argv[1], FILE_APPEND_DATA, OPEN_ALWAYS));
    printf("write: error %lu\n", try_access(argv[1], GENERIC_WRITE, OPEN_EXISTING));
    printf("map: error %lu\n", map(argv[1]));
    printf("save: error %lu\n", save(argv[2], argv[3]));
    return 0;
}
