/*
 * Work on all processors whose results come back in order.
 *
 * Buffers go round in a ring. Its parts follow each other: finished ones that wait to be given back, those at work,
 * those that wait for a thread, and free ones; numbers count the buffers since the beginning, and never go back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "thread.h"

#define SLOTS_MAX (POOL_WORKERS + 2) /* one that is filled, one that is given back */
#define PAGE      4096

struct worker
{
    struct pool *pool;
    pthread_t    thread;
};

struct pool
{
    struct pool_work work;
    unsigned int     worker_count; /* threads, and the one that submits: it works while it would have to wait */
    unsigned int     thread_count; /* 0 until a second buffer comes */
    unsigned int     slot_count;
    uint64_t         submitted, claimed, given;
    bool             ending;
    pthread_mutex_t  lock;    /* guards what is above, and `done` */
    pthread_cond_t   waiting, finished;
    bool             done[SLOTS_MAX];
    struct pool_slot slots[SLOTS_MAX];
    struct worker    workers[POOL_WORKERS];
};

unsigned int pool_processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);

    return count < POOL_WORKERS ? (unsigned int)count : POOL_WORKERS;
}

enum efs_error pool_begin(struct pool **ret, const struct pool_work *work, struct efs_diag *diag)
{
    struct pool *pool = *ret = calloc(1, sizeof(*pool));
    unsigned int i;
    void *buffer;

    if (!pool) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    pool->work = *work;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->waiting, NULL);
    pthread_cond_init(&pool->finished, NULL);
    pool->worker_count = pool_processors();
    pool->slot_count = pool->worker_count + 2;
    for (i = 0; i < pool->worker_count; i++) pool->workers[i].pool = pool;
    for (i = 0; i < pool->slot_count; i++)
    {
        /* Elsewhere than at the beginning of a page the kernel copies more slowly. Not of the heap: a program's free()
           that wipes would touch all of it. */
        buffer = mmap(NULL, POOL_BUFFER, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (buffer != MAP_FAILED)
        {
            pool->slots[i].buffer = buffer;
            continue;
        }
        pool_free(pool);
        *ret = NULL;
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    }
    return EFS_OK;
}

struct pool_slot *pool_next(struct pool *pool)
{
    return &pool->slots[pool->submitted % pool->slot_count];
}

/* Claims the oldest that nobody works on, which there is, and works on it. The lock is held, but not meanwhile. */
static void work_on_next(struct pool *pool, unsigned int worker)
{
    unsigned int at = (unsigned int)(pool->claimed++ % pool->slot_count);
    struct pool_slot *slot = &pool->slots[at];

    pthread_mutex_unlock(&pool->lock);
    memset(&slot->diag, 0, sizeof(slot->diag));
    slot->error = pool->work.work(pool->work.context, worker, slot);
    pthread_mutex_lock(&pool->lock);
    pool->done[at] = true;
}

static void *run_worker(void *argument)
{
    struct worker *worker = argument;
    struct pool *pool = worker->pool;

    pthread_mutex_lock(&pool->lock);
    for (;;)
    {
        while (!pool->ending && pool->claimed == pool->submitted) pthread_cond_wait(&pool->waiting, &pool->lock);
        if (pool->ending) break;
        work_on_next(pool, (unsigned int)(worker - pool->workers));
        pthread_cond_signal(&pool->finished);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* With fewer, or none, it only takes longer. */
static void start_threads(struct pool *pool)
{
    struct worker *next;

    while (pool->thread_count < pool->worker_count - 1)
    {
        next = &pool->workers[pool->thread_count];
        if (!thread_start(&next->thread, run_worker, next)) break;
        pool->thread_count++;
    }
}

/* The oldest one that isn't given back: works until it is done. */
static enum efs_error give_oldest(struct pool *pool, struct efs_diag *diag)
{
    unsigned int at = (unsigned int)(pool->given % pool->slot_count);

    pthread_mutex_lock(&pool->lock);
    while (!pool->done[at])
    {
        if (pool->claimed < pool->submitted) work_on_next(pool, pool->worker_count - 1);
        else pthread_cond_wait(&pool->finished, &pool->lock);
    }
    pool->done[at] = false;
    pthread_mutex_unlock(&pool->lock);
    pool->given++;
    return pool->work.done(pool->work.context, &pool->slots[at], diag);
}

/* Pages that were never touched need no wiping, and would only come to be by it. */
static void note_used(struct pool_slot *slot)
{
    size_t pages = (slot->length + PAGE - 1) / PAGE * PAGE;

    if (slot->used < pages) slot->used = pages < POOL_BUFFER ? pages : POOL_BUFFER;
}

enum efs_error pool_submit(struct pool *pool, struct efs_diag *diag)
{
    enum efs_error error = EFS_OK;

    if (pool->submitted == 1 && pool->worker_count > 1) start_threads(pool);
    note_used(pool_next(pool));
    pthread_mutex_lock(&pool->lock);
    pool->submitted++;
    pthread_cond_signal(&pool->waiting);
    pthread_mutex_unlock(&pool->lock);
    /* The next one to be filled has to be free. */
    while (!error && pool->submitted - pool->given >= (pool->thread_count ? pool->slot_count : 1))
        error = give_oldest(pool, diag);
    return error;
}

enum efs_error pool_drain(struct pool *pool, struct efs_diag *diag)
{
    enum efs_error error = EFS_OK;

    while (!error && pool->given < pool->submitted) error = give_oldest(pool, diag);
    return error;
}

void pool_free(struct pool *pool)
{
    unsigned int i;

    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->waiting);
    pthread_mutex_unlock(&pool->lock);
    for (i = 0; i < pool->thread_count; i++) pthread_join(pool->workers[i].thread, NULL);
    /* It may have been filled and never submitted. */
    if (pool->slot_count) pool_next(pool)->used = POOL_BUFFER;
    for (i = 0; i < pool->slot_count; i++)
    {
        if (!pool->slots[i].buffer) continue;
        explicit_bzero(pool->slots[i].buffer, pool->slots[i].used);
        munmap(pool->slots[i].buffer, POOL_BUFFER);
    }
    pthread_cond_destroy(&pool->finished);
    pthread_cond_destroy(&pool->waiting);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}
