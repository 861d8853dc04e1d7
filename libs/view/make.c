/*
 * Making encrypted files and directories: nobody sees one before it is encrypted.
 *
 * A file has no name before; where the file system can't do that, and for a directory, it has a staging one, as an
 * import's result, which a sweep removes if we are killed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "errors.h"
#include "store/open_form.h"
#include "store/stage/stage.h"
#include "store/xattr.h"

/* The attributes need the owner's right to write, whatever is asked for. */
static int set_mode(int fd, mode_t wanted, mode_t needed)
{
    struct stat st;

    if ((wanted & needed) == needed) return 0;
    if (fstat(fd, &st)) return errno;
    return fchmod(fd, st.st_mode & 07777 & (wanted | ~needed)) ? errno : 0;
}

int set_metadata(int fd, const uint8_t *metadata, size_t length)
{
    struct efs_diag diag = { 0 };
    enum efs_error err = xattr_set_metadata(fd, metadata, (uint32_t)length, &diag);

    if (err == FORM_UNFIT) return EOPNOTSUPP;
    return err ? errno_of(&diag) : 0;
}

/* ---- files ---- */

static int open_nameless(int dir_fd, mode_t mode, bool *nameless)
{
    int fd = openat(dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);

    *nameless = fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT);
    return fd;
}

static int open_staging(int dir_fd, mode_t mode, char name[STAGE_NAME_SIZE])
{
    struct efs_diag diag = { 0 };
    int fd;

    if (stage_make_name(name, &diag))
    {
        errno = errno_of(&diag);
        return -1;
    }
    fd = openat(dir_fd, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd >= 0) (void)stage_hold(fd);
    return fd;
}

static int give_name(int dir_fd, int fd, const char *staging, const char *name)
{
    char path[FD_PATH_SIZE];

    if (*staging) return stage_rename_new(dir_fd, staging, dir_fd, name) ? errno : 0;
    return linkat(AT_FDCWD, fd_path(path, fd), dir_fd, name, AT_SYMLINK_FOLLOW) ? errno : 0;
}

static int make_file(int dir_fd, const char *name, mode_t mode, const uint8_t *metadata, size_t length, bool open,
                     int *ret)
{
    char staging[STAGE_NAME_SIZE] = "";
    bool nameless;
    int fd, err;

    fd = open_nameless(dir_fd, mode | S_IRUSR | S_IWUSR, &nameless);
    if (!nameless) fd = open_staging(dir_fd, mode | S_IRUSR | S_IWUSR, staging);
    if (fd < 0) return errno;
    err = set_metadata(fd, metadata, length);
    /* from the beginning on: then no sync is needed before the first byte */
    if (!err && open && open_form_set_size(fd, 0, NULL)) err = ENOSPC;
    if (!err) err = set_mode(fd, mode, S_IRUSR | S_IWUSR);
    if (!err && name && !(err = give_name(dir_fd, fd, staging, name))) *staging = 0;
    if (*staging) unlinkat(dir_fd, staging, 0);
    if (err) close(fd);
    else *ret = fd;
    return err;
}

/* ---- directories ---- */

static int make_directory(int dir_fd, const char *name, mode_t mode, const uint8_t *metadata, size_t length)
{
    char staging[STAGE_NAME_SIZE];
    struct efs_diag diag = { 0 };
    int fd, err;

    if (stage_make_name(staging, &diag)) return errno_of(&diag);
    if (mkdirat(dir_fd, staging, mode | S_IRWXU)) return errno;
    fd = openat(dir_fd, staging, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    err = fd < 0 ? errno : set_metadata(fd, metadata, length);
    if (!err) err = set_mode(fd, mode, S_IRWXU);
    if (fd >= 0) close(fd);
    if (!err && stage_rename_new(dir_fd, staging, dir_fd, name)) err = errno;
    if (err) unlinkat(dir_fd, staging, AT_REMOVEDIR);
    return err;
}

/* ---- */

int view_make_file(struct view_tree *tree, int dir_fd, const char *name, mode_t mode, int *fd)
{
    uint8_t *metadata;
    size_t length;
    int made = -1, err;

    if (fd && (err = mark_tree(tree))) return err;
    if ((err = take_metadata(tree, &metadata, &length))) return err;
    err = make_file(dir_fd, name, mode, metadata, length, fd != NULL, &made);
    free(metadata);
    if (err) return err;
    if (fd) *fd = made;
    else close(made);
    return 0;
}

int view_make_directory(struct view_tree *tree, int dir_fd, const char *name, mode_t mode)
{
    uint8_t *metadata;
    size_t length;
    int err;

    if ((err = take_metadata(tree, &metadata, &length))) return err;
    err = make_directory(dir_fd, name, mode, metadata, length);
    free(metadata);
    return err;
}
