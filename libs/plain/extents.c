/*
 * Where the bytes of a stream are in its file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extents.h"

#include <stdlib.h>

/* Where a byte of the run is, and how many lie together from there on. */
static uint64_t place(const struct run *run, uint64_t offset, uint64_t end, uint64_t *together)
{
    uint64_t within = offset - run->offset, piece = 0;

    if (run->stride)
    {
        piece = within / run->length;
        within %= run->length;
    }
    *together = end - offset;
    if (run->stride && *together > run->length - within) *together = run->length - within;
    return run->position + piece * run->stride + within;
}

/* Makes the run longer by what comes next in the stream. False: that lies elsewhere. */
static bool extend(struct run *run, uint64_t offset, uint64_t end, uint64_t position)
{
    uint64_t together;

    if (run->end != offset) return false;
    if (place(run, offset, end, &together) == position && together == end - offset)
    {
        run->end = end;
        return true;
    }
    /* A second piece says how long they are, and how far from each other. */
    if (run->stride || end - offset > offset - run->offset || position <= run->position) return false;
    run->length = offset - run->offset;
    run->stride = position - run->position;
    run->end = end;
    return true;
}

enum extents_result extents_add(struct extents *extents, uint64_t offset, uint64_t end, uint64_t position,
                                size_t *budget)
{
    struct run *runs;
    size_t capacity;

    if (offset >= end || (extents->count && extend(&extents->runs[extents->count - 1], offset, end, position)))
        return EXTENTS_OK;
    if (!*budget) return EXTENTS_TOO_MANY;
    if (extents->count == extents->capacity)
    {
        capacity = extents->capacity ? extents->capacity * 2 : 1;
        if (!(runs = realloc(extents->runs, capacity * sizeof(*runs)))) return EXTENTS_NO_MEMORY;
        extents->runs = runs;
        extents->capacity = capacity;
    }
    extents->runs[extents->count++] = (struct run){ .offset = offset, .end = end, .position = position };
    --*budget;
    return EXTENTS_OK;
}

void extents_free(struct extents *extents)
{
    free(extents->runs);
    *extents = (struct extents){ 0 };
}

bool extents_find(const struct extents *extents, uint64_t offset, uint64_t *position, uint64_t *length)
{
    size_t low = 0, high = extents->count, middle;

    /* the first run that ends behind it */
    while (low < high)
    {
        middle = low + (high - low) / 2;
        if (extents->runs[middle].end <= offset) low = middle + 1;
        else high = middle;
    }
    *length = UINT64_MAX;
    if (low == extents->count) return false;
    if (extents->runs[low].offset > offset)
    {
        *length = extents->runs[low].offset - offset;
        return false;
    }
    *position = place(&extents->runs[low], offset, extents->runs[low].end, length);
    return true;
}
