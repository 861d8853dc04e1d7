/*
 * What extract keeps beside a file's content, as attributes and in files beside: alternate streams, extended
 * attributes, the descriptor, the mark of a sparse file. What can't be kept is said, and counted.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BACKUPRAW_KEEP_H
#define BACKUPRAW_KEEP_H

#include "backup/security.h"
#include "common/output.h"
#include "efs/beside.h"
#include "efs/beside_writer.h"
#include "backupraw/input.h"
#include "backupraw/scan.h"

#define KEEP_FILES_MAX 64 /* streams that don't fit an attribute: each is an open file until all of it is there */

struct keep_stream
{
    struct efs_stream_writer *writer; /* NULL: it can't be kept, which has been said */
    uint8_t             name[BSTREAM_NAME_BYTES];
    size_t              name_length;
    struct cleanup_file temporary;
};

struct keep
{
    const char        *name;     /* of the stream, for messages */
    bool               data_only; /* nothing but the content is wanted */
    struct output     *output;
    struct efs_owner   owner;    /* the file that is being written; fd -1: it isn't one */
    unsigned int       old_uid;  /* of the file that it replaces, if owner.replaces isn't 0 */
    unsigned int       lost;     /* lines that have been said */
    bool               sparse;
    struct keep_stream streams[KEEP_FILES_MAX + 1]; /* those that go to files; the next one is being written */
    size_t             stream_count;
    bool               in_stream;
    struct blob        security;
    enum bsecurity_says says;
    uint32_t           mode;
    bool               descriptor_lost;
};

/* For an output that is open. To be ended by keep_free, before the output is closed. */
enum efs_error keep_begin(struct keep *keep, const char *name, bool data_only, struct output *output,
                          struct efs_diag *diag);
void keep_free(struct keep *keep);

/* An alternate stream begins; what there is of another ends. Errors of these four: the host's; what just can't be kept
   is none. */
enum efs_error keep_stream(struct keep *keep, const struct bstream_header *header, struct efs_diag *diag);
/* Data of it, or of a block of it. */
enum efs_error keep_stream_data(struct keep *keep, const struct bstream_event *event, struct efs_diag *diag);
/* A substream of it has ended: its data, or a block. */
enum efs_error keep_stream_end(struct keep *keep, const struct bstream_header *header, struct efs_diag *diag);
/* What was gathered and checked; it becomes keep's if it is needed longer. */
enum efs_error keep_blob(struct keep *keep, struct blob *blob, uint32_t id, struct efs_diag *diag);
/* The file was marked as sparse. */
void keep_sparse(struct keep *keep);
/* A substream of this type can't be kept anywhere. */
void keep_nothing(struct keep *keep, uint32_t id);

/* All has come: gives the file its name, then its streams. */
enum efs_error keep_commit(struct keep *keep, struct efs_diag *diag);

#endif
