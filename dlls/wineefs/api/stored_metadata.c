/*
 * The $EFS of a file, by way of the Unix half.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stored_metadata.h"

#include "efs/metadata.h"
#include "visible/guard.h"
#include "raw/open.h"
#include "wine/unixcall.h"

static DWORD get_by_fd(int fd, BYTE *buffer, DWORD *size)
{
    struct metadata_get_params params = { 0 };

    params.fd = fd;
    params.buffer = (UINT_PTR)buffer;
    params.capacity = EFS_METADATA_MAX;
    unixcall_metadata_get(&params);
    *size = params.length;
    return unixcall_error(__func__, &params.result);
}

/* fd: taken over. */
static DWORD load_by_fd(int fd, BYTE **metadata, DWORD *size)
{
    BYTE *buffer = HeapAlloc(GetProcessHeap(), 0, EFS_METADATA_MAX), *fitting;
    DWORD err;

    if (!buffer)
    {
        struct fd_params params = { fd, 0 };

        unixcall_close_fd(&params);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    if ((err = get_by_fd(fd, buffer, size)))
    {
        HeapFree(GetProcessHeap(), 0, buffer);
        return err;
    }
    fitting = HeapReAlloc(GetProcessHeap(), 0, buffer, *size);
    *metadata = fitting ? fitting : buffer;
    return ERROR_SUCCESS;
}

DWORD stored_metadata_load(HANDLE file, BYTE **metadata, DWORD *size)
{
    DWORD err;
    int fd;

    if ((err = unixcall_get_fd(file, 0, &fd))) return err;
    return load_by_fd(fd, metadata, size);
}

/* In a view without the file's key, where Wine can't open it. */
static DWORD load_below(const WCHAR *name, BYTE **metadata, DWORD *size)
{
    DWORD err;
    int fd;

    if ((err = open_below(name, &fd))) return err;
    return load_by_fd(fd, metadata, size);
}

DWORD stored_metadata_get(const WCHAR *name, BYTE **metadata, DWORD *size)
{
    HANDLE file;
    DWORD err;

    if (!unixcall_is_available()) return ERROR_NO_EFS;
    if ((err = open_check_name(name))) return err;
    if (!(file = guard_open(name, 0, SHARE_ALL)))
    {
        err = GetLastError();
        return err == ERROR_ACCESS_DENIED ? load_below(name, metadata, size) : err;
    }
    err = stored_metadata_load(file, metadata, size);
    CloseHandle(file);
    return err;
}

/* An encrypted file there is changed below: it needn't get ready to be written. */
static BOOL is_in_view(const WCHAR *name)
{
    struct look_params params = { .fd = -1 };
    char *path = unixcall_get_path(name);

    if (!path) return FALSE;
    params.name = (UINT_PTR)path;
    unixcall_look_path(&params);
    HeapFree(GetProcessHeap(), 0, path);
    return params.mounted != 0;
}

DWORD stored_metadata_open(const WCHAR *name, struct stored_metadata *metadata)
{
    BY_HANDLE_FILE_INFORMATION info;
    DWORD err;

    if (!unixcall_is_available()) return ERROR_NO_EFS;
    if ((err = open_check_name(name))) return err;
    /* Others may read meanwhile: an export has read the $EFS when it was opened. */
    metadata->file = guard_open(name, FILE_READ_DATA | (is_in_view(name) ? 0 : FILE_WRITE_DATA),
                                FILE_SHARE_READ | FILE_SHARE_DELETE);
    if (!metadata->file) return GetLastError();
    if (!GetFileInformationByHandle(metadata->file, &info)) err = GetLastError();
    /* Wine would open it for root, who may write any file on the host. */
    else if ((info.dwFileAttributes & FILE_ATTRIBUTE_READONLY) && !(info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
        err = ERROR_FILE_READ_ONLY;
    else err = stored_metadata_load(metadata->file, &metadata->bytes, &metadata->size);
    if (err) CloseHandle(metadata->file);
    return err;
}

DWORD stored_metadata_replace(const struct stored_metadata *metadata, const BYTE *new, DWORD size)
{
    struct metadata_replace_params params = { 0 };
    DWORD err;
    int fd;

    if ((err = unixcall_get_fd(metadata->file, 0, &fd))) return err;
    params.fd = fd;
    params.old = (UINT_PTR)metadata->bytes;
    params.old_length = metadata->size;
    params.new = (UINT_PTR)new;
    params.new_length = size;
    unixcall_metadata_replace(&params);
    return unixcall_error(__func__, &params.result);
}

void stored_metadata_close(struct stored_metadata *metadata)
{
    HeapFree(GetProcessHeap(), 0, metadata->bytes);
    CloseHandle(metadata->file);
}
