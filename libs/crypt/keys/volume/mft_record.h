/*
 * NTFS' file records, for what is left of them on a disk: small files lie in them whole.
 *
 * A pure codec: no I/O, no allocation. Source: Microsoft's FILE_RECORD_SEGMENT_HEADER and ATTRIBUTE_RECORD_HEADER.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_MFT_RECORD_H
#define EFS_KEYS_MFT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MFT_SECTOR     512
#define MFT_RECORD_MAX 4096 /* bytes */

#define MFT_DATA 0x80
#define MFT_EFS  0x100 /* a logged utility stream: $EFS, or another */

/* Bytes of the record that begins there, 1024 or 4096; 0: none does. */
size_t mft_record_size(const uint8_t *bytes, size_t length);
/* Puts back what the update sequence has taken from the end of each sector; false: it was torn, or is no record. */
bool mft_undo_updates(uint8_t *record, size_t size);

/* Attributes whose value lies in the record. */
struct mft_walk
{
    const uint8_t *record;
    size_t         size, at;
};

struct mft_value
{
    uint32_t       type;
    const uint8_t *data;
    size_t         length;
};

struct mft_walk mft_begin(const uint8_t *record, size_t size);
/* False: there is no further one. */
bool mft_next(struct mft_walk *walk, struct mft_value *value);

#endif
