/*
 * A tree of files as a view shows it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "efs/container.h"
#include "efs/store.h"
#include "store/ntfs.h"

#define IDLE_AFTER 2 /* seconds */

/* ---- the tree ---- */

int view_tree_open(struct view_tree **ret, int root_fd, struct efs_feks *feks, size_t descriptors)
{
    struct view_tree *tree = calloc(1, sizeof(*tree));
    pthread_rwlockattr_t writers_first;
    struct stat st;
    int err = tree ? 0 : ENOMEM;

    *ret = NULL;
    if (!err && !make_table(tree)) err = ENOMEM;
    if (!err) err = identity_of(root_fd, &tree->root.identity, &st);
    if (!err && !S_ISDIR(st.st_mode)) err = ENOTDIR;
    if (!err) err = can_find(root_fd);
    /* Where the count begins is nobody's to guess: requests name files by it (view/efs_view.h), and who has a FUSE file
       system of his own could have other people's programs ask for what he names. */
    if (!err && getrandom(&tree->generation, sizeof(tree->generation), 0) != sizeof(tree->generation)) err = EIO;
    if (err)
    {
        if (tree) free(tree->buckets);
        free(tree);
        close(root_fd);
        return err;
    }
    pthread_rwlockattr_init(&writers_first);
    pthread_rwlockattr_setkind_np(&writers_first, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&tree->names, &writers_first);
    pthread_rwlockattr_destroy(&writers_first);
    pthread_mutex_init(&tree->lock, NULL);
    closer_begin(tree);
    mark_begin(tree);
    helper_begin(&tree->ready.helper);
    helper_begin(&tree->ahead.helper);
    tree->feks = feks;
    tree->open_max = descriptors;
    tree->root.fd = root_fd;
    tree->root.lookups = 1;
    tree->root.generation = tree->generation;
    file_node(tree, &tree->root);
    if (ntfs_is_mount(root_fd, &tree->ntfs, NULL)) tree->ntfs = false;
    *ret = tree;
    return 0;
}

void view_tree_close(struct view_tree *tree)
{
    struct view_node *node;
    struct hint *hint;
    size_t i;

    if (!tree) return;
    helper_end(&tree->ahead.helper);
    helper_end(&tree->ready.helper);
    ready_drop(tree);
    closer_end(tree);
    fill_memory(tree);
    while (tree->parked.oldest) parked_drop(tree, tree->parked.oldest->node);
    /* all at once, in no order: nobody's reference to anybody counts any more */
    for (i = 0; i < tree->bucket_count; i++)
    {
        while ((node = tree->buckets[i].first))
        {
            tree->buckets[i].first = node->next;
            while ((hint = node->hints))
            {
                node->hints = hint->next;
                free(hint);
            }
            if (node->fd >= 0) close(node->fd);
            if (node != &tree->root) free(node);
        }
    }
    free(tree->buckets);
    pthread_mutex_destroy(&tree->lock);
    pthread_rwlock_destroy(&tree->names);
    free(tree);
}

void view_set_readers(struct view_tree *tree, const struct efs_seal_readers *readers)
{
    tree->readers = readers;
    ready_begin(tree);
}

void view_set_report(struct view_tree *tree, view_report *report)
{
    tree->report = report;
}

void view_set_socket(struct view_tree *tree, const char *path)
{
    snprintf(tree->socket, sizeof(tree->socket), "%s", path);
}

struct view_node *view_root(struct view_tree *tree)
{
    return &tree->root;
}

bool view_has_keys(const struct view_tree *tree)
{
    return tree->feks != NULL;
}

uint64_t view_generation(const struct view_node *node)
{
    return node->generation;
}

mode_t view_type(const struct view_node *node)
{
    return node->identity.type;
}

/* ---- look-ups ---- */

bool view_is_hidden_name(int dir_fd, const char *name)
{
    return efs_is_container_name(name) && efs_container_is_own(dir_fd, name, strlen(name));
}

/* fd: taken over if `keep`. made: it was just made; is it encrypted? NULL: it may be any file. */
static int know(struct view_tree *tree, int fd, bool keep, const bool *made, struct view_node *parent, const char *name,
                struct view_node **ret, struct view_about *about)
{
    struct identity identity;
    struct view_node *node = NULL;
    struct view_about unused;
    struct stat st;
    int err;

    if (!about) about = &unused;
    err = identity_of(fd, &identity, &about->st);
    pthread_mutex_lock(&tree->lock);
    if (!err && !(node = get_node(tree, &identity))) err = ENOMEM;
    if (!err)
    {
        node->lookups++;
        node->borrowed++;
        /* another file may have got its number; but what was opened just before it lost its name is no other */
        if (node->replaced && (!name || (!fstat(fd, &st) && st.st_nlink))) node->replaced = false;
        if (name) add_hint(tree, node, parent, name);
        if (keep) keep_descriptor(tree, node, fd), fd = node->fd;
    }
    unlock_tree(tree);
    if (err)
    {
        if (keep) close(fd);
        return err;
    }
    if (made) look_at_new(tree, node, fd, *made, about);
    else look_further(tree, node, fd, about);
    view_return(tree, node);
    *ret = node;
    return 0;
}

int view_lookup(struct view_tree *tree, struct view_node *parent, const char *name, struct view_node **node,
                struct view_about *about)
{
    int dir_fd, fd = -1, err;

    *node = NULL;
    if ((err = view_borrow(tree, parent, &dir_fd))) return err;
    if (view_is_hidden_name(dir_fd, name)) err = ENOENT;
    else err = open_component(dir_fd, name, &fd);
    if (!err) err = know(tree, fd, true, NULL, parent, name, node, about);
    view_return(tree, parent);
    return err;
}

