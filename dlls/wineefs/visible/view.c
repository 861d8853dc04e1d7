/*
 * What a file looks like to Windows programs, by way of the Unix half.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "view.h"

#include "hooks.h"
#include "wine/unixcall.h"
#include "volume.h"

static BOOL finish_look(const struct look_params *params, struct view *view)
{
    view->encrypted = params->encrypted != 0;
    view->directory = params->directory != 0;
    view->sparse = params->sparse != 0;
    view->mounted = params->mounted != 0;
    view->data_size = params->data_size;
    return view->encrypted;
}

BOOL view_by_handle(HANDLE file, struct view *view)
{
    struct look_params params = { 0 };
    int fd;

    if (unixcall_get_fd(file, 0, &fd)) return finish_look(&params, view);
    params.fd = fd;
    unixcall_look_fd(&params);
    return finish_look(&params, view);
}

HANDLE view_open(const OBJECT_ATTRIBUTES *attr, ULONG options)
{
    OBJECT_ATTRIBUTES copy = *attr;
    HANDLE file;

    return hooks_open_file(&file, FILE_READ_ATTRIBUTES | SYNCHRONIZE, &copy,
                           FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                           (options & ~(ULONG)FILE_SYNCHRONOUS_IO_ALERT) | FILE_SYNCHRONOUS_IO_NONALERT) ? NULL : file;
}

BOOL view_by_opening(const OBJECT_ATTRIBUTES *attr, ULONG options, struct view *view)
{
    static const struct look_params nothing;
    HANDLE file = view_open(attr, options);
    BOOL encrypted;

    if (!file) return finish_look(&nothing, view);
    encrypted = view_by_handle(file, view);
    NtClose(file);
    return encrypted;
}

BOOL view_by_name(const OBJECT_ATTRIBUTES *attr, struct view *view)
{
    struct look_params params = { 0 };
    char path[4096]; /* PATH_MAX of the host */

    /* Names relative to a handle, and very long ones, have no Unix path to be looked at. */
    if (attr->RootDirectory || !unixcall_get_nt_path(attr, path, sizeof(path)))
        return view_by_opening(attr, FILE_OPEN_FOR_BACKUP_INTENT, view);
    params.fd = -1;
    params.name = (UINT_PTR)path;
    unixcall_look_path(&params);
    return finish_look(&params, view);
}

int view_open_directory(HANDLE dir)
{
    int fd;

    return unixcall_get_fd(dir, 0, &fd) ? -1 : fd;
}

void view_close_directory(int fd)
{
    struct fd_params params = { fd, 0 };

    unixcall_close_fd(&params);
}

/* Wine knows which file of the host has this name, whatever the code page. */
static BOOL view_by_relative_name(HANDLE dir, const WCHAR *name, ULONG length, struct view *view)
{
    UNICODE_STRING string = { (USHORT)length, (USHORT)length, (WCHAR *)(ULONG_PTR)name };
    OBJECT_ATTRIBUTES attr = { 0 };

    attr.Length = sizeof(attr);
    attr.RootDirectory = dir;
    attr.ObjectName = &string;
    return view_by_opening(&attr, FILE_OPEN_FOR_BACKUP_INTENT | FILE_OPEN_REPARSE_POINT, view);
}

BOOL view_by_entry(HANDLE dir, int fd, const WCHAR *name, ULONG length, struct view *view)
{
    struct look_params params = { 0 };

    params.fd = fd;
    params.name = (UINT_PTR)name;
    params.name_units = length / sizeof(WCHAR);
    unixcall_look_entry(&params);
    if (params.unknown_name) return view_by_relative_name(dir, name, length, view);
    return finish_look(&params, view);
}

ULONG view_volume_by_handle(HANDLE file)
{
    struct fd_params params = { 0 };
    int fd;

    if (unixcall_get_fd(file, 0, &fd) && (fd = volume_open_root(file)) == -1) return 0;
    params.fd = fd;
    unixcall_look_volume(&params);
    return params.result;
}

DWORD view_encrypt(HANDLE file)
{
    struct view_encrypt_params params = { 0 };
    DWORD err;
    int fd;

    if ((err = unixcall_get_fd(file, 0, &fd))) return err;
    params.fd = fd;
    unixcall_view_encrypt(&params);
    return unixcall_error(__func__, &params.result);
}

NTSTATUS view_strip(HANDLE file)
{
    struct fd_params params = { 0 };
    int fd;

    if (unixcall_get_fd(file, 0, &fd)) return STATUS_ACCESS_DENIED;
    params.fd = fd;
    unixcall_strip(&params);
    return params.result ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}
