/*
 * Where an import goes: a name in a directory, held by descriptors so that renames above it don't matter.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

#define OPEN_TRIES 4

static void target_init(struct efs_target *target)
{
    memset(target, 0, sizeof(*target));
    target->dir_fd = target->fd = -1;
}

enum efs_error target_identify(struct target_identity *identity, int fd, struct efs_diag *diag)
{
    char link[FD_PATH_SIZE];
    struct stat st;

    fd_path(link, fd);
    if (fstat(fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if ((identity->fd = open(link, O_PATH | O_CLOEXEC)) == -1)
        return efs_fail_errno(diag, errno, 0, "open /proc/self/fd");
    identity->directory = S_ISDIR(st.st_mode);
    identity->dev = st.st_dev;
    identity->ino = st.st_ino;
    return EFS_OK;
}

void target_become(struct efs_target *target, const struct target_identity *identity)
{
    if (target->fd != -1) close(target->fd);
    target->fd = identity->fd;
    target->exists = true;
    target->directory = identity->directory;
    target->dev = identity->dev;
    target->ino = identity->ino;
}

/* Opens the directory of path, which is cut in two, and keeps the last component's name. */
static enum efs_error open_parent(struct efs_target *target, char *path, struct efs_diag *diag)
{
    char *slash;
    size_t length = strlen(path);

    /* A directory may be named with slashes at its end. */
    while (length > 1 && path[length - 1] == '/') path[--length] = 0;
    slash = strrchr(path, '/');
    target->name = strdup(slash ? slash + 1 : path);
    if (!target->name) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "strdup");
    if (!*target->name || !strcmp(target->name, ".") || !strcmp(target->name, ".."))
        return efs_fail(diag, EFS_ERR_INVALID, 0, "the path has no last component");

    if (slash == path) slash[1] = 0;
    else if (slash) *slash = 0;
    target->dir_fd = open(slash ? path : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (target->dir_fd == -1)
    {
        enum efs_error err = efs_fail_errno(diag, errno, 0, "open directory");

        return err == EFS_ERR_NOT_FOUND ? efs_fail(diag, EFS_ERR_PATH_NOT_FOUND, 0, "open directory") : err;
    }
    return EFS_OK;
}

/* The directory that fd is in, and its name there. */
static enum efs_error open_named(struct efs_target *target, int fd, const struct stat *st, struct efs_diag *diag)
{
    char link[FD_PATH_SIZE], *path = malloc(PATH_MAX);
    enum efs_error err;
    struct stat named;
    ssize_t n;

    if (!path) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    fd_path(link, fd);
    n = readlink(link, path, PATH_MAX - 1);
    if (n <= 0) err = efs_fail_errno(diag, errno, 0, "readlink /proc/self/fd");
    else
    {
        path[n] = 0;
        err = open_parent(target, path, diag);
    }
    free(path);
    if (err) return err;
    /* Is it still there under that name? */
    memset(&named, 0, sizeof(named));
    if (fstatat(target->dir_fd, target->name, &named, AT_SYMLINK_NOFOLLOW) && errno != ENOENT)
        return efs_fail_errno(diag, errno, 0, "fstat");
    if (named.st_dev != st->st_dev || named.st_ino != st->st_ino)
        return efs_fail(diag, EFS_ERR_CHANGED, 0, "the file has lost its name");
    return EFS_OK;
}

enum efs_error target_open_named(struct efs_target *target, int fd, struct efs_diag *diag)
{
    enum efs_error err;
    struct stat st;

    target_init(target);
    err = fstat(fd, &st) ? efs_fail_errno(diag, errno, 0, "fstat") : open_named(target, fd, &st, diag);
    if (err) efs_target_close(target);
    return err;
}

enum efs_error efs_target_open_fd(struct efs_target *target, int fd, struct efs_diag *diag)
{
    struct target_identity identity;
    enum efs_error err = EFS_OK;
    char link[FD_PATH_SIZE];
    struct stat st;

