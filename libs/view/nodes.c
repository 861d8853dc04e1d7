/*
 * The nodes of a tree: the table of them, the names that they were seen under, the descriptors that they have.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUCKETS_FIRST 1024 /* a power of two */

/* ---- the table ---- */

static struct view_node **bucket_of(const struct view_tree *tree, const struct identity *identity)
{
    uint64_t hash = ((uint64_t)identity->inode ^ ((uint64_t)identity->device << 32)) * UINT64_C(0x9e3779b97f4a7c15);

    return &tree->buckets[(hash >> 32) & (tree->bucket_count - 1)].first;
}

bool make_table(struct view_tree *tree)
{
    tree->bucket_count = BUCKETS_FIRST;
    tree->buckets = calloc(BUCKETS_FIRST, sizeof(*tree->buckets));
    return tree->buckets != NULL;
}

void file_node(struct view_tree *tree, struct view_node *node)
{
    struct view_node **bucket = bucket_of(tree, &node->identity);

    node->next = *bucket;
    *bucket = node;
    node->filed = true;
    tree->count++;
}

static void unfile_node(struct view_tree *tree, struct view_node *node)
{
    struct view_node **link;

    if (!node->filed) return;
    for (link = bucket_of(tree, &node->identity); *link != node; link = &(*link)->next) ;
    *link = node->next;
    node->filed = false;
    tree->count--;
}

/* Without memory the table stays as it is: slower, but right. */
static void grow(struct view_tree *tree)
{
    size_t old_count = tree->bucket_count, i;
    struct bucket *old = tree->buckets, *buckets;
    struct view_node *node;

    if (tree->count < 2 * old_count || !(buckets = calloc(4 * old_count, sizeof(*buckets)))) return;
    tree->buckets = buckets;
    tree->bucket_count = 4 * old_count;
    tree->count = 0;
    for (i = 0; i < old_count; i++)
    {
        while ((node = old[i].first))
        {
            old[i].first = node->next;
            file_node(tree, node);
        }
    }
    free(old);
}

/* The one with its numbers, be it the same file or one that has gone. */
static struct view_node *find_number(const struct view_tree *tree, const struct identity *identity)
{
    struct view_node *node = *bucket_of(tree, identity);

    while (node && (node->identity.inode != identity->inode || node->identity.device != identity->device))
        node = node->next;
    return node;
}

struct view_node *find_node(const struct view_tree *tree, const struct identity *identity)
{
    struct view_node *node = find_number(tree, identity);

    return node && same_file(&node->identity, identity) ? node : NULL;
}

struct view_node *find_named(const struct view_tree *tree, const struct efs_view_file *file)
{
    struct identity identity = { .device = (dev_t)file->device, .inode = (ino_t)file->inode };
    struct view_node *node = find_number(tree, &identity);

    return node && node->generation == file->generation ? node : NULL;
}

struct view_node *get_node(struct view_tree *tree, const struct identity *identity)
{
    struct view_node *node = find_number(tree, identity);

    if (node && same_file(&node->identity, identity)) return node;
    if (node) unfile_node(tree, node);
    if (!(node = calloc(1, sizeof(*node)))) return NULL;
    node->identity = *identity;
    node->fd = -1;
    node->generation = ++tree->generation;
    remember_node(tree, node);
    grow(tree);
    file_node(tree, node);
    return node;
}

/* ---- descriptors ---- */

time_t monotonic_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return time.tv_sec;
}

static void unlist(struct view_tree *tree, struct view_node *node)
{
    if (node->newer) node->newer->older = node->older;
    else tree->newest = node->older;
    if (node->older) node->older->newer = node->newer;
    else tree->oldest = node->newer;
    node->newer = node->older = NULL;
}

static void list(struct view_tree *tree, struct view_node *node)
{
    node->older = tree->newest;
    if (tree->newest) tree->newest->newer = node;
    else tree->oldest = node;
    tree->newest = node;
    node->used = monotonic_now();
}

void unlock_tree(struct view_tree *tree)
{
    int left[LEFT_MAX];
    unsigned int count = tree->left_count, i;

    memcpy(left, tree->left, count * sizeof(*left));
    tree->left_count = 0;
    pthread_mutex_unlock(&tree->lock);
    for (i = 0; i < count; i++) close(left[i]);
}

/* Of a file without a name it may be the last: then the file system frees what the file has on the disk. */
static void leave(struct view_tree *tree, int fd)
{
    if (tree->left_count == LEFT_MAX) close(fd);
    else tree->left[tree->left_count++] = fd;
}

void drop_descriptor(struct view_tree *tree, struct view_node *node)
{
    if (node->fd < 0 || node == &tree->root) return;
    unlist(tree, node);
    leave(tree, node->fd);
    node->fd = -1;
    tree->open_count--;
}

void touch_descriptor(struct view_tree *tree, struct view_node *node)
{
    unlist(tree, node);
    list(tree, node);
}

static void trim(struct view_tree *tree)
{
    struct view_node *node, *newer;

    for (node = tree->oldest; node && tree->open_count > tree->open_max; node = newer)
    {
        newer = node->newer;
        if (!node->borrowed) drop_descriptor(tree, node);
    }
}

void keep_descriptor(struct view_tree *tree, struct view_node *node, int fd)
{
    if (node->fd >= 0)
    {
        leave(tree, fd);
        return;
    }
    node->fd = fd;
    tree->open_count++;
    list(tree, node);
    node->borrowed++;
    trim(tree);
    node->borrowed--;
}

static bool is_unused(const struct view_tree *tree, const struct view_node *node)
{
    return node != &tree->root && !node->lookups && !node->children && !node->borrowed && !node->handles;
}

/* With a node its directories may go, any number of them: one after the other, linked by `next`. */
void node_release(struct view_tree *tree, struct view_node *node)
{
    struct view_node *unused = NULL;
    struct hint *hint;

    if (!is_unused(tree, node)) return;
    unfile_node(tree, node);
    node->next = NULL;
    for (unused = node; (node = unused);)
    {
        unused = node->next;
        keep_in_memory(tree, node);
        parked_drop(tree, node);
        drop_descriptor(tree, node);
        while ((hint = node->hints))
        {
            node->hints = hint->next;
            hint->parent->children--;
            if (is_unused(tree, hint->parent))
            {
                unfile_node(tree, hint->parent);
                hint->parent->next = unused;
                unused = hint->parent;
            }
            free(hint);
        }
        free(node);
    }
}

/* ---- names ---- */

void add_hint(struct view_tree *tree, struct view_node *node, struct view_node *parent, const char *name)
{
    struct hint **link, *hint;
    unsigned int count = 0;

    for (link = &node->hints; *link; link = &(*link)->next, count++)
        if ((*link)->parent == parent && !strcmp((*link)->name, name)) break;
    if ((hint = *link)) *link = hint->next;
    else
    {
        size_t size = strlen(name) + 1;

        if (!(hint = malloc(sizeof(*hint) + size))) return;
        memcpy(hint->name, name, size);
        hint->parent = parent;
        parent->children++;
    }
    hint->next = node->hints;
    node->hints = hint;
    if (count < HINTS_MAX) return;
    for (link = &node->hints; (*link)->next; link = &(*link)->next) ;
    hint = *link;
    *link = NULL;
    hint->parent->children--;
    node_release(tree, hint->parent);
    free(hint);
}
