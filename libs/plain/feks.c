/*
 * FEKs that have been unwrapped, known by the SHA-256 of their encrypted form.
 *
 * They lie in locked memory, in blocks that are never given back: a FEK that is held stays where it is. Which one gives
 * way to a new one is found by a hand that goes round, and passes over what is held or was used since its last visit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/plaintext.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypt/primitives.h"
#include "efs/secret.h"

#define ID_SIZE    32
#define BLOCK_FEKS 256
#define BUCKETS    1024 /* a power of two */

struct entry
{
    struct efs_fek fek; /* first: what is released is a pointer to it */
    uint8_t        id[ID_SIZE];
    unsigned int   held;
    bool           used, filled;
    struct entry  *next; /* in its bucket */
};

struct block
{
    struct efs_secret memory; /* BLOCK_FEKS entries */
    struct block     *next;
};

struct efs_feks
{
    const struct efs_key *key;
    pthread_mutex_t       lock; /* for all below */
    uint64_t              unwrapped, known;
    size_t                count, capacity; /* entries that are filled, and all */
    size_t                in_use; /* of the filled ones: those that somebody holds */
    struct block         *first, *last, *hand;
    size_t                hand_at;
    struct entry         *buckets[BUCKETS];
};

enum efs_error efs_feks_new(struct efs_feks **feks, const struct efs_key *key, struct efs_diag *diag)
{
    if (!(*feks = calloc(1, sizeof(**feks)))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    (*feks)->key = key;
    pthread_mutex_init(&(*feks)->lock, NULL);
    return EFS_OK;
}

void efs_feks_free(struct efs_feks *feks)
{
    if (!feks) return;
    while (feks->first)
    {
        struct block *block = feks->first;

        feks->first = block->next;
        efs_secret_free(&block->memory);
        free(block);
    }
    pthread_mutex_destroy(&feks->lock);
    free(feks);
}

static struct entry **bucket_of(struct efs_feks *feks, const uint8_t *id)
{
    return &feks->buckets[load32_le(id) & (BUCKETS - 1)];
}

static struct entry *entry_at(const struct block *block, size_t i)
{
    return (struct entry *)(void *)block->memory.bytes + i;
}

static struct entry *find(struct efs_feks *feks, const uint8_t *id)
{
    struct entry *entry = *bucket_of(feks, id);

    while (entry && memcmp(entry->id, id, ID_SIZE)) entry = entry->next;
    return entry;
}

static void hold(struct efs_feks *feks, struct entry *entry)
{
    if (!entry->held++) feks->in_use++;
}

static void let_go(struct efs_feks *feks, struct entry *entry)
{
    if (!--entry->held) feks->in_use--;
}

static void unlink_entry(struct efs_feks *feks, struct entry *entry)
{
    struct entry **link = bucket_of(feks, entry->id);

    while (*link != entry) link = &(*link)->next;
    *link = entry->next;
    efs_fek_wipe(&entry->fek);
    entry->filled = false;
    feks->count--;
}

static bool add_block(struct efs_feks *feks)
{
    struct block *block = calloc(1, sizeof(*block));

    if (!block) return false;
    if (!efs_secret_allocate(&block->memory, BLOCK_FEKS * sizeof(struct entry)))
    {
        free(block);
        return false;
    }
    if (feks->last) feks->last->next = block;
    else feks->first = block;
    feks->last = feks->hand = block;
    feks->hand_at = 0;
    feks->capacity += BLOCK_FEKS;
    return true;
}

/* Moves the hand on, and gives the entry that it was at. */
static struct entry *pass(struct efs_feks *feks)
{
    struct entry *entry = entry_at(feks->hand, feks->hand_at);

    if (++feks->hand_at == BLOCK_FEKS)
    {
        feks->hand = feks->hand->next ? feks->hand->next : feks->first;
        feks->hand_at = 0;
    }
    return entry;
}

/* An entry to be filled: a free one, or that of a FEK that nobody holds. NULL: no memory. */
static struct entry *get_room(struct efs_feks *feks)
{
    bool evict = feks->count - feks->in_use >= EFS_FEKS_KEPT;
    struct entry *entry;
    size_t i;

    if (!evict && feks->count == feks->capacity && !add_block(feks)) return NULL;
    /* twice round: the first time takes the marks of use away */
    for (i = 0; i < 2 * feks->capacity; i++)
    {
        entry = pass(feks);
        if (evict && entry->filled && !entry->held && !entry->used) unlink_entry(feks, entry);
        if (!entry->filled) return entry;
        if (evict) entry->used = false;
    }
    return add_block(feks) ? pass(feks) : NULL;
}

static enum efs_error identify(uint8_t id[ID_SIZE], const struct efs_key_entry *entry, struct efs_diag *diag)
{
    return digest_parts(DPAPI_SHA256, &entry->encrypted_fek, 1, id, diag);
}

/* One of the $EFS that was unwrapped before; NULL: there is none. */
static enum efs_error find_any(struct efs_feks *feks, const struct efs_metadata *metadata, struct entry **found,
                               struct efs_diag *diag)
{
    struct efs_key_entry entry;
    uint8_t id[ID_SIZE];
    enum efs_error error;
    uint32_t cursor;
    int list;

