/*
 * UTF-8, the encoding of names on the host, and UTF-16LE, that of Windows: characters, and whole names.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_TEXT_H
#define EFS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_MAX 4 /* bytes of one character */

/* Writes one character (at most 0x10ffff) and returns its length: 1 to UTF8_MAX bytes. */
size_t utf8_put(char *out, uint32_t c);
/* Bytes of the character at s, 0 if that isn't one in its shortest form. s ends with a NUL, which is no
   continuation. */
size_t utf8_get(const uint8_t *s, uint32_t *c);

/* Writes one character (at most 0x10ffff) and returns its length: 2 or 4 bytes. */
size_t utf16_put(uint8_t *out, uint32_t c);
/* Bytes of the character at the beginning of `length` bytes: 2 or 4; 0 if that is half a pair of surrogates, or too
   short. */
size_t utf16_get(const uint8_t *bytes, size_t length, uint32_t *c);

/* Converts `units` units of UTF-16LE to UTF-8 with a NUL. False if it doesn't fit, or has half a pair of surrogates. */
bool utf16_to_utf8(const void *units16, size_t units, char *out, size_t capacity);

/* The value of a hexadecimal digit in either case; -1: it isn't one. */
static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The value of two; false: they aren't digits, and *byte is as it was. */
static inline bool hex_byte(uint8_t *byte, const char *digits)
{
    int high = hex_digit(digits[0]), low = high < 0 ? -1 : hex_digit(digits[1]);

    if (low >= 0) *byte = (uint8_t)(high << 4 | low);
    return low >= 0;
}

#endif
