/*
 * Names of directory entries on their way to the host.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_UTF16_H
#define WINEEFS_UTF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Converts `units` UTF-16 units to terminated UTF-8. False if it doesn't fit or has a half of a surrogate pair. */
bool utf16_to_utf8(const uint16_t *in, size_t units, char *out, size_t capacity);

#endif
