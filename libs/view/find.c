/*
 * How a node's file is found again when its descriptor has been given back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/io.h"

#define TRIES     100
#define DEPTH_MAX 4096 /* directories above a file; more are a circle in what hints say */

/* The file itself, were it a symbolic link; nothing above the directory, nothing of another file system. */
static int open_beneath(int dir_fd, const char *name, int *fd)
{
    struct open_how how =
    {
        .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
    };
    int tries = TRIES;

    /* EAGAIN: somebody renames things just now, and the kernel can't say that it stayed beneath */
    do *fd = (int)syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));
    while (*fd < 0 && (errno == EAGAIN || errno == EINTR) && --tries);
    return *fd < 0 ? errno : 0;
}

int can_find(int root_fd)
{
    char path[FD_PATH_SIZE];
    struct stat st;
    int fd, err = open_beneath(root_fd, ".", &fd);

    if (err) return err;
    if (stat(fd_path(path, fd), &st)) err = errno;
    close(fd);
    return err;
}

int open_component(int dir_fd, const char *name, int *fd)
{
    *fd = -1;
    if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, "..")) return EINVAL;
    return open_beneath(dir_fd, name, fd);
}

/* ---- finding ---- */

/* What one name, whose directory has a descriptor, leads to, if that is the node's file. */
static int open_at_hint(const struct view_node *node, const struct hint *hint, int *fd)
{
    struct identity identity;
    struct stat st;
    int err;

    if ((err = open_component(hint->parent->fd, hint->name, fd)))
        return err == ENOENT || err == ENOTDIR || err == EXDEV ? ESTALE : err;
    err = identity_of(*fd, &identity, &st);
    if (!err && !same_file(&identity, &node->identity)) err = ESTALE;
    if (err) close(*fd);
    return err;
}

static int open_by_hint(struct view_tree *tree, struct view_node *node, const struct hint *hint)
{
    int fd, err = open_at_hint(node, hint, &fd);

    if (!err) keep_descriptor(tree, node, fd);
    return err;
}

/* An open file needs no name. */
static int open_by_handle(struct view_tree *tree, struct view_node *node)
{
    int fd = fcntl(node->handles->fd, F_DUPFD_CLOEXEC, 3);

    if (fd < 0) return errno;
    keep_descriptor(tree, node, fd);
    return 0;
}

/* Of a directory and those above it, by their newest names, from the first that has a descriptor downwards. */
static int find_directory(struct view_tree *tree, struct view_node *node)
{
    struct view_node *above, *below = NULL;
    size_t depth = 0;
    int err = 0;

    for (above = node; above->fd < 0; above = above->hints->parent)
    {
        above->below = below;
        below = above;
        if (++depth > DEPTH_MAX) return ESTALE;
        if (above->handles) break;
        if (!above->hints) return ESTALE;
    }
    for (; below && !err; below = below->below)
    {
        if (below->handles) err = open_by_handle(tree, below);
        else err = open_by_hint(tree, below, below->hints);
    }
    return err;
}

int find_again(struct view_tree *tree, struct view_node *node)
{
    const struct hint *hint;
    int err = ESTALE;

    if (node->fd >= 0)
    {
        if (node == &tree->root) return 0;
        touch_descriptor(tree, node);
        return 0;
    }
    if (node->handles) return open_by_handle(tree, node);
    for (hint = node->hints; hint && err == ESTALE; hint = hint->next)
    {
        if (!(err = find_directory(tree, hint->parent))) err = open_by_hint(tree, node, hint);
    }
    return err;
}

int find_place(struct view_tree *tree, struct view_node *node, int *dir_fd, const char **name)
{
    const struct hint *hint;
    int fd, err, first = 0;

    /* whatever is the matter with one name, another may do */
    for (hint = node->hints; hint; hint = hint->next)
    {
        if (!(err = find_directory(tree, hint->parent)) && !(err = open_at_hint(node, hint, &fd)))
        {
            close(fd);
            *name = hint->name;
            return (*dir_fd = fcntl(hint->parent->fd, F_DUPFD_CLOEXEC, 3)) < 0 ? errno : 0;
        }
        if (!first) first = err;
    }
    return first ? first : ESTALE;
}
