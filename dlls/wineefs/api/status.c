/*
 * What a file is to EFS: FileEncryptionStatus, EncryptionDisable, and what EncryptFile and DecryptFile go by.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "status.h"

#include "arguments.h"
#include "desktop_ini.h"
#include "efs_api.h"
#include "raw/open.h"
#include "visible/guard.h"
#include "visible/view.h"
#include "wine/debug.h"
#include "wine/errors.h"
#include "wine/unixcall.h"

static BOOL has_prefix(const WCHAR *name, const WCHAR *prefix)
{
    int length = lstrlenW(prefix);

    return lstrlenW(name) >= length && CompareStringOrdinal(name, length, prefix, length, TRUE) == CSTR_EQUAL;
}

/* Has the name at most so many components? */
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

/* By the Desktop.ini of the directory itself, or of a file's directory. Cuts a file's name off `full`. */
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

/* Without the key of a file in a view Wine can't open it, but says what it is. */
static BOOL look_by_name(const WCHAR *name, struct file_status *status)
{
    status->attributes = GetFileAttributesW(name);
    if (status->attributes == INVALID_FILE_ATTRIBUTES || !(status->attributes & FILE_ATTRIBUTE_ENCRYPTED)) return FALSE;
    return status->encrypted = status->mounted = status->supported = TRUE;
}

static DWORD look(const WCHAR *name, struct file_status *status)
{
    BY_HANDLE_FILE_INFORMATION info;
    DWORD err = ERROR_SUCCESS, volume;
    struct view view;
    HANDLE file;

    if (!(file = guard_open(name, 0, SHARE_ALL)))
    {
        err = GetLastError();
        return err == ERROR_ACCESS_DENIED && look_by_name(name, status) ? ERROR_SUCCESS : err;
    }
    if (!GetFileInformationByHandle(file, &info)) err = GetLastError();
    else
    {
        status->attributes = info.dwFileAttributes;
        status->encrypted = view_by_handle(file, &view);
        volume = view_volume_by_handle(file);
        status->mounted = (volume & VOLUME_VIEW) != 0;
        status->supported = (volume & VOLUME_METADATA) != 0;
    }
    CloseHandle(file);
    return err;
}

DWORD file_status_get(const WCHAR *name, struct file_status *status)
{
    WCHAR *full;
    DWORD err;

    memset(status, 0, sizeof(*status));
    if (!unixcall_is_available()) return ERROR_NO_EFS;
    if ((err = open_check_name(name))) return err;
    if ((err = look(name, status))) return err;
    if (!(full = open_get_full_name(name))) return GetLastError();
    status->root = is_root(full);
    status->system_dir = is_in_system_dir(full);
    status->disabled = is_disabled(full, (status->attributes & FILE_ATTRIBUTE_DIRECTORY) != 0);
    HeapFree(GetProcessHeap(), 0, full);
    return ERROR_SUCCESS;
}

/* Microsoft documents no order; the first one that applies is the one that a program can do least about. */
static DWORD get_value(const struct file_status *status)
{
    if (status->encrypted) return FILE_IS_ENCRYPTED;
    if (status->root) return FILE_ROOT_DIR;
    if (status->system_dir) return FILE_SYSTEM_DIR;
    if (status->attributes & FILE_ATTRIBUTE_SYSTEM) return FILE_SYSTEM_ATTR;
    if (!status->supported) return FILE_SYSTEM_NOT_SUPPORT;
    if (status->disabled) return FILE_DIR_DISALLOWED;
    if (file_status_is_read_only(status)) return FILE_READ_ONLY;
    return FILE_ENCRYPTABLE;
}

/***********************************************************************
 *           FileEncryptionStatusW   (ADVAPI32.@)
 *
 * Whether a file or directory is encrypted, and if not, whether it could be.
 *
 * PARAMS
 *  name   [I] file or directory
 *  status [O] the first that applies: FILE_IS_ENCRYPTED, FILE_ROOT_DIR, FILE_SYSTEM_DIR (in the Windows directory),
 *             FILE_SYSTEM_ATTR, FILE_SYSTEM_NOT_SUPPORT, FILE_DIR_DISALLOWED (see EncryptionDisable), FILE_READ_ONLY
 *             (files only), FILE_ENCRYPTABLE. Unchanged on failure.
 *
 * RETURNS
 *  TRUE, or FALSE with the last error set: ERROR_INVALID_PARAMETER, what the file can't be opened for, ERROR_NO_EFS
 */
BOOL WINAPI FileEncryptionStatusW(LPCWSTR name, LPDWORD status)
{
    struct file_status found;
    DWORD err;

    TRACE("%s, %p\n", debug_wstr(name), (void *)status);

    if (!name || !status) return !error_return(ERROR_INVALID_PARAMETER);
    if ((err = file_status_get(name, &found))) return !error_return(err);
    *status = get_value(&found);
    return TRUE;
}

/***********************************************************************
 *           FileEncryptionStatusA   (ADVAPI32.@)
 *
 * See FileEncryptionStatusW. The name is in the code page of the file functions.
 */
BOOL WINAPI FileEncryptionStatusA(LPCSTR name, LPDWORD status)
{
    WCHAR *wide = ansi_to_wide(name);

    return ansi_finish(wide, wide && FileEncryptionStatusW(wide, status));
}

static DWORD disable(const WCHAR *name, BOOL off)
{
    DWORD attributes, err;

    if ((err = open_check_name(name))) return err;
    attributes = GetFileAttributesW(name);
    if (attributes == INVALID_FILE_ATTRIBUTES) return GetLastError();
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY)) return ERROR_DIRECTORY;
    return desktop_ini_disable(name, off);
}

/***********************************************************************
 *           EncryptionDisable   (ADVAPI32.@)
 *
 * Switches encryption off for a directory and the files in it, or on again. Subdirectories are not concerned.
 *
 * PARAMS
 *  name [I] directory
 *  off  [I] TRUE: writes Disable=1 into the section [Encryption] of its Desktop.ini, which is made if it is missing;
 *           FALSE: Disable=0, if it is 1 now. What else the file says stays as it is.
 *
 * RETURNS
 *  TRUE, or FALSE with the last error set: ERROR_INVALID_PARAMETER; ERROR_DIRECTORY: not a directory;
 *  ERROR_FILE_TOO_LARGE: a Desktop.ini above 64 KiB; what either can't be opened for
 */
BOOL WINAPI EncryptionDisable(LPCWSTR name, BOOL off)
{
    DWORD err;

    TRACE("%s, %d\n", debug_wstr(name), off);

    err = name ? disable(name, off) : ERROR_INVALID_PARAMETER;
    if (err) WARN("%s: error %lu\n", debug_wstr(name), err);
    return !error_return(err);
}
