/*
 * GUIDs and SIDs as Windows spells them.
 *
 * A pure codec: no I/O, no allocation.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_IDENTIFIERS_H
#define EFS_IDENTIFIERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUID_SIZE     16 /* bytes, as in files: the first three fields little-endian */
#define GUID_TEXT     36 /* characters without braces */
#define SID_TEXT_MAX  190 /* characters of the longest SID, of 15 subauthorities, with the NUL */

/* Exactly GUID_TEXT characters, in either case; false if it is something else. */
bool guid_from_text(uint8_t guid[GUID_SIZE], const char *text, size_t length);
/* The same from GUID_TEXT characters of UTF-16LE. */
bool guid_from_wide(uint8_t guid[GUID_SIZE], const uint8_t *wide);
/* In lower case, as Windows names master key files. */
void guid_to_text(char text[GUID_TEXT + 1], const uint8_t guid[GUID_SIZE]);

/* A binary SID of exactly length bytes (MS-DTYP 2.4.2.2); false if it isn't one. */
bool sid_to_text(char text[SID_TEXT_MAX], const uint8_t *sid, size_t length);
/* "S-1-" and numbers, and short enough. Puts it into upper case. */
bool sid_from_name(char text[SID_TEXT_MAX], const char *name);

#endif