int view_adopt(struct view_tree *tree, int fd, bool encrypted, struct view_node *parent, const char *name,
               struct view_node **node, struct view_about *about)
{
    *node = NULL;
    return know(tree, fd, false, &encrypted, parent, name, node, about);
}

void view_forget(struct view_tree *tree, struct view_node *node, uint64_t count)
{
    pthread_mutex_lock(&tree->lock);
    node->lookups -= count < node->lookups ? count : node->lookups;
    node_release(tree, node);
    unlock_tree(tree);
}

void hold_node(struct view_tree *tree, struct view_node *node)
{
    pthread_mutex_lock(&tree->lock);
    node->lookups++;
    unlock_tree(tree);
}

struct view_node *hold_parent(struct view_tree *tree, struct view_node *node)
{
    struct view_node *parent;

    pthread_mutex_lock(&tree->lock);
    if ((parent = node->hints ? node->hints->parent : NULL)) parent->lookups++;
    unlock_tree(tree);
    return parent;
}

static bool borrow_open(struct view_tree *tree, struct view_node *node, int *fd)
{
    pthread_mutex_lock(&tree->lock);
    if (node->fd >= 0 && !node->replaced && !find_again(tree, node))
    {
        node->borrowed++;
        *fd = node->fd;
    }
    unlock_tree(tree);
    return *fd >= 0;
}

int view_borrow(struct view_tree *tree, struct view_node *node, int *fd)
{
    int err;

    *fd = -1;
    atomic_fetch_add_explicit(&tree->asked, 1, memory_order_relaxed);
    /* what has a descriptor need not wait for a rename */
    if (borrow_open(tree, node, fd)) return 0;
    pthread_rwlock_rdlock(&tree->names);
    pthread_mutex_lock(&tree->lock);
    if (!(err = node->replaced ? ESTALE : find_again(tree, node)))
    {
        node->borrowed++;
        *fd = node->fd;
    }
    unlock_tree(tree);
    pthread_rwlock_unlock(&tree->names);
    return err;
}

void view_return(struct view_tree *tree, struct view_node *node)
{
    pthread_mutex_lock(&tree->lock);
    node->borrowed--;
    node_release(tree, node);
    unlock_tree(tree);
}

/* ---- changes ---- */

void view_begin_change(struct view_tree *tree)
{
    pthread_rwlock_wrlock(&tree->names);
}

void view_end_change(struct view_tree *tree)
{
    pthread_rwlock_unlock(&tree->names);
}

void view_moved(struct view_tree *tree, struct view_node *parent, const char *name)
{
    struct identity identity;
    struct view_node *node;
    struct stat st;
    int fd = -1;

    pthread_mutex_lock(&tree->lock);
    if (!find_again(tree, parent) && !open_component(parent->fd, name, &fd) && !identity_of(fd, &identity, &st))
    {
        if ((node = find_node(tree, &identity))) add_hint(tree, node, parent, name);
    }
    unlock_tree(tree);
    if (fd >= 0) close(fd);
}

/* ---- open files ---- */

void view_add_handle(struct view_tree *tree, struct view_node *node, struct view_handle *handle)
{
    pthread_mutex_lock(&tree->lock);
    handle->node = node;
    handle->previous = NULL;
    if ((handle->next = node->handles)) node->handles->previous = handle;
    node->handles = handle;
    unlock_tree(tree);
}

bool view_only_handle(struct view_tree *tree, struct view_node *node, struct view_handle **handle)
{
    bool only;

    pthread_mutex_lock(&tree->lock);
    *handle = node->handles;
    only = !*handle || !(*handle)->next;
    unlock_tree(tree);
    return only;
}

struct view_handle *view_any_handle(struct view_tree *tree, struct view_node *node)
{
    struct view_handle *handle;

    pthread_mutex_lock(&tree->lock);
    handle = node->handles;
    unlock_tree(tree);
    return handle;
}

int view_exchange(struct view_tree *tree, struct view_handle *handle, int fd)
{
    int before;

    pthread_mutex_lock(&tree->lock);
    before = handle->fd;
    handle->fd = fd;
    unlock_tree(tree);
    return before;
}

void view_remove_handle(struct view_tree *tree, struct view_handle *handle)
{
    struct view_node *node = handle->node;

    pthread_mutex_lock(&tree->lock);
    if (handle->next) handle->next->previous = handle->previous;
    if (handle->previous) handle->previous->next = handle->next;
    else node->handles = handle->next;
    node_release(tree, node);
    unlock_tree(tree);
}

/* ---- looking ---- */

int view_look(struct view_tree *tree, struct view_node *node, struct view_about *about)
{
    int fd, err;

    if ((err = view_borrow(tree, node, &fd))) return err;
    err = look_at(tree, node, fd, about);
    view_return(tree, node);
    return err;
}

bool view_is_unchanged(struct view_tree *tree, struct view_node *node, const struct stat *st)
{
    bool same;

    pthread_mutex_lock(&tree->lock);
    same = is_still(&node->cached, st);
    node->cached = note_known(st);
    unlock_tree(tree);
    return same;
}

void view_tidy(struct view_tree *tree)
{
    struct view_node *node, *newer;
    time_t limit = monotonic_now() - IDLE_AFTER;

    pthread_mutex_lock(&tree->lock);
    for (node = tree->oldest; node && node->used < limit; node = newer)
    {
        newer = node->newer;
        if (!node->borrowed) drop_descriptor(tree, node);
    }
    unlock_tree(tree);
}
