/*
 * What BackupRead and BackupWrite want of a file, by Wine's own calls.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup.h"

#include <winioctl.h>

#include "wine/debug.h"
#include "wine/reparse.h"

/* mingw-w64's headers lack them */
NTSTATUS WINAPI NtReadFile(HANDLE file, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io, void *buffer,
                           ULONG length, LARGE_INTEGER *offset, ULONG *key);
NTSTATUS WINAPI NtWriteFile(HANDLE file, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io,
                            const void *buffer, ULONG length, LARGE_INTEGER *offset, ULONG *key);
NTSTATUS WINAPI NtQueryEaFile(HANDLE file, IO_STATUS_BLOCK *io, void *buffer, ULONG length, BOOLEAN single, void *list,
                              ULONG list_length, ULONG *index, BOOLEAN restart);
NTSTATUS WINAPI NtSetEaFile(HANDLE file, IO_STATUS_BLOCK *io, void *buffer, ULONG length);

DWORD backup_file_query(HANDLE file, struct backup_file_info *info)
{
    BYTE open[NETWORK_OPEN_SIZE];
    IO_STATUS_BLOCK io;
    NTSTATUS status;

    status = NtQueryInformationFile(file, &io, open, sizeof(open), (FILE_INFORMATION_CLASS)CLASS_NETWORK_OPEN);
    if (status) return status_to_win32(status);
    info->attributes = get_ulong(open + NETWORK_OPEN_ATTRIBUTES);
    info->size = get_ulong64(open + NETWORK_OPEN_END);
    info->allocated = get_ulong64(open + NETWORK_OPEN_ALLOCATION);
    if (NtQueryInformationFile(file, &io, &info->ea_size, sizeof(info->ea_size), (FILE_INFORMATION_CLASS)CLASS_EA))
        info->ea_size = 0;
    return ERROR_SUCCESS;
}

ULONG backup_file_volume(HANDLE file)
{
    BYTE info[0x100] = { 0 }; /* FILE_FS_ATTRIBUTE_INFORMATION (MS-FSCC 2.5.1): flags, and a name that may be cut */
    IO_STATUS_BLOCK io;

    NtQueryVolumeInformationFile(file, &io, info, sizeof(info), (FS_INFORMATION_CLASS)CLASS_FS_ATTRIBUTE);
    return get_ulong(info);
}

/* A handle for overlapped I/O doesn't wait by itself. */
static NTSTATUS wait_for(HANDLE file, NTSTATUS status, const IO_STATUS_BLOCK *io)
{
    if (status != STATUS_PENDING) return status;
    NtWaitForSingleObject(file, FALSE, NULL);
    return io->Status;
}

DWORD backup_file_read(HANDLE file, UINT64 offset, BYTE *buffer, ULONG length, ULONG *got)
{
    LARGE_INTEGER at = { .QuadPart = (LONGLONG)offset };
    IO_STATUS_BLOCK io = { 0 };
    NTSTATUS status = wait_for(file, NtReadFile(file, NULL, NULL, NULL, &io, buffer, length, &at, NULL), &io);

    *got = status ? 0 : (ULONG)io.Information;
    return status == STATUS_END_OF_FILE ? ERROR_SUCCESS : status_to_win32(status);
}

DWORD backup_file_write(HANDLE file, UINT64 offset, const BYTE *buffer, ULONG length, ULONG *written)
{
    LARGE_INTEGER at = { .QuadPart = (LONGLONG)offset };
    IO_STATUS_BLOCK io = { 0 };
    NTSTATUS status = wait_for(file, NtWriteFile(file, NULL, NULL, NULL, &io, buffer, length, &at, NULL), &io);

    *written = status ? 0 : (ULONG)io.Information;
    if (!status && !*written) return ERROR_WRITE_FAULT;
    return status_to_win32(status);
}

DWORD backup_file_set_end(HANDLE file, UINT64 end)
{
    LARGE_INTEGER size = { .QuadPart = (LONGLONG)end };
    IO_STATUS_BLOCK io;

    return status_to_win32(NtSetInformationFile(file, &io, &size, sizeof(size),
                                                (FILE_INFORMATION_CLASS)CLASS_END_OF_FILE));
}

/* ---- extended attributes, reparse points ---- */

DWORD backup_file_get_ea(HANDLE file, ULONG size, struct blob *blob)
{
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    DWORD err;

    if (!size) return ERROR_SUCCESS;
    if ((err = blob_alloc(blob, BSTREAM_EA_MAX))) return err;
    status = NtQueryEaFile(file, &io, blob->data, blob->size, FALSE, NULL, 0, NULL, TRUE);
    blob->size = status ? 0 : (ULONG)io.Information;
    return status == STATUS_NO_EAS_ON_FILE ? ERROR_SUCCESS : status_to_win32(status);
}

DWORD backup_file_set_ea(HANDLE file, const struct blob *blob)
{
    IO_STATUS_BLOCK io;

    return status_to_win32(NtSetEaFile(file, &io, blob->data, blob->size));
}

DWORD backup_file_get_reparse(HANDLE file, struct blob *blob)
{
    IO_STATUS_BLOCK io = { 0 };
    NTSTATUS status;
    DWORD err;

    if ((err = blob_alloc(blob, BSTREAM_REPARSE_MAX))) return err;
    status = wait_for(file, NtFsControlFile(file, NULL, NULL, NULL, &io, FSCTL_GET_REPARSE_POINT, NULL, 0, blob->data,
                                            blob->size), &io);
    blob->size = status ? 0 : (ULONG)io.Information;
    /*
     * Wine shows the attribute also for the host's mount points, and where a symbolic link leads to: they have no
     * reparse data. Nor has anything where Wine doesn't know the question.
     */
    return status == STATUS_NOT_A_REPARSE_POINT || reparse_is_unknown(status) ? ERROR_SUCCESS : status_to_win32(status);
}

DWORD backup_file_set_reparse(HANDLE file, const struct blob *blob)
{
    static LONG said;
    IO_STATUS_BLOCK io = { 0 };
    NTSTATUS status = wait_for(file, NtFsControlFile(file, NULL, NULL, NULL, &io, FSCTL_SET_REPARSE_POINT, blob->data,
                                                     blob->size, NULL, 0), &io);

    if (reparse_is_unknown(status) && !InterlockedExchange(&said, TRUE))
        ERR("links can't be restored: this Wine makes no reparse points, as 10.19 and later do\n");
    return status_to_win32(status);
}
