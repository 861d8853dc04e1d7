/*
 * The text of a view's attribute.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "view/efs_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DIGITS_MAX 16 /* of a number */

/* Can it be a word, and a socket's address? */
static bool is_path(const char *path, size_t length)
{
    size_t i;

    if (!length || length >= EFS_VIEW_SOCKET_MAX || path[0] != '/') return false;
    for (i = 0; i < length; i++)
        if (path[i] <= ' ' || path[i] > '~') return false;
    return true;
}

size_t efs_view_text_make(char text[EFS_VIEW_TEXT_MAX], const struct efs_view_text *about)
{
    char out[EFS_VIEW_TEXT_MAX + 1];
    int n = snprintf(out, sizeof(out), "1 %s %s", about->encrypted ? "encrypted" : "plain",
                     about->open ? "open" : "closed");

    if (about->reachable && is_path(about->socket, strnlen(about->socket, sizeof(about->socket))))
        n += snprintf(out + n, sizeof(out) - (size_t)n, " %" PRIx64 ".%" PRIx64 ".%" PRIx64 " %s", about->file.device,
                      about->file.inode, about->file.generation, about->socket);
    memcpy(text, out, (size_t)n);
    return (size_t)n;
}

/* What is still to be read. */
struct rest
{
    const char *at, *end;
};

/* The next word, which ends before a blank or with the text. False: there is none. */
static bool take_word(struct rest *rest, const char **word, size_t *length)
{
    const char *end;

    if (rest->at == rest->end) return false;
    end = memchr(rest->at, ' ', (size_t)(rest->end - rest->at));
    *word = rest->at;
    *length = (size_t)((end ? end : rest->end) - rest->at);
    rest->at = end ? end + 1 : rest->end;
    return *length != 0;
}

/* *value: which of the two it is. */
static bool take_choice(struct rest *rest, const char *no, const char *yes, bool *value)
{
    const char *word;
    size_t length;

    if (!take_word(rest, &word, &length)) return false;
    *value = length == strlen(yes) && !memcmp(word, yes, length);
    return *value || (length == strlen(no) && !memcmp(word, no, length));
}

/* A number that ends at `end`. */
static bool read_number(const char *digits, const char *end, uint64_t *value)
{
    *value = 0;
    if (digits == end || end - digits > DIGITS_MAX) return false;
    for (; digits < end; digits++)
    {
        if (*digits >= '0' && *digits <= '9') *value = *value << 4 | (uint64_t)(*digits - '0');
        else if (*digits >= 'a' && *digits <= 'f') *value = *value << 4 | (uint64_t)(*digits - 'a' + 10);
        else return false;
    }
    return true;
}

static bool read_file(const char *word, size_t length, struct efs_view_file *file)
{
    const char *end = word + length, *first = memchr(word, '.', length), *second;

    if (!first || !(second = memchr(first + 1, '.', (size_t)(end - first - 1)))) return false;
    return read_number(word, first, &file->device) && read_number(first + 1, second, &file->inode)
        && read_number(second + 1, end, &file->generation);
}

bool efs_view_text_read(struct efs_view_text *about, const char *text, size_t length)
{
    struct rest rest = { text, text + length };
    const char *word;
    size_t n;

    memset(about, 0, sizeof(*about));
    if (!take_word(&rest, &word, &n) || n != 1 || *word != '1') return false;
    if (!take_choice(&rest, "plain", "encrypted", &about->encrypted)) return false;
    if (!take_choice(&rest, "closed", "open", &about->open)) return false;
    if (!take_word(&rest, &word, &n) || !read_file(word, n, &about->file)) return true;
    if (!take_word(&rest, &word, &n) || !is_path(word, n)) return true;
    memcpy(about->socket, word, n);
    about->reachable = true;
    return true;
}
