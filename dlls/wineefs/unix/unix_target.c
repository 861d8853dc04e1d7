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
#include "efs/target.h"
#include "names.h"

/* Is something there under just this name? Symbolic links are followed. */
static bool find_existing(int dir_fd, const char *name, struct target_find_params *params)
{
    int fd = openat(dir_fd, name, O_PATH | O_CLOEXEC);
    struct statfs fs;

    if (fd == -1) return false;
    params->answer = TARGET_EXISTS;
    params->read_only = !fstatfs(fd, &fs) && (fs.f_flags & ST_RDONLY);
    close(fd);
    return true;
}

/* The target doesn't exist: where will it be? Closes it on failure. */
static enum efs_error finish_new(struct target_find_params *params, struct efs_target *target, struct efs_diag *diag)
{
    enum efs_error err;
    struct stat st;

    if (fstat(target->dir_fd, &st))
    {
        err = efs_fail_errno(diag, errno, 0, "fstat");
        efs_target_close(target);
        return err;
    }
    params->dir_dev = st.st_dev;
    params->dir_ino = st.st_ino;
    params->answer = TARGET_NEW;
    return EFS_OK;
}

static enum efs_error find_in_directory(struct target_find_params *params, struct efs_target *target,
                                        struct efs_diag *diag)
{
    int dir_fd = open(from_u64(params->dir), O_PATH | O_DIRECTORY | O_CLOEXEC);
    const char *name = from_u64(params->name);
    enum efs_error err;

    if (dir_fd == -1) return efs_fail_errno(diag, errno, 0, "open directory");
    /*
     * What is there under just this name, Wine finds at once. Only for another name is the directory read, or
     * remembered. A reparse point may have it, which one Wine finds and another doesn't.
     */
    if (find_existing(dir_fd, name, params) || !names_is_missing(dir_fd, name) || efs_reparse_check(dir_fd, name, NULL))
    {
        close(dir_fd);
        return EFS_OK;
    }
    if ((err = efs_target_open_new(target, dir_fd, name, diag)))
    {
        close(dir_fd);
        return err;
    }
    return finish_new(params, target, diag);
}

static enum efs_error find_by_path(struct target_find_params *params, struct efs_target *target, struct efs_diag *diag)
{
    const char *path = from_u64(params->path);
    enum efs_error err;

    if (find_existing(AT_FDCWD, path, params)) return EFS_OK;
    if ((err = efs_target_open(target, path, diag))) return err;
    if (!target->exists) return finish_new(params, target, diag);
    /* Somebody else has made it between our two looks. */
    params->answer = TARGET_EXISTS;
    efs_target_close(target);
    return EFS_OK;
}

void call_target_find(struct target_find_params *params)
{
    struct efs_target *target = malloc(sizeof(*target));
    struct efs_diag diag = { 0 };
    enum efs_error err;

    params->answer = TARGET_ASK_WINE;
    params->read_only = 0;
    params->target = 0;
    if (!target) err = efs_fail(&diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    else if (params->dir) err = find_in_directory(params, target, &diag);
    else err = find_by_path(params, target, &diag);
    if (params->answer == TARGET_NEW) params->target = to_u64(target);
    else free(target);
    answer(&params->result, err, &diag);
}

void call_target_open(struct target_open_params *params)
{
    struct efs_target *target = malloc(sizeof(*target));
    struct efs_diag diag = { 0 };
    enum efs_error err;

    if (!target) err = efs_fail(&diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    else err = efs_target_open_fd(target, take_fd(params->fd), &diag);
    close(params->fd);
    params->directory = !err && target->directory;
    params->target = err ? 0 : to_u64(target);
    if (err) free(target);
    answer(&params->result, err, &diag);
}

void call_target_close(struct session_params *params)
{
    struct efs_target *target = from_u64(params->session);

    efs_target_close(target);
    free(target);
}
