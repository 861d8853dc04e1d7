/*
 * Operations that open and close files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

/* O_DIRECT is the kernel's affair: its requests come without its cache then, in buffers that aren't aligned. */
#define DROPPED (O_CREAT | O_EXCL | O_NOCTTY | O_NOFOLLOW | O_DIRECT | O_DIRECTORY)

static bool writes(int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY;
}

int open_file(struct serve *serve, struct view_node *node, int fd, struct view_content *content,
              struct fuse_file_info *info)
{
    struct file *file = calloc(1, sizeof(*file));
    struct stat st;

    if (!file)
    {
        if (content) view_content_close(serve->tree, content);
        else close(fd);
        return ENOMEM;
    }
    file->handle.fd = fd;
    file->content = content;
    file->writes = writes(info->flags);
    view_add_handle(serve->tree, node, &file->handle);
    info->fh = (uint64_t)(uintptr_t)file;
    info->noflush = !file->writes;
    /* what the kernel has of the file is true as long as nothing below has changed */
    info->keep_cache = !fstat(fd, &st) && view_is_unchanged(serve->tree, node, &st);
    atomic_fetch_add(&serve->open, 1);
    return 0;
}

static void close_file(struct serve *serve, struct file *file)
{
    struct stat st;

    /* what was written through the view is in the kernel's cache already */
    if (file->writes && !fstat(file->handle.fd, &st)) (void)view_is_unchanged(serve->tree, file->handle.node, &st);
    view_remove_handle(serve->tree, &file->handle);
    if (file->content) view_content_close(serve->tree, file->content);
    else close(file->handle.fd);
    free(file);
    atomic_fetch_sub(&serve->open, 1);
}

static int open_encrypted(struct serve *serve, struct view_node *node, const struct fuse_file_info *info,
                          struct view_content **content)
{
    if (writes(info->flags) || info->flags & O_TRUNC) return refusal(serve);
    return view_content_open(serve->tree, node, content);
}

static int open_plain(struct serve *serve, struct view_node *node, const struct fuse_file_info *info, int *fd)
{
    char path[FD_PATH_SIZE];
    int found, err;

    if ((err = view_borrow(serve->tree, node, &found))) return err;
    *fd = open(fd_path(path, found), (info->flags & ~DROPPED) | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (*fd < 0) err = errno;
    view_return(serve->tree, node);
    return err;
}

void serve_open(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info)
{
    struct serve *serve = serve_of(req);
    struct view_node *node = node_of(serve, number);
    struct view_content *content = NULL;
    struct view_about about;
    int fd = -1, err;

    err = view_type(node) == S_IFREG ? view_look(serve->tree, node, &about) : EINVAL;
    if (!err && about.encrypted)
    {
        err = open_encrypted(serve, node, info, &content);
        if (!err) fd = view_content_fd(content);
    }
    else if (!err) err = open_plain(serve, node, info, &fd);
    if (!err) err = open_file(serve, node, fd, content, info);
    if (err) fuse_reply_err(req, err);
    /* an open that was interrupted is never closed by the kernel */
    else if (fuse_reply_open(req, info)) close_file(serve, file_of(info));
}

/* ---- new files: in an encrypted directory they would have to be encrypted ---- */

static int create_at(fuse_req_t req, struct serve *serve, struct view_node *parent, const char *name, int flags,
                     mode_t mode)
{
    struct view_about about;
    struct caller caller;
    int dir_fd, fd = -1, err;

    if ((err = view_look(serve->tree, parent, &about))) return -err;
    if (about.encrypted) return -refusal(serve);
    if ((err = view_borrow(serve->tree, parent, &dir_fd))) return -err;
    if (!(err = caller_begin(&caller, serve, req)))
    {
        fd = openat(dir_fd, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, mode & 07777);
        if (fd < 0) err = errno;
        caller_end(&caller);
    }
    view_return(serve->tree, parent);
    return err ? -err : fd;
}

static void reply_create(fuse_req_t req, struct serve *serve, int err, struct view_node *node,
                         const struct view_about *about, struct fuse_file_info *info)
{
    struct fuse_entry_param entry;

    if (err)
    {
        fuse_reply_err(req, err);
        return;
    }
    fill_entry(serve, node, about, &entry);
    if (!fuse_reply_create(req, &entry, info)) return;
    close_file(serve, file_of(info));
    view_forget(serve->tree, node, 1);
}

/*
 * Exclusive even where the caller doesn't mind: what somebody else makes in the meantime is looked at before it is
 * opened, since it may be encrypted.
 */
void serve_create(fuse_req_t req, fuse_ino_t parent_number, const char *name, mode_t mode, struct fuse_file_info *info)
{
    struct serve *serve = serve_of(req);
    struct view_node *parent = node_of(serve, parent_number), *node = NULL;
    struct view_content *content = NULL;
    struct view_about about;
    int fd, err = 0;

    fd = create_at(req, serve, parent, name, (info->flags & ~DROPPED & ~O_TRUNC) | O_CREAT | O_EXCL, mode);
    if (fd < 0) err = -fd;
    if (!err) err = view_adopt(serve->tree, fd, parent, name, &node, &about);
    else if (err == EEXIST && !(info->flags & O_EXCL))
    {
        err = view_lookup(serve->tree, parent, name, &node, &about);
        if (!err && !S_ISREG(about.st.st_mode)) err = S_ISLNK(about.st.st_mode) ? ELOOP : EISDIR;
        if (!err && about.encrypted && !(err = open_encrypted(serve, node, info, &content)))
            fd = view_content_fd(content);
        else if (!err) err = open_plain(serve, node, info, &fd);
    }
    if (!err) err = open_file(serve, node, fd, content, info);
    else if (fd >= 0) close(fd);
    if (err && node) view_forget(serve->tree, node, 1);
    reply_create(req, serve, err, node, &about, info);
}

void serve_tmpfile(fuse_req_t req, fuse_ino_t parent_number, mode_t mode, struct fuse_file_info *info)
{
    struct serve *serve = serve_of(req);
    struct view_node *node = NULL;
    struct view_about about;
    int fd, err = 0;

    fd = create_at(req, serve, node_of(serve, parent_number), ".", (info->flags & ~DROPPED) | O_TMPFILE
        | (info->flags & O_EXCL), mode);
    if (fd < 0) err = -fd;
    if (!err) err = view_adopt(serve->tree, fd, NULL, NULL, &node, &about);
    if (!err) err = open_file(serve, node, fd, NULL, info);
    else if (fd >= 0) close(fd);
    if (err && node) view_forget(serve->tree, node, 1);
    reply_create(req, serve, err, node, &about, info);
}

/* ---- closing ---- */

/* Closing a duplicate says what closing the file would say: what network file systems and quotas have to tell. */
void serve_flush(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info)
{
    const struct file *file = file_of(info);
    int fd, err = 0;

    (void)number;
    (void)serve_of(req);
    if (file->writes && !file->content)
    {
        fd = fcntl(file->handle.fd, F_DUPFD_CLOEXEC, 3);
        if (fd < 0 || close(fd)) err = errno;
    }
    fuse_reply_err(req, err);
}

void serve_release(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info)
{
    (void)number;
    close_file(serve_of(req), file_of(info));
    fuse_reply_err(req, 0);
}
