/*
 * Reparse points, which Wine has from 10.19 on: what an earlier one doesn't see of them.
 *
 * Which Wine it is, is told by what it answers or did: versions of distributions differ.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "reparse.h"

#include <winioctl.h>

#include "debug.h"
#include "unixcall.h"

BOOL reparse_is_unknown(NTSTATUS status)
{
    return status == STATUS_NOT_SUPPORTED || status == STATUS_INVALID_DEVICE_REQUEST
        || status == STATUS_NOT_IMPLEMENTED;
}

/* Does this Wine make them? Asked with a buffer that none can be made of. */
static BOOL is_known(HANDLE file)
{
    IO_STATUS_BLOCK io;

    return !reparse_is_unknown(NtFsControlFile(file, NULL, NULL, NULL, &io, FSCTL_SET_REPARSE_POINT, NULL, 0, NULL, 0));
}

BOOL reparse_undo(HANDLE file, BOOL *encrypted)
{
    struct reparse_params params = { 0 };

    *encrypted = FALSE;
    if (!unixcall_is_available() || unixcall_get_fd(file, 0, &params.fd)) return FALSE;
    unixcall_reparse_undo(&params);
    if (params.taken) WARN("a reparse point, which this Wine doesn't see, has the name of what was to be made\n");
    *encrypted = params.encrypted != 0;
    return params.taken != 0;
}

BOOL reparse_has_name(HANDLE file, int fd, const WCHAR *name, ULONG units)
{
    struct reparse_params params = { 0 };

    params.fd = fd;
    params.name = (UINT_PTR)name;
    params.name_units = units;
    unixcall_reparse_find(&params);
    return params.taken && !is_known(file);
}
