/*
 * Encrypting what was just made: an empty file, or a directory.
 *
 * At each moment it is a plain empty file or an encrypted one that is sound: an empty file with a $EFS is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/store.h"
#include "store/open_form.h"
#include "store/xattr.h"

/* A file that was made read-only can't be opened to be written. *mode: what it has to get again; 0: nothing. */
static int open_to_write(int found, mode_t *mode, int *fd)
{
    char path[FD_PATH_SIZE];
    struct stat st;
    int err;

    *mode = 0;
    *fd = open(fd_path(path, found), O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*fd >= 0) return 0;
    if (errno != EACCES || fstat(found, &st)) return errno;
    if (chmod(path, (st.st_mode & 07777) | S_IRUSR | S_IWUSR)) return EACCES;
    *mode = (st.st_mode & 07777) | S_IFREG;
    *fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*fd >= 0) return 0;
    err = errno;
    chmod(path, st.st_mode & 07777);
    return err;
}

static void take_back(int fd)
{
    struct efs_diag diag;
    unsigned int i;

    /* the $EFS last: without it the others mean nothing */
    for (i = XATTR_COUNT; i-- > XATTR_METADATA;) xattr_remove(fd, i, &diag);
}

/* fd: of an empty file. In the open form from the beginning on, if it is going to be written: that saves a sync. */
static int encrypt(struct view_tree *tree, int fd, bool writes)
{
    struct new_metadata metadata;
    struct stat st;
    int err;

    if (fstat(fd, &st)) return errno;
    if (st.st_size) return ENOTEMPTY;
    if ((err = take_metadata(tree, &metadata))) return err;
    err = set_metadata(tree, fd, &metadata);
    drop_metadata(tree, &metadata);
    if (!err && writes && open_form_set_size(fd, 0, NULL)) err = ENOSPC;
    if (err) take_back(fd);
    return err;
}

int view_encrypt_file(struct view_tree *tree, struct view_node *node, bool writes, struct view_content **content)
{
    int found, kept, fd = -1, err;
    mode_t mode = 0;

    *content = NULL;
    if (!tree->feks || !tree->readers) return EACCES;
    if (writes && ((err = mark_tree(tree)) || (err = view_sync_mark(tree)))) return err;
    if ((err = view_begin_open(tree, node))) return err;
    if ((err = view_borrow(tree, node, &found)))
    {
        view_end_open(tree, node);
        return err;
    }
    if (!(err = open_to_write(found, &mode, &fd))) err = encrypt(tree, fd, writes);
    if (!err && (kept = fcntl(fd, F_DUPFD_CLOEXEC, 3)) < 0) err = errno;
    if (!err)
    {
        if ((err = view_content_open(tree, node, writes, kept, content))) take_back(fd);
    }
    else if (fd >= 0 && err == EMFILE) take_back(fd);
    if (fd >= 0 && mode) fchmod(fd, mode & 07777);
    if (fd >= 0) close(fd);
    view_return(tree, node);
    view_end_open(tree, node);
    return err;
}

int view_encrypt_directory(struct view_tree *tree, struct view_node *node)
{
    struct new_metadata metadata;
    int found, fd, err;

    if ((err = take_metadata(tree, &metadata))) return err;
    if (!(err = view_borrow(tree, node, &found)))
    {
        fd = io_reopen_directory(found);
        err = fd < 0 ? errno : set_metadata(tree, fd, &metadata);
        if (fd >= 0) close(fd);
        view_return(tree, node);
    }
    drop_metadata(tree, &metadata);
    return err;
}
