/*
 * A stream that a program has written in a file goes to an attribute when it is closed, if it fits one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stream_settle.h"

#include "patch/originals.h"
#include "wine/unixcall.h"

BOOL stream_settle_begin(struct stream_settle *settle, HANDLE handle)
{
    struct settle_begin_params params = { 0 };

    if (!unixcall_is_available() || unixcall_get_fd(handle, 0, &params.fd)) return FALSE;
    params.path = (UINT_PTR)settle->path;
    params.path_size = sizeof(settle->path);
    unixcall_settle_begin(&params);
    settle->dev = params.dev;
    settle->ino = params.ino;
    return settle->path[0] != 0;
}

void stream_settle_end(const struct stream_settle *settle)
{
    struct settle_end_params params = { 0 };
    OBJECT_ATTRIBUTES attr = { 0 };
    struct stream_host host;
    HANDLE file;

    if (!stream_host_name(&host, settle->path)) return;
    attr.Length = sizeof(attr);
    attr.ObjectName = &host.nt_path;
    /* Sharing with nobody: so it is open for nobody else, and nobody opens it meanwhile. */
    if (hooks_open_file(&file, GENERIC_READ | DELETE | SYNCHRONIZE, &attr, 0,
                        FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT)) return;
    if (!unixcall_get_fd(file, FILE_READ_DATA, &params.fd))
    {
        params.dev = settle->dev;
        params.ino = settle->ino;
        unixcall_settle_end(&params);
        unixcall_error(__func__, &params.result);
    }
    NtClose(file);
}
