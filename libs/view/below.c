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

struct view_node *hold_named(struct view_tree *tree, const struct efs_view_file *file)
{
    struct view_node *node;

    pthread_mutex_lock(&tree->lock);
    if ((node = find_named(tree, file))) node->lookups++;
    unlock_tree(tree);
    return node;
}

int open_to_read(struct view_tree *tree, struct view_node *node, int *fd)
{
    char path[FD_PATH_SIZE];
    int found, err;

    if (node->identity.type != S_IFREG && node->identity.type != S_IFDIR) return EINVAL;
    if ((err = view_borrow(tree, node, &found))) return err;
    *fd = open(fd_path(path, found), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (*fd < 0) err = errno;
    view_return(tree, node);
    return err;
}

/* What was written through the view gets its closed form in a moment: until then it would be saved half done. */
static int check_settled(struct view_tree *tree, const struct view_node *node)
{
    int err = 0;

    pthread_mutex_lock(&tree->lock);
    if (node->claimed || (node->content && node->content->writers)) err = EBUSY;
    else if (content_is_live(node->content)) err = EAGAIN;
    if (err == EAGAIN) closer_hurry(tree);
    unlock_tree(tree);
    return err;
}

int view_open_below(struct view_tree *tree, const struct efs_view_file *file, int *fd)
{
    struct view_node *node = hold_named(tree, file);
    int err;

    *fd = -1;
    if (!node) return ESTALE;
    err = check_settled(tree, node);
    if (!err) err = open_to_read(tree, node, fd);
    view_forget(tree, node, 1);
    return err;
}
