/*
 * Master keys that another tool has opened, as such tools list them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "masters.h"

#include <string.h>

#include "base/text.h"
#include "crypt/keys/windows/dpapi.h"

#define SHA1_DIGITS   ((size_t)2 * SHA1_SIZE)
#define MASTER_DIGITS ((size_t)2 * DPAPI_MASTERKEY)

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* {GUID}:DIGITS, the braces and what is between the two as people write them. *digits points into the line. */
static bool read_line(uint8_t guid[GUID_SIZE], const uint8_t **digits, size_t *count, const uint8_t *line,
                      size_t length)
{
    size_t braced = length && *line == '{', i;

    if (length < braced + GUID_TEXT || !guid_from_text(guid, (const char *)line + braced, GUID_TEXT)) return false;
    i = braced + GUID_TEXT;
    if (braced && (i == length || line[i++] != '}')) return false;
    while (i < length && (line[i] == ':' || is_blank(line[i]))) i++;
    *digits = line + i;
    *count = length - i;
    for (; i < length; i++)
        if (hex_digit((char)line[i]) < 0) return false;
    return *count == SHA1_DIGITS || *count == MASTER_DIGITS;
}

static enum efs_error read_master(struct efs_master_key *master, const uint8_t *line, size_t length,
                                  struct efs_diag *diag)
{
    uint8_t key[DPAPI_MASTERKEY];
    const uint8_t *digits;
    enum efs_error code = EFS_OK;
    size_t count, i;

    if (!read_line(master->guid, &digits, &count, line, length)) return EFS_ERR_INVALID;
    for (i = 0; i < count / 2; i++) hex_byte(&key[i], (const char *)digits + 2 * i);
    if (count == MASTER_DIGITS) code = masterkey_digest(master->sha1, key, diag);
    else memcpy(master->sha1, key, SHA1_SIZE);
    explicit_bzero(key, sizeof(key));
    return code;
}

enum efs_error efs_master_keys_read(struct efs_secret *masters, const uint8_t *text, size_t length,
                                    struct efs_diag *diag)
{
    /* the shortest line that is one, with its end */
    size_t room = length / (GUID_TEXT + SHA1_DIGITS) + 1, at = 0, end, next;
    struct efs_master_key *list;
    enum efs_error code = EFS_OK;

    if (!efs_secret_allocate(masters, room * sizeof(*list))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    list = (struct efs_master_key *)(void *)masters->bytes;
    for (; at < length && !code; at = next)
    {
        const uint8_t *line_end = memchr(text + at, '\n', length - at);

        end = line_end ? (size_t)(line_end - text) : length;
        next = end + 1;
        while (end > at && is_blank(text[end - 1])) end--;
        while (at < end && is_blank(text[at])) at++;
        if (at == end || text[at] == '#') continue;
        code = read_master(&list[masters->length / sizeof(*list)], text + at, end - at, diag);
        if (!code) masters->length += sizeof(*list);
        else if (code == EFS_ERR_INVALID)
            efs_fail(diag, code, at, "not a master key: {GUID}:SHA-1, or {GUID}: and 128 hexadecimal digits");
    }
    if (!code && !masters->length) code = efs_fail(diag, EFS_ERR_INVALID, 0, "no master key: {GUID}:SHA-1");
    if (code) efs_secret_free(masters);
    return code;
}

const uint8_t *find_master_key(const struct efs_key_secrets *secrets, const uint8_t guid[GUID_SIZE])
{
    size_t i;

    for (i = 0; i < secrets->master_count; i++)
        if (!memcmp(secrets->masters[i].guid, guid, GUID_SIZE)) return secrets->masters[i].sha1;
    return NULL;
}
