/*
 * What a raw stream holds: read through to its end, with sizes counted and $EFS kept.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_SCAN_H
#define EFSRAW_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "efs/metadata.h"
#include "input.h"

struct scan_stream
{
    uint8_t *name;        /* as stored, owned */
    uint32_t name_length; /* bytes */
    bool     unnamed;
    bool     plain;       /* not encrypted */
    bool     sparse;
    uint64_t size;        /* plain bytes */
    uint64_t valid;       /* of them below the valid data length */
    uint64_t stored;      /* bytes in the raw stream without headers */
    uint64_t segments;
    uint64_t blocks;
};

struct scan
{
    struct efs_metadata metadata; /* its bytes are the input's */
    struct scan_stream *streams;  /* all but $EFS */
    size_t              count;
    uint64_t            length;   /* of the raw stream, bytes */
};

/* Reads the input to its end and checks everything, $EFS included. To be closed also on failure. */
enum efs_error scan_stream(struct scan *scan, struct input *input, struct efs_diag *diag);
/* The same for an encrypted file; where its size and metadata say all, without reading its data. */
enum efs_error scan_encrypted(struct scan *scan, struct input *input, struct efs_diag *diag);
void scan_free(struct scan *scan);

/* A file has an unnamed stream, a directory none. */
const struct scan_stream *scan_unnamed(const struct scan *scan);

#endif
