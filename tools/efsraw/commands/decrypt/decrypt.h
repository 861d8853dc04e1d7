/*
 * What the parts of `efsraw decrypt` share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_DECRYPT_H
#define EFSRAW_DECRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/beside.h"
#include "efs/plaintext.h"
#include "input.h"
#include "common/output.h"
#include "plain/sequence.h"
#include "common/progress.h"

/* ---- decrypt_queue.c: files that are decrypted side by side, and written one after the other ---- */

struct decrypt_queue;

/* A stream of a file on its way. All but the first three is the queue's until `end`. */
struct decrypt_job
{
    struct efs_plaintext *plaintext;
    size_t                stream;
    /* begin: before the first byte; its sink says where they go. end: the last call; *output_failed: the error is the
       sink's. */
    enum efs_error      (*begin)(struct decrypt_job *job, struct sequence_sink *sink, struct efs_diag *diag);
    void                (*end)(struct decrypt_job *job, enum efs_error error, bool output_failed,
                               const struct efs_diag *diag);
    struct sequence_sink  sink;
    bool                  begun, output_failed;
    _Atomic(bool)         failed;
    uint64_t              given; /* bytes */
    enum efs_error        error;
    struct efs_diag       diag;
};

/* feks and progress have to stay. EFS_ERR_NO_MEMORY */
enum efs_error decrypt_queue_begin(struct decrypt_queue **queue, struct efs_feks *feks, struct progress *progress,
                                   struct efs_diag *diag);
/* It has to stay until its end, which may come before this returns. */
void decrypt_queue_add(struct decrypt_queue *queue, struct decrypt_job *job);
/* Until all have ended. */
void decrypt_queue_drain(struct decrypt_queue *queue);
/* Bytes that have been given so far, for who adds others. */
uint64_t *decrypt_queue_done(struct decrypt_queue *queue);
void decrypt_queue_free(struct decrypt_queue *queue); /* NULL allowed */

/* ---- decrypt_file.c: one file or raw stream ---- */

struct decrypt_options
{
    bool             named;         /* --stream: */
    uint8_t          stream[510];   /* its name in UTF-16LE */
    uint32_t         stream_length; /* bytes */
    struct progress *progress;
};

/* The whole of an opened input, an encrypted file or a raw stream; *output_failed: the error is the output's. */
enum efs_error decrypt_input(struct decrypt_queue *queue, struct efs_feks *feks, struct input *input,
                             struct output *output, const struct decrypt_options *options, bool *output_failed,
                             struct efs_diag *diag);
/* From its beginning to its end. */
enum efs_error decrypt_in_order(struct efs_feks *feks, struct input *input, struct output *output,
                                const struct decrypt_options *options, bool *output_failed, struct efs_diag *diag);
/* A sink that is an output. */
struct sequence_sink output_sink(struct output *output);
/* "FILE: the stream ":NAME:$DATA" is left out"; name: without colons */
void say_left_out(const char *file, const uint8_t *name, uint32_t length);

/* ---- decrypt_named.c: the named streams of files ---- */

enum named_streams
{
    NAMED_LEFT_OUT,   /* each is said */
    NAMED_ATTRIBUTES, /* in Samba's form */
    NAMED_FILES,      /* beside the file */
};

/* Whose they are: an encrypted file, unlocked by feks, or a plain one. */
struct named_source
{
    const char           *path;      /* for messages */
    struct efs_plaintext *plaintext; /* NULL: */
    struct efs_feks      *feks;
    int                   fd, dir_fd; /* of a plain file, and of its directory */
    const char           *name;
};

/* Says each that is left out. Returns how many. */
unsigned int named_say(const struct named_source *source);
/*
 * Gives them to a file: in files, if it has its name already. EFS_ERR_VOLUME: there is no room for them; otherwise as
 * efs/beside.h.
 */
enum efs_error named_keep(const struct named_source *source, enum named_streams where, const struct efs_owner *owner,
                          struct efs_diag *diag);

/* ---- decrypt_tree.c ---- */

struct decrypt_tree
{
    struct decrypt_queue *queue;
    struct efs_feks      *feks;
    struct progress      *progress;
    const struct stat    *inputs; /* key files, which nothing may replace */
    size_t                input_count;
    unsigned int          output_flags;
    enum named_streams    named;
    /* what came of it: */
    uint64_t              decrypted, copied, there, left_out, failed;
};

/* SRC becomes DST. */
void decrypt_tree(struct decrypt_tree *tree, const char *source, const char *target);

#endif
