/*
 * Plain files that the kernel reads and writes itself (FUSE passthrough): libfuse from 3.17 on, Linux from 6.9 on, and
 * a daemon that is root. Elsewhere the daemon moves their data, by splice(2).
 *
 * The kernel takes one way for all who have a file open, and refuses an open that says otherwise. So whoever opens
 * it first decides. A file without data is never passed through: it may become an encrypted one while it is open, and
 * what its writer writes from then on would be plaintext.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "serve.h"

#include <errno.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 17) && defined(FUSE_DEV_IOC_BACKING_OPEN)

/* What the kernel knows a file below by. */
struct backing
{
    int      number;
    unsigned users;
};

void passthrough_choose(struct serve *serve, struct fuse_conn_info *conn)
{
    /* the kernel lets nobody else */
    if (geteuid() || !(conn->capable & FUSE_CAP_PASSTHROUGH)) return;
    conn->want |= FUSE_CAP_PASSTHROUGH;
    serve->passes = true;
}

static struct backing *make_backing(const struct serve *serve, int fd)
{
    struct fuse_backing_map map = { .fd = fd };
    struct backing *backing;
    struct stat st;

    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size || !(backing = calloc(1, sizeof(*backing)))) return NULL;
    backing->number = ioctl(serve->device, FUSE_DEV_IOC_BACKING_OPEN, &map);
    backing->users = 1;
    if (backing->number > 0) return backing;
    /* a stacked file system, mostly: the daemon reads it */
    free(backing);
    return NULL;
}

int passthrough_open(struct serve *serve, struct view_node *node, struct file *file, struct fuse_file_info *info)
{
    const struct file *other;
    int err = 0;

    if (serve->passes)
    {
        pthread_mutex_lock(&serve->opening);
        other = (const struct file *)view_any_handle(serve->tree, node);
        /* it was replaced by an encrypted one in place, below, by somebody else */
        if (file->content && other && other->backing) err = EBUSY;
        else if (other && (file->backing = other->backing)) file->backing->users++;
        else if (!other && !file->content) file->backing = make_backing(serve, file->handle.fd);
    }
    if (!err) view_add_handle(serve->tree, node, &file->handle);
    if (serve->passes) pthread_mutex_unlock(&serve->opening);
    if (!err && file->backing) info->backing_id = file->backing->number;
    return err;
}

void passthrough_close(struct serve *serve, struct file *file)
{
    uint32_t number = 0;

    if (serve->passes) pthread_mutex_lock(&serve->opening);
    view_remove_handle(serve->tree, &file->handle);
    if (file->backing && !--file->backing->users)
    {
        number = (uint32_t)file->backing->number;
        free(file->backing);
    }
    if (number) (void)ioctl(serve->device, FUSE_DEV_IOC_BACKING_CLOSE, &number);
    if (serve->passes) pthread_mutex_unlock(&serve->opening);
}

#else

void passthrough_choose(struct serve *serve, struct fuse_conn_info *conn)
{
    (void)serve;
    (void)conn;
}

int passthrough_open(struct serve *serve, struct view_node *node, struct file *file, struct fuse_file_info *info)
{
    (void)info;
    view_add_handle(serve->tree, node, &file->handle);
    return 0;
}

void passthrough_close(struct serve *serve, struct file *file)
{
    view_remove_handle(serve->tree, &file->handle);
}

#endif
