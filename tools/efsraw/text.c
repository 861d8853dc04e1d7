/*
 * Text for people and for JSON: UTF-16 and host names made safe, SIDs, GUIDs, hexadecimal.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>

#include "efs/utf8.h"

#define REPLACEMENT 0xfffd

/* Would a terminal do more with it than show it? Controls, line breaks, and what turns the writing direction. */
static bool is_active(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void put_char(FILE *out, uint32_t c, enum text_style style)
{
    if (is_active(c)) fprintf(out, "\\u%04" PRIx32, c);
    else if (style == TEXT_JSON && (c == '"' || c == '\\')) fprintf(out, "\\%c", (int)c);
    else if (c < 0x80) fputc((int)c, out);
    else if (c < 0x800) fprintf(out, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
    else if (c < 0x10000)
        fprintf(out, "%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3f)), (int)(0x80 | (c & 0x3f)));
    else
        fprintf(out, "%c%c%c%c", (int)(0xf0 | c >> 18), (int)(0x80 | (c >> 12 & 0x3f)),
                (int)(0x80 | (c >> 6 & 0x3f)), (int)(0x80 | (c & 0x3f)));
}

void text_utf16(FILE *out, const uint8_t *bytes, uint32_t length, enum text_style style)
{
    uint32_t i, units = length / 2;

    for (i = 0; i < units; i++)
    {
        uint32_t c = bytes[2 * i] | (uint32_t)bytes[2 * i + 1] << 8;
        uint32_t low = i + 1 < units ? bytes[2 * i + 2] | (uint32_t)bytes[2 * i + 3] << 8 : 0;

        if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 && low < 0xe000)
        {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i++;
        }
        else if (c >= 0xd800 && c < 0xe000) c = REPLACEMENT;
        put_char(out, c, style);
    }
    if (length % 2) put_char(out, REPLACEMENT, style);
}

void text_utf8(FILE *out, const char *string, enum text_style style)
{
    const uint8_t *s = (const uint8_t *)string;
    uint32_t c = 0;

    while (*s)
    {
        size_t length = efs_get_utf8(s, &c);

        if (length) put_char(out, c, style);
        else if (style == TEXT_JSON) put_char(out, REPLACEMENT, style);
        else fprintf(out, "\\x%02x", *s);
        s += length ? length : 1;
    }
}

void text_sid(FILE *out, const uint8_t *bytes, uint32_t length)
{
    uint64_t authority = 0;
    uint32_t i;

    if (length < 8 || bytes[0] != 1 || bytes[1] > 15 || length != 8u + 4u * bytes[1])
    {
        text_hex(out, bytes, length);
        return;
    }
    for (i = 2; i < 8; i++) authority = authority << 8 | bytes[i]; /* the one big-endian integer of all */
    /* MS-DTYP 2.4.2.1: hexadecimal from 2^32 on */
    fprintf(out, authority >> 32 ? "S-1-0x%012" PRIX64 : "S-1-%" PRIu64, authority);
    for (i = 0; i < bytes[1]; i++)
    {
        const uint8_t *p = bytes + 8 + 4 * i;
        fprintf(out, "-%" PRIu32, (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
    }
}

void text_guid(FILE *out, const uint8_t guid[16])
{
    static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
    unsigned int i;

    for (i = 0; i < 16; i++)
    {
        if (i == 4 || i == 6 || i == 8 || i == 10) fputc('-', out);
        fprintf(out, "%02x", guid[order[i]]);
    }
}

void text_hex(FILE *out, const uint8_t *bytes, uint32_t length)
{
    uint32_t i;

    for (i = 0; i < length; i++) fprintf(out, "%02x", bytes[i]);
}
