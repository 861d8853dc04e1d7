/*
 * The layout: what a raw stream looks like beyond its ciphertext and its $EFS (docs/representation.md).
 *
 * A small value that turns content and $EFS into the very raw stream they came from, where that isn't the one
 * that efs_raw_writer makes. A pure codec: no I/O, no allocation. Numbers are LEB128, so a run of equal
 * segments costs two to four bytes, however long it is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_LAYOUT_H
#define EFS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"
#include "efs/raw.h"
#include "efs/raw_writer.h"

#define EFS_LAYOUT_MAX          65536 /* bytes: Linux takes no longer extended attribute */
#define EFS_LAYOUT_HEADER_SIZE  9     /* version, hash */
#define EFS_LAYOUT_VERSION      1
#define EFS_LAYOUT_TEMPLATES    64
#define EFS_LAYOUT_TEMPLATE_MAX 1024  /* bytes of a segment's headers */
/* bytes of all runs of zeros: what needs no room has to end, too */
#define EFS_LAYOUT_ZEROS_MAX    (1024ull * EFS_LAYOUT_MAX)

/* FNV-1a, 64 bits: names the $EFS that a layout belongs to. */
uint64_t efs_layout_hash(const uint8_t *metadata, uint32_t length);
/* Does this value name that $EFS? False for what is no layout. */
bool efs_layout_is_of(const uint8_t *value, size_t length, const uint8_t *metadata, uint32_t metadata_length);

/* The headers of a data segment, but for their StartingFileOffset, which is 0 here. */
struct efs_layout_template
{
    uint32_t length;
    uint8_t  bytes[EFS_LAYOUT_TEMPLATE_MAX];
};

/* ---- maker: fed with the records of a raw stream in their order ---- */

/* About 130 KiB, most of it touched only by unusual streams. Treat as opaque. */
struct efs_layout_maker
{
    bool     failed;        /* something didn't fit; what came before it is kept */
    size_t   length;        /* of value, without what is pending: */
    size_t   literal;       /* bytes of a literal, which begin LITERAL_GAP after length */
    uint64_t zeros;         /* bytes after the literal */
    uint64_t zeros_put;     /* all zeros that are no segment's */
    uint64_t metadata;      /* bytes of $EFS */
    uint64_t count;         /* segments of template `slot`, the first one `delta` units from where it was expected */
    int64_t  delta;
    uint32_t slot;
    uint64_t expected;      /* offset of the next segment, if nothing is left out */
    uint32_t template_count; /* ever made: the next one goes to slot template_count % EFS_LAYOUT_TEMPLATES */
    struct efs_layout_template templates[EFS_LAYOUT_TEMPLATES];
    uint8_t  value[EFS_LAYOUT_MAX];
};

void efs_layout_maker_init(struct efs_layout_maker *maker);
/*
 * Each returns false, for ever, when the layout would get too large; efs_layout_maker_finish still gives one of
 * all that was recorded before (and perhaps of a part of what was not).
 */
bool efs_layout_put_bytes(struct efs_layout_maker *maker, const uint8_t *bytes, size_t length); /* as they are */
bool efs_layout_put_metadata(struct efs_layout_maker *maker, size_t length); /* the next bytes of $EFS */
/* An encrypted segment: its headers as they came, and all its data. */
bool efs_layout_put_segment(struct efs_layout_maker *maker, const uint8_t *record, size_t length,
                            const struct efs_raw_segment *segment);
/* Completes maker->value, which belongs to this $EFS, and returns its length in bytes. Nothing can be put
   afterwards. */
size_t efs_layout_maker_finish(struct efs_layout_maker *maker, const uint8_t *metadata, uint32_t metadata_length);

/* ---- reader: says what comes next, as efs_raw_writer does ---- */

/* About 70 KiB. Treat as opaque. */
struct efs_layout_reader
{
    const uint8_t *value;
    size_t         length, at;     /* bytes, and those of them that are read */
    uint32_t       metadata_length;
    uint32_t       metadata_done;
    uint64_t       stored_limit;   /* bytes of content that segments may refer to */
    uint64_t       total;          /* bytes of raw stream that all operations so far stand for */
    uint64_t       zeros_done;     /* of them, bytes of runs of zeros */
    uint64_t       end;            /* of the stream: offset + bytes within its size of the last segment */
    uint64_t       stored_end;     /* of what segments store in the content */
    uint64_t       expected;       /* offset of the next segment */
    /* what is left of the current operation */
    uint64_t       zeros;
    uint64_t       count;          /* segments to begin */
    uint64_t       offset;         /* of the current one */
    uint64_t       blocks_offset;  /* of the block `block` */
    uint32_t       slot;
    uint32_t       block, blocks;  /* of the segment whose header is out */
    uint32_t       template_left;  /* bytes of a template that is being read */
    uint32_t       template_count;
    struct efs_layout_template templates[EFS_LAYOUT_TEMPLATES];
    uint8_t        bytes[EFS_LAYOUT_TEMPLATE_MAX];
};

/*
 * value stays the caller's and must live as long as the reader. stored_limit: bytes of ciphertext in the content,
 * which is a multiple of 512. EFS_ERR_CORRUPT if it is no layout of this $EFS.
 */
enum efs_error efs_layout_reader_init(struct efs_layout_reader *reader, const uint8_t *value, size_t length,
                                      const uint8_t *metadata, uint32_t metadata_length, uint64_t stored_limit,
                                      struct efs_diag *diag);
/*
 * The next piece; EFS_RAW_PIECE_END after the last. Pieces of data lie within stored_limit. EFS_ERR_CORRUPT, with the
 * offset in the value, for an operation that breaks a rule; nothing of it has been given out then.
 */
enum efs_error efs_layout_reader_next(struct efs_layout_reader *reader, struct efs_raw_piece *piece,
                                      struct efs_diag *diag);
/*
 * Reads all operations of a fresh reader, without playing them: in a time that depends on the value's length alone.
 * *total gets the length of the raw stream in bytes. EFS_ERR_CORRUPT also if it leaves out a part of the $EFS, or
 * its segments don't end at data_size.
 *
 * So a stream is bounded by the file: each segment but one for each operation covers bytes of the file that no other
 * one does, and no two store the same bytes. total <= efs_layout_bound(...), which needs the sizes alone.
 */
enum efs_error efs_layout_reader_measure(struct efs_layout_reader *reader, uint64_t data_size, uint64_t *total,
                                         struct efs_diag *diag);
/*
 * The longest raw stream, in bytes, that a layout may stand for: `stored_limit` bytes of stored data, headers for each
 * unit of 512 of `data_size` plain bytes, and what one layout holds. INT64_MAX if that is more.
 */
uint64_t efs_layout_bound(uint32_t metadata_length, uint64_t stored_limit, uint64_t data_size);

#endif
