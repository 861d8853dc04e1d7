/*
 * GUIDs and SIDs as Windows spells them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "identifiers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "text.h"

#define SID_HEADER 8 /* bytes: revision, number of subauthorities, authority */
#define SID_SUBAUTHORITIES_MAX 15

/* The bytes of a GUID in the order in which its text has them. */
static const uint8_t text_order[GUID_SIZE] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

/* Is there a hyphen before the byte that is the index-th in the text? */
static bool after_hyphen(size_t index)
{
    return index == 4 || index == 6 || index == 8 || index == 10;
}

bool guid_from_text(uint8_t guid[GUID_SIZE], const char *text, size_t length)
{
    size_t i, at = 0;
    int high, low;

    if (length != GUID_TEXT) return false;
    for (i = 0; i < GUID_SIZE; i++)
    {
        if (after_hyphen(i) && text[at++] != '-') return false;
        high = hex_digit(text[at]);
        low = hex_digit(text[at + 1]);
        if (high < 0 || low < 0) return false;
        guid[text_order[i]] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    return true;
}

bool guid_from_wide(uint8_t guid[GUID_SIZE], const uint8_t *wide)
{
    char text[GUID_TEXT];
    size_t i;

    for (i = 0; i < GUID_TEXT; i++)
    {
        if (wide[2 * i + 1] || wide[2 * i] > 0x7f) return false;
        text[i] = (char)wide[2 * i];
    }
    return guid_from_text(guid, text, sizeof(text));
}

void guid_to_text(char text[GUID_TEXT + 1], const uint8_t guid[GUID_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < GUID_SIZE; i++)
    {
        if (after_hyphen(i)) *text++ = '-';
        *text++ = digits[guid[text_order[i]] >> 4];
        *text++ = digits[guid[text_order[i]] & 15];
    }
    *text = 0;
}

bool sid_to_text(char text[SID_TEXT_MAX], const uint8_t *sid, size_t length)
{
    uint64_t authority = 0;
    size_t used, i;

    if (length < SID_HEADER || sid[0] != 1 || sid[1] > SID_SUBAUTHORITIES_MAX) return false;
    if (length != SID_HEADER + 4u * sid[1]) return false;
    for (i = 2; i < SID_HEADER; i++) authority = authority << 8 | sid[i]; /* the one big-endian integer of all */
    /* MS-DTYP 2.4.2.1: hexadecimal from 2^32 on */
    used = (size_t)snprintf(text, SID_TEXT_MAX, authority >> 32 ? "S-1-0x%012" PRIX64 : "S-1-%" PRIu64, authority);
    for (i = 0; i < sid[1]; i++)
        used += (size_t)snprintf(text + used, SID_TEXT_MAX - used, "-%" PRIu32, load32_le(sid + SID_HEADER + 4 * i));
    return true;
}

bool sid_from_name(char text[SID_TEXT_MAX], const char *name)
{
    size_t length = strlen(name), i;

    if (length < 5 || length >= SID_TEXT_MAX) return false;
    if ((name[0] != 'S' && name[0] != 's') || strncmp(name + 1, "-1-", 3)) return false;
    for (i = 4; i < length; i++)
    {
        /* numbers with a single hyphen between them */
        if (name[i] == '-' ? name[i - 1] == '-' || i == length - 1 : name[i] < '0' || name[i] > '9') return false;
    }
    memcpy(text, name, length + 1);
    text[0] = 'S';
    return true;
}
