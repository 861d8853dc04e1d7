/*
 * Operations on open directories.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

struct directory
{
    struct view_handle handle; /* first */
    DIR               *stream;
    pthread_mutex_t    lock;   /* for the two below, and the stream's place */
    off_t              offset; /* where the stream is */
    struct dirent     *next;   /* read, but there was no room for it */
};

static struct directory *directory_of(const struct fuse_file_info *info)
{
    return (struct directory *)(uintptr_t)info->fh;
}

static void close_directory(struct serve *serve, struct directory *directory)
{
    view_remove_handle(serve->tree, &directory->handle);
    closedir(directory->stream);
    pthread_mutex_destroy(&directory->lock);
    free(directory);
    atomic_fetch_sub(&serve->open, 1);
}

void serve_opendir(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info)
{
    struct serve *serve = serve_of(req);
    struct view_node *node = node_of(serve, number);
    struct directory *directory = calloc(1, sizeof(*directory));
    int fd, err = directory ? 0 : ENOMEM;

    if (!err && !(err = view_borrow(serve->tree, node, &fd)))
    {
        if (!(directory->stream = io_list_directory(fd))) err = errno;
        view_return(serve->tree, node);
    }
    if (err)
    {
        free(directory);
        fuse_reply_err(req, err);
        return;
    }
    pthread_mutex_init(&directory->lock, NULL);
    directory->handle.fd = dirfd(directory->stream);
    view_add_handle(serve->tree, node, &directory->handle);
    info->fh = (uint64_t)(uintptr_t)directory;
    atomic_fetch_add(&serve->open, 1);
    if (fuse_reply_open(req, info)) close_directory(serve, directory);
}

void serve_releasedir(fuse_req_t req, fuse_ino_t number, struct fuse_file_info *info)
{
    (void)number;
    close_directory(serve_of(req), directory_of(info));
    fuse_reply_err(req, 0);
}

void serve_fsyncdir(fuse_req_t req, fuse_ino_t number, int data_only, struct fuse_file_info *info)
{
    int fd = directory_of(info)->handle.fd, err;

    (void)number;
    /* it may have names of files that were just made */
    if (!(err = view_sync_mark(serve_of(req)->tree)) && (data_only ? fdatasync(fd) : fsync(fd))) err = errno;
    fuse_reply_err(req, err);
}

/* ---- listings ---- */

struct listing
{
    fuse_req_t        req;
    struct serve     *serve;
    struct view_node *node;
    bool              attributes; /* of each entry, too */
    char             *buffer;
    size_t            size, used;
};

static bool is_dots(const char *name)
{
    return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/*
 * False: there is no room for it. With attributes each name is looked up, as if the kernel had asked; what can't be
 * (it has gone meanwhile, another file system is mounted there) is listed without.
 */
static bool add_entry(struct listing *listing, const struct dirent *found)
{
    struct fuse_entry_param entry = { 0 };
    struct view_node *node = NULL;
    struct view_about about;
    size_t room = listing->size - listing->used, needed;

    entry.attr.st_ino = found->d_ino;
    entry.attr.st_mode = DTTOIF(found->d_type);
    if (listing->attributes && !is_dots(found->d_name)
        && !view_lookup(listing->serve->tree, listing->node, found->d_name, &node, &about))
        fill_entry(listing->serve, node, &about, &entry);
    needed = listing->attributes
        ? fuse_add_direntry_plus(listing->req, listing->buffer + listing->used, room, found->d_name, &entry,
                                 found->d_off)
        : fuse_add_direntry(listing->req, listing->buffer + listing->used, room, found->d_name, &entry.attr,
                            found->d_off);
    if (needed <= room)
    {
        listing->used += needed;
        return true;
    }
    if (node) view_forget(listing->serve->tree, node, 1);
    return false;
}

static int list(struct listing *listing, struct directory *directory, off_t offset)
{
    bool room = true;
    int err = 0;

    if (offset != directory->offset)
    {
        seekdir(directory->stream, offset);
        directory->next = NULL;
        directory->offset = offset;
    }
    while (room && !err)
    {
        errno = 0;
        if (!directory->next && !(directory->next = readdir(directory->stream)))
        {
            err = errno;
            break;
        }
        if (!view_is_hidden_name(directory->handle.fd, directory->next->d_name))
            room = add_entry(listing, directory->next);
        if (!room) break;
        directory->offset = directory->next->d_off;
        directory->next = NULL;
    }
    /* what has been found comes first; the error is met again */
    return listing->used ? 0 : err;
}

static void serve_listing(fuse_req_t req, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info,
                          bool attributes)
{
    struct serve *serve = serve_of(req);
    struct listing listing = { .req = req, .serve = serve, .node = node_of(serve, number), .attributes = attributes,
                               .size = size };
    struct directory *directory = directory_of(info);
    int err = 0;

    if (!(listing.buffer = malloc(size))) err = ENOMEM;
    else
    {
        pthread_mutex_lock(&directory->lock);
        err = list(&listing, directory, offset);
        pthread_mutex_unlock(&directory->lock);
    }
    if (err) fuse_reply_err(req, err);
    else fuse_reply_buf(req, listing.buffer, listing.used);
    free(listing.buffer);
}

void serve_readdir(fuse_req_t req, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info)
{
    serve_listing(req, number, size, offset, info, false);
}

void serve_readdirplus(fuse_req_t req, fuse_ino_t number, size_t size, off_t offset, struct fuse_file_info *info)
{
    serve_listing(req, number, size, offset, info, true);
}
