/*
 * Files that were written get their closed form, by a thread of its own: many of them share one sync.
 *
 * Until then they are sound: whoever reads them below knows the open form. What can't be closed stays in it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "plain/thread.h"

#define QUEUE_MAX    1024      /* files that wait: each has two descriptors */
#define QUEUE_SHARE  4         /* of the descriptors, for those that wait */
#define GATHER_NANOS 500000000 /* for so long others may come, to share the sync, if nobody waits for one of them */

/* ---- closing ---- */

/* One that is being closed. */
struct closing
{
    struct view_content      *content;
    struct efs_plaintext_end  end;
    struct stat               before;
};

struct batch
{
    struct closing *files;
    size_t          count;
};

static bool has_name(const struct view_content *content)
{
    struct stat st;

    return fstat(content->fd, &st) || st.st_nlink;
}

void closer_leave(struct view_tree *tree)
{
    pthread_mutex_lock(&tree->closer.lock);
    tree->closer.left = true;
    pthread_mutex_unlock(&tree->closer.lock);
}

static void fail(struct view_tree *tree, const struct view_content *content, const struct efs_diag *diag)
{
    closer_leave(tree);
    report_problem(tree, content->fd, diag);
}

static void begin(struct view_tree *tree, struct closing *closing)
{
    struct view_content *content = closing->content;
    struct efs_diag diag = { 0 };
    enum efs_error err;

    closing->end.needed = false;
    /* it goes with its last descriptor */
    if (!has_name(content)) return;
    if (fstat(content->fd, &closing->before)) memset(&closing->before, 0, sizeof(closing->before));
    pthread_mutex_lock(&tree->times);
    err = efs_plaintext_begin_end(content->plaintext, &closing->end, &diag);
    pthread_mutex_unlock(&tree->times);
    if (err)
    {
        closing->end.needed = false;
        fail(tree, content, &diag);
    }
}

/* One after the other, but all are on their way to the disk first, and there: then the file system's journal, which one
   of them takes to the disk, has what the others need. syncfs would wait for what other programs have written, too. */
static bool sync_all(const struct batch *batch)
{
    static const unsigned int steps[] = { SYNC_FILE_RANGE_WRITE, SYNC_FILE_RANGE_WAIT_AFTER };
    bool synced = true;
    size_t i, step;

    for (step = 0; step < sizeof(steps) / sizeof(steps[0]); step++)
        for (i = 0; i < batch->count; i++)
            if (batch->files[i].end.needed) (void)sync_file_range(batch->files[i].content->fd, 0, 0, steps[step]);
    for (i = 0; i < batch->count; i++)
        if (batch->files[i].end.needed)
            synced = !efs_plaintext_sync(batch->files[i].content->plaintext, NULL) && synced;
    return synced;
}

/* The kernel's cache is as true as it was before the form changed. */
static void keep_cached(struct view_tree *tree, const struct view_content *content, const struct stat *before)
{
    struct stat st;

    if (fstat(content->fd, &st)) return;
    pthread_mutex_lock(&tree->lock);
    if (is_still(&content->node->cached, before)) content->node->cached = note_known(&st);
    unlock_tree(tree);
}

static void complete(struct view_tree *tree, struct closing *closing)
{
    struct view_content *content = closing->content;
    struct efs_diag diag = { 0 };
    enum efs_error err = efs_plaintext_complete_end(content->plaintext, &closing->end, &diag);

    if (!err) keep_cached(tree, content, &closing->before);
    else if (err != EFS_ERR_CHANGED) fail(tree, content, &diag); /* who has written it closes it */
}

static void leave(struct view_tree *tree, struct view_content *content)
{
    pthread_mutex_lock(&tree->lock);
    content->closing = false;
    if (fstat(content->fd, &content->st)) content->st.st_size = -1;
    unlock_tree(tree);
    content_drop(tree, content);
}

static void close_batch(struct view_tree *tree, const struct batch *batch)
{
    static const struct efs_diag unsynced = { .code = EFS_ERR_IO, .rule = "sync" };
    size_t i, needed = 0;
    bool synced;

    for (i = 0; i < batch->count; i++)
    {
        begin(tree, &batch->files[i]);
        needed += batch->files[i].end.needed;
    }
    synced = !needed || (!view_sync_mark(tree) && sync_all(batch));
    for (i = 0; i < batch->count; i++)
    {
        if (batch->files[i].end.needed && synced) complete(tree, &batch->files[i]);
        else if (batch->files[i].end.needed) fail(tree, batch->files[i].content, &unsynced);
    }
    for (i = 0; i < batch->count; i++) leave(tree, batch->files[i].content);
}

/* ---- the thread ---- */

static size_t queue_max(const struct view_tree *tree)
{
    size_t share = tree->open_max / QUEUE_SHARE;

    return share < QUEUE_MAX ? share + 1 : QUEUE_MAX;
}

