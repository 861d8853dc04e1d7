/*
 * Thumbprints of certificates, as people name them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_THUMBPRINT_H
#define EFSRAW_THUMBPRINT_H

#include <stdint.h>

#define THUMBPRINT_MAX 64 /* bytes; SHA-1 has 20 */

/* Hexadecimal digits, as Windows shows them, with or without blanks and colons between. Returns how many bytes it is;
   0: it isn't that. */
uint32_t thumbprint_read(uint8_t out[THUMBPRINT_MAX], const char *text);

#endif
