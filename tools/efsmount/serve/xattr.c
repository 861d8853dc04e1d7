/*
 * Operations on extended attributes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "serve.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/io.h"
#include "view/attributes.h"

/* One file whose attributes are asked for: its path, through the descriptor, and whether it is encrypted. */
struct subject
{
    struct serve     *serve;
    struct view_node *node;
    int               fd;        /* the tree's, borrowed */
    char              path[FD_PATH_SIZE];
    bool              encrypted;
};

/*
 * name: the attribute that it is about, NULL: all. Most show on any file: then nobody asks whether it is encrypted.
 * The path of a symbolic link's descriptor would lead through it. A link has no user attributes.
 */
static int begin(struct subject *subject, fuse_req_t req, fuse_ino_t number, const char *name)
{
    struct view_about about = { .encrypted = false };
    int err;

    subject->serve = serve_of(req);
    subject->node = node_of(subject->serve, number);
    if (view_type(subject->node) == S_IFLNK) return EOPNOTSUPP;
    if ((!name || view_hides_attribute(subject->serve->tree, name, true))
        && (err = view_look(subject->serve->tree, subject->node, &about))) return err;
    if ((err = view_borrow(subject->serve->tree, subject->node, &subject->fd))) return err;
    fd_path(subject->path, subject->fd);
    subject->encrypted = about.encrypted;
    return 0;
}

static void end(const struct subject *subject)
{
    view_return(subject->serve->tree, subject->node);
}

/* The same for a change of them. */
static int begin_change(struct subject *subject, fuse_req_t req, fuse_ino_t number, const char *name)
{
    struct serve *serve = serve_of(req);
    int err = view_begin_open(serve->tree, node_of(serve, number));

    if (err) return err;
    if ((err = begin(subject, req, number, name))) view_end_open(serve->tree, node_of(serve, number));
    return err;
}

static void end_change(const struct subject *subject)
{
    view_end_open(subject->serve->tree, subject->node);
    end(subject);
}

static bool is_hidden(const struct subject *subject, const char *name)
{
    return view_hides_attribute(subject->serve->tree, name, subject->encrypted);
}

void serve_setxattr(fuse_req_t req, fuse_ino_t number, const char *name, const char *value, size_t size, int flags)
{
    struct subject subject;
    int err;

    if (!strcmp(name, EFS_VIEW_ATTRIBUTE))
    {
        fuse_reply_err(req, serve_encrypt(serve_of(req), node_of(serve_of(req), number), value, size));
        return;
    }
    if (!(err = begin_change(&subject, req, number, name)))
    {
        if (is_hidden(&subject, name)) err = EPERM;
        else if (setxattr(subject.path, name, value, size, flags)) err = errno;
        end_change(&subject);
    }
    fuse_reply_err(req, err);
}

void serve_removexattr(fuse_req_t req, fuse_ino_t number, const char *name)
{
    struct subject subject;
    int err = begin_change(&subject, req, number, name);

    if (!err)
    {
        if (!strcmp(name, EFS_VIEW_ATTRIBUTE)) err = EPERM;
        else if (is_hidden(&subject, name)) err = ENODATA;
        else if (removexattr(subject.path, name)) err = errno;
        end_change(&subject);
    }
    fuse_reply_err(req, err);
}

/* size 0: the length alone is wanted. */
static void reply_value(fuse_req_t req, int err, const char *value, size_t length, size_t size)
{
    if (err) fuse_reply_err(req, err);
    else if (!size) fuse_reply_xattr(req, length);
    else if (length > size) fuse_reply_err(req, ERANGE);
    else fuse_reply_buf(req, value, length);
}

/* The kernel asks for one at a file's first write: if it is open, so is the descriptor, and needs no path. */
static ssize_t get_value(const struct subject *subject, const char *name, char *value, size_t size)
{
    ssize_t length = fgetxattr(subject->fd, name, value, size);

    return length < 0 && errno == EBADF ? getxattr(subject->path, name, value, size) : length;
}

void serve_getxattr(fuse_req_t req, fuse_ino_t number, const char *name, size_t size)
{
    char own[EFS_VIEW_TEXT_MAX], *value = NULL;
    struct subject subject;
    ssize_t length = 0;
    size_t own_length;
    int err;

    if (!strcmp(name, EFS_VIEW_ATTRIBUTE) && view_type(node_of(serve_of(req), number)) != S_IFLNK)
    {
        /* whether a key opens it, and so the length, is known by opening it: who asks for the length gets the most */
        if (!size) own_length = sizeof(own), err = 0;
        else err = view_get_attribute(serve_of(req)->tree, node_of(serve_of(req), number), own, &own_length);
        reply_value(req, err, own, own_length, size);
        return;
    }
    if (!strcmp(name, EFS_VIEW_KEYS_ATTRIBUTE))
    {
        reply_value(req, 0, serve_of(req)->keys, serve_of(req)->keys_length, size);
        return;
    }
    if (!(err = begin(&subject, req, number, name)))
    {
        if (size > XATTR_SIZE_MAX) size = XATTR_SIZE_MAX;
        if (is_hidden(&subject, name)) err = ENODATA;
        else if (size && !(value = malloc(size))) err = ENOMEM;
        else if ((length = get_value(&subject, name, value, size)) < 0) err = errno;
        end(&subject);
    }
    reply_value(req, err, value, (size_t)length, size);
    free(value);
}

void serve_listxattr(fuse_req_t req, fuse_ino_t number, size_t size)
{
    char *names = NULL;
    struct subject subject;
    ssize_t length = 0;
    int err = begin(&subject, req, number, NULL);

    if (err == EOPNOTSUPP)
    {
        reply_value(req, 0, NULL, 0, size);
        return;
    }
    if (!err)
    {
        /* what is hidden can make it shorter than asked for: the host's whole list is looked at */
        if (!(names = malloc(XATTR_LIST_MAX))) err = ENOMEM;
        else if ((length = listxattr(subject.path, names, XATTR_LIST_MAX)) < 0) err = errno;
        else length = (ssize_t)view_filter_attributes(subject.serve->tree, names, (size_t)length, subject.encrypted);
        end(&subject);
    }
    reply_value(req, err, names, (size_t)length, size);
    free(names);
}
