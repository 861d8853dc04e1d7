/*
 * Sparse files: which of them a program has marked as such, where they have data, and how they lose it.
 *
 * Wine accepts FSCTL_SET_SPARSE and forgets it; the other two controls (MS-FSCC 2.3) it doesn't know. A file
 * without the mark has data everywhere, as on Windows, whatever holes the host has made.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "sparse.h"

#include <winioctl.h>

#include "hooks.h"
#include "shadow/shadow_writes.h"
#include "wine/errors.h"
#include "wine/native.h"
#include "wine/unixcall.h"

#define SPARSE_RIGHTS (FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES) /* either of them, as on Windows */

BOOL sparse_get(HANDLE file)
{
    struct sparse_params params = { 0 };
    int fd;

    if (!unixcall_is_available() || unixcall_get_fd(file, 0, &fd)) return FALSE;
    params.fd = fd;
    unixcall_sparse_get(&params);
    return params.sparse != 0;
}

void sparse_set(HANDLE file, BOOL sparse)
{
    struct sparse_params params = { 0 };
    int fd;

    if (!unixcall_is_available() || !native_has_right(file, SPARSE_RIGHTS) || unixcall_get_fd(file, 0, &fd)) return;
    params.fd = fd;
    params.sparse = sparse;
    unixcall_sparse_set(&params);
}

/*
 * FILE_ALLOCATED_RANGE_BUFFER (MS-FSCC 2.3) has the beginning of a range and its length, in bytes.
 * FILE_ZERO_DATA_INFORMATION, of the same size, has the beginning and the first byte after the range.
 */
#define RANGE_SIZE 0x10

/* Both numbers of a structure, neither of them negative. */
static BOOL get_pair(const BYTE *in, ULONG length, ULONG64 *first, ULONG64 *second)
{
    if (!in || length < RANGE_SIZE) return FALSE;
    *first = get_ulong64(in);
    *second = get_ulong64(in + 8);
    return *first <= MAXLONGLONG && *second <= MAXLONGLONG;
}

/* What a query has found so far. */
struct ranges
{
    BYTE     *out;
    ULONG     room, used; /* bytes */
};

static NTSTATUS add_range(struct ranges *ranges, ULONG64 start, ULONG64 end)
{
    if (ranges->room - ranges->used < RANGE_SIZE)
        return ranges->used ? STATUS_BUFFER_OVERFLOW : STATUS_BUFFER_TOO_SMALL;
    put_ulong64(ranges->out + ranges->used, start);
    put_ulong64(ranges->out + ranges->used + 8, end - start);
    ranges->used += RANGE_SIZE;
    return STATUS_SUCCESS;
}

/* fd: of unix_ranges_open */
static NTSTATUS add_data(struct ranges *ranges, int fd, ULONG64 start, ULONG64 end)
{
    struct ranges_params params = { 0 };
    NTSTATUS status = STATUS_SUCCESS;

    params.fd = fd;
    params.size = end;
    for (params.from = start; !status && params.from < end; params.from = params.end)
    {
        unixcall_ranges_next(&params);
        if (params.start >= end) break;
        status = add_range(ranges, params.start, params.end);
    }
    return status;
}

static NTSTATUS find_ranges(HANDLE file, ULONG64 start, ULONG64 end, struct ranges *ranges)
{
    struct fd_params params = { 0 };
    NTSTATUS status;
    int fd;

    if (!sparse_get(file) || unixcall_get_fd(file, FILE_READ_DATA, &fd)) return add_range(ranges, start, end);
    params.fd = fd;
    unixcall_ranges_open(&params);
    if ((int)params.result == -1) return add_range(ranges, start, end);
    params.fd = (int)params.result;
    status = add_data(ranges, params.fd, start, end);
    unixcall_close_fd(&params);
    return status;
}

static NTSTATUS query_ranges(HANDLE file, const BYTE *in, ULONG in_length, struct ranges *ranges)
{
    BYTE standard[STANDARD_SIZE];
    ULONG64 start, length, end;
    IO_STATUS_BLOCK io;
    NTSTATUS status;

    if (!get_pair(in, in_length, &start, &length) || length > MAXLONGLONG - start) return STATUS_INVALID_PARAMETER;
    if (!native_has_right(file, FILE_READ_DATA)) return STATUS_ACCESS_DENIED;
    status = NtQueryInformationFile(file, &io, standard, sizeof(standard), (FILE_INFORMATION_CLASS)CLASS_STANDARD);
    if (status) return status;
    if (standard[STANDARD_DIRECTORY]) return STATUS_INVALID_PARAMETER;
    end = get_ulong64(standard + STANDARD_END);
    if (end > start + length) end = start + length;
    return start < end ? find_ranges(file, start, end, ranges) : STATUS_SUCCESS;
}

static NTSTATUS zero_data(HANDLE file, const BYTE *in, ULONG in_length)
{
    struct zero_params params = { 0 };
    ULONG64 start, end;
    int fd;

    if (!get_pair(in, in_length, &start, &end) || end < start) return STATUS_INVALID_PARAMETER;
    if (!native_has_right(file, FILE_WRITE_DATA)) return STATUS_ACCESS_DENIED;
    params.hole = sparse_get(file);
    if (unixcall_get_fd(file, FILE_WRITE_DATA, &fd)) return STATUS_ACCESS_DENIED;
    params.fd = fd;
    params.from = start;
    params.end = end;
    unixcall_zero(&params);
    return error_to_status(params.error);
}

/*
 * Tells all who wait for a control that it is done, but for a completion port, which can't be reached from here. Of a
 * failure, nobody is told.
 */
static NTSTATUS complete(HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io, NTSTATUS status,
                         ULONG_PTR information)
{
    if (NT_ERROR(status)) return status;
    io->Status = status;
    io->Information = information;
    if (event) NtSetEvent(event, NULL);
    if (apc) NtQueueApcThread(CURRENT_THREAD, apc, (ULONG_PTR)apc_context, (ULONG_PTR)io, 0);
    return status;
}

NTSTATUS WINAPI hook_NtFsControlFile(HANDLE file, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io,
                                     ULONG code, void *in, ULONG in_length, void *out, ULONG out_length)
{
    struct ranges ranges = { out, out ? out_length : 0, 0 };
    NTSTATUS status;

    if (shadow_refuses_control(file, code)) return STATUS_MEDIA_WRITE_PROTECTED;
    if (unixcall_is_available() && code == FSCTL_QUERY_ALLOCATED_RANGES)
    {
        status = query_ranges(file, in, in_length, &ranges);
        return complete(event, apc, apc_context, io, status, ranges.used);
    }
    if (unixcall_is_available() && code == FSCTL_SET_ZERO_DATA)
        return complete(event, apc, apc_context, io, zero_data(file, in, in_length), 0);
    status = nt_original.fs_control(file, event, apc, apc_context, io, code, in, in_length, out, out_length);
    /* FILE_SET_SPARSE_BUFFER (MS-FSCC) is one BOOLEAN; without, it means TRUE */
    if (code == FSCTL_SET_SPARSE && !status) sparse_set(file, !in || !in_length || *(BYTE *)in);
    return status;
}
