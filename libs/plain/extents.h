/*
 * Where the bytes of a stream are in its file: runs of pieces of one length, at equal distances.
 *
 * A stream that lies in its file as it is, is one run of one piece; one that Windows wrote into a container, with
 * headers in between, is one of many. All between the runs is zeros.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PLAIN_EXTENTS_H
#define PLAIN_EXTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run
{
    uint64_t offset, end; /* in the stream */
    uint64_t position;    /* of its first byte in the file */
    uint64_t length;      /* of each piece but the last, if there are several */
    uint64_t stride;      /* from one piece to the next in the file; 0: there is only one */
};

struct extents /* zeros: none */
{
    struct run *runs; /* allocated */
    size_t      count, capacity;
};

enum extents_result
{
    EXTENTS_OK,
    EXTENTS_NO_MEMORY,
    EXTENTS_TOO_MANY,
};

/* The next bytes that are kept, offset to end; after those that were added before. *budget: runs that may still be
   made. */
enum extents_result extents_add(struct extents *extents, uint64_t offset, uint64_t end, uint64_t position,
                                size_t *budget);
void extents_free(struct extents *extents);

/*
 * What begins at `offset` and lies together: true: in the file at *position, false: zeros. *length: how many bytes,
 * UINT64_MAX if nothing comes after them.
 */
bool extents_find(const struct extents *extents, uint64_t offset, uint64_t *position, uint64_t *length);

#endif
