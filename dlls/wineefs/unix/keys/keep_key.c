/*
 * A key that was just made, on the disk before anything is encrypted for it.
 *
 * Wine writes a registry up to half a minute after it was changed. A power cut in that time would leave encrypted
 * files, and no key. So the key goes into files of its own, which stay: a PVK and its certificate, readable by their
 * owner alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

#define FOLDER "efs-keys" /* beside dosdevices */

static int open_folder(const char *prefix)
{
    int dir = open(prefix, O_RDONLY | O_DIRECTORY | O_CLOEXEC), folder = -1;

    if (dir == -1) return -1;
    if (!mkdirat(dir, FOLDER, 0700) || errno == EEXIST)
        folder = openat(dir, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder != -1 && fsync(dir))
    {
        close(folder);
        folder = -1;
    }
    close(dir);
    return folder;
}

#define FILE_NAME_SIZE 64

static bool name_file(char file[FILE_NAME_SIZE], const char *name, const char *ending)
{
    return !strchr(name, '/') && snprintf(file, FILE_NAME_SIZE, "%s.%s", name, ending) < FILE_NAME_SIZE;
}

static enum efs_error write_file(int folder, const char *name, const char *ending, const struct key_bytes *bytes,
                                 struct efs_diag *diag)
{
    char file[FILE_NAME_SIZE];
    enum efs_error err;
    int fd;

    if (!name_file(file, name, ending))
        return efs_fail(diag, EFS_ERR_INVALID, 0, "a key's name is too long");
    if ((fd = openat(folder, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) == -1)
        return efs_fail_errno(diag, errno, 0, "open");
    err = io_write_all(fd, 0, from_u64(bytes->data), bytes->length, diag);
    if (!err && fsync(fd)) err = efs_fail_errno(diag, errno, 0, "fsync");
    close(fd);
    if (err) unlinkat(folder, file, 0);
    return err;
}

static enum efs_error keep(int folder, const struct keep_key_params *params, struct efs_diag *diag)
{
    const char *name = from_u64(params->name);
    enum efs_error err = write_file(folder, name, "cer", &params->pair.certificate, diag);
    char certificate[FILE_NAME_SIZE];

    if (err) return err;
    if ((err = write_file(folder, name, "pvk", &params->pair.key, diag)))
    {
        name_file(certificate, name, "cer");
        unlinkat(folder, certificate, 0);
        return err;
    }
    return io_sync_directory(folder, diag);
}

void call_keep_key(struct keep_key_params *params)
{
    int folder = open_folder(from_u64(params->prefix));
    struct efs_diag diag = { 0 };
    enum efs_error err;

    if (folder == -1) err = efs_fail_errno(&diag, errno, 0, "mkdir");
    else
    {
        err = keep(folder, params, &diag);
        close(folder);
    }
    answer(&params->result, err, &diag);
}
