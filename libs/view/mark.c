/*
 * The mark of the tree: it says, after a kill, that files may have been left in the open form.
 *
 * To have it on the disk takes as long as the file system's journal needs for what everybody has written. A thread
 * waits for that; of the others only those who bring something in the open form to the disk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <errno.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/store.h"

static int put_mark(const struct view_tree *tree, int flags)
{
    static const uint8_t value = 1; /* version */
    char path[FD_PATH_SIZE];

    return setxattr(fd_path(path, tree->root.fd), EFS_STORE_VIEW, &value, sizeof(value), flags) ? errno : 0;
}

/* *left: an earlier view has left it, and what was open then may be still. */
static int set_mark(const struct view_tree *tree, bool *left)
{
    int err = put_mark(tree, XATTR_CREATE);

    *left = err == EEXIST;
    return *left ? 0 : err;
}

static int sync_mark(const struct view_tree *tree)
{
    int fd = io_reopen_directory(tree->root.fd), err = 0;

    if (fd < 0) return errno;
    if (fsync(fd)) err = errno;
    close(fd);
    return err;
}

static void *run(void *context)
{
    struct view_tree *tree = context;
    struct mark *mark = &tree->mark;
    bool synced = !sync_mark(tree);

    pthread_mutex_lock(&mark->helper.lock);
    mark->synced = synced;
    mark->syncing = false;
    pthread_cond_broadcast(&mark->ended);
    pthread_mutex_unlock(&mark->helper.lock);
    return NULL;
}

static int report(struct view_tree *tree, int err, const char *rule)
{
    struct efs_diag diag = { 0 };

    efs_fail_errno(&diag, err, 0, rule);
    report_problem(tree, tree->root.fd, &diag);
    return err;
}

void mark_begin(struct view_tree *tree)
{
    helper_begin(&tree->mark.helper);
    pthread_cond_init(&tree->mark.ended, NULL);
}

int mark_tree(struct view_tree *tree)
{
    struct mark *mark = &tree->mark;
    int err = 0;

    pthread_mutex_lock(&mark->helper.lock);
    if (!mark->set && !(err = set_mark(tree, &mark->left)))
    {
        mark->set = true;
        helper_wake(&mark->helper, run, tree);
        /* where there can't be a thread, whoever waits does it */
        mark->syncing = mark->helper.running;
    }
    pthread_mutex_unlock(&mark->helper.lock);
    return err ? report(tree, err, "nothing can be written, since the tree's directory can't be marked: setxattr") : 0;
}

/* A second fsync says nothing of what a first one couldn't write. */
static int repeat(const struct view_tree *tree)
{
    int err = put_mark(tree, 0);

    return err ? err : sync_mark(tree);
}

int view_sync_mark(struct view_tree *tree)
{
    struct mark *mark = &tree->mark;
    int err = 0;

    pthread_mutex_lock(&mark->helper.lock);
    while (mark->syncing) pthread_cond_wait(&mark->ended, &mark->helper.lock);
    if (mark->set && !mark->synced && !(err = repeat(tree))) mark->synced = true;
    pthread_mutex_unlock(&mark->helper.lock);
    return err ? report(tree, err, "nothing can be synced, since the tree's mark can't: sync") : 0;
}

void mark_end(struct view_tree *tree, bool closed)
{
    char path[FD_PATH_SIZE];
    int fd;

    helper_end(&tree->mark.helper);
    pthread_cond_destroy(&tree->mark.ended);
    if (!tree->mark.set || tree->mark.left || !closed || (fd = io_reopen_directory(tree->root.fd)) < 0) return;
    /* what was written is on the disk in its closed form before */
    if (!syncfs(fd)) (void)removexattr(fd_path(path, tree->root.fd), EFS_STORE_VIEW);
    close(fd);
}
