/*
 * NtQueryEaFile and NtSetEaFile: Wine answers that there are none, and denies access.
 *
 * Where the file system can't hold them, Wine's answers stay.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ea.h"

#include "backup/content.h"
#include "hooks.h"
#include "shadow/shadow_marks.h"
#include "wine/debug.h"
#include "wine/errors.h"
#include "wine/native.h"
#include "wine/unixcall.h"

#define ALL  MAXDWORD
#define NONE MAXDWORD /* params.last: no entry yet */

/* FILE_GET_EA_INFORMATION (MS-FSCC 2.4.15.1): where the next one is, the length of the name, the name and a NUL */
#define WANTED_NEXT        0
#define WANTED_NAME_LENGTH 4
#define WANTED_NAME        5

/* ---- how far a program has come with a handle ---- */

static struct { HANDLE file; ULONG next; } scans[512];
LONG ea_scans;

/* mingw-w64's winternl.h lacks them */
void WINAPI RtlAcquireSRWLockExclusive(RTL_SRWLOCK *lock);
void WINAPI RtlReleaseSRWLockExclusive(RTL_SRWLOCK *lock);

static RTL_SRWLOCK lock;

/* The handle's place, or with NULL a free one; -1: there is none. Under the lock. */
static int find_scan(HANDLE file)
{
    int i;

    for (i = 0; i < (int)ARRAYSIZE(scans); i++)
        if (scans[i].file == file) return i;
    return -1;
}

static ULONG get_scan(HANDLE file)
{
    ULONG next = 0;
    int i;

    if (!ea_scans) return 0;
    RtlAcquireSRWLockExclusive(&lock);
    if ((i = find_scan(file)) != -1) next = scans[i].next;
    RtlReleaseSRWLockExclusive(&lock);
    return next;
}

/* FALSE: there are too many of them, and this one would begin anew each time. */
static BOOL set_scan(HANDLE file, ULONG next)
{
    int i;

    RtlAcquireSRWLockExclusive(&lock);
    if ((i = find_scan(file)) == -1 && (i = find_scan(NULL)) != -1)
    {
        scans[i].file = file;
        ea_scans++;
    }
    if (i != -1) scans[i].next = next;
    RtlReleaseSRWLockExclusive(&lock);
    return i != -1;
}

void ea_forget_scan(HANDLE file)
{
    int i;

    RtlAcquireSRWLockExclusive(&lock);
    if (file && (i = find_scan(file)) != -1)
    {
        scans[i].file = NULL;
        ea_scans--;
    }
    RtlReleaseSRWLockExclusive(&lock);
}

/* ---- asking ---- */

/* The descriptor in *fd is the caller's to close. FALSE: Wine is to answer. */
static BOOL open_fd(HANDLE file, int *fd)
{
    return unixcall_is_available() && !unixcall_get_fd(file, 0, fd);
}

static void close_fd(int fd)
{
    struct fd_params params = { fd, 0 };

    unixcall_close_fd(&params);
}

ULONG ea_get_size(HANDLE file)
{
    struct eas_get_params params = { 0 };
    int fd;

    if (!open_fd(file, &fd)) return 0;
    params.fd = fd;
    params.most = ALL;
    params.last = NONE;
    unixcall_eas_get(&params);
    close_fd(fd);
    return params.length;
}

/* The names that are asked for, one by one; one that the file hasn't got has no value. */
static NTSTATUS query_wanted(struct eas_get_params *params, const BYTE *list, ULONG length, ULONG *at)
{
    size_t filled = 0, last = SIZE_MAX;
    struct bea ea = { 0 };
    ULONG next;

    for (*at = 0;; *at += next)
    {
        if (length - *at < WANTED_NAME + 1) return STATUS_EA_LIST_INCONSISTENT;
        next = get_ulong(list + *at + WANTED_NEXT);
        ea.name = list + *at + WANTED_NAME;
        ea.name_length = list[*at + WANTED_NAME_LENGTH];
        if (ea.name_length >= length - *at - WANTED_NAME) return STATUS_EA_LIST_INCONSISTENT;
        if (!bea_is_name(ea.name, ea.name_length)) return STATUS_INVALID_EA_NAME;
        params->name = (UINT_PTR)ea.name;
        params->name_length = ea.name_length;
        params->length = (ULONG)filled;
        params->last = last == SIZE_MAX ? NONE : (ULONG)last;
        unixcall_eas_get(params);
        if (params->result.error) return error_to_status(params->result.error);
        if (params->given)
        {
            filled = params->length;
            last = params->last;
        }
        else if (params->more || !bea_add((BYTE *)(UINT_PTR)params->buffer, params->capacity, &filled, &last, &ea))
            return filled ? STATUS_BUFFER_OVERFLOW : STATUS_BUFFER_TOO_SMALL;
        params->length = (ULONG)filled;
        if (!next) return STATUS_SUCCESS;
        if (next <= WANTED_NAME + (ULONG)ea.name_length || next % sizeof(ULONG) || next >= length - *at)
            return STATUS_EA_LIST_INCONSISTENT;
    }
}

