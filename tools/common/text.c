/*
 * Text for people, for JSON and CSV: UTF-16 and host names made safe, SIDs, GUIDs, hexadecimal.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "common/text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/identifiers.h"
#include "base/text.h"

#define REPLACEMENT 0xfffd

/* Would a terminal do more with it than show it? Controls, line breaks, and what turns the writing direction. */
static bool is_active(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void put_char(FILE *out, uint32_t c, enum text_style style)
{
    char utf8[UTF8_MAX];

    if (is_active(c)) fprintf(out, "\\u%04" PRIx32, c);
    else if (style == TEXT_JSON && (c == '"' || c == '\\')) fprintf(out, "\\%c", (int)c);
    else if (style == TEXT_CSV && c == '"') fputs("\"\"", out);
    else
    {
        size_t length = utf8_put(utf8, c);

        fwrite(utf8, 1, length, out);
    }
}

void text_utf16(FILE *out, const uint8_t *bytes, uint32_t length, enum text_style style)
{
    uint32_t c = 0;
    size_t n;

    for (; length > 1; bytes += n, length -= (uint32_t)n)
    {
        if (!(n = utf16_get(bytes, length, &c)))
        {
            c = REPLACEMENT;
            n = 2;
        }
        put_char(out, c, style);
    }
    if (length) put_char(out, REPLACEMENT, style);
}

void text_utf8(FILE *out, const char *string, enum text_style style)
{
    const uint8_t *s = (const uint8_t *)string;
    uint32_t c = 0;

    while (*s)
    {
        size_t length = utf8_get(s, &c);

        if (length) put_char(out, c, style);
        else if (style == TEXT_JSON) put_char(out, REPLACEMENT, style);
        else fprintf(out, "\\x%02x", *s);
        s += length ? length : 1;
    }
}

void text_sid(FILE *out, const uint8_t *bytes, uint32_t length)
{
    char text[SID_TEXT_MAX];

    if (sid_to_text(text, bytes, length)) fputs(text, out);
    else text_hex(out, bytes, length);
}

void text_guid(FILE *out, const uint8_t guid[GUID_SIZE])
{
    char text[GUID_TEXT + 1];

    guid_to_text(text, guid);
    fputs(text, out);
}

void text_hex(FILE *out, const uint8_t *bytes, uint32_t length)
{
    uint32_t i;

    for (i = 0; i < length; i++) fprintf(out, "%02x", bytes[i]);
}
