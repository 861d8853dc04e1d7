/*
 * Metadata for files that will be made: RSA with the readers' keys and what belongs to it took a quarter of the time in
 * which an encrypted file was made, and needs nothing of the file. So a thread has some ready, from the time on when
 * it is known who the readers are.
 *
 * It fills its store while nobody asks the view for anything: what it takes of two processors from those who make
 * files is all that it spares them. Only if little is left it makes some meanwhile, and then many at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "efs/metadata.h"
#include "errors.h"

#define READY_FEW     16       /* of so many that are left, some are made at once */
#define READY_HURRIED 48
#define READY_BYTES   1048576  /* of all, if there are many readers */
#define QUIET_NANOS   50000000 /* for so long nobody has asked for anything: then nobody misses a processor */

static int make_metadata(struct view_tree *tree, uint8_t **metadata, size_t *length)
{
    static const size_t sizes[] = { USUAL_METADATA, EFS_METADATA_MAX };
    enum efs_error err = EFS_ERR_INVALID;
    struct efs_diag diag;
    uint8_t *made = NULL, *fitting;
    unsigned int i;

    *metadata = NULL;
    for (i = 0; err == EFS_ERR_INVALID && i < sizeof(sizes) / sizeof(*sizes); i++)
    {
        if (!(made = malloc(sizes[i]))) return ENOMEM;
        diag = (struct efs_diag){ 0 };
        err = efs_seal_make_new(made, sizes[i], length, tree->readers, tree->feks, &diag);
        if (err) free(made);
    }
    if (err) return errno_of(&diag);
    /* it waits here, and then as long as its file is open */
    fitting = realloc(made, *length);
    *metadata = fitting ? fitting : made;
    return 0;
}

/* Its FEK is held: it would have to be unwrapped once more, and the view's keys may not be among its readers'. */
static int make_one(struct view_tree *tree, struct new_metadata *made)
{
    struct efs_metadata metadata;
    struct efs_diag diag = { 0 };
    int err;

    if ((err = make_metadata(tree, &made->bytes, &made->length))) return err;
    if (!efs_metadata_read(&metadata, made->bytes, (uint32_t)made->length, &diag)
        && !efs_feks_hold(tree->feks, &metadata, &made->fek, &diag))
        return 0;
    free(made->bytes);
    made->bytes = NULL;
    return errno_of(&diag);
}

static size_t store_size(const struct ready *ready)
{
    size_t fit = ready->count ? READY_BYTES / ready->made[0].length + 1 : READY_MAX;

    return fit < READY_MAX ? fit : READY_MAX;
}

static void wait_quietly(struct ready *ready)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += QUIET_NANOS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_clockwait(&ready->helper.wanted, &ready->helper.lock, CLOCK_MONOTONIC, &until);
}

static void *run(void *context)
{
    struct view_tree *tree = context;
    struct ready *ready = &tree->ready;
    struct new_metadata made;
    uint64_t seen = UINT64_MAX; /* how often the view had been asked at the last look */
    size_t hurried = 0;         /* so many are made now, whatever is asked */
    bool failed = false;

    pthread_mutex_lock(&ready->helper.lock);
    while (!ready->helper.stop)
    {
        if (ready->short_of) hurried = READY_HURRIED + READY_FEW;
        ready->short_of = false;
        if (failed || ready->count >= store_size(ready))
        {
            /* without memory, say: whoever makes the next file tries himself, and wakes us */
            pthread_cond_wait(&ready->helper.wanted, &ready->helper.lock);
            hurried = 0;
            failed = false;
        }
        else if (!hurried && seen != atomic_load(&tree->asked))
        {
            seen = atomic_load(&tree->asked);
            wait_quietly(ready);
        }
        else
        {
            pthread_mutex_unlock(&ready->helper.lock);
            failed = make_one(tree, &made) != 0;
            pthread_mutex_lock(&ready->helper.lock);
            if (!failed) ready->made[ready->count++] = made;
            if (hurried) hurried--;
        }
    }
    pthread_mutex_unlock(&ready->helper.lock);
    return NULL;
}

void ready_begin(struct view_tree *tree)
{
    if (!tree->feks || !tree->readers) return;
    pthread_mutex_lock(&tree->ready.helper.lock);
    helper_wake(&tree->ready.helper, run, tree);
    pthread_mutex_unlock(&tree->ready.helper.lock);
}

int take_metadata(struct view_tree *tree, struct new_metadata *made)
{
    struct ready *ready = &tree->ready;

    *made = (struct new_metadata){ 0 };
    if (!tree->feks || !tree->readers) return EACCES;
    pthread_mutex_lock(&ready->helper.lock);
    ready->short_of = ready->count <= READY_FEW;
    /* a full store's thread waits until something is taken of it */
    if (ready->short_of || ready->count >= store_size(ready)) helper_wake(&ready->helper, run, tree);
    if (ready->count) *made = ready->made[--ready->count];
    pthread_mutex_unlock(&ready->helper.lock);
    return made->bytes ? 0 : make_one(tree, made);
}

void drop_metadata(struct view_tree *tree, struct new_metadata *made)
{
    efs_feks_release(tree->feks, made->fek);
    free(made->bytes);
    *made = (struct new_metadata){ 0 };
}

void ready_drop(struct view_tree *tree)
{
    struct ready *ready = &tree->ready;

    while (ready->count) drop_metadata(tree, &ready->made[--ready->count]);
}
