/*
 * Names of directory entries on their way to the host.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "utf16.h"

#include "efs/utf8.h"

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
        if (at + EFS_UTF8_MAX + 1 > capacity) return false;
        at += efs_put_utf8(out + at, c);
    }
    if (at >= capacity) return false;
    out[at] = 0;
    return true;
}
