/*
 * Attributes that programs set: Wine's own way gives others permission to write that they never had (unix_mode.c).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "hooks.h"
#include "wine/unixcall.h"

#define SETTABLE (FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE \
                  | FILE_ATTRIBUTE_TEMPORARY | FILE_ATTRIBUTE_OFFLINE | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED)

/*
 * Attributes of 0 leave them as they are (MS-FSCC 2.4.7), and SetFileTime gives those. To Wine 10.0 they say that the
 * file has none: it makes a read-only file writable, and a hidden one visible. Wine 8.0 does as Windows.
 */
static BOOL zero_clears(void)
{
    return unixcall_wine_version() > 8;
}

/* The same, with the attributes that the file has. FALSE: they aren't known. */
static BOOL with_own_attributes(HANDLE file, BYTE *basic, const void *info)
{
    IO_STATUS_BLOCK io;
    ULONG attributes;

    if (nt_original.query_information(file, &io, basic, BASIC_SIZE, CLASS_BASIC)) return FALSE;
    attributes = get_ulong(basic + BASIC_ATTRIBUTES) & SETTABLE;
    memcpy(basic, info, BASIC_SIZE);
    put_ulong(basic + BASIC_ATTRIBUTES, attributes ? attributes : FILE_ATTRIBUTE_NORMAL);
    return TRUE;
}

NTSTATUS hooks_set_basic(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length)
{
    ULONG attributes = info && length >= BASIC_SIZE ? get_ulong((const BYTE *)info + BASIC_ATTRIBUTES) : 0;
    struct mode_params params = { 0 };
    BYTE DECLSPEC_ALIGN(8) basic[BASIC_SIZE];
    NTSTATUS status;
    int fd;

    if (!attributes && info && length >= BASIC_SIZE && zero_clears() && with_own_attributes(file, basic, info))
    {
        info = basic;
        attributes = get_ulong(basic + BASIC_ATTRIBUTES);
    }
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
