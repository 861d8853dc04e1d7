/*
 * The names of alternate streams, and when two of them are one to Windows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup/content.h"

#include <string.h>

#include "base/bytes.h"

static const uint8_t type[] = { ':', 0, '$', 0, 'D', 0, 'A', 0, 'T', 0, 'A', 0 };

bool bstream_is_name(const uint8_t *name, size_t length)
{
    size_t i;

    if (!length || length % 2 || length > BSTREAM_NAME_BYTES) return false;
    for (i = 0; i < length; i += 2)
    {
        uint16_t c = load16_le(name + i);

        if (!c || c == ':' || c == '/' || c == '\\') return false;
    }
    return true;
}

size_t bstream_own_name(const struct bstream_header *header, const uint8_t **name)
{
    size_t length = header->name_size - 2; /* without the colon */

    *name = header->name + 2;
    if (length > sizeof(type) && !memcmp(*name + length - sizeof(type), type, sizeof(type))) length -= sizeof(type);
    return length;
}

/* Small letters and what leads to the capital ones. Alphabets whose letters have case in the first plane, but for what
   only scholars write (Coptic, Glagolitic, Greek with two accents): these differ from their capitals here. */
static const struct
{
    uint16_t first, last;
    uint16_t step;  /* 1: each of them; 2: each second one, from the first on */
    int16_t  delta; /* to the capital letter */
} small_letters[] =
{
    { 'a', 'z', 1, -32 },
    { 0x00e0, 0x00f6, 1, -32 }, { 0x00f8, 0x00fe, 1, -32 }, { 0x00ff, 0x00ff, 1, 121 },
    { 0x0101, 0x012f, 2, -1 }, { 0x0133, 0x0137, 2, -1 }, { 0x013a, 0x0148, 2, -1 }, { 0x014b, 0x0177, 2, -1 },
    { 0x017a, 0x017e, 2, -1 }, { 0x01ce, 0x01dc, 2, -1 }, { 0x01df, 0x01ef, 2, -1 }, { 0x01f9, 0x021f, 2, -1 },
    { 0x0223, 0x0233, 2, -1 },
    { 0x03ac, 0x03ac, 1, -38 }, { 0x03ad, 0x03af, 1, -37 }, { 0x03b1, 0x03c1, 1, -32 }, { 0x03c2, 0x03c2, 1, -31 },
    { 0x03c3, 0x03cb, 1, -32 }, { 0x03cc, 0x03cc, 1, -64 }, { 0x03cd, 0x03ce, 1, -63 },
    { 0x0430, 0x044f, 1, -32 }, { 0x0450, 0x045f, 1, -80 }, { 0x0461, 0x0481, 2, -1 }, { 0x048b, 0x04bf, 2, -1 },
    { 0x04c2, 0x04ce, 2, -1 }, { 0x04d1, 0x0513, 2, -1 },
    { 0x0561, 0x0586, 1, -48 },
    { 0x1e01, 0x1e95, 2, -1 }, { 0x1ea1, 0x1eff, 2, -1 },
    { 0xff41, 0xff5a, 1, -32 },
};

uint16_t bstream_fold(uint16_t unit)
{
    size_t i;

    for (i = 0; i < sizeof(small_letters) / sizeof(small_letters[0]); i++)
        if (unit >= small_letters[i].first && unit <= small_letters[i].last)
            return (unit - small_letters[i].first) % small_letters[i].step ? unit
                : (uint16_t)(unit + small_letters[i].delta);
    return unit;
}

bool bstream_same_name(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    size_t i;

    if (a_length != b_length) return false;
    for (i = 0; i + 1 < a_length; i += 2)
        if (bstream_fold(load16_le(a + i)) != bstream_fold(load16_le(b + i))) return false;
    return true;
}
