/*
 * NTFS' file records.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "mft_record.h"

#include <string.h>

#include "base/bytes.h"

#define UPDATES_OFFSET 0x04
#define UPDATES_COUNT 0x06 /* of words: the number, then the end of each sector */
#define FIRST_VALUE 0x14
#define HEADER_SIZE 0x30

#define VALUE_HEADER 0x18 /* bytes of a resident attribute before its value */

size_t mft_record_size(const uint8_t *bytes, size_t length)
{
    size_t size;

    if (length < HEADER_SIZE || memcmp(bytes, "FILE", 4)) return 0;
    size = ((size_t)load16_le(bytes + UPDATES_COUNT) - 1) * MFT_SECTOR;
    return (size == 1024 || size == MFT_RECORD_MAX) && size <= length ? size : 0;
}

bool mft_undo_updates(uint8_t *record, size_t size)
{
    size_t updates = load16_le(record + UPDATES_OFFSET), sectors = size / MFT_SECTOR, i;
    uint8_t *end;

    /* the list itself must not reach into an end that it replaces */
    if (updates < 0x28 || updates + 2 * (sectors + 1) > MFT_SECTOR - 2) return false;
    for (i = 0; i < sectors; i++)
    {
        end = record + (i + 1) * MFT_SECTOR - 2;
        if (memcmp(end, record + updates, 2)) return false;
        memcpy(end, record + updates + 2 * (i + 1), 2);
    }
    return true;
}

struct mft_walk mft_begin(const uint8_t *record, size_t size)
{
    return (struct mft_walk){ record, size, load16_le(record + FIRST_VALUE) };
}

bool mft_next(struct mft_walk *walk, struct mft_value *value)
{
    while (walk->at <= walk->size && walk->size - walk->at >= VALUE_HEADER)
    {
        const uint8_t *header = walk->record + walk->at;
        uint32_t type = load32_le(header), length = load32_le(header + 4), value_length;
        size_t left = walk->size - walk->at, offset;

        if (type == UINT32_MAX || length < VALUE_HEADER || length > left) return false;
        walk->at += length;
        if (header[8]) continue; /* its value is elsewhere on the disk */
        value_length = load32_le(header + 0x10);
        offset = load16_le(header + 0x14);
        if (offset > length || value_length > length - offset) continue;
        *value = (struct mft_value){ type, header + offset, value_length };
        return true;
    }
    return false;
}
