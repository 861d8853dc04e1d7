/*
 * What a file is to EFS.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "file_status.h"

#include "desktop_ini.h"
#include "visible/guard.h"
#include "raw/open.h"
#include "wine/unixcall.h"
#include "visible/view.h"

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

static BOOL has_prefix(const WCHAR *name, const WCHAR *prefix)
{
    int length = lstrlenW(prefix);

    return lstrlenW(name) >= length && CompareStringOrdinal(name, length, prefix, length, TRUE) == CSTR_EQUAL;
}

static WCHAR *get_full_name(const WCHAR *name)
{
    DWORD size = GetFullPathNameW(name, 0, NULL, NULL);
    WCHAR *full = HeapAlloc(GetProcessHeap(), 0, (size + 1) * sizeof(WCHAR));

    if (full && !(size && GetFullPathNameW(name, size, full, NULL)))
    {
        HeapFree(GetProcessHeap(), 0, full);
        full = NULL;
    }
    return full;
}

/* Is there just this number of components, or less? */
static BOOL has_components(const WCHAR *name, int limit)
{
    int count = 0;

    while (*name)
    {
        while (*name == '\\' || *name == '/') name++;
        if (*name) count++;
        while (*name && *name != '\\' && *name != '/') name++;
    }
    return count <= limit;
}

/* full: X:\..., \\server\share\..., or one of these in the form for long names, or \\?\Volume{GUID}\... */
static BOOL is_root(const WCHAR *full)
{
    if (has_prefix(full, L"\\\\?\\UNC\\")) return has_components(full + 8, 2);
    if (has_prefix(full, L"\\\\?\\") || has_prefix(full, L"\\\\.\\")) return has_components(full + 4, 1);
    if (has_prefix(full, L"\\\\")) return has_components(full + 2, 2);
    return has_components(full, 1);
}

static BOOL is_in_system_dir(const WCHAR *full)
{
    WCHAR dir[MAX_PATH];
    UINT length = GetSystemWindowsDirectoryW(dir, MAX_PATH);

    if (!length || length >= MAX_PATH) return FALSE;
    if (has_prefix(full, L"\\\\?\\") || has_prefix(full, L"\\\\.\\")) full += 4;
    return has_prefix(full, dir) && (!full[length] || full[length] == '\\' || full[length] == '/');
}

/* The directory whose Desktop.ini counts: itself, or a file's own. Cuts the name. */
static BOOL is_disabled(WCHAR *full, BOOL directory)
{
    int length = lstrlenW(full);

    if (!directory)
    {
        while (length && full[length - 1] != '\\' && full[length - 1] != '/') length--;
        full[length] = 0;
    }
    return desktop_ini_is_disabled(full);
}

DWORD file_status_get(const WCHAR *name, struct file_status *status)
{
    BY_HANDLE_FILE_INFORMATION info;
    struct view view;
    WCHAR *full;
    HANDLE file;
    DWORD err = ERROR_SUCCESS;

    memset(status, 0, sizeof(*status));
    if (!unixcall_is_available()) return ERROR_NO_EFS;
    if ((err = open_check_name(name))) return err;
    if (!(file = guard_open(name, 0, SHARE_ALL))) return GetLastError();
    if (!GetFileInformationByHandle(file, &info)) err = GetLastError();
    else
    {
        status->attributes = info.dwFileAttributes;
        status->encrypted = view_by_handle(file, &view);
        status->supported = view_volume_by_handle(file);
    }
    CloseHandle(file);
    if (err) return err;
    if (!(full = get_full_name(name))) return ERROR_NOT_ENOUGH_MEMORY;
    status->root = is_root(full);
    status->system_dir = is_in_system_dir(full);
    status->disabled = is_disabled(full, (info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0);
    HeapFree(GetProcessHeap(), 0, full);
    return ERROR_SUCCESS;
}
