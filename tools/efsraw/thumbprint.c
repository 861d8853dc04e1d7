/*
 * Thumbprints of certificates.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "thumbprint.h"

#include <stdlib.h>

uint32_t thumbprint_read(uint8_t out[THUMBPRINT_MAX], const char *text)
{
    unsigned int digits = 0, value;
    char digit[2] = { 0 };
    char *end;

    for (; *text; text++)
    {
        if (*text == ' ' || *text == ':') continue;
        digit[0] = *text;
        value = (unsigned int)strtoul(digit, &end, 16);
        if (*end || digits == 2 * THUMBPRINT_MAX) return 0;
        out[digits / 2] = (uint8_t)(digits % 2 ? out[digits / 2] | value : value << 4);
        digits++;
    }
    return digits % 2 ? 0 : digits / 2;
}
