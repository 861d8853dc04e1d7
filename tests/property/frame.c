/*
 * The frames of efsrandom.py, which describes them, and the random numbers of the test.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "property.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_HEADER    32
#define FRAME_RANGE     16
#define FRAME_BYTES_MAX (1u << 30)

static uint64_t random_state;

void random_seed(uint64_t seed)
{
    random_state = seed;
}

uint64_t random_below(uint64_t n)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15; /* splitmix64 */

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % n;
}

size_t random_length(size_t most)
{
    size_t length = 1 + random_below((uint64_t)1 << random_below(19));

    return length < most ? length : most;
}

static bool reserve(struct bytes *bytes, size_t capacity)
{
    uint8_t *data;

    if (capacity <= bytes->capacity) return true;
    data = realloc(bytes->data, capacity);
    if (!data) return false;
    bytes->data = data;
    bytes->capacity = capacity;
    return true;
}

bool bytes_set(struct bytes *bytes, const void *data, size_t length)
{
    if (!reserve(bytes, length)) return false;
    if (length) memcpy(bytes->data, data, length);
    bytes->length = length;
    return true;
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){ 0 };
}

static uint64_t load(const uint8_t *bytes, unsigned int count)
{
    uint64_t v = 0;

    while (count--) v = v << 8 | bytes[count];
    return v;
}

/* Leaves out the ranges, which are in order. */
static bool make_bare(struct frame *frame, const uint8_t *ranges, uint32_t count)
{
    uint64_t at = 0, start, length;
    uint32_t i;

    if (!reserve(&frame->bare, frame->raw.length)) return false;
    frame->bare.length = 0;
    for (i = 0; i <= count; i++)
    {
        start = i < count ? load(ranges + i * FRAME_RANGE, 8) : frame->raw.length;
        length = i < count ? load(ranges + i * FRAME_RANGE + 8, 8) : 0;
        if (start < at || start > frame->raw.length || length > frame->raw.length - start) return false;
        memcpy(frame->bare.data + frame->bare.length, frame->raw.data + at, start - at);
        frame->bare.length += start - at;
        at = start + length;
    }
    return true;
}

bool frame_read(struct frame *frame, bool *broken)
{
    uint8_t header[FRAME_HEADER], *ranges = NULL;
    size_t got = fread(header, 1, sizeof(header), stdin);
    uint32_t count;
    uint64_t length;

    *broken = false;
    if (!got && !ferror(stdin)) return false;
    *broken = true;
    if (got != sizeof(header)) return false;
    frame->seed = load(header, 8);
    frame->flags = (uint32_t)load(header + 8, 4);
    frame->blocks = (uint32_t)load(header + 12, 4);
    length = load(header + 16, 8);
    count = (uint32_t)load(header + 24, 4);
    frame->cut = (uint32_t)load(header + 28, 4);
    if (length > FRAME_BYTES_MAX || count > 0x10000 || frame->cut > length) return false;
    ranges = malloc((size_t)count * FRAME_RANGE + 1);
    if (ranges && fread(ranges, FRAME_RANGE, count, stdin) == count && reserve(&frame->raw, length)
        && fread(frame->raw.data, 1, length, stdin) == length)
    {
        frame->raw.length = length;
        *broken = !make_bare(frame, ranges, count);
    }
    free(ranges);
    return !*broken;
}
