/*
 * Opening an alternate stream of a plain file.
 *
 * One in an attribute that is only read is given as a file without a name that has its bytes. One in a file is opened
 * by Wine, with Wine's own rules for sharing. So for anything else a stream goes to a file first, which is where it is
 * while it is open; when it is closed it goes back to an attribute, if it fits one (stream_settle.c).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stream_open.h"

#include "patch/inherit.h"
#include "patch/originals.h"
#include "stream_closing.h"
#include "stream_host.h"
#include "wine/reparse.h"
#include "wine/unixcall.h"

#define READ_ACCESS (GENERIC_READ | GENERIC_EXECUTE | FILE_READ_DATA | FILE_READ_EA | FILE_EXECUTE \
                     | FILE_READ_ATTRIBUTES | READ_CONTROL | SYNCHRONIZE)
#define WRITE_ACCESS (GENERIC_WRITE | GENERIC_ALL | MAXIMUM_ALLOWED | FILE_WRITE_DATA | FILE_APPEND_DATA)

#define TRIES 6 /* in all 31 ms: a stream is on its way from one home to the other no longer */

/* Is it made if it isn't there? */
static BOOL creates(const struct stream_open *open)
{
    return open->disposition == FILE_CREATE || open->disposition == FILE_OPEN_IF
        || open->disposition == FILE_OVERWRITE_IF || open->disposition == FILE_SUPERSEDE;
}

static BOOL truncates(const struct stream_open *open)
{
    return open->disposition == FILE_OVERWRITE || open->disposition == FILE_OVERWRITE_IF
        || open->disposition == FILE_SUPERSEDE;
}

