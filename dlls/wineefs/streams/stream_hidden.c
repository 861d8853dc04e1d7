/*
 * Files of the host that hold alternate streams: no listing has them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stream_hidden.h"

#include "wine/unixcall.h"

static BOOL has_colon(const BYTE *bytes, ULONG length)
{
    ULONG i;

    for (i = 0; i + sizeof(WCHAR) <= length; i += sizeof(WCHAR))
        if (bytes[i] == ':' && !bytes[i + 1]) return TRUE;
    return FALSE;
}

BOOL stream_is_hidden(HANDLE dir, const BYTE *bytes, ULONG length)
{
    struct stream_hidden_params params = { 0 };
    struct fd_params done = { 0 };
    int fd;

    if (!has_colon(bytes, length) || !unixcall_is_available() || unixcall_get_fd(dir, 0, &fd)) return FALSE;
    params.fd = fd;
    params.name = (UINT_PTR)bytes;
    params.name_units = length / sizeof(WCHAR);
    unixcall_stream_hidden(&params);
    done.fd = fd;
    unixcall_close_fd(&done);
    return params.hidden != 0;
}
