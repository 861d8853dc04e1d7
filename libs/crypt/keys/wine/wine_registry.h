/*
 * Wine's registry files: text, one key or value a line, "\" at the end of a line goes on with the next.
 *
 * A pure codec: no I/O, no allocation. Anything is taken: what isn't a key or a value is passed over.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_WINE_REGISTRY_H
#define EFS_KEYS_WINE_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct registry_walk
{
    const char *at, *end;
};

struct registry_item
{
    bool        is_key;
    const char *name;   /* as it is in the file, with its escapes: a backslash is two */
    size_t      name_length;
    const char *data;   /* of a value: what is behind the =, with all lines that belong to it */
    size_t      data_length;
};

struct registry_walk registry_begin(const uint8_t *bytes, size_t length);
/* False at the end. */
bool registry_next(struct registry_walk *walk, struct registry_item *item);

/* Letter case (of ASCII) doesn't matter. */
bool registry_name_is(const struct registry_item *item, const char *name);
bool registry_name_begins(const struct registry_item *item, const char *prefix);

/* The bytes of a binary value; 0: it isn't one, is damaged, or longer than capacity. */
size_t registry_binary(const struct registry_item *item, uint8_t *out, size_t capacity);
/* The text of a string value without escapes, with a NUL; false: it isn't one, has escapes, or is too long. */
bool registry_plain_string(const struct registry_item *item, char *out, size_t capacity);

#endif
