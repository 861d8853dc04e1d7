/*
 * Decrypting on all processors.
 *
 * Buffers go round in a ring. Its parts follow each other: decrypted ones that wait to be written, those at work, those
 * that wait for a thread, and free ones; numbers count the buffers since the beginning, and never go back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

#define THREADS_MAX 16
#define SLOTS_MAX   (THREADS_MAX + 2) /* one that is filled, one that is written */

struct slot
{
    uint8_t       *buffer;
    uint64_t       start;
    size_t         length, valid;
    bool           done;
    enum efs_error error;
};

struct worker
{
    struct pool       *pool;
    struct efs_cipher *cipher;
    pthread_t          thread;
};

struct pool
{
    pool_write_fn   write;
    void           *context;
    unsigned int    worker_count; /* ciphers */
    unsigned int    thread_count; /* 0 until a second buffer comes: decrypted at once by who submits it */
    unsigned int    slot_count;
    uint64_t        submitted, claimed, written;
    bool            ending;
    pthread_mutex_t lock;    /* guards what is above, and the slots' `done` */
    pthread_cond_t  work, done;
    struct slot     slots[SLOTS_MAX];
    struct worker   workers[THREADS_MAX];
};

static struct slot *get_slot(struct pool *pool, uint64_t number)
{
    return &pool->slots[number % pool->slot_count];
}

static unsigned int count_processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);

    return count < THREADS_MAX ? (unsigned int)count : THREADS_MAX;
}

enum efs_error pool_begin(struct pool **ret, const struct efs_fek *fek, pool_write_fn write, void *context,
                          struct efs_diag *diag)
{
    struct pool *pool = *ret = calloc(1, sizeof(*pool));
    unsigned int i, count = count_processors();
    enum efs_error error = EFS_OK;

    if (!pool) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    pool->write = write;
    pool->context = context;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->slot_count = count + 2;
    for (i = 0; i < count && !error; i++)
    {
        pool->workers[i].pool = pool;
        error = efs_cipher_open(&pool->workers[i].cipher, fek, diag);
        if (!error) pool->worker_count++;
    }
    for (i = 0; i < pool->slot_count && !error; i++)
        if (!(pool->slots[i].buffer = malloc(POOL_BUFFER))) error = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    return error;
}

uint8_t *pool_buffer(struct pool *pool)
{
    return get_slot(pool, pool->submitted)->buffer;
}

static void *run_worker(void *argument)
{
    struct worker *worker = argument;
    struct pool *pool = worker->pool;
    struct slot *slot;

    pthread_mutex_lock(&pool->lock);
    for (;;)
    {
        while (!pool->ending && pool->claimed == pool->submitted) pthread_cond_wait(&pool->work, &pool->lock);
        if (pool->ending) break;
        slot = get_slot(pool, pool->claimed++);
        pthread_mutex_unlock(&pool->lock);
        slot->error = efs_cipher_decrypt(worker->cipher, slot->start, slot->buffer, slot->length);
        pthread_mutex_lock(&pool->lock);
        slot->done = true;
        pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* With fewer, or none, it only takes longer. */
static void start_threads(struct pool *pool)
{
    sigset_t before;

    cleanup_hold_all(&before); /* what they inherit: signals are the first thread's */
    while (pool->thread_count < pool->worker_count
           && !pthread_create(&pool->workers[pool->thread_count].thread, NULL, run_worker,
                              &pool->workers[pool->thread_count]))
        pool->thread_count++;
    cleanup_release(&before);
}

/* The oldest one that isn't written: waits for it, or decrypts it, and writes it. */
static enum efs_error write_oldest(struct pool *pool, struct efs_diag *diag)
{
    struct slot *slot = get_slot(pool, pool->written);

    pthread_mutex_lock(&pool->lock);
    if (!pool->thread_count)
    {
        pool->claimed++;
        slot->error = efs_cipher_decrypt(pool->workers[0].cipher, slot->start, slot->buffer, slot->length);
    }
    else while (!slot->done) pthread_cond_wait(&pool->done, &pool->lock);
    slot->done = false;
    pthread_mutex_unlock(&pool->lock);
    pool->written++;
    if (slot->error) return efs_fail(diag, slot->error, slot->start, "decrypt");
    return pool->write(pool->context, slot->start, slot->buffer, slot->valid, diag);
}

enum efs_error pool_submit(struct pool *pool, uint64_t start, size_t length, size_t valid, struct efs_diag *diag)
{
    struct slot *slot = get_slot(pool, pool->submitted);
    enum efs_error error = EFS_OK;

    if (pool->submitted == 1 && pool->worker_count > 1) start_threads(pool);
    slot->start = start;
    slot->length = length;
    slot->valid = valid;
    pthread_mutex_lock(&pool->lock);
    pool->submitted++;
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    /* The next one to be filled has to be free. */
    while (!error && pool->submitted - pool->written >= (pool->thread_count ? pool->slot_count : 1))
        error = write_oldest(pool, diag);
    return error;
}

enum efs_error pool_drain(struct pool *pool, struct efs_diag *diag)
{
    enum efs_error error = EFS_OK;

    while (!error && pool->written < pool->submitted) error = write_oldest(pool, diag);
    return error;
}

void pool_free(struct pool *pool)
{
    unsigned int i;

    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (i = 0; i < pool->thread_count; i++) pthread_join(pool->workers[i].thread, NULL);
    for (i = 0; i < pool->worker_count; i++) efs_cipher_close(pool->workers[i].cipher);
    for (i = 0; i < pool->slot_count; i++)
    {
        if (pool->slots[i].buffer) explicit_bzero(pool->slots[i].buffer, POOL_BUFFER);
        free(pool->slots[i].buffer);
    }
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}
