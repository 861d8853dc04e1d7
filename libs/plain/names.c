/*
 * Names of streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "names.h"

#include "base/bytes.h"

void name_cut(const uint8_t **name, uint32_t *length)
{
    uint32_t end;

    for (end = 2; end + 1 < *length; end += 2)
        if (load16_le(*name + end) == ':' || !load16_le(*name + end)) break;
    *name += 2;
    *length = end - 2;
}

static uint16_t to_upper(uint16_t c)
{
    return c >= 'a' && c <= 'z' ? (uint16_t)(c - 'a' + 'A') : c;
}

bool name_is(const uint8_t *a, uint32_t a_length, const uint8_t *b, uint32_t b_length)
{
    uint32_t at;

    if (a_length != b_length) return false;
    for (at = 0; at + 1 < a_length; at += 2)
        if (to_upper(load16_le(a + at)) != to_upper(load16_le(b + at))) return false;
    return true;
}
