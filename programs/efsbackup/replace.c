/*
 * A file that is made beside the one that it replaces.
 *
 * What stands where a file is to be restored may be a link, of either kind, to a file elsewhere: opening it, and under
 * Wine deleting it too, would change that one. Renaming over it replaces the link itself; and what failed leaves the
 * old file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "security.h"
#include "tree.h"

#include <stddef.h>
#include <string.h>
#include <wchar.h>

#define NAME_TRIES 16

/* Whoever finds it knows that somebody is at work on it, as long as the handle is open, and also who looks from the
 * host or another Wine prefix, where no share mode is known. The place is one that no file reaches. False: it is taken
 * for one that was left behind. */
static bool hold(HANDLE made)
{
    OVERLAPPED last_byte = { .Offset = 0xfffffffe, .OffsetHigh = 0x7fffffff };
    BY_HANDLE_FILE_INFORMATION info;

    if (!LockFileEx(made, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &last_byte)
        && GetLastError() == ERROR_LOCK_VIOLATION)
        return false;
    return !GetFileInformationByHandle(made, &info) || info.nNumberOfLinks;
}

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
    _snwprintf(made + dir, 40, L"efsbackup-%08lx%016I64x", GetCurrentProcessId(),
               (ULONGLONG)now.QuadPart + (ULONG)InterlockedIncrement(&count));
    return made;
}

HANDLE replace_create(const WCHAR *path, DWORD access)
{
    HANDLE file = INVALID_HANDLE_VALUE;
    unsigned int tries;
    WCHAR *made;

    for (tries = 0; tries < NAME_TRIES && file == INVALID_HANDLE_VALUE; tries++)
    {
        if (!(made = replace_name(path)))
        {
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
            break;
        }
        file = CreateFileW(made, access, 0, NULL, CREATE_NEW, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT,
                           NULL);
        HeapFree(GetProcessHeap(), 0, made);
        if (file == INVALID_HANDLE_VALUE && GetLastError() != ERROR_FILE_EXISTS) break;
        if (file == INVALID_HANDLE_VALUE || hold(file)) continue;
        CloseHandle(file);
        file = INVALID_HANDLE_VALUE;
        SetLastError(ERROR_FILE_EXISTS);
    }
    return file;
}

DWORD replace_with(HANDLE made, const WCHAR *path)
{
    DWORD length = (DWORD)(wcslen(path) * sizeof(*path)),
    size = (DWORD)offsetof(FILE_RENAME_INFO, FileName) + length + sizeof(*path);
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

static DWORD copy_security(HANDLE from, HANDLE to)
{
    struct security security;
    DWORD code = security_read(from, &security);

    if (!code) code = security_write(to, &security);
    security_free(&security);
    return code;
}

HANDLE replace_open_raw(const WCHAR *made)
{
    HANDLE file = open_existing(made,
                                DELETE | READ_CONTROL | WRITE_DAC | WRITE_OWNER | FILE_READ_ATTRIBUTES
                                    | FILE_WRITE_ATTRIBUTES);

    if (file != INVALID_HANDLE_VALUE) hold(file);
    return file;
}

DWORD replace_raw(HANDLE made, const WCHAR *path, const FILE_BASIC_INFO *info, const struct security *security)
{
    DWORD code = restore_attributes(made, info);
    HANDLE old;

    /* Under Wine attributes and access lists are bits of one mode: so READONLY comes behind the list. Where no
     * descriptor was saved, who couldn't get at the old one can't get at the new one. */
    if (!code && security->length) code = security_write(made, security);
    else if (!code && (old = open_existing(path, READ_CONTROL)) != INVALID_HANDLE_VALUE)
    {
        code = copy_security(old, made);
        CloseHandle(old);
    }
    if (!code) code = restore_times(made, info);
    if (!code) code = replace_with(made, path);
    if (code) replace_discard(made);
    return code;
}
