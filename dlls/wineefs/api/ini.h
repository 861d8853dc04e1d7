/*
 * Switches in .ini files, such as Desktop.ini.
 *
 * Pure: no I/O, no allocation. A text is UTF-16 units, or bytes widened to units one by one: what is looked for is
 * ASCII. As Windows reads such files, the first section of a name counts, and the first entry of a name in it; names
 * are compared without regard to case, blanks around names and values don't count.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_INI_H
#define WINEEFS_INI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More units than ini_set_switch may add to a text. */
#define INI_GROWTH 64

/* Is the entry's value a number other than 0? */
bool ini_get_switch(const uint16_t *text, size_t length, const char *section, const char *name);

/*
 * Copies the text with the entry's value as 1 or 0, adding entry and section where they are missing. `out` has room for
 * length + INI_GROWTH units; section and name are at most 16 characters each. Returns the new length.
 */
size_t ini_set_switch(const uint16_t *text, size_t length, const char *section, const char *name, bool on,
                      uint16_t *out);

#endif
