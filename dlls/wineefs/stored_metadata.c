/*
 * The $EFS of a file, by way of the Unix half.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stored_metadata.h"

#include "efs/metadata.h"
#include "guard.h"
#include "open.h"
#include "unixcall.h"

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

static DWORD get_by_handle(HANDLE file, BYTE *buffer, DWORD *size)
{
    struct metadata_get_params params = { 0 };
    DWORD err;
    int fd;

    if ((err = unixcall_get_fd(file, 0, &fd))) return err;
    params.fd = fd;
    params.buffer = (UINT_PTR)buffer;
    params.capacity = EFS_METADATA_MAX;
    unixcall(unix_metadata_get, &params);
    *size = params.length;
    return unixcall_error(__func__, &params.result);
}

DWORD stored_metadata_get(const WCHAR *name, BYTE **metadata, DWORD *size)
{
    BYTE *buffer = NULL, *fitting;
    HANDLE file;
    DWORD err;

    if (!unixcall_is_available()) return ERROR_NO_EFS;
    if ((err = open_check_name(name))) return err;
    if (!(file = guard_open(name, 0, SHARE_ALL))) return GetLastError();
    if (!(buffer = HeapAlloc(GetProcessHeap(), 0, EFS_METADATA_MAX))) err = ERROR_NOT_ENOUGH_MEMORY;
    else err = get_by_handle(file, buffer, size);
    CloseHandle(file);
    if (err)
    {
        HeapFree(GetProcessHeap(), 0, buffer);
        return err;
    }
    fitting = HeapReAlloc(GetProcessHeap(), 0, buffer, *size);
    *metadata = fitting ? fitting : buffer;
    return ERROR_SUCCESS;
}
