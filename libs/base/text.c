/*
 * UTF-8 and UTF-16LE.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "text.h"

#include "bytes.h"

size_t utf8_put(char *out, uint32_t c)
{
    if (c < 0x80)
    {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800)
    {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000)
    {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

size_t utf8_get(const uint8_t *s, uint32_t *c)
{
    static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t i, length;

    if (s[0] < 0x80) length = 1, *c = s[0];
    else if (s[0] >= 0xc2 && s[0] < 0xe0) length = 2, *c = s[0] & 0x1f;
    else if (s[0] >= 0xe0 && s[0] < 0xf0) length = 3, *c = s[0] & 0x0f;
    else if (s[0] >= 0xf0 && s[0] < 0xf5) length = 4, *c = s[0] & 0x07;
    else return 0;
    for (i = 1; i < length; i++)
    {
        if ((s[i] & 0xc0) != 0x80) return 0;
        *c = *c << 6 | (s[i] & 0x3f);
    }
    if (*c < lowest[length] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000)) return 0;
    return length;
}

size_t utf16_put(uint8_t *out, uint32_t c)
{
    if (c < 0x10000)
    {
        store16_le(out, (uint16_t)c);
        return 2;
    }
    store16_le(out, (uint16_t)(0xd800 + ((c - 0x10000) >> 10)));
    store16_le(out + 2, (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff)));
    return 4;
}

size_t utf16_get(const uint8_t *bytes, size_t length, uint32_t *c)
{
    uint32_t low;

    if (length < 2) return 0;
    *c = load16_le(bytes);
    if (*c < 0xd800 || *c >= 0xe000) return 2;
    /* Is it the first half of a pair, with the second one behind it? */
    low = *c < 0xdc00 && length >= 4 ? load16_le(bytes + 2) : 0;
    if (low < 0xdc00 || low >= 0xe000) return 0;
    *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
    return 4;
}

bool utf16_to_utf8(const void *units16, size_t units, char *out, size_t capacity)
{
    const uint8_t *bytes = units16;
    size_t left = 2 * units, n, at = 0;
    uint32_t c = 0;

    for (; left; bytes += n, left -= n)
    {
        if (!(n = utf16_get(bytes, left, &c)) || at + UTF8_MAX + 1 > capacity) return false;
        at += utf8_put(out + at, c);
    }
    if (at >= capacity) return false;
    out[at] = 0;
    return true;
}
