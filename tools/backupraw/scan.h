/*
 * What a backup stream holds: read through to its end, with all checked, sizes counted, and what is small kept.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BACKUPRAW_SCAN_H
#define BACKUPRAW_SCAN_H

#include "backupraw/input.h"

/* A substream that is looked at as a whole. Its type bounds its length: at most BSTREAM_SECURITY_MAX. */
struct blob
{
    uint8_t *bytes;    /* owned; NULL: there was none */
    size_t   length;
    uint64_t position; /* of its first byte in the stream */
};

/* Room for that substream's data. EFS_ERR_NO_MEMORY. */
enum efs_error blob_begin(struct blob *blob, const struct input *input, const struct bstream_header *header,
                          struct efs_diag *diag);
void blob_add(struct blob *blob, const struct bstream_event *event);
/* Is it what its type should have? EFS_ERR_FORMAT with the place in the stream. */
enum efs_error blob_check(const struct blob *blob, uint32_t id, struct efs_diag *diag);
void blob_free(struct blob *blob);
/* Is it gathered, and checked at its end? */
bool blob_is_kept(uint32_t id);

/* A file's content, or an alternate stream: its data and the sparse blocks that follow. */
struct content
{
    uint64_t end;    /* bytes of the file or stream */
    uint64_t stored; /* of them in the backup stream */
    uint64_t blocks;
    bool     sparse;
};

struct part /* a substream; sparse blocks are counted with the stream that they belong to */
{
    uint32_t       id, attributes;
    uint64_t       size;
    uint8_t       *name;        /* as it is stored, owned */
    uint32_t       name_length; /* bytes */
    struct content content;     /* of alternate streams */
};

#define SCAN_BLOBS 12 /* by type */

struct scan
{
    uint64_t       length;      /* of the stream, bytes */
    bool           has_content; /* data, or blocks that come without */
    struct content content;
    struct part   *parts;
    size_t         count;
    size_t         alternate;   /* the part that blocks belong to now */
    struct blob    blobs[SCAN_BLOBS];
};

/* To be freed also on failure. */
enum efs_error scan_stream(struct scan *scan, struct input *input, struct efs_diag *diag);
void scan_free(struct scan *scan);

/* What backup programs' documents call the type. */
const char *type_name(uint32_t id);

#endif
