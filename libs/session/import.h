/*
 * The inside of an import session, shared by its parts: what it is told (import.c), the split form (import_split.c)
 * and the change to the other form (import_container.c).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_IMPORT_H
#define EFS_IMPORT_H

#include "efs/layout.h"
#include "efs/raw.h"
#include "efs/session.h"

enum import_stream
{
    IMPORT_METADATA,
    IMPORT_UNNAMED,
    IMPORT_NAMED,
};

struct efs_import
{
    struct efs_target       *target;
    bool                     directory;
    bool                     drop_named;
    bool                     only_split, only_container;
    bool                     done;
    enum efs_error           err;             /* the first error, which stays */
    struct efs_diag          diag;            /* what it was about */
    /* the raw stream */
    enum import_stream       stream;          /* the current one */
    bool                     unnamed_seen;
    uint8_t                 *metadata;        /* $EFS, room for EFS_METADATA_MAX bytes */
    uint32_t                 metadata_length; /* so far */
    uint64_t                 metadata_position; /* of the $EFS in the raw stream, if it is in one segment */
    uint32_t                 metadata_segments;
    uint64_t                 data_size;       /* plain bytes of the unnamed stream so far */
    uint64_t                 size_before;     /* the same before the current segment */
    uint64_t                 kept;            /* bytes of raw stream kept so far: all but dropped streams */
    /* the file */
    enum efs_form            form;
    struct efs_stage        *stage;           /* NULL until the $EFS is complete, or a container is needed */
    struct import_ntfs      *ntfs;            /* named streams onto NTFS-3G; owned, NULL: none */
    /* split form: the current segment, and what is there already */
    const char              *unusual;         /* the first thing that the writer wouldn't make, NULL if there's none */
    uint64_t                 unusual_position;
    uint64_t                 segment_length;  /* of the last one, with its header */
    struct efs_raw_segment   segment;
    uint32_t                 block;           /* that the next stored bytes belong to */
    uint32_t                 block_done;      /* bytes of it that are written */
    uint64_t                 stored_end;      /* end of what segments store */
    /* with large arrays, which their own functions set up */
    struct efs_raw_reader    reader;
    struct efs_layout_maker  maker;
};

/* Keeps one event in split form. EFS_ERR_LIMIT: it doesn't fit, though perhaps a part of it has been written. */
enum efs_error import_split_event(struct efs_import *import, const struct efs_raw_event *event);
/* The stream has ended: is all of it there, layout included? EFS_ERR_LIMIT as above. */
enum efs_error import_split_finish(struct efs_import *import);

/* Keeps one event of a named stream on NTFS-3G, and completes the last of them. EFS_ERR_UNREPRESENTABLE. */
enum efs_error import_ntfs_event(struct efs_import *import, const struct efs_raw_event *event);
enum efs_error import_ntfs_finish(struct efs_import *import);

/* Makes a container of all that was kept so far. */
enum efs_error import_become_container(struct efs_import *import);
/* Keeps one event in container form. */
enum efs_error import_container_event(struct efs_import *import, const struct efs_raw_event *event);

#endif
