/*
 * Operations on names: looking up, making, renaming, removing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/store.h"
#include "view/errors.h"

void serve_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    struct serve *serve = serve_of(req);
    struct view_about about;
    struct view_node *node;
    int err = view_lookup(serve->tree, node_of(serve, parent), name, &node, &about);

    reply_entry(req, serve, err, node, &about);
}

void serve_forget(fuse_req_t req, fuse_ino_t number, uint64_t count)
{
    struct serve *serve = fuse_req_userdata(req);

    if (number != FUSE_ROOT_ID) view_forget(serve->tree, node_of(serve, number), count);
    fuse_reply_none(req);
}

void serve_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
    struct serve *serve = fuse_req_userdata(req);
    size_t i;

    for (i = 0; i < count; i++)
        if (forgets[i].ino != FUSE_ROOT_ID)
            view_forget(serve->tree, node_of(serve, forgets[i].ino), forgets[i].nlookup);
    fuse_reply_none(req);
}

/* ---- making ---- */

struct making
{
    const char *name;
    mode_t      mode; /* with the type */
    dev_t       device;
    const char *link; /* of a symbolic link; else NULL */
};

static int make_at(int dir_fd, const struct making *making)
{
    if (S_ISDIR(making->mode)) return mkdirat(dir_fd, making->name, making->mode & 07777) ? errno : 0;
    if (making->link) return symlinkat(making->link, dir_fd, making->name) ? errno : 0;
    return mknodat(dir_fd, making->name, making->mode, making->device) ? errno : 0;
}

/* Files and directories of an encrypted directory are encrypted. Other things have no content. */
static int make_in(struct serve *serve, struct view_node *parent, int dir_fd, const struct making *making)
{
    bool encrypted = false;
    int err;

    if ((S_ISDIR(making->mode) || S_ISREG(making->mode)) && (err = is_made_encrypted(serve, parent, &encrypted)))
        return err;
    if (!encrypted) return make_at(dir_fd, making);
    return S_ISDIR(making->mode) ? view_make_directory(serve->tree, dir_fd, making->name, making->mode & 07777)
        : view_make_file(serve->tree, dir_fd, making->name, making->mode & 07777, false, NULL);
}

static void make(fuse_req_t req, fuse_ino_t parent_number, const struct making *making)
{
    struct serve *serve = serve_of(req);
    struct view_node *parent = node_of(serve, parent_number), *node = NULL;
    struct view_about about;
    struct caller caller;
    int dir_fd, err;

    if (!(err = view_borrow(serve->tree, parent, &dir_fd)))
    {
        if (!(err = caller_begin(&caller, serve, req)))
        {
            err = make_in(serve, parent, dir_fd, making);
            caller_end(&caller);
        }
        view_return(serve->tree, parent);
    }
    if (!err) err = view_lookup(serve->tree, parent, making->name, &node, &about);
    reply_entry(req, serve, err, node, &about);
}

void serve_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
    make(req, parent, &(struct making){ .name = name, .mode = mode & S_IFMT ? mode : mode | S_IFREG,
                                        .device = device });
}

void serve_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    make(req, parent, &(struct making){ .name = name, .mode = (mode & 07777) | S_IFDIR });
}

void serve_symlink(fuse_req_t req, const char *link, fuse_ino_t parent, const char *name)
{
    make(req, parent, &(struct making){ .name = name, .mode = S_IFLNK, .link = link });
}

/* ---- links ---- */

void serve_readlink(fuse_req_t req, fuse_ino_t number)
{
    struct serve *serve = serve_of(req);
    struct view_node *node = node_of(serve, number);
    char target[PATH_MAX];
    ssize_t length;
    int fd, err;

    if ((err = view_borrow(serve->tree, node, &fd)))
    {
        fuse_reply_err(req, err);
        return;
    }
    length = readlinkat(fd, "", target, sizeof(target) - 1);
    err = length < 0 ? errno : 0;
    view_return(serve->tree, node);
    if (err) fuse_reply_err(req, err);
    else
    {
        target[length] = 0;
        fuse_reply_readlink(req, target);
    }
}

/* Two directories' descriptors, which may be the same one's. */
static int borrow_both(struct serve *serve, struct view_node *a, int *a_fd, struct view_node *b, int *b_fd)
{
    int err = view_borrow(serve->tree, a, a_fd);

    if (err) return err;
    if ((err = view_borrow(serve->tree, b, b_fd))) view_return(serve->tree, a);
    return err;
}

