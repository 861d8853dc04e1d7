/*
 * Operations that make and open new files: in an encrypted directory they are encrypted from the beginning on.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int is_made_encrypted(struct serve *serve, struct view_node *parent, bool *encrypted)
{
    struct view_about about = { 0 };
    int err = view_look(serve->tree, parent, &about);

    *encrypted = about.encrypted;
    return err;
}

/* What is to be made, and then what was. */
struct making
{
    const char          *name;      /* NULL: it gets none */
    int                  flags;
    mode_t               mode;
    bool                 encrypted;
    bool                 writes;
    int                  fd;        /* its descriptor: content's, if there is content; -1: none yet */
    struct view_content *content;   /* of an encrypted file */
};

static int make_plain(int dir_fd, struct making *making)
{
    int flags = making->name ? making->flags | O_CREAT | O_EXCL : (making->flags & ~O_CREAT) | O_TMPFILE;

    making->fd = openat(dir_fd, making->name ? making->name : ".",
                        flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, making->mode & 07777);
    return making->fd < 0 ? errno : 0;
}

static int make_encrypted(struct serve *serve, int dir_fd, struct making *making)
{
    int err = view_make_file(serve->tree, dir_fd, making->name, making->mode & 07777, making->writes,
                             &making->content);

    if (!err) making->fd = view_content_fd(making->content);
    return err;
}

static int make_at(fuse_req_t req, struct serve *serve, struct view_node *parent, struct making *making)
{
    struct caller caller;
    int dir_fd, err;

    if ((err = is_made_encrypted(serve, parent, &making->encrypted))) return err;
    if ((err = view_borrow(serve->tree, parent, &dir_fd))) return err;
    if (!(err = caller_begin(&caller, serve, req)))
    {
        err = making->encrypted ? make_encrypted(serve, dir_fd, making) : make_plain(dir_fd, making);
        caller_end(&caller);
    }
    view_return(serve->tree, parent);
    return err;
}

/* What nobody has got. */
static void discard(struct serve *serve, struct making *making)
{
    if (making->content) view_content_discard(serve->tree, making->content);
    else if (making->fd >= 0) close(making->fd);
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

/* What is there already, as it turned out. */
static int open_found(struct serve *serve, struct view_node *node, const struct view_about *about,
                      struct fuse_file_info *info)
{
    struct view_content *content = NULL;
    int fd = -1, err;

    if (!S_ISREG(about->st.st_mode)) return S_ISLNK(about->st.st_mode) ? ELOOP : EISDIR;
    if ((err = view_begin_open(serve->tree, node))) return err;
    err = open_existing(serve, node, about->encrypted, info, &content, &fd);
    if (!err) err = open_file(serve, node, fd, content, info);
    view_end_open(serve->tree, node);
    return err;
}

static int open_new(struct serve *serve, struct view_node *node, struct making *making, struct fuse_file_info *info)
{
    struct view_content *content = making->content;
    /* it has its name already: somebody may have looked it up, and claimed it */
    int fd = making->fd, err = view_begin_open(serve->tree, node);

    if (err) return err;
    /* the file's, or its node's, also on failure */
    making->content = NULL;
    making->fd = -1;
    if (content && !(err = view_content_adopt(serve->tree, node, making->writes, &content)))
        fd = view_content_fd(content);
    if (!err) err = open_file(serve, node, fd, content, info);
    view_end_open(serve->tree, node);
    return err;
}

/*
 * Exclusive even where the caller doesn't mind: what somebody else makes in the meantime is looked at before it is
 * opened, since it may be encrypted.
 */
void serve_create(fuse_req_t req, fuse_ino_t parent_number, const char *name, mode_t mode, struct fuse_file_info *info)
{
    struct serve *serve = serve_of(req);
    struct view_node *parent = node_of(serve, parent_number), *node = NULL;
    struct making making = { .name = name, .flags = info->flags & ~DROPPED & ~O_TRUNC, .mode = mode,
                             .writes = writes(info->flags), .fd = -1 };
    struct view_about about;
    int err;

    err = make_at(req, serve, parent, &making);
    if (!err)
    {
        err = view_adopt(serve->tree, making.fd, making.encrypted, parent, name, &node, &about);
        if (!err) err = open_new(serve, node, &making, info);
    }
    else if (err == EEXIST && !(info->flags & O_EXCL))
    {
        err = view_lookup(serve->tree, parent, name, &node, &about);
        if (!err) err = open_found(serve, node, &about, info);
    }
    discard(serve, &making);
    if (err && node) view_forget(serve->tree, node, 1);
    reply_create(req, serve, err, node, &about, info);
}

void serve_tmpfile(fuse_req_t req, fuse_ino_t parent_number, mode_t mode, struct fuse_file_info *info)
{
    struct serve *serve = serve_of(req);
    struct making making = { .flags = (info->flags & ~DROPPED) | (info->flags & O_EXCL), .mode = mode,
                             .writes = writes(info->flags), .fd = -1 };
    struct view_node *node = NULL;
    struct view_about about;
    int err;

    err = make_at(req, serve, node_of(serve, parent_number), &making);
    if (!err) err = view_adopt(serve->tree, making.fd, making.encrypted, NULL, NULL, &node, &about);
    if (!err) err = open_new(serve, node, &making, info);
    discard(serve, &making);
    if (err && node) view_forget(serve->tree, node, 1);
    reply_create(req, serve, err, node, &about, info);
}

/* ---- what was just made, plain, is to be encrypted ---- */

static int encrypt_file(struct serve *serve, struct view_node *node)
{
    struct view_content *content;
    struct view_handle *handle;
    struct file *file;
    int before, err;
    struct stat st;

    if (!view_only_handle(serve->tree, node, &handle)) return EBUSY;
    file = (struct file *)handle;
    /* the kernel would go on writing plaintext into it; what has data can't become one this way anyway */
    if (file && file->backing) return fstat(handle->fd, &st) ? errno : st.st_size ? ENOTEMPTY : EBUSY;
    if ((err = view_encrypt_file(serve->tree, node, file && file->writes, &content))) return err;
    if (!file)
    {
        view_content_close(serve->tree, content, false);
        return 0;
    }
    before = view_exchange(serve->tree, handle, view_content_fd(content));
    file->content = content;
    close(before);
    return 0;
}

static int encrypt(struct serve *serve, struct view_node *node)
{
    struct view_about about;
    int err = view_look(serve->tree, node, &about);

    if (err || about.encrypted) return err;
    if (S_ISDIR(about.st.st_mode)) return view_encrypt_directory(serve->tree, node);
    return S_ISREG(about.st.st_mode) ? encrypt_file(serve, node) : EINVAL;
}

int serve_encrypt(struct serve *serve, struct view_node *node, const char *value, size_t size)
{
    int err;

    if (size != strlen(EFS_VIEW_ENCRYPT) || memcmp(value, EFS_VIEW_ENCRYPT, size)) return EINVAL;
    pthread_rwlock_wrlock(&serve->forms);
    err = encrypt(serve, node);
    pthread_rwlock_unlock(&serve->forms);
    return err;
}
