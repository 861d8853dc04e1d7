/*
 * An alternate stream on the host, for the hooks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stream_host.h"

#include "base/text.h"
#include "patch/originals.h"
#include "wine/errors.h"
#include "wine/unixcall.h"

/* A descriptor of the file that has the stream. -1: there's none. */
static int open_owner(const struct stream_name *name)
{
    OBJECT_ATTRIBUTES attr = name->owner;
    HANDLE file = attr.RootDirectory;
    int fd = -1;

    if (name->owner_name.Length
        && hooks_open_file(&file, FILE_READ_ATTRIBUTES | SYNCHRONIZE, &attr, SHARE_ALL,
                           FILE_OPEN_FOR_BACKUP_INTENT | FILE_SYNCHRONOUS_IO_NONALERT)) return -1;
    if (unixcall_get_fd(file, 0, &fd)) fd = -1;
    if (name->owner_name.Length) NtClose(file);
    return fd;
}

BOOL stream_host_name(struct stream_host *host, const char *path)
{
    static const WCHAR prefix[STREAM_PREFIX] = L"\\??\\unix";
    ULONG at = STREAM_PREFIX;
    uint32_t c;
    size_t n;

    memcpy(host->path, prefix, sizeof(prefix));
    for (; *path; path += n)
    {
        if (!(n = utf8_get((const uint8_t *)path, &c)) || c == '\\') return FALSE;
        at += (ULONG)utf16_put((uint8_t *)(host->path + at), c == '/' ? '\\' : c) / sizeof(WCHAR);
    }
    host->nt_path.Buffer = host->path;
    host->nt_path.Length = host->nt_path.MaximumLength = (USHORT)(at * sizeof(WCHAR));
    return TRUE;
}

void stream_host_ask(const struct stream_name *name, enum stream_action action, struct stream_host *host)
{
    struct stream_params params = { 0 };
    char path[STREAM_PATH_SIZE];

    host->answer = STREAM_ELSEWHERE;
    host->fd = -1;
    if (!unixcall_is_available()) return;
    if ((params.fd = open_owner(name)) == -1)
    {
        host->answer = STREAM_NO_OWNER;
        return;
    }
    params.name = (UINT_PTR)name->name;
    params.name_units = name->units;
    params.action = action;
    params.path = (UINT_PTR)path;
    params.path_size = sizeof(path);
    params.given = -1;
    unixcall_stream(&params);
    host->answer = (enum stream_answer)params.answer;
    host->size = params.size;
    host->fd = params.given;
    host->dev = params.dev;
    host->ino = params.ino;
    if (host->answer == STREAM_IS_FILE && action != STREAM_LOOK && !stream_host_name(host, path))
    {
        params.result.error = EFS_ERR_UNREPRESENTABLE;
        host->answer = STREAM_FAILED;
    }
    if (host->answer != STREAM_FAILED) return;
    unixcall_error(__func__, &params.result);
    /* here it is always the name that can't be had */
    host->error = params.result.error == EFS_ERR_UNREPRESENTABLE || params.result.error == EFS_ERR_INVALID
        ? STATUS_OBJECT_NAME_INVALID : error_to_status((enum efs_error)params.result.error);
}
