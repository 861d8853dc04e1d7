/*
 * Names of directory entries on their way to the host.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "utf16.h"

bool utf16_to_utf8(const uint16_t *in, size_t units, char *out, size_t capacity)
{
    size_t i, at = 0;

    for (i = 0; i < units; i++)
    {
        uint32_t c = in[i];

        if (c >= 0xd800 && c < 0xe000)
        {
            /* Is it the first half of a pair, with the second one behind it? */
            if (c >= 0xdc00 || i + 1 == units || in[i + 1] < 0xdc00 || in[i + 1] >= 0xe000) return false;
            c = 0x10000 + ((c - 0xd800) << 10) + (in[++i] - 0xdc00u);
        }
        if (at + 5 > capacity) return false;
        if (c < 0x80) out[at++] = (char)c;
        else if (c < 0x800)
        {
            out[at++] = (char)(0xc0 | c >> 6);
            out[at++] = (char)(0x80 | (c & 0x3f));
        }
        else if (c < 0x10000)
        {
            out[at++] = (char)(0xe0 | c >> 12);
            out[at++] = (char)(0x80 | (c >> 6 & 0x3f));
            out[at++] = (char)(0x80 | (c & 0x3f));
        }
        else
        {
            out[at++] = (char)(0xf0 | c >> 18);
            out[at++] = (char)(0x80 | (c >> 12 & 0x3f));
            out[at++] = (char)(0x80 | (c >> 6 & 0x3f));
            out[at++] = (char)(0x80 | (c & 0x3f));
        }
    }
    if (at >= capacity) return false;
    out[at] = 0;
    return true;
}
