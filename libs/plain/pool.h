/*
 * Work on all processors whose results come back in order: buffers are handed in one after the other, worked on side by
 * side, and given back one after the other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PLAIN_POOL_H
#define PLAIN_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"

#define POOL_BUFFER  524288u /* bytes, a multiple of EFS_CIPHER_UNIT: a disk is slower with smaller ones */
#define POOL_WORKERS 12      /* at most: with the buffers of two pools a program stays below 32 MiB */

struct pool;

struct pool_slot
{
    uint8_t        *buffer; /* POOL_BUFFER bytes */
    size_t          used;   /* bytes of it that have to be wiped */
    void           *job;    /* these four are the caller's */
    uint64_t        start;
    size_t          length; /* of what is in the buffer, or will be after the work */
    bool            last;
    enum efs_error  error;  /* what came of the work, and about what */
    struct efs_diag diag;
};

struct pool_work
{
    /* In any thread; worker: its number, below POOL_WORKERS, which only one thread has at a time. */
    enum efs_error (*work)(void *context, unsigned int worker, struct pool_slot *slot);
    /* In the thread of pool_submit and pool_drain, in order, whatever the work's error. Its own ends the pool: no other
       buffer is given back. */
    enum efs_error (*done)(void *context, struct pool_slot *slot, struct efs_diag *diag);
    void *context;
};

/* Processors that may be used, at most POOL_WORKERS. */
unsigned int pool_processors(void);

/* At most POOL_WORKERS + 2 buffers; threads come with the second one. EFS_ERR_NO_MEMORY */
enum efs_error pool_begin(struct pool **pool, const struct pool_work *work, struct efs_diag *diag);
/* The one to be filled now. */
struct pool_slot *pool_next(struct pool *pool);
/* It is. Gives back others, as many as it takes until the next one is free. */
enum efs_error pool_submit(struct pool *pool, struct efs_diag *diag);
/* Until all that was submitted has been given back. */
enum efs_error pool_drain(struct pool *pool, struct efs_diag *diag);
/* Ends the threads and wipes the buffers, whatever state they are in. NULL allowed. */
void pool_free(struct pool *pool);

#endif
