/*
 * Switches in .ini files, such as Desktop.ini.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ini.h"

#include <string.h>

struct range
{
    size_t begin, end;
};

struct found
{
    bool         section; /* is there one? */
    size_t       insert;  /* behind the section's own line, its end included */
    bool         entry;
    struct range value;   /* of the entry, without blanks around it */
};

static bool is_blank(uint16_t unit)
{
    return unit == ' ' || unit == '\t';
}

static struct range trim(const uint16_t *text, struct range range)
{
    while (range.begin < range.end && is_blank(text[range.begin])) range.begin++;
    while (range.begin < range.end && is_blank(text[range.end - 1])) range.end--;
    return range;
}

static uint16_t to_lower(uint16_t unit)
{
    return unit >= 'A' && unit <= 'Z' ? (uint16_t)(unit + ('a' - 'A')) : unit;
}

static bool is_name(const uint16_t *text, struct range range, const char *name)
{
    for (range = trim(text, range); range.begin < range.end && *name; range.begin++, name++)
        if (to_lower(text[range.begin]) != to_lower((unsigned char)*name)) return false;
    return range.begin == range.end && !*name;
}

/* The range's first unit of this value, or its end. */
static size_t find_unit(const uint16_t *text, struct range range, uint16_t unit)
{
    while (range.begin < range.end && text[range.begin] != unit) range.begin++;
    return range.begin;
}

/* The marks of UTF-16 and, widened, of UTF-8 */
static size_t skip_mark(const uint16_t *text, size_t length)
{
    if (length >= 1 && text[0] == 0xfeff) return 1;
    if (length >= 3 && text[0] == 0xef && text[1] == 0xbb && text[2] == 0xbf) return 3;
    return 0;
}

static void find(const uint16_t *text, size_t length, const char *section, const char *name, struct found *found)
{
    size_t at = skip_mark(text, length), next;
    bool inside = false;

    memset(found, 0, sizeof(*found));
    for (; at < length; at = next)
    {
        struct range line = { at, at }, part;
        size_t separator;

        while (line.end < length && text[line.end] != '\n' && text[line.end] != '\r') line.end++;
        next = line.end;
        while (next < length && (text[next] == '\n' || text[next] == '\r')) next++;

        line = trim(text, line);
        if (line.begin < line.end && text[line.begin] == '[')
        {
            if (inside) return;
            part.begin = line.begin + 1;
            part.end = find_unit(text, line, ']');
            inside = part.end < line.end && is_name(text, part, section);
            if (inside)
            {
                found->section = true;
                found->insert = next;
            }
            continue;
        }
        separator = find_unit(text, line, '=');
        part.begin = line.begin;
        part.end = separator;
        if (!inside || separator == line.end || !is_name(text, part, name)) continue;
        found->entry = true;
        found->value.begin = separator + 1;
        found->value.end = line.end;
        found->value = trim(text, found->value);
        return;
    }
}

bool ini_get_switch(const uint16_t *text, size_t length, const char *section, const char *name)
{
    struct found found;
    size_t i;

    find(text, length, section, name, &found);
    if (!found.entry) return false;
    for (i = found.value.begin; i < found.value.end && text[i] >= '0' && text[i] <= '9'; i++)
        if (text[i] != '0') return true;
    return false;
}

static size_t put(uint16_t *out, size_t at, const char *ascii)
{
    while (*ascii) out[at++] = (unsigned char)*ascii++;
    return at;
}

static size_t put_units(uint16_t *out, size_t at, const uint16_t *units, size_t count)
{
    if (count) memcpy(out + at, units, count * sizeof(*units));
    return at + count;
}

static size_t end_line(uint16_t *out, size_t at)
{
    return at && out[at - 1] != '\n' && out[at - 1] != '\r' ? put(out, at, "\r\n") : at;
}

size_t ini_set_switch(const uint16_t *text, size_t length, const char *section, const char *name, bool on,
                      uint16_t *out)
{
    const char *value = on ? "1" : "0";
    struct found found;
    size_t at;

    find(text, length, section, name, &found);
    if (found.entry)
    {
        at = put_units(out, 0, text, found.value.begin);
        at = put(out, at, value);
        return put_units(out, at, text + found.value.end, length - found.value.end);
    }
    if (!found.section) found.insert = length;
    at = end_line(out, put_units(out, 0, text, found.insert));
    if (!found.section)
    {
        at = put(out, at, "[");
        at = put(out, at, section);
        at = put(out, at, "]\r\n");
    }
    at = put(out, at, name);
    at = put(out, at, "=");
    at = put(out, at, value);
    at = put(out, at, "\r\n");
    return put_units(out, at, text + found.insert, length - found.insert);
}
