/*
 * Runs of zeros that become holes, in data that comes in pieces.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup/content.h"

#include <string.h>

static bool is_zero(const uint8_t *bytes, size_t length)
{
    uint64_t word;

    for (; length >= sizeof(word); bytes += sizeof(word), length -= sizeof(word))
    {
        memcpy(&word, bytes, sizeof(word));
        if (word) return false;
    }
    while (length && !*bytes) bytes++, length--;
    return !length;
}

/* How many bytes from `offset` on are in units (of BHOLES_MIN, aligned in the file) that are zero throughout, or that
   aren't. */
static size_t measure(uint64_t offset, const uint8_t *bytes, size_t length, bool zero)
{
    size_t at, unit;

    for (at = 0; at < length; at += unit)
    {
        unit = BHOLES_MIN - (size_t)((offset + at) % BHOLES_MIN);
        if (unit > length - at) unit = length - at;
        if (is_zero(bytes + at, unit) != zero) break;
    }
    return at;
}

void bholes_init(struct bholes *holes, uint64_t size)
{
    holes->reached = size;
    holes->zeros_from = holes->zeros_end = 0;
}

enum bholes_step bholes_next(const struct bholes *holes, uint64_t offset, const uint8_t *bytes, size_t length,
                             uint64_t *at, size_t *n)
{
    uint64_t run;

    *at = offset;
    *n = length;
    if (offset < holes->reached) return BHOLES_WRITE;
    if ((*n = measure(offset, bytes, length, true))) return BHOLES_PASS;
    /* A run that doesn't lead up to here was left behind by a jump: it stays a hole, however short. */
    run = holes->zeros_end == offset ? holes->zeros_end - holes->zeros_from : 0;
    if (run && run < BHOLES_MIN)
    {
        *at = holes->zeros_from;
        *n = (size_t)run;
        return BHOLES_ZEROS;
    }
    *n = measure(offset, bytes, length, false);
    return BHOLES_WRITE;
}

void bholes_done(struct bholes *holes, enum bholes_step step, uint64_t offset, size_t n)
{
    uint64_t end = offset + n;

    switch (step)
    {
    case BHOLES_PASS:
        if (holes->zeros_end != offset) holes->zeros_from = offset;
        holes->zeros_end = end;
        break;
    case BHOLES_ZEROS:
        holes->zeros_from = end; /* what is left of the run; zeros_end stays */
        if (end > holes->reached) holes->reached = end;
        break;
    case BHOLES_WRITE:
        holes->zeros_from = holes->zeros_end = end;
        if (end > holes->reached) holes->reached = end;
        break;
    }
}
