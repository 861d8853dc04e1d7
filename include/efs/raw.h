/*
 * The EFSRPC Raw Data Format (MS-EFSR 2.2.3): what ReadEncryptedFileRaw produces and WriteEncryptedFileRaw consumes.
 * All its integers are little-endian, records follow each other without alignment.
 *
 * A pure codec: no I/O, no allocation. The reader takes its input in pieces of any size and hands stream data back as
 * pointers into those pieces. For the writer see efs/raw_writer.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_RAW_H
#define EFS_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"

/* Sizes of the format, in bytes */
#define EFS_RAW_FILE_HEADER_SIZE    0x14
#define EFS_RAW_STREAM_HEADER_FIXED 0x1c  /* without the name */
#define EFS_RAW_STREAM_HEADER_MAX   4096  /* a name of 255 + 255 units and a type fit many times */
#define EFS_RAW_SEGMENT_HEADER_SIZE 0x10
#define EFS_RAW_ENCRYPTION_FIXED    0x1c  /* data segment encryption header without the block sizes */
#define EFS_RAW_ENCRYPTION_WRITTEN  0x1f0 /* its size as Windows writes it (seen on Windows 10) */
#define EFS_RAW_ENCRYPTION_MAX      0x50000
#define EFS_RAW_UNIT                0x200 /* the cipher's unit: stored sizes are multiples of it */
#define EFS_RAW_TRANSFER            0x10000 /* stream bytes that Windows puts into one segment */
#define EFS_RAW_NAME_MAX            255   /* UTF-16 units of a stream's own name */
#define EFS_RAW_STREAMS_MAX         8192  /* more attributes than this don't fit an NTFS attribute list */

/* Bytes that are stored of so many plain ones: what the cipher takes. */
static inline uint64_t efs_raw_padded(uint64_t bytes)
{
    return (bytes + EFS_RAW_UNIT - 1) & ~(uint64_t)(EFS_RAW_UNIT - 1);
}

#define EFS_RAW_STREAM_PLAIN        1u    /* stream header Flag bit 0: not encrypted with the FEK */
#define EFS_RAW_EXTENDED_SPARSE     1u    /* extended header Flags bit 0: part of a sparse file */

/* A stream header. `name` is the name as stored, UTF-16LE. */
struct efs_raw_stream
{
    bool           metadata;    /* the $EFS stream (name 0x1910) */
    bool           plain;       /* Flag bit 0: segments have no encryption header */
    bool           unnamed;     /* "::$DATA" in one of its spellings */
    uint32_t       flag;        /* as stored */
    uint32_t       name_length; /* bytes */
    const uint8_t *name;        /* valid until the next call of the reader */
};

/* A segment header with, for an encrypted stream, its encryption header (ENCRYPTED_DATA_INFO). */
struct efs_raw_segment
{
    bool           encrypted;       /* has an encryption header; all below but data_length are 0 without */
    bool           extended;        /* has the EXTD block */
    uint8_t        unit_shift;      /* log2 of the data unit, 9..30 */
    uint8_t        chunk_shift;
    uint8_t        cluster_shift;
    uint16_t       block_count;
    uint32_t       extended_flags;
    uint32_t       bytes_in_stream; /* plain bytes of this segment below the end of the stream */
    uint32_t       bytes_in_vdl;    /* the same for the valid data length */
    uint64_t       offset;          /* in the stream, of the first byte described */
    uint64_t       data_length;     /* stored bytes that follow the headers */
    /* block_count little-endian u32, valid until all data of the segment has been reported */
    const uint8_t *block_sizes;
};

/* Stored bytes of block i (i < block_count). */
uint32_t efs_raw_block_size(const struct efs_raw_segment *segment, unsigned int i);

enum efs_raw_event_type
{
    EFS_RAW_NEED_INPUT,  /* all input is consumed */
    EFS_RAW_FILE_HEADER,
    EFS_RAW_STREAM,      /* a stream begins: .stream */
    EFS_RAW_SEGMENT,     /* a segment begins: .segment */
    EFS_RAW_DATA,        /* .data, .data_length: next stored bytes of the segment */
};

struct efs_raw_event
{
    enum efs_raw_event_type type;
    uint64_t       position;      /* of the record or the data in the raw stream, bytes */
    const uint8_t *record;        /* header events: the record's header as it came, for comparison */
    size_t         record_length; /* its length in bytes, without the data */
    union
    {
        struct efs_raw_stream  stream;
        struct efs_raw_segment segment;
    };
    const uint8_t *data;          /* EFS_RAW_DATA: inside the caller's input */
    size_t         data_length;
};

/* About 400 KiB, most of it touched only by segments with very many blocks. Treat as opaque. */
struct efs_raw_reader
{
    struct efs_diag diag;
    unsigned int    state;
    bool            metadata_seen;    /* a metadata segment was complete */
    bool            plain;            /* of the current stream */
    bool            metadata;         /* the current stream is $EFS */
    uint64_t        position;         /* bytes consumed */
    uint64_t        record_start;
    uint64_t        data_left;        /* of the current segment */
    uint64_t        next_offset;      /* lowest offset that the next segment may have */
    uint64_t        metadata_length;
    size_t          have, want;       /* bytes of `header` filled and needed */
    uint32_t        stream_count;
    uint64_t        stream_ids[EFS_RAW_STREAMS_MAX]; /* hashes of the names met so far */
    uint8_t         header[EFS_RAW_SEGMENT_HEADER_SIZE + EFS_RAW_ENCRYPTION_MAX];
};

void efs_raw_reader_init(struct efs_raw_reader *reader);

/*
 * Consumes from *input (of *length bytes), advances both, and reports one event. Call until it answers
 * EFS_RAW_NEED_INPUT, then give the next piece; pieces may be split anywhere. Errors: EFS_ERR_FORMAT, with the broken
 * rule and its offset in *diag (NULL allowed). An error is final: every later call returns it again.
 */
enum efs_error efs_raw_reader_next(struct efs_raw_reader *reader, const uint8_t **input, size_t *length,
                                   struct efs_raw_event *event, struct efs_diag *diag);

/* For who wants the headers alone: the next bytes of the current segment's data, at most that many, have been left out
   of the input. Returns how many: 0 if a header comes next. */
uint64_t efs_raw_reader_skip(struct efs_raw_reader *reader, uint64_t most);

/* The input has ended. EFS_ERR_FORMAT if that was inside a record or before the metadata. (An end exactly between two
   segments can't be told from the true one: the format has no end mark.) */
enum efs_error efs_raw_reader_finish(struct efs_raw_reader *reader, struct efs_diag *diag);

/* ---- the $EFS of a raw stream, which may come in several segments ---- */

/* Begins with zeros but for `bytes`. */
struct efs_raw_metadata
{
    uint8_t     *bytes;    /* the caller's, with room for EFS_METADATA_MAX; needed once its stream has begun */
    uint32_t     length;   /* so far; complete at the first event of another stream, or at the end */
    unsigned int segments; /* so far */
    uint64_t     position; /* of its first byte in the raw stream */
    bool         current;  /* the stream that is being read is the $EFS */
};

/* To be given each event of the reader, which lets no more than EFS_METADATA_MAX bytes through. */
void efs_raw_metadata_add(struct efs_raw_metadata *metadata, const struct efs_raw_event *event);

#endif
