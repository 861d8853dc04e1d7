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

int open_file(struct serve *serve, struct view_node *node, int fd, struct view_content *content,
              struct fuse_file_info *info)
{
    struct file *file = calloc(1, sizeof(*file));
    struct stat st;
    int err = ENOMEM;

    if (file)
    {
        file->handle.fd = fd;
        file->content = content;
        file->writes = writes(info->flags);
        err = passthrough_open(serve, node, file, info);
    }
    if (err)
    {
        if (content) view_content_close(serve->tree, content, writes(info->flags));
        else close(fd);
        free(file);
        return err;
    }
    info->fh = (uint64_t)(uintptr_t)file;
    /* Of an encrypted file all that closing could tell was told by the writes: it saves a turn of the kernel's. What a
       mapping has written is told by closing; it needs a file that can be read. */
    info->noflush = !file->writes || (file->content && (info->flags & O_ACCMODE) == O_WRONLY);
    /* what the kernel has of the file is true as long as nothing below has changed */
    info->keep_cache = !file->backing && !fstat(fd, &st) && view_is_unchanged(serve->tree, node, &st);
    atomic_fetch_add(&serve->open, 1);
    return 0;
}

void close_file(struct serve *serve, struct file *file)
{
    struct stat st;

    /* what was written through the view is in the kernel's cache already, unless it has passed it by */
    if (file->writes && !file->backing && !fstat(file->handle.fd, &st))
        (void)view_is_unchanged(serve->tree, file->handle.node, &st);
    passthrough_close(serve, file);
    if (file->content) view_content_close(serve->tree, file->content, file->writes);
    else close(file->handle.fd);
    free(file);
    atomic_fetch_sub(&serve->open, 1);
}

static int make_empty(struct serve *serve, struct view_node *node)
{
    struct view_content *content;
    int err = view_content_open(serve->tree, node, true, -1, &content);

    if (err) return err;
    err = view_content_set_size(content, 0);
    view_content_close(serve->tree, content, true);
    return err;
}

static int open_encrypted(struct serve *serve, struct view_node *node, const struct fuse_file_info *info,
                          struct view_content **content)
{
    int err = view_content_open(serve->tree, node, writes(info->flags), -1, content);

    if (err || !(info->flags & O_TRUNC) || !(err = make_empty(serve, node))) return err;
    view_content_close(serve->tree, *content, writes(info->flags));
    return err;
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

int open_existing(struct serve *serve, struct view_node *node, bool encrypted, const struct fuse_file_info *info,
                  struct view_content **content, int *fd)
{
    int err;

    *content = NULL;
    if (!encrypted) return open_plain(serve, node, info, fd);
    err = open_encrypted(serve, node, info, content);
    if (!err) *fd = view_content_fd(*content);
    return err;
}

void serve_open(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info)
{
    struct serve *serve = serve_of(req);
    struct view_node *node = node_of(serve, number);
    struct view_content *content = NULL;
    struct view_about about;
    int fd = -1, err;

    err = view_type(node) == S_IFREG ? view_begin_open(serve->tree, node) : EINVAL;
    if (!err)
    {
        err = view_look(serve->tree, node, &about);
        if (!err) err = open_existing(serve, node, about.encrypted, info, &content, &fd);
        if (!err) err = open_file(serve, node, fd, content, info);
        view_end_open(serve->tree, node);
    }
    if (err) fuse_reply_err(req, err);
    /* an open that was interrupted is never closed by the kernel */
    else if (fuse_reply_open(req, info)) close_file(serve, file_of(info));
}

/* ---- closing ---- */

/* Closing a duplicate says what closing the file would say: what network file systems and quotas have to tell. */
void serve_flush(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info)
{
    const struct file *file = file_of(info);
    int fd, err = 0;

    (void)number;
    (void)serve_of(req);
    if (!file->content)
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