static NTSTATUS query(HANDLE file, struct eas_get_params *params, const ULONG *index, BOOL restart)
{
    if (index && !*index) return STATUS_NONEXISTENT_EA_ENTRY;
    params->first = index ? *index - 1 : restart ? 0 : get_scan(file);
    unixcall_eas_get(params);
    if (params->result.error) return error_to_status(params->result.error);
    if (!params->given && params->more) return STATUS_BUFFER_TOO_SMALL;
    if (!params->given && index && params->passed < params->first) return STATUS_NONEXISTENT_EA_ENTRY;
    if (!params->given && params->passed) return STATUS_NO_MORE_EAS;
    if (!params->given)
    {
        /* as Windows does, says Wine's test of it */
        if (params->capacity) memset((void *)(UINT_PTR)params->buffer, 0, params->capacity);
        return STATUS_NO_EAS_ON_FILE;
    }
    if (!set_scan(file, params->first + params->given) && !restart && !index) return STATUS_INSUFFICIENT_RESOURCES;
    return params->more && params->most == ALL ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/* Is it a file whose file system keeps attributes? */
static BOOL is_kept(int fd)
{
    struct eas_set_params params = { 0 };

    params.fd = fd;
    unixcall_eas_set(&params);
    return params.kept != 0;
}

static NTSTATUS complete(IO_STATUS_BLOCK *io, NTSTATUS status, ULONG information)
{
    if (NT_ERROR(status)) return status;
    io->Information = information;
    return io->Status = status;
}

NTSTATUS WINAPI hook_NtQueryEaFile(HANDLE file, IO_STATUS_BLOCK *io, void *buffer, ULONG length, BOOLEAN single,
                                   void *list, ULONG list_length, ULONG *index, BOOLEAN restart)
{
    struct eas_get_params params = { 0 };
    ULONG bad = 0;
    NTSTATUS status;
    BOOL kept;
    int fd;

    if (!open_fd(file, &fd))
        return nt_original.query_ea(file, io, buffer, length, single, list, list_length, index, restart);
    params.fd = fd;
    params.buffer = (UINT_PTR)buffer;
    params.capacity = buffer ? length : 0;
    params.most = single ? 1 : ALL;
    params.last = NONE;
    if (!(kept = is_kept(fd))) status = STATUS_SUCCESS;
    else if (!native_has_right(file, FILE_READ_EA)) status = STATUS_ACCESS_DENIED;
    else if (!list || !list_length) status = query(file, &params, index, restart);
    else status = query_wanted(&params, list, list_length, &bad);
    close_fd(fd);
    if (!kept) return nt_original.query_ea(file, io, buffer, length, single, list, list_length, index, restart);
    if (status == STATUS_EA_LIST_INCONSISTENT || status == STATUS_INVALID_EA_NAME) params.length = bad;
    return complete(io, status, params.length);
}

/* ---- setting ---- */

NTSTATUS ea_check_list(const BYTE *list, ULONG length, IO_STATUS_BLOCK *io)
{
    struct bstream_fault fault = { 0 };
    NTSTATUS status = STATUS_SUCCESS;
    struct bea ea;
    size_t at = 0, entry = 0;

    if (!list || !length) return complete(io, STATUS_EA_LIST_INCONSISTENT, 0);
    for (; bea_next(list, length, &at, &ea, &fault); entry = at)
        if (ea.flags & BEA_NEED) ERR("an extended attribute loses the mark that programs need to know it\n");
    if (fault.rule) status = fault.position == entry + BEA_FIXED ? STATUS_INVALID_EA_NAME : STATUS_EA_LIST_INCONSISTENT;
    if (fault.rule) WARN("byte %lu: %s\n", (ULONG)fault.position, fault.rule);
    return complete(io, status, status ? (ULONG)entry : 0);
}

/* *kept: does the file system keep any? */
static NTSTATUS set(int fd, const BYTE *list, ULONG length, BOOL *kept)
{
    struct eas_set_params params = { 0 };

    params.fd = fd;
    params.list = (UINT_PTR)list;
    params.length = length;
    unixcall_eas_set(&params);
    *kept = params.kept != 0;
    if (params.result.error == EFS_ERR_VOLUME) return STATUS_EA_TOO_LARGE; /* there is no room for it */
    return error_to_status(params.result.error);
}

NTSTATUS ea_set(HANDLE file, const BYTE *list, ULONG length)
{
    NTSTATUS status;
    BOOL kept;
    int fd;

    if (!open_fd(file, &fd)) return STATUS_SUCCESS;
    status = set(fd, list, length, &kept);
    close_fd(fd);
    return status;
}

NTSTATUS WINAPI hook_NtSetEaFile(HANDLE file, IO_STATUS_BLOCK *io, void *list, ULONG length)
{
    NTSTATUS status;
    BOOL kept;
    int fd;

    if (shadow_is_marked(file)) return STATUS_MEDIA_WRITE_PROTECTED;
    if (!open_fd(file, &fd)) return nt_original.set_ea(file, io, list, length);
    if (!(kept = is_kept(fd))) status = STATUS_SUCCESS;
    else if (!native_has_right(file, FILE_WRITE_EA)) status = STATUS_ACCESS_DENIED;
    else if (!(status = ea_check_list(list, length, io))) status = complete(io, set(fd, list, length, &kept), 0);
    close_fd(fd);
    return kept ? status : nt_original.set_ea(file, io, list, length);
}
