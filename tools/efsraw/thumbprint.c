/*
 * Thumbprints of certificates.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "thumbprint.h"

#include "base/text.h"

uint32_t thumbprint_read(uint8_t out[THUMBPRINT_MAX], const char *text)
{
    uint32_t length = 0;

    for (; *text; text++)
    {
        if (*text == ' ' || *text == ':') continue;
        if (length == THUMBPRINT_MAX || !hex_byte(&out[length++], text)) return 0;
        text++;
    }
    return length;
}
