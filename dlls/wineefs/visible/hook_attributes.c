/*
 * Attributes that programs set: Wine's own way gives others permission to write that they never had (unix_mode.c).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "hooks.h"
#include "wine/unixcall.h"

NTSTATUS hooks_set_basic(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length)
{
    ULONG attributes = info && length >= BASIC_SIZE ? get_ulong((const BYTE *)info + BASIC_ATTRIBUTES) : 0;
    struct mode_params params = { 0 };
    NTSTATUS status;
    int fd;

    /* times alone */
    if (!attributes || !unixcall_is_available() || unixcall_get_fd(file, 0, &fd))
        return nt_original.set_information(file, io, info, length, CLASS_BASIC);
    params.fd = fd;
    params.read_only = (attributes & FILE_ATTRIBUTE_READONLY) != 0;
    unixcall_mode_hold(&params);
    status = nt_original.set_information(file, io, info, length, CLASS_BASIC);
    if (params.held) unixcall_mode_settle(&params);
    return status;
}