/* What has to become of one that is there. */
static enum stream_action choose_action(const struct stream_open *open)
{
    if (open->disposition == FILE_CREATE) return STREAM_LOOK;
    if (truncates(open)) return STREAM_WRITE;
    if ((open->options & FILE_DELETE_ON_CLOSE) && !(open->access & WRITE_ACCESS)) return STREAM_TAKE;
    return open->access & ~(ACCESS_MASK)READ_ACCESS ? STREAM_WRITE : STREAM_READ;
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

/* Is what Wine has opened what the Unix half meant? From then on other prefixes know that it is open, too. */
static BOOL hold(HANDLE file, const struct stream_host *host)
{
    struct stream_hold_params params = { 0 };

    if (unixcall_get_fd(file, 0, &params.fd)) return FALSE;
    params.dev = host->dev;
    params.ino = host->ino;
    unixcall_stream_hold(&params);
    return params.same != 0;
}

/* Its file is there, and isn't made: one without a mark would be no stream. */
static NTSTATUS open_file(HANDLE *file, const struct stream_open *open, struct stream_host *host)
{
    struct stream_closing closing = { 0 };
    OBJECT_ATTRIBUTES attr = *open->attr;
    IO_STATUS_BLOCK io;
    NTSTATUS status;

    attr.RootDirectory = NULL;
    attr.ObjectName = &host->nt_path;
    attr.Attributes &= ~(ULONG)OBJ_CASE_INSENSITIVE;
    attr.SecurityDescriptor = NULL;
    status = hooks_create_file(file, open->access, &attr, &io, 0, open->sharing,
                               truncates(open) ? FILE_OVERWRITE : FILE_OPEN, open->options);
    if (status) return status;
    if (!hold(*file, host))
    {
        nt_original.close ? nt_original.close(*file) : NtClose(*file);
        return STATUS_SHARING_VIOLATION;
    }
    if (choose_action(open) != STREAM_WRITE && open->disposition != FILE_CREATE) return STATUS_SUCCESS;
    closing.handle = *file;
    closing.written = TRUE;
    if (nt_original.close) stream_closing_put(&closing);
    return STATUS_SUCCESS;
}

static void drop(const struct stream_open *open)
{
    struct stream_host host;

    stream_host_ask(&open->name, STREAM_DROP, &host);
}

/* It isn't there, and is made. */
static NTSTATUS create(HANDLE *file, IO_STATUS_BLOCK *io, const struct stream_open *open)
{
    struct stream_host host;
    NTSTATUS status;

    stream_host_ask(&open->name, STREAM_CREATE, &host);
    if (host.answer == STREAM_FAILED) return finish(io, host.error, 0);
    if (host.answer != STREAM_IS_FILE) return finish(io, STATUS_ACCESS_DENIED, 0);
    if ((status = open_file(file, open, &host))) drop(open);
    return finish(io, status, FILE_CREATED);
}

/* Its file isn't there either. TRUE: the request is answered. */
static BOOL create_both(HANDLE *file, IO_STATUS_BLOCK *io, const struct stream_open *open, NTSTATUS *status)
{
    OBJECT_ATTRIBUTES attr = open->name.owner;
    IO_STATUS_BLOCK made;
    struct stream_host host;
    BOOL answered = TRUE, encrypted = FALSE;
    HANDLE owner;

    *status = hooks_create_file(&owner, FILE_READ_ATTRIBUTES | DELETE | SYNCHRONIZE, &attr, io, open->attributes,
                                SHARE_ALL, FILE_OPEN_IF, FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT);
    /* Where there's no such place, Wine says so itself. */
    if (*status) return FALSE;
    made = *io;
    if (made.Information == FILE_CREATED && reparse_undo(owner, &encrypted))
    {
        NtClose(owner);
        *status = finish(io, STATUS_IO_REPARSE_TAG_NOT_HANDLED, 0);
        return TRUE;
    }
    stream_host_ask(&open->name, STREAM_LOOK, &host);
    if (host.answer == STREAM_ELSEWHERE) answered = FALSE;
    else if (encrypted && inherit_is_wanted(open->attributes, open->options))
        *status = finish(io, inherit_refuse(), 0);
    else *status = create(file, io, open);
    if (made.Information == FILE_CREATED && (!answered || *status)) hooks_take_back(&owner, &attr, &made, *status);
    else NtClose(owner);
    return answered;
}

static BOOL open_missing(HANDLE *file, IO_STATUS_BLOCK *io, const struct stream_open *open, NTSTATUS *status,
                         BOOL has_owner)
{
    /* Wine looks for a name relative to a handle in a directory, which this needn't be. */
    BOOL relative = !open->name.owner_name.Length;

    if (!creates(open))
    {
        if (!relative) return FALSE;
        *status = finish(io, STATUS_OBJECT_NAME_NOT_FOUND, 0);
        return TRUE;
    }
    /* a host's file of that name in other letters */
    if (!relative && stream_name_is_there(open->attr)) return FALSE;
    if (!has_owner) return create_both(file, io, open, status);
    *status = create(file, io, open);
    return TRUE;
}

static void wait_a_bit(unsigned int milliseconds)
{
    LARGE_INTEGER time;

    time.QuadPart = -10000 * (LONGLONG)milliseconds;
    NtDelayExecution(FALSE, &time);
}

/* Opens one that was found. */
static NTSTATUS open_found(HANDLE *file, IO_STATUS_BLOCK *io, const struct stream_open *open, struct stream_host *host)
{
    NTSTATUS status;

    if (host->answer == STREAM_GUARDED) return finish(io, STATUS_ACCESS_DENIED, 0);
    if (host->answer == STREAM_FAILED) return finish(io, host->error, 0);
    if (open->disposition == FILE_CREATE) return finish(io, STATUS_OBJECT_NAME_COLLISION, 0);
    if (host->answer == STREAM_GIVEN) return finish(io, give_snapshot(file, open, host->fd), FILE_OPENED);
    status = open_file(file, open, host);
    return finish(io, status, !truncates(open) ? FILE_OPENED
                              : open->disposition == FILE_SUPERSEDE ? IO_SUPERSEDED : IO_OVERWRITTEN);
}

/* TRUE: the request is answered. */
static BOOL open_named(HANDLE *file, IO_STATUS_BLOCK *io, const struct stream_open *open, NTSTATUS *status)
{
    struct stream_host host;
    unsigned int try;

    for (try = 0; try < TRIES; try++)
    {
        if (try) wait_a_bit(1u << (try - 1));
        stream_host_ask(&open->name, choose_action(open), &host);
        if (host.answer == STREAM_ELSEWHERE) return FALSE;
        if (open->options & FILE_DIRECTORY_FILE)
        {
            if (host.fd != -1) unixcall_close_fd(&(struct fd_params){ host.fd, 0 });
            *status = finish(io, STATUS_NOT_A_DIRECTORY, 0);
            return TRUE;
        }
        if (host.answer == STREAM_NO_OWNER || host.answer == STREAM_MISSING)
        {
            if (!open_missing(file, io, open, status, host.answer == STREAM_MISSING)) return FALSE;
        }
        else *status = open_found(file, io, open, &host);
        /* Another process may have just closed it, and it is on its way to an attribute or there already. */
        if (*status != STATUS_SHARING_VIOLATION && *status != STATUS_OBJECT_NAME_NOT_FOUND) break;
        if (*status == STATUS_OBJECT_NAME_NOT_FOUND && host.answer != STREAM_IS_FILE) break;
    }
    return TRUE;
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
