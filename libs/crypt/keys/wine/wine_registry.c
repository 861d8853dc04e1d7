/*
 * Wine's registry files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "wine_registry.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

struct registry_walk registry_begin(const uint8_t *bytes, size_t length)
{
    return (struct registry_walk){ (const char *)bytes, (const char *)bytes + length };
}

/* Where the line ends, without its LF or CR LF. */
static const char *line_end(const char *at, const char *end)
{
    const char *lf = memchr(at, '\n', (size_t)(end - at));

    if (!lf) return end;
    return lf > at && lf[-1] == '\r' ? lf - 1 : lf;
}

static const char *next_line(const char *at, const char *end)
{
    const char *lf = memchr(at, '\n', (size_t)(end - at));

    return lf ? lf + 1 : end;
}

/* The character that closes a name: the first one that no backslash escapes. NULL: the line has none. */
static const char *closing(const char *at, const char *end, char c)
{
    for (; at < end; at++)
    {
        if (*at == c) return at;
        if (*at == '\\' && ++at == end) return NULL;
    }
    return NULL;
}

/* Goes on with the lines after it as long as the one before ends with a backslash. */
static const char *value_end(struct registry_walk *walk, const char *at)
{
    const char *end = line_end(at, walk->end);

    while (end > at && end[-1] == '\\' && walk->at < walk->end)
    {
        at = walk->at;
        end = line_end(at, walk->end);
        walk->at = next_line(at, walk->end);
    }
    return end;
}

bool registry_next(struct registry_walk *walk, struct registry_item *item)
{
    const char *at, *end, *close;

    while (walk->at < walk->end)
    {
        at = walk->at;
        end = line_end(at, walk->end);
        walk->at = next_line(at, walk->end);
        if (at == end || (*at != '[' && *at != '"')) continue;
        memset(item, 0, sizeof(*item));
        item->is_key = *at == '[';
        close = closing(at + 1, end, item->is_key ? ']' : '"');
        if (!close) continue;
        item->name = at + 1;
        item->name_length = (size_t)(close - at - 1);
        if (item->is_key) return true;
        if (close + 1 == end || close[1] != '=') continue;
        item->data = close + 2;
        item->data_length = (size_t)(value_end(walk, item->data) - item->data);
        return true;
    }
    return false;
}

bool registry_name_begins(const struct registry_item *item, const char *prefix)
{
    size_t length = strlen(prefix);

    return item->name_length >= length && !strncasecmp(item->name, prefix, length);
}

bool registry_name_is(const struct registry_item *item, const char *name)
{
    return item->name_length == strlen(name) && registry_name_begins(item, name);
}

size_t registry_binary(const struct registry_item *item, uint8_t *out, size_t capacity)
{
    const char *at = item->data, *end = at + item->data_length;
    size_t length = 0;

    /* other types, such as "hex(2):", are no binary values */
    if (item->data_length < 4 || memcmp(at, "hex:", 4)) return 0;
    for (at += 4; at < end;)
    {
        if (*at == ',' || *at == '\\' || *at == '\r' || *at == '\n' || *at == ' ')
        {
            at++;
            continue;
        }
        if (hex_digit(*at) < 0 || at + 1 == end || hex_digit(at[1]) < 0 || length == capacity) return 0;
        out[length++] = (uint8_t)(hex_digit(*at) << 4 | hex_digit(at[1]));
        at += 2;
    }
    return length;
}

bool registry_plain_string(const struct registry_item *item, char *out, size_t capacity)
{
    size_t length = item->data_length;

    if (length < 2 || item->data[0] != '"' || item->data[length - 1] != '"' || length - 2 >= capacity) return false;
    if (memchr(item->data, '\\', length) || memchr(item->data, 0, length)) return false;
    memcpy(out, item->data + 1, length - 2);
    out[length - 2] = 0;
    return true;
}
