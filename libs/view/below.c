/*
 * Handing out files of the tree below.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/io.h"

#define STEP_NS 20000000 /* between two looks at one that is being closed */
#define STEPS   (VIEW_SETTLE_SECONDS * (1000000000 / STEP_NS))

/* A reference to it, to be given back by view_forget. NULL: nobody knows it. */
static struct view_node *hold(struct view_tree *tree, const struct efs_view_file *file)
{
    struct view_node *node;

    pthread_mutex_lock(&tree->lock);
    if ((node = find_named(tree, file))) node->lookups++;
    pthread_mutex_unlock(&tree->lock);
    return node;
}

/* What was written through the view gets its closed form in a moment: until then it would be saved half done. */
static int settle(struct view_tree *tree, struct view_node *node)
{
    static const struct timespec step = { .tv_nsec = STEP_NS };
    bool written, live;
    int i;

    for (i = 0; i < STEPS; i++)
    {
        pthread_mutex_lock(&tree->lock);
        written = node->content && node->content->writers;
        live = content_is_live(node->content);
        pthread_mutex_unlock(&tree->lock);
        if (written) return EBUSY;
        if (!live) return 0;
        nanosleep(&step, NULL);
    }
    return EBUSY;
}

static int open_settled(struct view_tree *tree, struct view_node *node, int *fd)
{
    char path[FD_PATH_SIZE];
    int found, err;

    if (node->identity.type != S_IFREG && node->identity.type != S_IFDIR) return EINVAL;
    if ((err = settle(tree, node))) return err;
    if ((err = view_borrow(tree, node, &found))) return err;
    *fd = open(fd_path(path, found), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*fd < 0) err = errno;
    view_return(tree, node);
    return err;
}

int view_open_below(struct view_tree *tree, const struct efs_view_file *file, int *fd)
{
    struct view_node *node = hold(tree, file);
    int err;

    *fd = -1;
    if (!node) return ESTALE;
    err = open_settled(tree, node, fd);
    view_forget(tree, node, 1);
    return err;
}
