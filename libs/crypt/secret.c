/*
 * Memory for passwords and keys.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/secret.h"

#include <string.h>
#include <sys/mman.h>

#define STACK_DEPTH 65536 /* bytes */

bool efs_secret_allocate(struct efs_secret *secret, size_t capacity)
{
    /* pages of its own: locking and unlocking go by pages, and two buffers on one would undo each other's */
    void *pages = mmap(NULL, capacity ? capacity : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    memset(secret, 0, sizeof(*secret));
    if (pages == MAP_FAILED) return false;
    secret->bytes = pages;
    secret->capacity = capacity ? capacity : 1;
    /* It is no failure where the limits or the kernel don't allow them. */
    (void)mlock(pages, secret->capacity);
    (void)madvise(pages, secret->capacity, MADV_DONTDUMP);
    return true;
}

void efs_secret_free(struct efs_secret *secret)
{
    if (secret->bytes)
    {
        explicit_bzero(secret->bytes, secret->capacity);
        munmap(secret->bytes, secret->capacity); /* unlocks it, too */
    }
    memset(secret, 0, sizeof(*secret));
}

/* Not inlined, or it would be the caller's frame that is wiped. */
__attribute__((noinline)) void efs_secret_wipe_stack(void)
{
    uint8_t left[STACK_DEPTH];

    explicit_bzero(left, sizeof(left));
}
