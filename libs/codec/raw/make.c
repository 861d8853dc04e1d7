/*
 * The records of the raw stream, in the bytes that Windows writes (seen on Windows 10).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/raw.h"
#include "efs/raw_writer.h"

#include <string.h>

#include "base/bytes.h"
#include "format.h"

const uint8_t raw_file_signature[8] = { 'R', 0, 'O', 0, 'B', 0, 'S', 0 };
const uint8_t raw_stream_signature[8] = { 'N', 0, 'T', 0, 'F', 0, 'S', 0 };
const uint8_t raw_segment_signature[8] = { 'G', 0, 'U', 0, 'R', 0, 'E', 0 };
const uint8_t raw_extended_signature[4] = { 'E', 'X', 'T', 'D' };

const uint8_t efs_raw_metadata_name[2] = { 0x10, 0x19 };
const uint8_t efs_raw_unnamed_name[14] = { ':', 0, ':', 0, '$', 0, 'D', 0, 'A', 0, 'T', 0, 'A', 0 };

/* Seen on Windows 10, a volume with 4 KiB clusters. */
#define WRITTEN_CLUSTER_SHIFT 12

#define SPARSE_SHIFT 16 /* the unit of a sparse stream: 64 KiB (MS-FSA) */

size_t efs_raw_make_file_header(uint8_t out[EFS_RAW_FILE_HEADER_SIZE])
{
    memset(out, 0, EFS_RAW_FILE_HEADER_SIZE);
    store32_le(out, RAW_VERSION);
    memcpy(out + 4, raw_file_signature, sizeof(raw_file_signature));
    return EFS_RAW_FILE_HEADER_SIZE;
}

size_t efs_raw_make_stream_header(uint8_t *out, size_t capacity, uint32_t flag, const uint8_t *name,
                                  uint32_t name_length)
{
    size_t length = EFS_RAW_STREAM_HEADER_FIXED + (size_t)name_length;

    if (length > capacity || length > EFS_RAW_STREAM_HEADER_MAX) return 0;
    memset(out, 0, EFS_RAW_STREAM_HEADER_FIXED);
    store32_le(out, (uint32_t)length);
    memcpy(out + 0x04, raw_stream_signature, sizeof(raw_stream_signature));
    store32_le(out + 0x0c, flag);
    store32_le(out + 0x18, name_length);
    memcpy(out + 0x1c, name, name_length);
    return length;
}

size_t efs_raw_make_plain_segment(uint8_t out[EFS_RAW_SEGMENT_HEADER_SIZE], uint32_t data_length)
{
    store32_le(out, EFS_RAW_SEGMENT_HEADER_SIZE + data_length);
    memcpy(out + 4, raw_segment_signature, sizeof(raw_segment_signature));
    store32_le(out + 0x0c, 0);
    return EFS_RAW_SEGMENT_HEADER_SIZE;
}

/* The data unit is a power of two, at least the cipher's unit: 9 for up to 512 bytes, 16 for a full transfer. */
static uint8_t unit_shift(uint32_t stored)
{
    uint8_t shift = 9;

    while ((1u << shift) < stored) shift++;
    return shift;
}

size_t efs_raw_make_data_segment(uint8_t out[EFS_RAW_DATA_SEGMENT_SIZE], uint64_t offset, uint32_t bytes)
{
    uint32_t stored = (uint32_t)efs_raw_padded(bytes);
    uint8_t shift = unit_shift(stored);
    uint8_t *encryption = out + EFS_RAW_SEGMENT_HEADER_SIZE;

    memset(out, 0, EFS_RAW_DATA_SEGMENT_SIZE);
    efs_raw_make_plain_segment(out, EFS_RAW_ENCRYPTION_WRITTEN + stored);
    store64_le(encryption, offset);
    store32_le(encryption + 0x08, EFS_RAW_ENCRYPTION_WRITTEN);
    store32_le(encryption + 0x0c, bytes); /* within the stream's size */
    store32_le(encryption + 0x10, bytes); /* within the valid data length */
    encryption[0x16] = shift;             /* data unit */
    encryption[0x17] = shift;             /* chunk */
    encryption[0x18] = WRITTEN_CLUSTER_SHIFT;
    encryption[0x19] = RAW_ENCRYPTION_FORMAT_DEFAULT;
    store16_le(encryption + 0x1a, 1);     /* data blocks */
    store32_le(encryption + 0x1c, stored);
    memcpy(encryption + 0x20, raw_extended_signature, sizeof(raw_extended_signature));
    store32_le(encryption + 0x24, RAW_EXTENDED_SIZE);
    return EFS_RAW_DATA_SEGMENT_SIZE;
}

size_t efs_raw_make_sparse_segment(uint8_t out[EFS_RAW_DATA_SEGMENT_SIZE], uint64_t offset, uint32_t bytes,
                                   uint32_t stored)
{
    uint8_t *encryption = out + EFS_RAW_SEGMENT_HEADER_SIZE;

    efs_raw_make_data_segment(out, offset, bytes);
    store32_le(out, EFS_RAW_DATA_SEGMENT_SIZE + stored);
    encryption[0x16] = encryption[0x17] = SPARSE_SHIFT;
    store32_le(encryption + 0x1c, stored);
    store32_le(encryption + 0x28, EFS_RAW_EXTENDED_SPARSE);
    return EFS_RAW_DATA_SEGMENT_SIZE;
}

bool efs_raw_is_canonical_segment(const struct efs_raw_event *event, uint64_t before)
{
    uint8_t expected[EFS_RAW_DATA_SEGMENT_SIZE];
    uint32_t bytes = event->segment.bytes_in_stream;
    size_t length;

    if (!bytes || bytes > EFS_RAW_TRANSFER || before % EFS_RAW_TRANSFER) return false;
    length = efs_raw_make_data_segment(expected, before, bytes);
    return event->record_length == length && !memcmp(event->record, expected, length);
}
