/*
 * What opening and closing of contents share: their references, and who is told what goes wrong.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"

void content_drop(struct view_tree *tree, struct view_content *content)
{
    struct view_node *node = content->node;
    bool last, parked = false;
    int fd = -1;

    pthread_mutex_lock(&tree->lock);
    last = !--content->users;
    if (last)
    {
        if (node->content == content) node->content = NULL;
        /* if somebody else knows the file, it may be opened again */
        parked = node->filed && node->lookups > 1 && parked_add(tree, content, &fd);
        node->lookups--; /* the content's own */
        node_release(tree, node);
    }
    unlock_tree(tree);
    if (parked) close(fd);
    if (!last || parked) return;
    efs_plaintext_close(content->plaintext);
    free(content);
}

void report_problem(struct view_tree *tree, int fd, const struct efs_diag *diag)
{
    char link[FD_PATH_SIZE], path[PATH_MAX];
    ssize_t length;

    if (!tree->report) return;
    length = readlink(fd_path(link, fd), path, sizeof(path) - 1);
    path[length > 0 ? length : 0] = 0;
    tree->report(path, diag);
}
