/*
 * A file that is made beside the one that it replaces.
 *
 * What stands where a file is to be restored may be a link, of either kind, to a file elsewhere: opening it, and under Wine
 * deleting it too, would change that one. Renaming over it replaces the link itself; and what failed leaves the old file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree.h"

#include <stddef.h>
#include <string.h>
#include <wchar.h>

#define SECURITY_MAX 0x20200 /* bytes of a header and the largest descriptor */

WCHAR *replace_name(const WCHAR *path)
{
    static volatile LONG count;
    const WCHAR *name = wcsrchr(path, '\\');
    size_t dir = name ? (size_t)(name + 1 - path) : 0;
    WCHAR *made = HeapAlloc(GetProcessHeap(), 0, (dir + 40) * sizeof(*made));
    LARGE_INTEGER now;

    if (!made) return NULL;
    QueryPerformanceCounter(&now);
    memcpy(made, path, dir * sizeof(*made));
    _snwprintf(made + dir, 40, L"efsbackup-%08lx%016I64x", GetCurrentProcessId(), (ULONGLONG)now.QuadPart + (ULONG)InterlockedIncrement(&count));
    return made;
}

DWORD replace_with(HANDLE made, const WCHAR *path)
{
    DWORD length = (DWORD)(wcslen(path) * sizeof(*path)), size = (DWORD)offsetof(FILE_RENAME_INFO, FileName) + length + sizeof(*path);
    DWORD attributes = GetFileAttributesW(path), code = ERROR_SUCCESS;
    FILE_RENAME_INFO *info;

    if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_READONLY)) return ERROR_ACCESS_DENIED;
    if (!(info = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size))) return ERROR_NOT_ENOUGH_MEMORY;
    info->ReplaceIfExists = TRUE;
    info->FileNameLength = length;
    memcpy(info->FileName, path, length);
    if (!SetFileInformationByHandle(made, FileRenameInfo, info, size)) code = GetLastError();
    HeapFree(GetProcessHeap(), 0, info);
    return code;
}

void replace_discard(HANDLE made)
{
    FILE_BASIC_INFO basic = { .FileAttributes = FILE_ATTRIBUTE_NORMAL }; /* a read-only one would stay */
    FILE_DISPOSITION_INFO info = { TRUE };

    SetFileInformationByHandle(made, FileBasicInfo, &basic, sizeof(basic));
    SetFileInformationByHandle(made, FileDispositionInfo, &info, sizeof(info));
}

static HANDLE open_existing(const WCHAR *path, DWORD access)
{
    return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                       FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
}

/* The first substream of the one into the other. */
static DWORD copy_security(HANDLE from, HANDLE to)
{
    BYTE *buffer = HeapAlloc(GetProcessHeap(), 0, SECURITY_MAX);
    WIN32_STREAM_ID *header = (WIN32_STREAM_ID *)buffer;
    const DWORD header_size = offsetof(WIN32_STREAM_ID, cStreamName);
    void *context = NULL, *target = NULL;
    DWORD length, code = ERROR_SUCCESS;

    if (!buffer) return ERROR_NOT_ENOUGH_MEMORY;
    if (!BackupRead(from, buffer, header_size, &length, FALSE, TRUE, &context)) code = GetLastError();
    else if (length != header_size || header->dwStreamId != BACKUP_SECURITY_DATA || header->Size.QuadPart > SECURITY_MAX - header_size)
        code = ERROR_INVALID_DATA;
    else if (!BackupRead(from, buffer + header_size, header->Size.LowPart, &length, FALSE, TRUE, &context)) code = GetLastError();
    else if (!BackupWrite(to, buffer, header_size + length, &length, FALSE, TRUE, &target)) code = GetLastError();
    if (target && !BackupWrite(to, NULL, 0, &length, TRUE, TRUE, &target) && !code) code = GetLastError();
    if (context) BackupRead(from, NULL, 0, &length, TRUE, TRUE, &context);
    HeapFree(GetProcessHeap(), 0, buffer);
    return code;
}

DWORD replace_raw(const WCHAR *made, const WCHAR *path, const FILE_BASIC_INFO *info)
{
    HANDLE file = open_existing(made, DELETE | READ_CONTROL | WRITE_DAC | WRITE_OWNER | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES), old;
    DWORD code = restore_info(made, info, true);

    if (file == INVALID_HANDLE_VALUE)
    {
        if (!code) code = GetLastError();
        DeleteFileW(made);
        return code;
    }
    /* Who couldn't get at the old one can't get at the new one. Under Wine attributes and access lists are bits of one mode: so
     * READONLY comes once more behind the list. */
    if (!code && (old = open_existing(path, READ_CONTROL)) != INVALID_HANDLE_VALUE)
    {
        code = copy_security(old, file);
        CloseHandle(old);
        if (!code) code = restore_info(made, info, false);
    }
    if (!code) code = replace_with(file, path);
    if (code) replace_discard(file);
    CloseHandle(file);
    return code;
}
