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

int set_metadata(const struct view_tree *tree, int fd, const struct new_metadata *metadata)
{
    struct efs_diag diag = { 0 };
    uint32_t length = (uint32_t)metadata->length;
    enum efs_error err;

    /* a tree is on one file system: it needn't be asked each time which one that is */
    if (tree->ntfs) err = xattr_set_metadata(fd, metadata->bytes, length, &diag);
    else err = xattr_set(fd, XATTR_METADATA, metadata->bytes, length, &diag);
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

/* One that is being made. */
struct making
{
    int  fd;
    char staging[STAGE_NAME_SIZE]; /* empty: it has no name yet */
};

static int begin_file(const struct view_tree *tree, struct making *making, int dir_fd, mode_t mode,
                      const struct new_metadata *metadata, bool writes)
{
    bool nameless;
    int err;

    *making->staging = 0;
    making->fd = open_nameless(dir_fd, mode | S_IRUSR | S_IWUSR, &nameless);
    if (!nameless) making->fd = open_staging(dir_fd, mode | S_IRUSR | S_IWUSR, making->staging);
    if (making->fd < 0)
    {
        err = errno;
        *making->staging = 0;
        return err;
    }
    err = set_metadata(tree, making->fd, metadata);
    /* from the beginning on: then no sync is needed before the first byte */
    if (!err && writes && open_form_set_size(making->fd, 0, NULL)) err = ENOSPC;
    return err ? err : set_mode(making->fd, mode, S_IRUSR | S_IWUSR);
}

/* ---- directories ---- */

static int make_directory(const struct view_tree *tree, int dir_fd, const char *name, mode_t mode,
                          const struct new_metadata *metadata)
{
    char staging[STAGE_NAME_SIZE];
    struct efs_diag diag = { 0 };
    int fd, err;

    if (stage_make_name(staging, &diag)) return errno_of(&diag);
    if (mkdirat(dir_fd, staging, mode | S_IRWXU)) return errno;
    fd = openat(dir_fd, staging, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    err = fd < 0 ? errno : set_metadata(tree, fd, metadata);
    if (!err) err = set_mode(fd, mode, S_IRWXU);
    if (fd >= 0) close(fd);
    if (!err && stage_rename_new(dir_fd, staging, dir_fd, name)) err = errno;
    if (err) unlinkat(dir_fd, staging, AT_REMOVEDIR);
    return err;
}

/* ---- */

static int refuse_ntfs(struct view_tree *tree, int dir_fd)
{
    struct efs_diag diag = { 0 };

    efs_fail(&diag, EFS_ERR_READ_ONLY_VOLUME, 0,
             "nothing can be written into it: NTFS-3G takes an encrypted file only as a whole");
    report_problem(tree, dir_fd, &diag);
    return errno_of(&diag);
}

int view_make_file(struct view_tree *tree, int dir_fd, const char *name, mode_t mode, bool writes,
                   struct view_content **content)
{
    struct view_content *made = NULL;
    struct new_metadata metadata;
    struct making making;
    int fd, err;

    if (writes && tree->ntfs) return refuse_ntfs(tree, dir_fd);
    if (writes && (err = mark_tree(tree))) return err;
    if ((err = take_metadata(tree, &metadata))) return err;
    err = begin_file(tree, &making, dir_fd, mode, &metadata, writes);
    fd = making.fd;
    if (!err && content)
    {
        making.fd = -1; /* the content's, also on failure */
        err = content_make_new(tree, fd, &metadata, writes, &made);
    }
    drop_metadata(tree, &metadata);
    if (!err && name && !(err = give_name(dir_fd, fd, making.staging, name))) *making.staging = 0;
    if (*making.staging) unlinkat(dir_fd, making.staging, 0);
    if (making.fd >= 0) close(making.fd);
    if (err) view_content_discard(tree, made);
    else if (content) *content = made;
    return err;
}

int view_make_directory(struct view_tree *tree, int dir_fd, const char *name, mode_t mode)
{
    struct new_metadata metadata;
    int err;

    if ((err = take_metadata(tree, &metadata))) return err;
    err = make_directory(tree, dir_fd, name, mode, &metadata);
    drop_metadata(tree, &metadata);
    return err;
}
