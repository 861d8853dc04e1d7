/*
 * What is known of files that nobody has open any more, without keys and descriptors: who opens one of them again, as
 * it was, needs none of the questions by which it was found out. They took as long as all else of an opening.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "view/tree_internal.h"

#include <stdlib.h>

static void unlist(struct parked *parked, struct view_content *content)
{
    if (content->newer) content->newer->older = content->older;
    else parked->newest = content->older;
    if (content->older) content->older->newer = content->newer;
    else parked->oldest = content->newer;
    content->newer = content->older = NULL;
    content->node->parked = NULL;
    parked->count--;
}

static void list(struct parked *parked, struct view_content *content)
{
    content->older = parked->newest;
    if (parked->newest) parked->newest->newer = content;
    else parked->oldest = content;
    parked->newest = content;
    content->node->parked = content;
    parked->count++;
}

void parked_drop(struct view_tree *tree, struct view_node *node)
{
    struct view_content *content = node->parked;

    if (!content) return;
    unlist(&tree->parked, content);
    efs_plaintext_close(content->plaintext);
    free(content);
}

bool parked_add(struct view_tree *tree, struct view_content *content, int *fd)
{
    /* NTFS-3G needn't say by a time that a $EFS is another one */
    if (!content->settled || content->st.st_size < 0 || tree->ntfs) return false;
    if ((*fd = efs_plaintext_park(content->plaintext)) < 0) return false;
    parked_drop(tree, content->node);
    list(&tree->parked, content);
    if (tree->parked.count > PARKED_MAX) parked_drop(tree, tree->parked.oldest->node);
    return true;
}

struct view_content *parked_take(struct view_tree *tree, struct view_node *node, const struct stat *st)
{
    struct view_content *content = node->parked;

    if (!content) return NULL;
    if (content_is_unchanged(content, st))
    {
        unlist(&tree->parked, content);
        return content;
    }
    parked_drop(tree, node);
    return NULL;
}
