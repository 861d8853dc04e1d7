/*
 * What alternate streams and extended attributes of plain files are called on the host.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backup/host_names.h"

#include <string.h>

#include "base/bytes.h"
#include "base/text.h"

#define USER   "user."
#define STREAM HOST_STREAM_PREFIX
#define TYPE   ":$DATA"

/* What stays hidden behind "user.", in any case of letters. A prefix ends with '.' or '*'. */
static const char * const hidden[] =
{
    /* ours; NTFS-3G's $EFS; Wine's; overlay file systems' */
    "efs.", "ntfs.", "wine.", "WINEREPARSE", "overlay.",
    /* Samba's */
    "DOSATTRIB", "DosStream.", "SAMBA*", "NTACL", "SmbReparse",
};

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

/* Does `length` bytes of name begin with these, in any case? */
static bool begins(const char *name, size_t length, const char *with, size_t n)
{
    size_t i;

    if (length < n) return false;
    for (i = 0; i < n; i++)
        if (upper(name[i]) != upper(with[i])) return false;
    return true;
}

/* A name behind "user." */
static bool is_hidden(const char *name, size_t length)
{
    size_t i, n;

    for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
    {
        n = strlen(hidden[i]);
        if (hidden[i][n - 1] == '.' ? begins(name, length, hidden[i], n)
            : hidden[i][n - 1] == '*' ? begins(name, length, hidden[i], n - 1)
            : n == length && begins(name, length, hidden[i], n))
            return true;
    }
    return false;
}

bool host_is_hidden(const char *attribute)
{
    size_t n = sizeof(USER) - 1;

    return strncmp(attribute, USER, n) || is_hidden(attribute + n, strlen(attribute + n));
}

/* ---- streams ---- */

/* False: there's no room for it behind the `at` bytes. */
static bool append(char out[HOST_NAME_SIZE], size_t *at, const char *text)
{
    size_t n = strlen(text);

    if (n >= HOST_NAME_SIZE - *at) return false;
    memcpy(out + *at, text, n + 1);
    *at += n;
    return true;
}

/* PREFIX, a separator perhaps, NAME in UTF-8, SUFFIX. */
static bool join(char out[HOST_NAME_SIZE], const char *prefix, const char *separator, const uint8_t *name,
                 size_t length, const char *suffix)
{
    char text[HOST_NAME_SIZE + UTF8_MAX]; /* with the room that any last character may need */
    size_t at = 0;

    return bstream_is_name(name, length) && utf16_to_utf8(name, length / 2, text, sizeof(text))
        && append(out, &at, prefix) && append(out, &at, separator) && append(out, &at, text)
        && append(out, &at, suffix);
}

/* `length` bytes of UTF-8. 0: it isn't a stream's name. */
static size_t to_stream(const char *text, size_t length, uint8_t name[BSTREAM_NAME_BYTES])
{
    size_t at = 0, n;
    uint32_t c = 0;

    for (; length; text += n, length -= n)
    {
        if (!(n = utf8_get((const uint8_t *)text, &c)) || n > length) return 0;
        if (at + (c < 0x10000 ? 2 : 4) > BSTREAM_NAME_BYTES) return 0;
        at += utf16_put(name + at, c);
    }
    return bstream_is_name(name, at) ? at : 0;
}

bool host_stream_attribute(const uint8_t *name, size_t length, char out[HOST_NAME_SIZE])
{
    return join(out, STREAM, "", name, length, TYPE);
}

size_t host_attribute_stream(const char *attribute, uint8_t name[BSTREAM_NAME_BYTES])
{
    size_t length = strlen(attribute), n = sizeof(STREAM) - 1, rest = sizeof(TYPE) - 1;

    if (strncmp(attribute, STREAM, n)) return 0;
    attribute += n;
    length -= n;
    if (length > rest && begins(attribute + length - rest, rest, TYPE, rest)) length -= rest;
    return to_stream(attribute, length, name);
}

bool host_stream_file(const char *file, const uint8_t *name, size_t length, char out[HOST_NAME_SIZE])
{
    return join(out, file, ":", name, length, "");
}

size_t host_file_stream(const char *file, const char *neighbour, uint8_t name[BSTREAM_NAME_BYTES])
{
    size_t n = strlen(file);

    if (strncmp(file, neighbour, n) || neighbour[n] != ':') return 0;
    return to_stream(neighbour + n + 1, strlen(neighbour + n + 1), name);
}

/* ---- extended attributes ---- */

const char *host_ea_refused(const uint8_t *name, size_t length)
{
    size_t i;

    if (!bea_is_name(name, length)) return "not the name of an extended attribute";
    if (length > HOST_NAME_SIZE - sizeof(USER)) return "the name is too long for an attribute of the host's";
    /* which code page they are of isn't said */
    for (i = 0; i < length; i++)
        if (name[i] >= 0x7f) return "the name isn't ASCII";
    if (is_hidden((const char *)name, length)) return "the name is one of the system's own";
    return NULL;
}

void host_ea_attribute(const uint8_t *name, size_t length, char out[HOST_NAME_SIZE])
{
    size_t i, at = sizeof(USER) - 1;

    memcpy(out, USER, at);
    for (i = 0; i < length && at < HOST_NAME_SIZE - 1; i++) out[at++] = upper((char)name[i]);
    out[at] = 0;
}

const char *host_attribute_ea(const char *attribute)
{
    const char *name = attribute + sizeof(USER) - 1;

    if (host_is_hidden(attribute) || host_ea_refused((const uint8_t *)name, strlen(name))) return NULL;
    return name;
}
