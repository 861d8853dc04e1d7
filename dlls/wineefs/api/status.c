/*
 * FileEncryptionStatus and EncryptionDisable.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ansi.h"
#include "wine/debug.h"
#include "desktop_ini.h"
#include "efs_api.h"
#include "wine/errors.h"
#include "file_status.h"
#include "raw/open.h"

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
 *             FILE_SYSTEM_ATTR, FILE_SYSTEM_NOT_SUPPORT, FILE_DIR_DISALLOWED (see EncryptionDisable), FILE_READ_ONLY (files
 *             only), FILE_ENCRYPTABLE. Unchanged on failure.
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
    BOOL result = wide && FileEncryptionStatusW(wide, status);
    DWORD err = GetLastError();

    HeapFree(GetProcessHeap(), 0, wide);
    if (!result) SetLastError(err);
    return result;
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
 *  TRUE, or FALSE with the last error set: ERROR_INVALID_PARAMETER; ERROR_DIRECTORY: not a directory; ERROR_FILE_TOO_LARGE:
 *  a Desktop.ini above 64 KiB; what either can't be opened for
 */
BOOL WINAPI EncryptionDisable(LPCWSTR name, BOOL off)
{
    DWORD err;

    TRACE("%s, %d\n", debug_wstr(name), off);

    err = name ? disable(name, off) : ERROR_INVALID_PARAMETER;
    if (err) WARN("%s: error %lu\n", debug_wstr(name), err);
    return !error_return(err);
}
