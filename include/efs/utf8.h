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

/* Bytes of the character at s, 0 if that isn't one in its shortest form. s ends with a NUL, which is no continuation. */
static inline size_t efs_get_utf8(const uint8_t *s, uint32_t *c)
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

#endif
