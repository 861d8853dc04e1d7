/*
 * The data of a large file past Wine's NtReadFile and NtWriteFile, which move the file's position with each piece: one
 * more call of the kernel's than ReadFile and WriteFile make.
 *
 * A file that is done with the first piece never gets here. What fails is left to Wine, which knows about guard pages
 * and the codes of errors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup_direct.h"

#include "wine/unixcall.h"

#define FD_NONE    (-1)
#define FD_REFUSED (-2) /* it was asked for, and can't be had */

void backup_direct_init(struct backup_direct *direct)
{
    direct->file = NULL;
    direct->fd = FD_NONE;
}

void backup_direct_close(struct backup_direct *direct)
{
    struct fd_params params = { direct->fd, 0 };

    if (direct->fd >= 0) unixcall_close_fd(&params);
    backup_direct_init(direct);
}

/* Has the file of this handle a descriptor? It gets one by its second piece. */
static BOOL is_open(struct backup_direct *direct, HANDLE file, ACCESS_MASK right)
{
    struct fd_params params = { 0 };

    if (direct->file != file)
    {
        backup_direct_close(direct);
        direct->file = file;
        return FALSE;
    }
    if (direct->fd != FD_NONE) return direct->fd >= 0;
    direct->fd = FD_REFUSED;
    if (unixcall_get_fd(file, right, &params.fd)) return FALSE;
    unixcall_data_open(&params);
    direct->fd = (int)params.result;
    return TRUE;
}

DWORD backup_direct_read(struct backup_direct *direct, HANDLE file, UINT64 offset, BYTE *buffer, ULONG length,
                         ULONG *got)
{
    struct transfer_params params = { .offset = offset, .buffer = (UINT_PTR)buffer, .length = length };

    if (is_open(direct, file, FILE_READ_DATA))
    {
        params.fd = direct->fd;
        unixcall_data_read(&params);
        *got = params.length;
        if (!params.error) return ERROR_SUCCESS;
    }
    return backup_file_read(file, offset, buffer, length, got);
}

DWORD backup_direct_write(struct backup_direct *direct, HANDLE file, UINT64 offset, const BYTE *buffer, ULONG length,
                          ULONG *written)
{
    struct transfer_params params = { .offset = offset, .buffer = (UINT_PTR)buffer, .length = length };

    if (is_open(direct, file, FILE_WRITE_DATA))
    {
        params.fd = direct->fd;
        unixcall_data_write(&params);
        *written = params.length;
        if (params.length) return ERROR_SUCCESS;
    }
    return backup_file_write(file, offset, buffer, length, written);
}
