/*
 * What is in the substreams of a backup stream that are set as a whole: extended attributes, reparse points, object
 * identifiers; and the name of an alternate stream. (security.h has the descriptors.)
 *
 * A pure codec: no I/O, no allocation. What it reports points into the caller's bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BACKUP_CONTENT_H
#define BACKUP_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backup/stream.h"

/* ---- BACKUP_ALTERNATE_DATA ---- */

#define BSTREAM_NAME_BYTES (2 * BSTREAM_NAME_UNITS) /* the most that a stream's own name can have */

/* Can a stream have this own name? UTF-16LE without NUL, ':', '/' and '\\'; half a pair of surrogates may be in it. */
bool bstream_is_name(const uint8_t *name, size_t length);
/* The own name of an alternate stream's header: NAME of ":NAME:$DATA" or ":NAME". Returns its length in bytes. */
size_t bstream_own_name(const struct bstream_header *header, const uint8_t **name);
/*
 * Is it one stream to Windows? Case doesn't count; which letters belong together is what NTFS' table says for the
 * alphabets that have case in the first plane. Lengths in bytes.
 */
bool bstream_same_name(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length);
/* The unit of UTF-16 that stands for it in such a comparison. */
uint16_t bstream_fold(uint16_t unit);

/* ---- which substreams may follow each other ---- */

/* NTFS keeps what a file consists of in a list of at most 256 KiB, each part in at least 32 bytes of it. */
#define BSTREAM_STREAMS_MAX 8192

/* 64 KiB: not for a stack. */
struct bstream_order
{
    uint32_t seen;      /* types, as bits */
    bool     alternate; /* sparse blocks are those of the last alternate stream, not the file's */
    uint32_t count;     /* all but blocks */
    size_t   names;
    uint64_t hashes[BSTREAM_STREAMS_MAX]; /* of the names of alternate streams, in capital letters */
};

void bstream_order_init(struct bstream_order *order);
/*
 * The header that comes next. NULL, or the broken rule: nothing that a file has one of comes twice, and its data comes
 * before its blocks. (MS-BKUP 2.13.1 leaves all else open; a block may come first of all.)
 */
const char *bstream_order_next(struct bstream_order *order, const struct bstream_header *header);

/* ---- BACKUP_EA_DATA: a list of FILE_FULL_EA_INFORMATION (MS-FSCC 2.4.15) ---- */

#define BEA_FIXED     8    /* bytes of an entry before its name */
#define BEA_NEED      0x80 /* the one flag: who doesn't know the attribute mustn't use the file */
#define BEA_NAME_MAX  254  /* bytes */
#define BEA_VALUE_MAX 0xffff

struct bea
{
    uint8_t        flags;
    uint8_t        name_length;  /* bytes, without the NUL that follows; 1 to BEA_NAME_MAX */
    const uint8_t *name;         /* a legal one (bea_is_name) */
    uint16_t       value_length; /* bytes; 0: the attribute is to be removed */
    const uint8_t *value;
};

/* 8-bit characters, none of them a control or one of \ / : * ? " < > | , + = [ ] ; */
bool bea_is_name(const uint8_t *name, size_t length);
/*
 * The entry at *at (0 at first), which becomes that of the next one; `length` after the last. False at the end, or with
 * the rule that is broken in *fault, at *at. Offsets lead forward only, so it ends.
 */
bool bea_next(const uint8_t *list, size_t length, size_t *at, struct bea *ea, struct bstream_fault *fault);
/*
 * Adds an entry to a list of *length bytes that already has room for `capacity`, and links it to the one before, which
 * begins at *last (SIZE_MAX: none). False: no room, and nothing has changed.
 */
bool bea_add(uint8_t *list, size_t capacity, size_t *length, size_t *last, const struct bea *ea);

/* ---- BACKUP_REPARSE_DATA (MS-FSCC 2.1.2) ---- */

#define BREPARSE_MOUNT_POINT 0xa0000003u
#define BREPARSE_SYMLINK     0xa000000cu

struct breparse
{
    uint32_t       tag;
    const uint8_t *data; /* behind the header, and behind the GUID of a tag that isn't Microsoft's */
    size_t         length;
    /* of symbolic links and mount points: the name to follow and the one to show; UTF-16LE, lengths in bytes */
    const uint8_t *target, *shown;
    size_t         target_length, shown_length;
    bool           relative;
};

/* False with the broken rule. */
bool breparse_read(const uint8_t *bytes, size_t length, struct breparse *reparse, struct bstream_fault *fault);

/* ---- BACKUP_OBJECT_ID (MS-FSCC 2.1.3: the identifier, then 48 bytes about where it was born) ---- */

#define BOBJECT_ID_SIZE 64
#define BOBJECT_ID_GUID 16

/* ---- runs of zeros that become holes ---- */

#define BHOLES_MIN 0x10000 /* bytes; a power of two. Smaller holes would make a file of many pieces */

/*
 * What of a file's data has to be written, and what is a hole, where it reads as zeros without: behind its end, and
 * behind all that was written before.
 */
struct bholes
{
    uint64_t reached;               /* nothing but zeros is behind that */
    uint64_t zeros_from, zeros_end; /* the run before the next byte: not written so far */
};

enum bholes_step
{
    BHOLES_PASS,  /* the next `length` bytes aren't written now, perhaps never */
    BHOLES_ZEROS, /* first `length` zeros at `offset`, of earlier calls: they turned out to be too few for a hole */
    BHOLES_WRITE, /* the next `length` bytes, at `offset` */
};

/* `size`: of the file as it is. */
void bholes_init(struct bholes *holes, uint64_t size);
/* What to do first with `length` bytes (at least 1) that belong at `offset`. Nothing has changed until bholes_done. */
enum bholes_step bholes_next(const struct bholes *holes, uint64_t offset, const uint8_t *bytes, size_t length,
                             uint64_t *at, size_t *n);
/* That step is done, as far as `n` bytes. */
void bholes_done(struct bholes *holes, enum bholes_step step, uint64_t offset, size_t n);

#endif
