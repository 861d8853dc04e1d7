/*
 * Names of streams: cut out of what a raw stream calls them, and compared.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PLAIN_NAMES_H
#define PLAIN_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* The name between the colons of ":NAME:$DATA", which the raw reader has checked; bytes of UTF-16LE. */
void name_cut(const uint8_t **name, uint32_t *length);
/* In any case of ASCII letters. */
bool name_is(const uint8_t *a, uint32_t a_length, const uint8_t *b, uint32_t b_length);

#endif
