/*
 * Which streams a file has: FileStreamInformation, which Wine hasn't got.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stream_list.h"

#include "wine/errors.h"
#include "wine/unixcall.h"

static const WCHAR unnamed[] = L"::$DATA";
#define UNNAMED_SIZE (STREAM_NAME + sizeof(unnamed) - sizeof(unnamed[0]))

/* The file's data, which a directory hasn't got. FALSE: no room. */
static BOOL add_unnamed(struct substreams_params *params, const BYTE *open)
{
    BYTE *entry = (BYTE *)(UINT_PTR)params->buffer;

    if (get_ulong(open + NETWORK_OPEN_ATTRIBUTES) & FILE_ATTRIBUTE_DIRECTORY) return TRUE;
    if (params->capacity < UNNAMED_SIZE) return FALSE;
    put_ulong(entry + STREAM_NEXT, 0);
    put_ulong(entry + STREAM_NAME_LENGTH, sizeof(unnamed) - sizeof(unnamed[0]));
    put_ulong64(entry + STREAM_SIZE, get_ulong64(open + NETWORK_OPEN_END));
    put_ulong64(entry + STREAM_ALLOCATION, get_ulong64(open + NETWORK_OPEN_ALLOCATION));
    memcpy(entry + STREAM_NAME, unnamed, sizeof(unnamed) - sizeof(unnamed[0]));
    params->length = UNNAMED_SIZE;
    return TRUE;
}

static NTSTATUS fill(HANDLE file, struct substreams_params *params)
{
    BYTE open[NETWORK_OPEN_SIZE];
    IO_STATUS_BLOCK io;
    NTSTATUS status;

    if (!params->buffer || params->capacity < STREAM_NAME) return STATUS_INFO_LENGTH_MISMATCH;
    status = NtQueryInformationFile(file, &io, open, sizeof(open), (FILE_INFORMATION_CLASS)CLASS_NETWORK_OPEN);
    if (status) return status;
    if (!add_unnamed(params, open)) return STATUS_BUFFER_OVERFLOW;
    /* The streams of what is encrypted are in its raw stream alone. */
    if (get_ulong(open + NETWORK_OPEN_ATTRIBUTES) & FILE_ATTRIBUTE_ENCRYPTED) return STATUS_SUCCESS;
    unixcall_substreams(params);
    if (params->result.error) return error_to_status(params->result.error);
    return params->more ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

BOOL stream_list_query(HANDLE file, IO_STATUS_BLOCK *io, BYTE *info, ULONG length, NTSTATUS *status)
{
    struct substreams_params params = { 0 };
    struct fd_params close = { 0 };
    int fd;

    if (!unixcall_is_available() || unixcall_get_fd(file, 0, &fd)) return FALSE;
    params.fd = fd;
    unixcall_substreams(&params); /* no room for any: are they kept? */
    params.buffer = (UINT_PTR)info;
    params.capacity = length;
    if (params.kept) *status = fill(file, &params);
    close.fd = fd;
    unixcall_close_fd(&close);
    if (!params.kept) return FALSE;
    if (NT_ERROR(*status)) return TRUE;
    io->Status = *status;
    io->Information = params.length;
    return TRUE;
}