void serve_link(fuse_req_t req, fuse_ino_t number, fuse_ino_t parent_number, const char *name)
{
    struct serve *serve = serve_of(req);
    struct view_node *from = node_of(serve, number), *parent = node_of(serve, parent_number), *node = NULL;
    struct view_about about;
    char path[FD_PATH_SIZE];
    int fd, dir_fd, err = view_begin_open(serve->tree, from);

    if (err)
    {
        fuse_reply_err(req, err);
        return;
    }
    if (!(err = borrow_both(serve, from, &fd, parent, &dir_fd)))
    {
        view_begin_change(serve->tree);
        if (linkat(AT_FDCWD, fd_path(path, fd), dir_fd, name, AT_SYMLINK_FOLLOW)) err = errno;
        else view_moved(serve->tree, parent, name);
        view_end_change(serve->tree);
        view_return(serve->tree, parent);
        view_return(serve->tree, from);
    }
    view_end_open(serve->tree, from);
    if (!err) err = view_lookup(serve->tree, parent, name, &node, &about);
    reply_entry(req, serve, err, node, &about);
}

/* ---- removing ---- */

/* What only seems empty has its own container in it. */
static int remove_directory(int dir_fd, const char *name)
{
    struct efs_diag diag = { 0 };
    int err, fd;

    if (!unlinkat(dir_fd, name, AT_REMOVEDIR)) return 0;
    if ((err = errno) != ENOTEMPTY && err != EEXIST) return err;
    if ((fd = openat(dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0) return err;
    switch (efs_directory_remove(fd, true, &diag))
    {
    case EFS_OK: err = 0; break;
    case EFS_ERR_NOT_ENCRYPTED:
    case EFS_ERR_EXISTS: err = ENOTEMPTY; break;
    default: err = errno_of(&diag);
    }
    close(fd);
    return err;
}

static void remove_name(fuse_req_t req, fuse_ino_t parent_number, const char *name, bool directory)
{
    struct serve *serve = serve_of(req);
    struct view_node *parent = node_of(serve, parent_number);
    int dir_fd, err;

    if (!(err = view_borrow(serve->tree, parent, &dir_fd)))
    {
        view_begin_change(serve->tree);
        if (view_is_hidden_name(dir_fd, name)) err = ENOENT;
        else if (directory) err = remove_directory(dir_fd, name);
        else if (view_name_is_claimed(serve->tree, dir_fd, name)) err = EBUSY;
        else if (unlinkat(dir_fd, name, 0)) err = errno;
        view_end_change(serve->tree);
        view_return(serve->tree, parent);
    }
    fuse_reply_err(req, err);
}

void serve_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    remove_name(req, parent, name, false);
}

void serve_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    remove_name(req, parent, name, true);
}

/* ---- renaming: a file stays what it is, plain or encrypted, as on NTFS ---- */

void serve_rename(fuse_req_t req, fuse_ino_t parent_number, const char *name, fuse_ino_t new_parent_number,
                  const char *new_name, unsigned int flags)
{
    struct serve *serve = serve_of(req);
    struct view_node *parent = node_of(serve, parent_number), *new_parent = node_of(serve, new_parent_number);
    int dir_fd, new_fd, err;

    if (!(err = borrow_both(serve, parent, &dir_fd, new_parent, &new_fd)))
    {
        view_begin_change(serve->tree);
        if (view_is_hidden_name(dir_fd, name)) err = ENOENT;
        else if (view_is_hidden_name(new_fd, new_name)) err = EACCES;
        else if (view_name_is_claimed(serve->tree, dir_fd, name)
                 || view_name_is_claimed(serve->tree, new_fd, new_name))
            err = EBUSY;
        else if (renameat2(dir_fd, name, new_fd, new_name, flags)) err = errno;
        if (!err)
        {
            view_moved(serve->tree, new_parent, new_name);
            if (flags & RENAME_EXCHANGE) view_moved(serve->tree, parent, name);
        }
        view_end_change(serve->tree);
        view_return(serve->tree, new_parent);
        view_return(serve->tree, parent);
    }
    fuse_reply_err(req, err);
}
