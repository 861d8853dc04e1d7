/*
 * Metadata for files that will be made: RSA with the readers' keys and what belongs to it took 60 us of some 250 that
 * making an encrypted file took, and needs nothing of the file. So a thread has some ready, from the first new file on.
 * It makes many at once: woken for each, it kept a processor from who makes the files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "efs/metadata.h"
#include "errors.h"

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

static void *run(void *context)
{
    struct view_tree *tree = context;
    struct ready *ready = &tree->ready;
    struct new_metadata made;
    bool failed = false;

    pthread_mutex_lock(&ready->helper.lock);
    while (!ready->helper.stop)
    {
        /* without memory, say: whoever makes the next file tries himself, and wakes us */
        if (failed || ready->count == READY_MAX) pthread_cond_wait(&ready->helper.wanted, &ready->helper.lock);
        failed = false;
        if (ready->helper.stop || ready->count == READY_MAX) continue;
        pthread_mutex_unlock(&ready->helper.lock);
        failed = make_one(tree, &made) != 0;
        pthread_mutex_lock(&ready->helper.lock);
        if (!failed) ready->made[ready->count++] = made;
    }
    pthread_mutex_unlock(&ready->helper.lock);
    return NULL;
}

int take_metadata(struct view_tree *tree, struct new_metadata *made)
{
    struct ready *ready = &tree->ready;

    *made = (struct new_metadata){ 0 };
    if (!tree->feks || !tree->readers) return EACCES;
    pthread_mutex_lock(&ready->helper.lock);
    if (ready->count) *made = ready->made[--ready->count];
    if (ready->count <= READY_FEW) helper_wake(&ready->helper, run, tree);
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
