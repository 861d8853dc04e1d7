/*
 * Attributes and times of what is restored.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree.h"

#define SETTABLE (FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE \
                  | FILE_ATTRIBUTE_TEMPORARY | FILE_ATTRIBUTE_OFFLINE | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED)

/* All but READONLY, where they aren't so already: under Wine attributes that are set change what others may do with the
 * file. So they come before the stream, which says that. */
DWORD restore_attributes(HANDLE file, const FILE_BASIC_INFO *info)
{
    FILE_BASIC_INFO now;
    DWORD wanted = info->FileAttributes & SETTABLE & ~(DWORD)FILE_ATTRIBUTE_READONLY;

    if (!GetFileInformationByHandleEx(file, FileBasicInfo, &now, sizeof(now))) return GetLastError();
    if ((now.FileAttributes & SETTABLE & ~(DWORD)FILE_ATTRIBUTE_READONLY) == wanted) return ERROR_SUCCESS;
    /* 0 would leave them as they are */
    now = (FILE_BASIC_INFO){ .FileAttributes = wanted ? wanted : FILE_ATTRIBUTE_NORMAL };
    return SetFileInformationByHandle(file, FileBasicInfo, &now, sizeof(now)) ? ERROR_SUCCESS : GetLastError();
}

/* READONLY, which would be in the way of what is restored, and times come last. */
DWORD restore_times(HANDLE file, const FILE_BASIC_INFO *info)
{
    FILE_BASIC_INFO now, last = *info;

    if (!GetFileInformationByHandleEx(file, FileBasicInfo, &now, sizeof(now))) return GetLastError();
    if (now.FileAttributes & FILE_ATTRIBUTE_READONLY) last.FileAttributes &= ~(DWORD)FILE_ATTRIBUTE_READONLY;
    if (last.FileAttributes & FILE_ATTRIBUTE_READONLY) last.FileAttributes &= SETTABLE;
    else last.FileAttributes = 0;
    last.ChangeTime.QuadPart = 0;
    return SetFileInformationByHandle(file, FileBasicInfo, &last, sizeof(last)) ? ERROR_SUCCESS : GetLastError();
}

DWORD restore_info(const WCHAR *file, const FILE_BASIC_INFO *info, bool attributes)
{
    WCHAR *path = usable_path(file);
    HANDLE handle;
    DWORD code;

    if (!path) return GetLastError();
    handle = CreateFileW(path, FILE_WRITE_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                         OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    HeapFree(GetProcessHeap(), 0, path);
    if (handle == INVALID_HANDLE_VALUE) return GetLastError();
    code = attributes ? restore_attributes(handle, info) : ERROR_SUCCESS;
    if (!code) code = restore_times(handle, info);
    CloseHandle(handle);
    return code;
}
