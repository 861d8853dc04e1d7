/*
 * The backup stream: what BackupRead produces and BackupWrite consumes, a sequence of substreams, each behind a
 * WIN32_STREAM_ID (winbase.h; MS-BKUP 2.1).
 *
 * A pure codec: no I/O, no allocation. The reader takes its input in pieces of any size; the writer gives its headers
 * in pieces of any size. All integers of the format are little-endian, nothing is aligned.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BACKUP_STREAM_H
#define BACKUP_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes of the format, in bytes */
#define BSTREAM_FIXED_SIZE    0x14  /* a header without the name */
#define BSTREAM_OFFSET_SIZE   8     /* where a sparse block belongs: the first bytes of its data */
#define BSTREAM_NAME_MAX      0x400 /* no name on NTFS is longer */
#define BSTREAM_NAME_UNITS    255   /* UTF-16 units of a stream's own name */
#define BSTREAM_HEADER_MAX    (BSTREAM_FIXED_SIZE + BSTREAM_NAME_MAX + BSTREAM_OFFSET_SIZE)

/* The most that these can have anywhere: two ACLs of 64 KiB and two SIDs; MS-FSCC 2.4.15; MS-FSCC 2.1.2 */
#define BSTREAM_SECURITY_MAX  0x20100
#define BSTREAM_EA_MAX        0x10000
#define BSTREAM_REPARSE_MAX   0x4000

enum bstream_id /* dwStreamId */
{
    BSTREAM_DATA = 1,
    BSTREAM_EA,
    BSTREAM_SECURITY,
    BSTREAM_ALTERNATE,
    BSTREAM_LINK,     /* to be ignored (MS-BKUP 2.6) */
    BSTREAM_PROPERTY, /* Windows' headers name it, MS-BKUP 2.1 has no such type */
    BSTREAM_OBJECT_ID,
    BSTREAM_REPARSE,
    BSTREAM_SPARSE_BLOCK,
    BSTREAM_TXFS,
    BSTREAM_GHOSTED,
};

/* dwStreamAttributes */
#define BSTREAM_CONTAINS_SECURITY 2u
#define BSTREAM_SPARSE            8u

struct bstream_header
{
    uint32_t       id;         /* enum bstream_id; from the reader: a legal one */
    uint32_t       attributes;
    uint64_t       size;       /* bytes of data; without the offset of a sparse block */
    uint64_t       offset;     /* of a sparse block in its file, 0 otherwise */
    uint32_t       name_size;  /* bytes */
    const uint8_t *name;       /* UTF-16LE, unterminated; from the reader: valid until its next call */
};

/* What was wrong, for people. */
struct bstream_fault
{
    uint64_t    position; /* in the whole stream, of the first bad byte */
    const char *rule;     /* the broken rule; NULL: none */
};

/* ---- reader ---- */

enum bstream_event_type
{
    BSTREAM_NEED_INPUT, /* all input is consumed */
    BSTREAM_BEGIN,      /* .header */
    BSTREAM_BYTES,      /* .bytes, .length, .offset: not consumed until bstream_reader_skip */
    BSTREAM_END,        /* all of the substream's data was consumed */
    BSTREAM_BAD,        /* .fault of the reader says why; final */
};

struct bstream_event
{
    enum bstream_event_type type;
    struct bstream_header   header;
    const uint8_t          *bytes;  /* inside the caller's input */
    size_t                  length; /* bytes, at least 1 */
    uint64_t                offset; /* of these bytes in the file; for other substreams in the substream */
};

/* Treat as opaque, but for the fault. */
struct bstream_reader
{
    struct bstream_fault fault;
    unsigned int         state;
    uint64_t             position;  /* bytes consumed */
    uint64_t             left;      /* of the substream's data */
    uint64_t             offset;
    size_t               have, want; /* bytes of `bytes` */
    uint8_t              bytes[BSTREAM_HEADER_MAX];
};

void bstream_reader_init(struct bstream_reader *reader);

/*
 * Consumes headers from *input (of *length bytes), advances both, and reports one event. Call until it answers
 * BSTREAM_NEED_INPUT, then give the next piece; pieces may be split anywhere.
 */
enum bstream_event_type bstream_reader_next(struct bstream_reader *reader, const uint8_t **input, size_t *length,
                                            struct bstream_event *event);
/*
 * Passes over up to `length` bytes of the substream's data, and says how many; none inside a header, the offset
 * of a sparse block included. Either the caller has dealt with them, and advances its input itself, or they aren't in
 * the input at all.
 */
uint64_t bstream_reader_skip(struct bstream_reader *reader, uint64_t length);
/* The input has ended. False, with the fault, if that was inside a substream. */
bool bstream_reader_finish(struct bstream_reader *reader);

/* ---- writer ---- */

struct bstream_writer
{
    size_t   length, given; /* bytes of the header, and how many of them were fetched or skipped */
    size_t   data_at;       /* in the header: a sparse block's offset counts as data */
    uint64_t left;          /* bytes of data that follow */
    uint64_t offset;        /* of the next of them, as in struct bstream_event */
    uint8_t  bytes[BSTREAM_HEADER_MAX];
};

void bstream_writer_init(struct bstream_writer *writer);
/* A substream begins, after the data of the one before. False: a name that is too long. */
bool bstream_writer_begin(struct bstream_writer *writer, const struct bstream_header *header);
/* Fetches what is left of the header; 0 when there's nothing left of it, and its data is due. */
size_t bstream_writer_header(struct bstream_writer *writer, uint8_t *out, size_t capacity);
/* Passes over up to `length` bytes of the data, that were given or are left out, and says how many; none inside a
   header. */
uint64_t bstream_writer_skip(struct bstream_writer *writer, uint64_t length);

#endif
