/*
 * Opening an alternate stream of a plain file.
 *
 * One in an attribute that is only read is given as a file without a name that has its bytes. One in a file is opened
 * by Wine, with Wine's own rules for sharing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stream_open.h"

#include "patch/originals.h"
#include "stream_host.h"
#include "wine/debug.h"
#include "wine/unixcall.h"

#define READ_ACCESS (GENERIC_READ | GENERIC_EXECUTE | FILE_READ_DATA | FILE_READ_EA | FILE_EXECUTE \
                     | FILE_READ_ATTRIBUTES | READ_CONTROL | SYNCHRONIZE)

static BOOL only_reads(const struct stream_open *open)
{
    return !(open->access & ~(ACCESS_MASK)READ_ACCESS) && !(open->options & FILE_DELETE_ON_CLOSE)
        && (open->disposition == FILE_OPEN || open->disposition == FILE_OPEN_IF);
}

static NTSTATUS finish(IO_STATUS_BLOCK *io, NTSTATUS status, ULONG_PTR action)
{
    io->Status = status;
    io->Information = status ? 0 : action;
    return status;
}

static NTSTATUS give_snapshot(HANDLE *file, const struct stream_open *open, int fd)
{
    struct fd_params params = { 0 };
    NTSTATUS status = unixcall_make_handle(fd, open->access, open->attr->Attributes, file);

    params.fd = fd;
    unixcall_close_fd(&params);
    return status;
}

static NTSTATUS open_file(HANDLE *file, IO_STATUS_BLOCK *io, const struct stream_open *open, struct stream_host *host)
{
    OBJECT_ATTRIBUTES attr = *open->attr;
    NTSTATUS status;

    attr.RootDirectory = NULL;
    attr.ObjectName = &host->nt_path;
    attr.Attributes &= ~(ULONG)OBJ_CASE_INSENSITIVE;
    status = hooks_open_file(file, open->access, &attr, open->sharing, open->options);
    return finish(io, status, FILE_OPENED);
}

/* TRUE: the request is answered. */
static BOOL open_named(HANDLE *file, IO_STATUS_BLOCK *io, const struct stream_open *open, NTSTATUS *status)
{
    struct stream_host host;

    stream_host_ask(&open->name, only_reads(open) ? STREAM_READ : STREAM_LOOK, &host);
    switch (host.answer)
    {
    case STREAM_GUARDED:
        *status = finish(io, STATUS_ACCESS_DENIED, 0);
        return TRUE;
    case STREAM_GIVEN:
        if (host.fd == -1) *status = finish(io, STATUS_ACCESS_DENIED, 0);
        else *status = finish(io, give_snapshot(file, open, host.fd), FILE_OPENED);
        return TRUE;
    case STREAM_IS_FILE:
        if (!only_reads(open)) return FALSE;
        *status = open_file(file, io, open, &host);
        return TRUE;
    case STREAM_FAILED:
        *status = finish(io, host.error, 0);
        return TRUE;
    case STREAM_MISSING:
        /* Wine looks for a name relative to a handle in a directory, which this needn't be. */
        if (open->name.owner_name.Length || open->disposition != FILE_OPEN) return FALSE;
        *status = finish(io, STATUS_OBJECT_NAME_NOT_FOUND, 0);
        return TRUE;
    default:
        return FALSE;
    }
}

/* Only the host can have such a name. */
static BOOL refuse_invalid(IO_STATUS_BLOCK *io, const struct stream_open *open, NTSTATUS *status)
{
    if (stream_name_is_there(open->attr)) return FALSE;
    *status = finish(io, STATUS_OBJECT_NAME_INVALID, 0);
    return TRUE;
}

BOOL stream_open(HANDLE *file, IO_STATUS_BLOCK *io, struct stream_open *open, NTSTATUS *status)
{
    if (!stream_name_is_candidate(open->attr) || (open->options & FILE_OPEN_BY_FILE_ID)) return FALSE;
    switch (stream_name_split(open->attr, &open->name))
    {
    case STREAM_NAMED:
        return open_named(file, io, open, status);
    case STREAM_UNNAMED:
        if (stream_name_is_there(open->attr)) return FALSE; /* only the host can have such a name: a file as any */
        open->attr = &open->name.owner;
        open->options |= open->name.directory ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE;
        return FALSE;
    case STREAM_INVALID:
        return refuse_invalid(io, open, status);
    default:
        return FALSE;
    }
}