    target_init(target);
    fd_path(link, fd);
    if (fstat(fd, &st))
    {
        err = efs_fail_errno(diag, errno, 0, "fstat");
        goto out;
    }
    if (S_ISDIR(st.st_mode))
    {
        /* Only its attribute is going to change: its name doesn't matter, it may even be a root. */
        target->name = strdup(".");
        if (!target->name) err = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "strdup");
        else if ((target->dir_fd = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
            err = efs_fail_errno(diag, errno, 0, "open directory");
    }
    else if (!S_ISREG(st.st_mode))
    {
        err = efs_fail(diag, EFS_ERR_ACCESS, 0, "neither a file nor a directory");
    }
    else err = open_named(target, fd, &st, diag);
    if (!err) err = target_identify(&identity, fd, diag);
    if (!err) target_become(target, &identity);
out:
    if (err) efs_target_close(target);
    return err;
}

/* Of what open found nothing. *came: there is something by now. */
static enum efs_error open_missing(struct efs_target *target, const char *path, bool *came, struct efs_diag *diag)
{
    char *copy = strdup(path);
    enum efs_error err;
    struct stat st;

    *came = false;
    if (!copy) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "strdup");
    err = open_parent(target, copy, diag);
    free(copy);
    if (err) /* said already */;
    else if (fstatat(target->dir_fd, target->name, &st, AT_SYMLINK_NOFOLLOW))
        err = efs_reparse_check(target->dir_fd, target->name, diag);
    else
    {
        *came = !S_ISLNK(st.st_mode);
        err = *came ? efs_fail(diag, EFS_ERR_CHANGED, 0, "the target comes and goes")
                    : efs_fail(diag, EFS_ERR_NOT_FOUND, 0, "a symbolic link that leads nowhere");
    }
    if (err) efs_target_close(target);
    return err;
}

enum efs_error efs_target_open(struct efs_target *target, const char *path, struct efs_diag *diag)
{
    enum efs_error err;
    int fd, tries = 0;
    bool came;

    do
    {
        target_init(target);
        /* A symbolic link is followed here; what it leads to is found by the descriptor. */
        fd = open(path, O_PATH | O_CLOEXEC);
        if (fd != -1)
        {
            err = efs_target_open_fd(target, fd, diag);
            close(fd);
            return err;
        }
        if (errno != ENOENT) return efs_fail_errno(diag, errno, 0, "open");
        err = open_missing(target, path, &came, diag);
    }
    while (came && ++tries < OPEN_TRIES); /* somebody else may make the file between our two looks */
    return err;
}

enum efs_error efs_target_open_new(struct efs_target *target, int dir_fd, const char *name, struct efs_diag *diag)
{
    target_init(target);
    if (!(target->name = strdup(name))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "strdup");
    target->dir_fd = dir_fd;
    return EFS_OK;
}

enum efs_error efs_target_open_at(struct efs_target *target, int dir_fd, const char *name, struct efs_diag *diag)
{
    enum efs_error err;
    struct stat st;

    if ((err = efs_target_open_new(target, dir_fd, name, diag))) return err;
    target->fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (target->fd == -1 && errno == ENOENT)
    {
        if (!(err = efs_reparse_check(dir_fd, name, diag))) return EFS_OK;
    }
    else if (target->fd == -1 || fstat(target->fd, &st)) err = efs_fail_errno(diag, errno, 0, "open");
    else if (S_ISLNK(st.st_mode)) err = efs_fail(diag, EFS_ERR_ACCESS, 0, "a symbolic link is there");
    else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        err = efs_fail(diag, EFS_ERR_ACCESS, 0, "neither a file nor a directory is there");
    if (err)
    {
        target->dir_fd = -1; /* the caller's */
        efs_target_close(target);
        return err;
    }
    target->exists = true;
    target->directory = S_ISDIR(st.st_mode);
    target->dev = st.st_dev;
    target->ino = st.st_ino;
    return EFS_OK;
}

enum efs_error efs_target_keep_time(const struct efs_target *target, const struct stat *st, struct efs_diag *diag)
{
    struct timespec times[2] = { st->st_atim, st->st_mtim };
    char path[FD_PATH_SIZE];

    /* by no name, which might be another's by now */
    return utimensat(AT_FDCWD, fd_path(path, target->fd), times, 0) ? efs_fail_errno(diag, errno, 0, "set its time")
        : EFS_OK;
}

void efs_target_close(struct efs_target *target)
{
    if (target->dir_fd != -1) close(target->dir_fd);
    if (target->fd != -1) close(target->fd);
    free(target->name);
    target_init(target);
}
