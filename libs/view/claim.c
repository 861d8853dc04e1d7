/*
 * Files that somebody works on in the tree below, past the view: nobody can open or change them in it meanwhile, and
 * afterwards it shows what they have become.
 *
 * What was replaced is a new file under the old name. The kernel may take the name for the old one for a while;
 * whatever it asks of that is ESTALE, and so it looks the name up anew. That needs no message that it could wait with.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct view_claim
{
    struct view_node *node;  /* a reference */
    unsigned int      own;
    bool              alone; /* it is the node's only one: of a file */
    int               fd;    /* of the file that was claimed */
};

/* ---- opening ---- */

int view_begin_open(struct view_tree *tree, struct view_node *node)
{
    int err = 0;

    pthread_mutex_lock(&tree->lock);
    if (node->claimed) err = EBUSY;
    else node->opening++;
    unlock_tree(tree);
    return err;
}

void view_end_open(struct view_tree *tree, struct view_node *node)
{
    pthread_mutex_lock(&tree->lock);
    node->opening--;
    unlock_tree(tree);
}

static bool has_claims(struct view_tree *tree)
{
    bool has;

    pthread_mutex_lock(&tree->lock);
    has = tree->claims != 0;
    unlock_tree(tree);
    return has;
}

bool view_name_is_claimed(struct view_tree *tree, int dir_fd, const char *name)
{
    const struct view_node *node;
    struct identity identity;
    bool claimed = false;
    struct stat st;
    int fd;

    if (!has_claims(tree) || open_component(dir_fd, name, &fd)) return false;
    if (!identity_of(fd, &identity, &st))
    {
        pthread_mutex_lock(&tree->lock);
        claimed = (node = find_node(tree, &identity)) && node->claimed;
        unlock_tree(tree);
    }
    close(fd);
    return claimed;
}

/* ---- claiming ---- */

static unsigned int count_handles(const struct view_node *node, unsigned int limit)
{
    const struct view_handle *handle;
    unsigned int count = 0;

    for (handle = node->handles; handle && count < limit; handle = handle->next) count++;
    return count;
}

/* The lock held. */
static int check_free(const struct view_node *node, unsigned int own)
{
    const struct view_content *content = node->content;

    if (node->claimed || node->opening || count_handles(node, own + 1) > own) return EBUSY;
    if (!content) return 0;
    if (content->queued || content->closing) return EAGAIN;
    if (content->writers || content->users > own) return EBUSY;
    /* asked where nobody writes it: that would have to be waited for. What a killed view has left in the open form, and
       nobody has written since, isn't ours to close: it stays so */
    return efs_plaintext_is_writable(content->plaintext) && efs_plaintext_is_open(content->plaintext) ? EAGAIN : 0;
}

/* Not in the middle of a rename: one that has asked view_name_is_claimed has come to its end before. */
static int take(struct view_tree *tree, struct view_node *node, unsigned int own)
{
    int err;

    pthread_rwlock_rdlock(&tree->names);
    pthread_mutex_lock(&tree->lock);
    if (!(err = check_free(node, own)))
    {
        node->claimed = true;
        tree->claims++;
    }
    if (err == EAGAIN) closer_hurry(tree);
    unlock_tree(tree);
    pthread_rwlock_unlock(&tree->names);
    return err;
}

/* The lock held. */
static void let_go(struct view_tree *tree, struct view_node *node)
{
    node->claimed = false;
    tree->claims--;
}

static int claim_node(struct view_tree *tree, struct view_claim *claim, int *fd)
{
    int err;

    claim->alone = claim->node->identity.type == S_IFREG;
    if (claim->alone && (err = take(tree, claim->node, claim->own))) return err;
    if (!(err = open_to_read(tree, claim->node, fd)) && (claim->fd = fcntl(*fd, F_DUPFD_CLOEXEC, 3)) < 0)
    {
        err = errno;
        close(*fd);
        *fd = -1;
    }
    if (err && claim->alone)
    {
        pthread_mutex_lock(&tree->lock);
        let_go(tree, claim->node);
        unlock_tree(tree);
    }
    return err;
}

int view_claim(struct view_tree *tree, const struct efs_view_file *file, unsigned int own, struct view_claim **ret,
               int *fd)
{
    struct view_claim *claim = calloc(1, sizeof(*claim));
    int err;

    *ret = NULL;
    *fd = -1;
    if (!claim) return ENOMEM;
    claim->own = own;
    if (!(claim->node = hold_named(tree, file))) err = ESTALE;
    else if ((err = claim_node(tree, claim, fd))) view_forget(tree, claim->node, 1);
    if (err) free(claim);
    else *ret = claim;
    return err;
}

/* ---- the end ---- */

/* Has it lost its name to another one? Those who have it open keep it, if it isn't just who has claimed it. */
static void note_replaced(struct view_tree *tree, const struct view_claim *claim)
{
    struct view_node *node = claim->node;
    struct stat st;
    bool gone = !fstat(claim->fd, &st) && !st.st_nlink;

    pthread_mutex_lock(&tree->lock);
    node->known.valid = node->cached.valid = false;
    if (claim->alone) let_go(tree, node);
    if (gone && count_handles(node, claim->own + 1) <= claim->own) node->replaced = true;
    unlock_tree(tree);
}

/* The directories that it was seen in, each with a reference. */
static unsigned int hold_parents(struct view_tree *tree, const struct view_node *node,
                                 struct view_node *parents[HINTS_MAX])
{
    const struct hint *hint;
    unsigned int count = 0;

    pthread_mutex_lock(&tree->lock);
    for (hint = node->hints; hint && count < HINTS_MAX; hint = hint->next)
    {
        hint->parent->lookups++;
        parents[count++] = hint->parent;
    }
    unlock_tree(tree);
    return count;
}

void view_end_claim(struct view_tree *tree, struct view_claim *claim, view_changed *changed, void *context)
{
    struct view_node *parents[HINTS_MAX];
    unsigned int count;

    if (!claim) return;
    note_replaced(tree, claim);
    count = hold_parents(tree, claim->node, parents);
    changed(context, claim->node);
    while (count--)
    {
        changed(context, parents[count]);
        view_forget(tree, parents[count], 1);
    }
    view_forget(tree, claim->node, 1);
    close(claim->fd);
    free(claim);
}
