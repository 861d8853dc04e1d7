/*
 * Operations on attributes: sizes, modes, owners, times; the file system's own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/io.h"

void serve_getattr(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info)
{
    struct serve *serve = serve_of(req);
    struct view_about about;
    int err = view_look(serve->tree, node_of(serve, number), &about);

    (void)info;
    if (err) fuse_reply_err(req, err);
    else fuse_reply_attr(req, &about.st, SERVE_TIMEOUT);
}

static int set_encrypted_size(struct serve *serve, struct view_node *node, off_t size,
                              const struct fuse_file_info *info)
{
    struct view_content *content;
    int err;

    if (info && file_of(info)->writes && file_of(info)->content)
        return view_content_set_size(file_of(info)->content, (uint64_t)size);
    if ((err = view_content_open(serve->tree, node, true, -1, &content))) return err;
    err = view_content_set_size(content, (uint64_t)size);
    view_content_close(serve->tree, content, true);
    return err;
}

/* By its name, or by a descriptor that is open already. */
static int set_size(struct serve *serve, struct view_node *node, int fd, off_t size, const struct fuse_file_info *info)
{
    char path[FD_PATH_SIZE];
    struct view_about about;
    int err;

    if ((err = view_look(serve->tree, node, &about))) return err;
    if (!S_ISREG(about.st.st_mode)) return EINVAL;
    if (about.encrypted) return set_encrypted_size(serve, node, size, info);
    if (info && file_of(info)->writes) return ftruncate(file_of(info)->handle.fd, size) ? errno : 0;
    return truncate(fd_path(path, fd), size) ? errno : 0;
}

static int set_times(struct serve *serve, int fd, const struct stat *st, int which)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_OMIT } };

    if (which & FUSE_SET_ATTR_ATIME_NOW) times[0].tv_nsec = UTIME_NOW;
    else if (which & FUSE_SET_ATTR_ATIME) times[0] = st->st_atim;
    if (which & FUSE_SET_ATTR_MTIME_NOW) times[1].tv_nsec = UTIME_NOW;
    else if (which & FUSE_SET_ATTR_MTIME) times[1] = st->st_mtim;
    return view_set_times(serve->tree, fd, times);
}

static int set_all(struct serve *serve, struct view_node *node, int fd, const struct stat *st, int which,
                   const struct fuse_file_info *info)
{
    char path[FD_PATH_SIZE];
    int err = 0;

    /* the path would lead through a symbolic link */
    if (which & FUSE_SET_ATTR_MODE)
        err = view_type(node) == S_IFLNK ? EOPNOTSUPP : chmod(fd_path(path, fd), st->st_mode & 07777) ? errno : 0;
    if (!err && which & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)
        && fchownat(fd, "", which & FUSE_SET_ATTR_UID ? st->st_uid : (uid_t)-1,
                    which & FUSE_SET_ATTR_GID ? st->st_gid : (gid_t)-1, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
        err = errno;
    if (!err && which & FUSE_SET_ATTR_SIZE) err = set_size(serve, node, fd, st->st_size, info);
    if (!err && which & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME)) err = set_times(serve, fd, st, which);
    return err;
}

void serve_setattr(fuse_req_t req, fuse_ino_t number, struct stat *st, int which, struct fuse_file_info *info)
{
    struct serve *serve = serve_of(req);
    struct view_node *node = node_of(serve, number);
    struct view_about about;
    int fd, err;

    if (!(err = view_begin_open(serve->tree, node)))
    {
        if (!(err = view_borrow(serve->tree, node, &fd)))
        {
            err = set_all(serve, node, fd, st, which, info);
            view_return(serve->tree, node);
        }
        view_end_open(serve->tree, node);
    }
    if (!err) err = view_look(serve->tree, node, &about);
    if (err) fuse_reply_err(req, err);
    else fuse_reply_attr(req, &about.st, SERVE_TIMEOUT);
}

/* Asked where the kernel doesn't check modes itself: then there is one user, ourselves. */
void serve_access(fuse_req_t req, fuse_ino_t number, int mask)
{
    struct serve *serve = serve_of(req);
    struct view_node *node = node_of(serve, number);
    struct view_about about;
    char path[FD_PATH_SIZE];
    int fd, err;

    if (view_type(node) == S_IFLNK)
    {
        fuse_reply_err(req, 0);
        return;
    }
    if (!(err = view_borrow(serve->tree, node, &fd)))
    {
        if (faccessat(AT_FDCWD, fd_path(path, fd), mask, AT_EACCESS)) err = errno;
        view_return(serve->tree, node);
    }
    if (!err && mask & W_OK && view_type(node) == S_IFREG && !(err = view_look(serve->tree, node, &about))
        && about.encrypted && !view_has_keys(serve->tree))
        err = EACCES;
    fuse_reply_err(req, err);
}

void serve_statfs(fuse_req_t req, fuse_ino_t number)
{
    struct serve *serve = serve_of(req);
    struct view_node *root = view_root(serve->tree);
    struct statvfs stat;
    int fd, err;

    (void)number;
    if (!(err = view_borrow(serve->tree, root, &fd)))
    {
        if (fstatvfs(fd, &stat)) err = errno;
        view_return(serve->tree, root);
    }
    if (err) fuse_reply_err(req, err);
    else fuse_reply_statfs(req, &stat);
}
