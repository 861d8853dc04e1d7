/*
 * Names for the line that says what isn't in a snapshot: as many as there's room for, and how many more.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SNAPSHOT_NAMES_H
#define SNAPSHOT_NAMES_H

#include <stddef.h>

struct names
{
    char         text[160]; /* terminated */
    unsigned int count;     /* of all */
    unsigned int shown;     /* in the text */
};

/* Others give these names: what a terminal would obey is shown as '?'. */
void names_add(struct names *names, const char *name);
/* Without names. */
void names_add_more(struct names *names, unsigned int count);

/* "a, b and 3 more", behind what is in the buffer already, as far as it goes. */
void names_append(char *buffer, size_t capacity, const struct names *names);

#endif
