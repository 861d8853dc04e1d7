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
#include "below/site.h"
#include "view/door.h"

/* Is something there under just this name? Symbolic links are followed. */
static bool find_existing(int dir_fd, const char *name, struct target_find_params *params)
{
    int fd = openat(dir_fd, name, O_PATH | O_CLOEXEC);
    struct statfs fs;
    struct stat st;

    if (fd == -1) return false;
    params->answer = TARGET_EXISTS;
    params->read_only = !fstatfs(fd, &fs) && (fs.f_flags & ST_RDONLY);
    params->mounted = door_is_in_view(fd);
    if (params->mounted && !fstat(fd, &st))
    {
        params->dev = st.st_dev;
        params->ino = st.st_ino;
    }
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
    params->dev = st.st_dev;
    params->ino = st.st_ino;
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
    struct site *site = malloc(sizeof(*site));
    struct efs_diag diag = { 0 };
    enum efs_error err;

    params->answer = TARGET_ASK_WINE;
    params->read_only = params->mounted = 0;
    params->target = 0;
    if (site) site_init(site);
    if (!site) err = efs_fail(&diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    else if (params->dir) err = find_in_directory(params, &site->target, &diag);
    else err = find_by_path(params, &site->target, &diag);
    if (params->answer == TARGET_NEW) params->target = to_u64(site);
    else free(site);
    answer(&params->result, err, &diag);
}

/* By Wine's descriptor, or, where a view gives nobody one, by name. */
static enum efs_error open_site(struct site *site, struct target_open_params *params, struct efs_diag *diag)
{
    int fd = params->path ? open(from_u64(params->path), O_PATH | O_CLOEXEC) : take_fd(params->fd);
    enum efs_error err;

    if (fd == -1) return efs_fail_errno(diag, errno, 0, "open");
    if (params->path && !door_is_in_view(fd)) err = efs_fail(diag, EFS_ERR_ACCESS, 0, "Wine can't open it");
    else err = site_open(site, fd, !params->path, diag);
    /* whether it is free is told at once; it has to be when it is replaced */
    if (!err) err = site_claim(site, diag);
    site_end_claim(site);
    if (err) site_close(site);
    close(fd);
    return err;
}

void call_target_open(struct target_open_params *params)
{
    struct site *site = malloc(sizeof(*site));
    struct efs_diag diag = { 0 };
    enum efs_error err;

    if (site)
    {
        site_init(site);
        err = open_site(site, params, &diag);
    }
    else
    {
        err = efs_fail(&diag, EFS_ERR_NO_MEMORY, 0, "malloc");
        if (!params->path) close(take_fd(params->fd));
    }
    params->directory = !err && site->target.directory;
    params->target = err ? 0 : to_u64(site);
    if (err) free(site);
    answer(&params->result, err, &diag);
}

void call_target_close(struct session_params *params)
{
    struct site *site = from_u64(params->session);

    if (site) site_close(site);
    free(site);
}