/* Until there is something, and then for others. The lock is held. */
static void wait_for_work(struct view_tree *tree)
{
    struct closer *closer = &tree->closer;
    struct timespec until;

    while (!closer->first && !closer->stop) pthread_cond_wait(&closer->work, &closer->lock);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += GATHER_NANOS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (!closer->stop && !closer->hurry && closer->count < queue_max(tree)
           && pthread_cond_timedwait(&closer->work, &closer->lock, &until) != ETIMEDOUT)
        ;
    closer->hurry = false;
}

void closer_hurry(struct view_tree *tree)
{
    pthread_mutex_lock(&tree->closer.lock);
    tree->closer.hurry = true;
    pthread_cond_signal(&tree->closer.work);
    pthread_mutex_unlock(&tree->closer.lock);
}

/* Those that wait. From `begin_batch` on, somebody who closes one of them puts it into the queue again. */
static void take(struct view_tree *tree, struct batch *batch)
{
    struct view_content *content;

    batch->count = 0;
    while ((content = tree->closer.first) && batch->count < QUEUE_MAX)
    {
        tree->closer.first = content->next;
        tree->closer.count--;
        batch->files[batch->count++].content = content;
    }
    if (!tree->closer.first) tree->closer.last = NULL;
}

static void begin_batch(struct view_tree *tree, const struct batch *batch)
{
    size_t i;

    pthread_mutex_lock(&tree->lock);
    for (i = 0; i < batch->count; i++)
    {
        batch->files[i].content->queued = false;
        batch->files[i].content->closing = true;
    }
    unlock_tree(tree);
}

static void *run(void *context)
{
    struct view_tree *tree = context;
    struct closer *closer = &tree->closer;
    struct batch batch = { .files = closer->files };

    for (;;)
    {
        pthread_mutex_lock(&closer->lock);
        wait_for_work(tree);
        take(tree, &batch);
        pthread_cond_broadcast(&closer->room);
        pthread_mutex_unlock(&closer->lock);
        if (!batch.count) return NULL;
        begin_batch(tree, &batch);
        close_batch(tree, &batch);
    }
}

static bool start(struct view_tree *tree)
{
    if (tree->closer.running) return true;
    if (!tree->closer.files && !(tree->closer.files = calloc(QUEUE_MAX, sizeof(*tree->closer.files)))) return false;
    return tree->closer.running = thread_start(&tree->closer.thread, run, tree);
}

void closer_add(struct view_tree *tree, struct view_content *content)
{
    struct closer *closer = &tree->closer;
    struct closing one = { .content = content };
    struct batch own = { &one, 1 };
    bool started;

    pthread_mutex_lock(&closer->lock);
    started = start(tree);
    while (started && closer->count >= queue_max(tree)) pthread_cond_wait(&closer->room, &closer->lock);
    if (started)
    {
        content->next = NULL;
        if (closer->last) closer->last->next = content;
        else closer->first = content;
        closer->last = content;
        closer->count++;
        /* it knows of the first, and waits for others until the queue is full */
        if (closer->count == 1 || closer->count >= queue_max(tree)) pthread_cond_signal(&closer->work);
    }
    pthread_mutex_unlock(&closer->lock);
    if (started) return;
    begin_batch(tree, &own);
    close_batch(tree, &own);
}

void closer_begin(struct view_tree *tree)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&tree->times, NULL);
    pthread_mutex_init(&tree->closer.lock, NULL);
    pthread_cond_init(&tree->closer.work, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_cond_init(&tree->closer.room, NULL);
}

/* Whoever has a file open still can't write it any more. */
static void close_abandoned(struct view_tree *tree)
{
    struct view_node *node;
    struct closing one;
    struct batch batch = { &one, 1 };
    size_t i;

    for (i = 0; i < tree->bucket_count; i++)
    {
        for (node = tree->buckets[i].first; node; node = node->next)
        {
            if (!node->content || !efs_plaintext_is_writable(node->content->plaintext)
                || !efs_plaintext_is_open(node->content->plaintext))
                continue;
            node->content->users++;
            one.content = node->content;
            close_batch(tree, &batch);
        }
    }
}

void closer_end(struct view_tree *tree)
{
    struct closer *closer = &tree->closer;

    pthread_mutex_lock(&closer->lock);
    closer->stop = true;
    pthread_cond_signal(&closer->work);
    pthread_mutex_unlock(&closer->lock);
    if (closer->running) pthread_join(closer->thread, NULL);
    close_abandoned(tree);
    mark_end(tree, !closer->left);
    free(closer->files);
    pthread_cond_destroy(&closer->room);
    pthread_cond_destroy(&closer->work);
    pthread_mutex_destroy(&closer->lock);
    pthread_mutex_destroy(&tree->times);
}

int view_set_times(struct view_tree *tree, int fd, const struct timespec times[2])
{
    int err;

    pthread_mutex_lock(&tree->times);
    err = utimensat(fd, "", times, AT_EMPTY_PATH) ? errno : 0;
    pthread_mutex_unlock(&tree->times);
    return err;
}
