/*
 * The names of data streams in the raw stream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "name.h"

#include <stddef.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "efs/raw.h"

static bool is_data_type(const uint8_t *type, uint32_t units)
{
    static const char expected[] = "$DATA";
    uint32_t i;

    if (units != sizeof(expected) - 1) return false;
    for (i = 0; i < units; i++)
    {
        uint16_t c = load16_le(type + 2 * (size_t)i);

        if (c >= 'a' && c <= 'z') c = (uint16_t)(c - 'a' + 'A');
        if (c != (unsigned char)expected[i]) return false;
    }
    return true;
}

const char *raw_name_check(const uint8_t *name, uint32_t length, bool *unnamed, uint64_t *id)
{
    uint64_t hash = FNV1A_BEGIN;
    uint32_t units = length / 2, end;

    if (length % 2) return "stream name: odd length";
    /* MS-EFSR 2.2.3.2 says that it is terminated, Windows 10 doesn't: both are right */
    if (units && !load16_le(name + 2 * (size_t)(units - 1))) units--;
    if (!units || load16_le(name) != ':') return "stream name: no colon at its start";

    for (end = 1; end < units; end++)
    {
        uint16_t c = load16_le(name + 2 * (size_t)end);

        if (c == ':') break;
        if (!c || c == '/' || c == '\\') return "stream name: a character that no stream name has";
        hash = fnv1a_add(hash, name + 2 * (size_t)end, 2);
    }
    if (end - 1 > EFS_RAW_NAME_MAX) return "stream name: longer than 255 characters";
    *unnamed = end == 1;

    /* Is it a data stream? The type may be left out where there is a name. */
    if (end == units ? *unnamed : !is_data_type(name + 2 * (size_t)(end + 1), units - end - 1))
        return "stream name: its type isn't $DATA";
    *id = hash;
    return NULL;
}