    *found = NULL;
    for (list = EFS_DDF; list <= EFS_DRF && !metadata->opaque; list++)
    {
        for (cursor = 0; !*found && efs_metadata_next(metadata, (enum efs_key_list)list, &cursor, &entry);)
        {
            if (entry.flags != EFS_ENTRY_RSA) continue;
            if ((error = identify(id, &entry, diag))) return error;
            pthread_mutex_lock(&feks->lock);
            if ((*found = find(feks, id)))
            {
                hold(feks, *found);
                (*found)->used = true;
                feks->known++;
            }
            pthread_mutex_unlock(&feks->lock);
        }
    }
    return EFS_OK;
}

/* An entry that only its caller knows of, held once, so that nobody else takes it. NULL: no memory. */
static struct entry *reserve(struct efs_feks *feks)
{
    struct entry *entry;

    pthread_mutex_lock(&feks->lock);
    if ((entry = get_room(feks)))
    {
        entry->filled = entry->used = true;
        hold(feks, entry);
        feks->count++;
    }
    pthread_mutex_unlock(&feks->lock);
    return entry;
}

/* Gives it back; the lock is held. */
static void give_up(struct efs_feks *feks, struct entry *entry)
{
    efs_fek_wipe(&entry->fek);
    entry->filled = false;
    let_go(feks, entry);
    feks->count--;
}

/* A reserved entry has its FEK: from now on it is known. Another thread may have unwrapped the same one meanwhile. */
static struct entry *keep(struct efs_feks *feks, struct entry *entry, bool by_rsa)
{
    struct entry **bucket = bucket_of(feks, entry->id), *known;

    pthread_mutex_lock(&feks->lock);
    feks->unwrapped += by_rsa;
    if ((known = find(feks, entry->id)))
    {
        hold(feks, known);
        known->used = true;
        give_up(feks, entry);
        entry = known;
    }
    else
    {
        entry->next = *bucket;
        *bucket = entry;
    }
    pthread_mutex_unlock(&feks->lock);
    return entry;
}

/* By RSA, straight into the cache's memory. */
static enum efs_error unwrap(struct efs_feks *feks, const struct efs_metadata *metadata, struct entry **unwrapped,
                             struct efs_diag *diag)
{
    struct entry *entry = reserve(feks);
    struct efs_key_entry opened;
    enum efs_error error;

    if (!entry) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    error = efs_key_unwrap(feks->key, metadata, &entry->fek, NULL, &opened, diag);
    if (!error) error = identify(entry->id, &opened, diag);
    if (!error)
    {
        *unwrapped = keep(feks, entry, true);
        return EFS_OK;
    }
    pthread_mutex_lock(&feks->lock);
    give_up(feks, entry);
    pthread_mutex_unlock(&feks->lock);
    return error;
}

enum efs_error efs_feks_hold(struct efs_feks *feks, const struct efs_metadata *metadata, const struct efs_fek **fek,
                             struct efs_diag *diag)
{
    struct entry *entry;
    enum efs_error error;

    *fek = NULL;
    error = find_any(feks, metadata, &entry, diag);
    if (!error && !entry) error = unwrap(feks, metadata, &entry, diag);
    if (error) return error;
    *fek = &entry->fek;
    return EFS_OK;
}

enum efs_error efs_feks_add(struct efs_feks *feks, const struct efs_metadata *metadata, const struct efs_fek *fek,
                            struct efs_diag *diag)
{
    struct efs_key_entry made;
    struct entry *entry;
    enum efs_error error;
    uint32_t cursor = 0;

    if (!efs_metadata_next(metadata, EFS_DDF, &cursor, &made))
        return efs_fail(diag, EFS_ERR_INVALID, 0, "nobody can decrypt it");
    if (!(entry = reserve(feks))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    entry->fek = *fek;
    if ((error = identify(entry->id, &made, diag)))
    {
        pthread_mutex_lock(&feks->lock);
        give_up(feks, entry);
        pthread_mutex_unlock(&feks->lock);
        return error;
    }
    efs_feks_release(feks, &keep(feks, entry, false)->fek);
    return EFS_OK;
}

void efs_feks_release(struct efs_feks *feks, const struct efs_fek *fek)
{
    if (!fek) return;
    pthread_mutex_lock(&feks->lock);
    let_go(feks, (struct entry *)(uintptr_t)fek);
    pthread_mutex_unlock(&feks->lock);
}

void efs_feks_count(struct efs_feks *feks, uint64_t *unwrapped, uint64_t *known)
{
    pthread_mutex_lock(&feks->lock);
    *unwrapped = feks->unwrapped;
    *known = feks->known;
    pthread_mutex_unlock(&feks->lock);
}
