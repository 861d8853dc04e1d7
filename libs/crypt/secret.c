/*
 * Memory for passwords and keys.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/secret.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#define STACK_DEPTH 65536 /* bytes */

/*
 * Small ones come and go with each key that is unwrapped, in several threads: mapping, locking and unmapping would cost
 * a tenth of what RSA does. So some are kept, wiped and locked as they are.
 */
#define SMALL      4096 /* bytes: at most a page */
#define SPARES_MAX 8

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for both below */
static uint8_t *spares[SPARES_MAX];
static unsigned int spare_count;

static uint8_t *take_spare(void)
{
    uint8_t *pages = NULL;

    pthread_mutex_lock(&lock);
    if (spare_count) pages = spares[--spare_count];
    pthread_mutex_unlock(&lock);
    return pages;
}

static bool keep_spare(uint8_t *pages)
{
    bool kept;

    pthread_mutex_lock(&lock);
    if ((kept = spare_count < SPARES_MAX)) spares[spare_count++] = pages;
    pthread_mutex_unlock(&lock);
    return kept;
}

/* Of whole pages: locking and unlocking go by pages, and two buffers on one would undo each other's. */
static size_t mapped_size(size_t capacity)
{
    return capacity <= SMALL ? SMALL : capacity;
}

bool efs_secret_allocate(struct efs_secret *secret, size_t capacity)
{
    size_t size = mapped_size(capacity);
    uint8_t *pages = size == SMALL ? take_spare() : NULL;

    memset(secret, 0, sizeof(*secret));
    if (!pages)
    {
        void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (mapped == MAP_FAILED) return false;
        pages = mapped;
        /* It is no failure where the limits or the kernel don't allow them. */
        (void)mlock(pages, size);
        (void)madvise(pages, size, MADV_DONTDUMP);
    }
    secret->bytes = pages;
    secret->capacity = capacity ? capacity : 1;
    return true;
}

void efs_secret_free(struct efs_secret *secret)
{
    size_t size = mapped_size(secret->capacity);

    if (secret->bytes)
    {
        explicit_bzero(secret->bytes, secret->capacity);
        if (size != SMALL || !keep_spare(secret->bytes)) munmap(secret->bytes, size); /* unlocks it, too */
    }
    memset(secret, 0, sizeof(*secret));
}

/* Not inlined, or it would be the caller's frame that is wiped. */
__attribute__((noinline)) void efs_secret_wipe_stack(void)
{
    uint8_t left[STACK_DEPTH];

    explicit_bzero(left, sizeof(left));
}
