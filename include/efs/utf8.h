/*
 * UTF-8, the encoding of names on the host.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_UTF8_H
#define EFS_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define EFS_UTF8_MAX 4 /* bytes of one character */

/* Writes one character (at most 0x10ffff) and returns its length: 1 to EFS_UTF8_MAX bytes. */
static inline size_t efs_put_utf8(char *out, uint32_t c)
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

#endif
