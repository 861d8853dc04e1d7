/*
 * The Unix half's calls about what an import is going to replace or make.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "efs/store.h"
#include "names.h"

void call_target_open(struct target_open_params *params)
{
    struct efs_target *target = malloc(sizeof(*target));
    struct efs_diag diag = { 0 };
    enum efs_error err;
    struct statfs fs;
    struct stat st;

    params->target = 0;
    if (!target) err = efs_fail(&diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    else if (params->fd != -1) err = efs_target_open_fd(target, take_fd(params->fd), &diag);
    else err = efs_target_open(target, from_u64(params->path), &diag);
    if (params->fd != -1) close(params->fd);

    if (!err && fstat(target->dir_fd, &st))
    {
        err = efs_fail_errno(&diag, errno, 0, "fstat");
        efs_target_close(target);
    }
    if (err)
    {
        free(target);
        answer(&params->result, err, &diag);
        return;
    }
    params->exists = target->exists;
    params->read_only = target->exists && !fstatfs(target->fd, &fs) && (fs.f_flags & ST_RDONLY);
    params->directory = target->directory;
    params->dir_dev = st.st_dev;
    params->dir_ino = st.st_ino;
    params->target = to_u64(target);
    answer(&params->result, EFS_OK, &diag);
}

void call_target_open_new(struct target_open_new_params *params)
{
    int dir_fd = names_open_if_missing(from_u64(params->dir), from_u64(params->name));
    struct efs_target *target = NULL;
    struct stat st;

    params->target = 0;
    if (dir_fd == -1) return;
    if (!fstat(dir_fd, &st) && (target = malloc(sizeof(*target))) && !efs_target_open_new(target, dir_fd, from_u64(params->name), NULL))
    {
        params->dir_dev = st.st_dev;
        params->dir_ino = st.st_ino;
        params->target = to_u64(target);
        return;
    }
    close(dir_fd);
    free(target);
}

void call_target_close(struct session_params *params)
{
    struct efs_target *target = from_u64(params->session);

    efs_target_close(target);
    free(target);
}
