/*
 * Files that are decrypted side by side, and written one after the other.
 *
 * RSA and the cipher run in the pool's threads; all that touches the file system's names, in the first one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "decrypt.h"

#include <stdlib.h>

#include "plain/pool.h"

struct decrypt_queue
{
    struct pool     *pool;
    struct efs_feks *feks;
    struct progress *progress;
    uint64_t         done; /* bytes */
};

static enum efs_error work(void *context, unsigned int worker, struct pool_slot *slot)
{
    struct decrypt_queue *queue = context;
    struct decrypt_job *job = slot->job;
    enum efs_error error = EFS_OK;
    size_t length = slot->length;

    (void)worker;
    slot->length = 0;
    if (job->failed) return EFS_OK;
    if (efs_plaintext_stream(job->plaintext, job->stream)->encrypted)
        error = efs_plaintext_unlock(job->plaintext, queue->feks, &slot->diag);
    if (!error)
        error = efs_plaintext_pread(job->plaintext, job->stream, slot->start, slot->buffer, length, &slot->length,
                                    &slot->diag);
    return error;
}

static enum efs_error give_zeros_to(struct decrypt_job *job, uint64_t offset, struct efs_diag *diag)
{
    uint64_t from = job->given;

    if (offset <= from) return EFS_OK;
    job->given = offset;
    return job->sink.zeros(job->sink.context, offset - from, diag);
}

/* What is before it, and it; and what is behind it, if it is the last. */
static enum efs_error give(struct decrypt_job *job, const struct pool_slot *slot, struct efs_diag *diag)
{
    enum efs_error error = EFS_OK;

    if (!job->begun) error = job->begin(job, &job->sink, diag);
    job->begun = true;
    if (!error) error = give_zeros_to(job, slot->start, diag);
    if (!error) error = job->sink.write(job->sink.context, slot->buffer, slot->length, diag);
    job->given += slot->length;
    if (!error && slot->last)
        error = give_zeros_to(job, efs_plaintext_stream(job->plaintext, job->stream)->size, diag);
    return error;
}

static enum efs_error done(void *context, struct pool_slot *slot, struct efs_diag *diag)
{
    struct decrypt_queue *queue = context;
    struct decrypt_job *job = slot->job;

    (void)diag;
    if (!job->error && slot->error)
    {
        job->error = slot->error;
        job->diag = slot->diag;
    }
    else if (!job->error)
    {
        job->error = give(job, slot, &job->diag);
        job->output_failed = job->error != EFS_OK;
    }
    job->failed = job->error != EFS_OK;
    queue->done += slot->length;
    progress_show(queue->progress, queue->done);
    /* Other slots of a job come before its last one. */
    if (slot->last) job->end(job, job->error, job->output_failed, &job->diag);
    return EFS_OK;
}

enum efs_error decrypt_queue_begin(struct decrypt_queue **ret, struct efs_feks *feks, struct progress *progress,
                                   struct efs_diag *diag)
{
    struct decrypt_queue *queue = *ret = calloc(1, sizeof(*queue));
    struct pool_work pool_work = { work, done, queue };

    if (!queue) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    queue->feks = feks;
    queue->progress = progress;
    return pool_begin(&queue->pool, &pool_work, diag);
}

void decrypt_queue_add(struct decrypt_queue *queue, struct decrypt_job *job)
{
    uint64_t size = efs_plaintext_stream(job->plaintext, job->stream)->size, start, next;
    struct pool_slot *slot;
    bool last = false;

    job->begun = job->output_failed = false;
    job->failed = false;
    job->given = 0;
    job->error = EFS_OK;
    job->diag = (struct efs_diag){ 0 };
    for (start = efs_plaintext_find_data(job->plaintext, job->stream, 0); !last; start = next)
    {
        slot = pool_next(queue->pool);
        slot->job = job;
        slot->start = start;
        slot->length = size - start < POOL_BUFFER ? (size_t)(size - start) : POOL_BUFFER;
        next = efs_plaintext_find_data(job->plaintext, job->stream, start + slot->length);
        slot->last = last = next >= size;
        pool_submit(queue->pool, NULL);
    }
}

void decrypt_queue_drain(struct decrypt_queue *queue)
{
    pool_drain(queue->pool, NULL);
}

uint64_t *decrypt_queue_done(struct decrypt_queue *queue)
{
    return &queue->done;
}

void decrypt_queue_free(struct decrypt_queue *queue)
{
    if (!queue) return;
    pool_free(queue->pool);
    free(queue);
}
