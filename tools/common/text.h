/*
 * Text for people, for JSON and CSV: UTF-16 and host names made safe, SIDs, GUIDs, hexadecimal.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stdint.h>
#include <stdio.h>

enum text_style
{
    TEXT_TERMINAL, /* nothing that a terminal would act upon: such characters become \uXXXX */
    TEXT_JSON,     /* the inside of a JSON string */
    TEXT_CSV,      /* as for a terminal, inside of quotes */
};

/* length: bytes of UTF-16LE; a lone surrogate becomes U+FFFD, an odd last byte too. */
void text_utf16(FILE *out, const uint8_t *bytes, uint32_t length, enum text_style style);
/* A host name or another string that should be UTF-8; a byte that isn't becomes \xNN, in JSON U+FFFD. */
void text_utf8(FILE *out, const char *string, enum text_style style);

/* "S-1-5-21-..."; hexadecimal if it isn't a SID. */
void text_sid(FILE *out, const uint8_t *bytes, uint32_t length);
/* "01234567-89ab-cdef-0123-456789abcdef" */
void text_guid(FILE *out, const uint8_t guid[16]);
void text_hex(FILE *out, const uint8_t *bytes, uint32_t length);

#endif
