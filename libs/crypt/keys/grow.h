/*
 * Lists that grow.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_GROW_H
#define EFS_KEYS_GROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/*
 * Room for one more element of `size` bytes in a list of `count`; a new block is zeros. False: out of memory, and the
 * list is as it was.
 */
static inline bool grow_list(void **list, size_t count, size_t *capacity, size_t size)
{
    size_t more = *capacity ? 2 * *capacity : 16;
    void *grown;

    if (count < *capacity) return true;
    if (!(grown = calloc(more, size))) return false;
    if (count) memcpy(grown, *list, count * size);
    free(*list);
    *list = grown;
    *capacity = more;
    return true;
}

#endif
