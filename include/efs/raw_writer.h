/*
 * Making an EFSRPC raw stream (efs/raw.h) in the form that Windows writes, for one unnamed stream or a directory. A
 * pure codec: it says, piece by piece, what comes next.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_RAW_WRITER_H
#define EFS_RAW_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/raw.h"

size_t efs_raw_make_file_header(uint8_t out[EFS_RAW_FILE_HEADER_SIZE]);
/* Returns 0 if the header doesn't fit `capacity`. Name in bytes, UTF-16LE. */
size_t efs_raw_make_stream_header(uint8_t *out, size_t capacity, uint32_t flag, const uint8_t *name,
                                  uint32_t name_length);
/* A segment without encryption header, for metadata and plain streams; data_length bytes follow. */
size_t efs_raw_make_plain_segment(uint8_t out[EFS_RAW_SEGMENT_HEADER_SIZE], uint32_t data_length);
/*
 * A data segment as Windows writes it: `bytes` (1..EFS_RAW_TRANSFER) plain bytes at `offset` in the
 * stream, stored in one block padded to EFS_RAW_UNIT. Writes 0x200 bytes; the data follows.
 */
#define EFS_RAW_DATA_SEGMENT_SIZE (EFS_RAW_SEGMENT_HEADER_SIZE + EFS_RAW_ENCRYPTION_WRITTEN)
size_t efs_raw_make_data_segment(uint8_t out[EFS_RAW_DATA_SEGMENT_SIZE], uint64_t offset, uint32_t bytes);
/*
 * The same for a sparse stream, each segment of which is one of its units of EFS_RAW_TRANSFER bytes, whatever of it is
 * stored. stored: bytes, 0 for a hole. Above EFS_RAW_HOLE_MAX, a hole is best a gap between segments, which every
 * reader has to take as one: whatever a hole's size, its stream stays short. Below it each unit has its segment, as
 * Windows' own interface describes them.
 */
#define EFS_RAW_HOLE_MAX (UINT64_C(1) << 30)
size_t efs_raw_make_sparse_segment(uint8_t out[EFS_RAW_DATA_SEGMENT_SIZE], uint64_t offset, uint32_t bytes,
                                   uint32_t stored);
/* Is it the segment that the writer would make here: the next one of a stream with `before` plain bytes, after none but
   full ones? */
bool efs_raw_is_canonical_segment(const struct efs_raw_event *event, uint64_t before);

extern const uint8_t efs_raw_metadata_name[2]; /* 10 19 */
extern const uint8_t efs_raw_unnamed_name[14]; /* "::$DATA" */

enum efs_raw_piece_type
{
    EFS_RAW_PIECE_BYTES,    /* .bytes, .length: record headers */
    EFS_RAW_PIECE_METADATA, /* .offset, .length: a range of the $EFS */
    EFS_RAW_PIECE_DATA,     /* .offset, .length: a range of the stored (padded) ciphertext */
    EFS_RAW_PIECE_END,
};

struct efs_raw_piece
{
    enum efs_raw_piece_type type;
    const uint8_t *bytes;   /* valid until the next call of the writer */
    uint64_t       offset;
    uint32_t       length;
};

struct efs_raw_writer
{
    unsigned int state;
    bool         directory;
    uint32_t     metadata_length;
    uint64_t     data_size;   /* plain bytes */
    uint64_t     offset;      /* of the next data segment */
    uint8_t      bytes[EFS_RAW_DATA_SEGMENT_SIZE];
};

/* metadata_length: bytes of $EFS; data_size: plain bytes of the unnamed stream, ignored for a directory. */
void efs_raw_writer_init(struct efs_raw_writer *writer, uint32_t metadata_length, uint64_t data_size, bool directory);
/* The same for the segments of a data stream alone. */
void efs_raw_writer_init_segments(struct efs_raw_writer *writer, uint64_t data_size);
/* Says what comes next, whole pieces one after the other, for ever EFS_RAW_PIECE_END after the last. */
void efs_raw_writer_next(struct efs_raw_writer *writer, struct efs_raw_piece *piece);
/* Length in bytes of the whole stream that a writer with these arguments produces. */
uint64_t efs_raw_stream_length(uint32_t metadata_length, uint64_t data_size, bool directory);

#endif
