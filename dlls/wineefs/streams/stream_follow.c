/*
 * What has alternate streams in files, and is renamed, removed or overwritten: they follow.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stream_follow.h"

#include "patch/originals.h"
#include "stream_closing.h"
#include "stream_host.h"
#include "stream_open.h"
#include "wine/errors.h"
#include "wine/native.h"
#include "wine/reparse.h"
#include "wine/unixcall.h"

/* Where a file is to go: a directory, and a name in it. */
struct place
{
    HANDLE       dir;    /* NULL: there's none */
    BOOL         opened; /* here, and not by the program */
    const WCHAR *name;
    ULONG        units;
};

static void open_place(struct place *place, const OBJECT_ATTRIBUTES *target)
{
    OBJECT_ATTRIBUTES attr = *target;
    UNICODE_STRING name = *target->ObjectName;
    ULONG units = name.Length / sizeof(WCHAR), last = units;

    while (last && name.Buffer[last - 1] != '\\') last--;
    place->name = name.Buffer + last;
    place->units = units - last;
    place->opened = last != 0;
    place->dir = attr.RootDirectory;
    name.Length = (USHORT)(last * sizeof(WCHAR));
    attr.ObjectName = &name;
    if (last && hooks_open_file(&place->dir, FILE_READ_ATTRIBUTES | SYNCHRONIZE, &attr, SHARE_ALL,
                                FILE_DIRECTORY_FILE | FILE_OPEN_FOR_BACKUP_INTENT | FILE_SYNCHRONOUS_IO_NONALERT))
        place->dir = NULL;
}

static void close_place(const struct place *place)
{
    if (place->opened && place->dir) NtClose(place->dir);
}

/* A descriptor of the directory, for the Unix half to take over. FALSE: there's none. */
static BOOL get_directory(const struct place *place, int *fd)
{
    return place->dir && !unixcall_get_fd(place->dir, 0, fd);
}

/* A stream's name isn't one that a file could get. */
static BOOL is_stream_name(const OBJECT_ATTRIBUTES *attr)
{
    struct stream_name name;
    struct stream_host host;

    if (!stream_name_is_candidate(attr) || stream_name_split(attr, &name) != STREAM_NAMED) return FALSE;
    stream_host_ask(&name, STREAM_LOOK, &host);
    if (host.answer == STREAM_MISSING) return !stream_name_is_there(attr);
    return host.answer != STREAM_ELSEWHERE && host.answer != STREAM_NO_OWNER;
}

/* Fills in the owner. An NTSTATUS: why it can't be renamed. */
static NTSTATUS begin_rename(HANDLE file, const struct place *place, ULONG64 *owner)
{
    struct owner_begin_params params = { 0 };

    if (!get_directory(place, &params.to_fd)) return STATUS_SUCCESS;
    if (unixcall_get_fd(file, 0, &params.fd))
    {
        struct fd_params done = { params.to_fd, 0 };

        unixcall_close_fd(&done);
        return STATUS_SUCCESS;
    }
    params.to_name = (UINT_PTR)place->name;
    params.name_units = place->units;
    unixcall_owner_begin(&params);
    *owner = params.owner;
    unixcall_error(__func__, &params.result);
    return params.result.error == EFS_ERR_UNREPRESENTABLE ? STATUS_OBJECT_NAME_INVALID
        : error_to_status((enum efs_error)params.result.error);
}

static BOOL is_taken(HANDLE file, const struct place *place)
{
    int fd;

    return get_directory(place, &fd) && reparse_has_name(file, fd, place->name, place->units);
}

BOOL stream_is_link_taken(HANDLE file, const void *info, ULONG length)
{
    OBJECT_ATTRIBUTES target;
    UNICODE_STRING name;
    struct place place;
    BOOL taken;

    if (!unixcall_is_available() || !native_read_target(info, length, &target, &name)) return FALSE;
    open_place(&place, &target);
    taken = is_taken(file, &place);
    close_place(&place);
    return taken;
}

/* What has to be known before it is renamed. */
static NTSTATUS prepare_rename(HANDLE file, const OBJECT_ATTRIBUTES *target, ULONG64 *owner)
{
    struct place place;
    NTSTATUS status;

    if (is_stream_name(target)) return STATUS_OBJECT_NAME_INVALID;
    open_place(&place, target);
    status = is_taken(file, &place) ? STATUS_OBJECT_NAME_COLLISION : begin_rename(file, &place, owner);
    close_place(&place);
    return status;
}

NTSTATUS stream_rename(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class)
{
    struct owner_end_params end = { 0 };
    OBJECT_ATTRIBUTES target;
    UNICODE_STRING name;
    NTSTATUS status;

    if (unixcall_is_available() && native_read_target(info, length, &target, &name)
        && (status = prepare_rename(file, &target, &end.owner)))
        return status;
    status = nt_original.set_information(file, io, info, length, class);
    if (!end.owner) return status;
    end.done = !status;
    unixcall_owner_end(&end);
    unixcall_error(__func__, &end.result);
    if (status || !end.result.error) return status;
    /* It has its new name; some of its streams haven't. */
    return io->Status = error_to_status((enum efs_error)end.result.error);
}

static ULONG64 begin_removal(HANDLE file)
{
    struct owner_begin_params params = { 0 };

    if (!unixcall_is_available() || unixcall_get_fd(file, 0, &params.fd)) return 0;
    params.to_fd = -1;
    unixcall_owner_begin(&params);
    return params.owner;
}

void stream_will_go(HANDLE file)
{
    struct stream_closing closing = { file, 0, FALSE };

    if (nt_original.close && (closing.owner = begin_removal(file))) stream_closing_put(&closing);
}

NTSTATUS stream_clear(HANDLE file)
{
    struct fd_params params = { 0 };

    if (!unixcall_is_available() || unixcall_get_fd(file, 0, &params.fd)) return STATUS_SUCCESS;
    unixcall_streams_clear(&params);
    return error_to_status((enum efs_error)params.result);
}

NTSTATUS stream_delete(OBJECT_ATTRIBUTES *attr)
{
    struct stream_open open = { .attr = attr, .access = DELETE | SYNCHRONIZE, .sharing = SHARE_ALL,
                                .disposition = FILE_OPEN,
                                .options = FILE_DELETE_ON_CLOSE | FILE_SYNCHRONOUS_IO_NONALERT };
    struct owner_end_params end = { 0 };
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    HANDLE file;

    if (stream_open(&file, &io, &open, &status))
    {
        if (!status) NtClose(file);
        return status;
    }
    attr = open.attr;
    /* Wine opens and closes it by itself, where no hook comes by. */
    if (attr && attr->ObjectName
        && !hooks_open_file(&file, FILE_READ_ATTRIBUTES | SYNCHRONIZE, attr, SHARE_ALL,
                            FILE_OPEN_FOR_BACKUP_INTENT | FILE_SYNCHRONOUS_IO_NONALERT))
    {
        end.owner = begin_removal(file);
        NtClose(file);
    }
    status = nt_original.delete_file(attr);
    if (!end.owner) return status;
    end.done = !status;
    unixcall_owner_end(&end);
    return status;
}
