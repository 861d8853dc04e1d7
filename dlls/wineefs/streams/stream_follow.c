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

/* A descriptor of the directory, and where in the name the last component begins. -1: there's none. */
static int open_directory(const OBJECT_ATTRIBUTES *target, ULONG *last)
{
    OBJECT_ATTRIBUTES attr = *target;
    UNICODE_STRING name = *target->ObjectName;
    HANDLE dir = attr.RootDirectory;
    int fd = -1;

    *last = name.Length / sizeof(WCHAR);
    while (*last && name.Buffer[*last - 1] != '\\') --*last;
    name.Length = (USHORT)(*last * sizeof(WCHAR));
    attr.ObjectName = &name;
    if (*last && hooks_open_file(&dir, FILE_READ_ATTRIBUTES | SYNCHRONIZE, &attr, SHARE_ALL,
                                 FILE_DIRECTORY_FILE | FILE_OPEN_FOR_BACKUP_INTENT | FILE_SYNCHRONOUS_IO_NONALERT))
        return -1;
    if (!dir || unixcall_get_fd(dir, 0, &fd)) fd = -1;
    if (*last) NtClose(dir);
    return fd;
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
static NTSTATUS begin_rename(HANDLE file, const OBJECT_ATTRIBUTES *target, ULONG64 *owner)
{
    struct owner_begin_params params = { 0 };
    ULONG last;

    if ((params.to_fd = open_directory(target, &last)) == -1) return STATUS_SUCCESS;
    if (unixcall_get_fd(file, 0, &params.fd))
    {
        struct fd_params done = { params.to_fd, 0 };

        unixcall_close_fd(&done);
        return STATUS_SUCCESS;
    }
    params.to_name = (UINT_PTR)(target->ObjectName->Buffer + last);
    params.name_units = target->ObjectName->Length / sizeof(WCHAR) - last;
    unixcall_owner_begin(&params);
    *owner = params.owner;
    unixcall_error(__func__, &params.result);
    return params.result.error == EFS_ERR_UNREPRESENTABLE ? STATUS_OBJECT_NAME_INVALID
        : error_to_status((enum efs_error)params.result.error);
}

static BOOL is_taken(HANDLE file, const OBJECT_ATTRIBUTES *target)
{
    ULONG last;
    int fd = open_directory(target, &last);

    return fd != -1 && reparse_has_name(file, fd, target->ObjectName->Buffer + last,
                                        target->ObjectName->Length / sizeof(WCHAR) - last);
}

BOOL stream_is_link_taken(HANDLE file, const void *info, ULONG length)
{
    OBJECT_ATTRIBUTES target;
    UNICODE_STRING name;

    return unixcall_is_available() && native_read_target(info, length, &target, &name) && is_taken(file, &target);
}

NTSTATUS stream_rename(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class)
{
    struct owner_end_params end = { 0 };
    OBJECT_ATTRIBUTES target;
    UNICODE_STRING name;
    NTSTATUS status;

    if (unixcall_is_available() && native_read_target(info, length, &target, &name))
    {
        if (is_stream_name(&target)) return STATUS_OBJECT_NAME_INVALID;
        if (is_taken(file, &target)) return STATUS_OBJECT_NAME_COLLISION;
        if ((status = begin_rename(file, &target, &end.owner))) return status;
    }
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
