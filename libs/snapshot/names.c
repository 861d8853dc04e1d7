/*
 * Names for the line that says what isn't in a snapshot.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "names.h"

#include <stdio.h>
#include <string.h>

void names_add(struct names *names, const char *name)
{
    size_t used = strlen(names->text), length = strlen(name), room = sizeof(names->text) - used, i;
    const char *before = names->shown ? ", " : "";

    /* once one didn't fit, a later one that does would look like the last */
    if (names->shown == names->count++ && strlen(before) + length < room)
    {
        snprintf(names->text + used, room, "%s%s", before, name);
        for (i = used; names->text[i]; i++)
            if ((unsigned char)names->text[i] < ' ' || names->text[i] == 0x7f) names->text[i] = '?';
        names->shown++;
    }
}

void names_add_more(struct names *names, unsigned int count)
{
    names->count += count;
}

void names_append(char *buffer, size_t capacity, const struct names *names)
{
    unsigned int more = names->count - names->shown;
    size_t used = strlen(buffer);

    if (!names->shown) snprintf(buffer + used, capacity - used, "%u", more);
    else if (!more) snprintf(buffer + used, capacity - used, "%s", names->text);
    else snprintf(buffer + used, capacity - used, "%s and %u more", names->text, more);
}
