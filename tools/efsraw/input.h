/*
 * Where a command reads from: a raw stream, or an encrypted file of the host's, which delivers the
 * raw stream that it would be exported as. Either way the same bytes and the same events.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_INPUT_H
#define EFSRAW_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "efs/raw.h"
#include "efs/session.h"
#include "efs/store.h"

#define INPUT_BUFFER    1048576 /* bytes */
#define INPUT_ALIGNMENT 4096

enum input_kind
{
    INPUT_STREAM,    /* raw streams only; of a file NAME.PFILE the one that it is joined to */
    INPUT_ANY,       /* an encrypted file or directory if it is one, else as INPUT_STREAM */
    INPUT_ENCRYPTED, /* encrypted files and directories only; standard input isn't one */
    INPUT_PFILE,     /* a .PFILE, whatever its name */
};

struct input
{
    const char             *name;      /* for messages */
    int                     fd;
    unsigned int            flags;     /* EFS_SESSION_*, for the export */
    struct stat             st;        /* what fd is */
    bool                    encrypted; /* an encrypted file or directory: `stored` describes it */
    struct efs_stored       stored;
    struct efs_export      *export_;   /* NULL until it is read from */
    struct joined          *joined;    /* NULL: it is no .PFILE */
    struct efs_raw_reader  *reader;
    uint8_t                *buffer;
    const uint8_t          *next;      /* unread bytes of buffer */
    size_t                  left;
    uint64_t                length;    /* bytes read so far */
    struct efs_raw_metadata metadata;  /* $EFS */
};

/* name: "-" for standard input. To be closed also on failure. */
enum efs_error input_open(struct input *input, const char *name, enum input_kind kind, struct efs_diag *diag);
void input_close(struct input *input);

/* Of an encrypted file: input->export_ is there, its stream from its beginning. EFS_ERR_INVALID: it isn't one. */
enum efs_error input_begin_export(struct input *input, struct efs_diag *diag);
/* The next bytes of the raw stream; *length is 0 at the end. Not to be mixed with input_next. */
enum efs_error input_read(struct input *input, void *buffer, size_t capacity, size_t *length, struct efs_diag *diag);
/* The next event of the raw stream (never EFS_RAW_NEED_INPUT); *end: there was none, and the stream is complete. */
enum efs_error input_next(struct input *input, struct efs_raw_event *event, bool *end, struct efs_diag *diag);

/* What to call the offset of an error: of one in $EFS, it becomes one in the raw stream where that can be said. */
const char *input_place(const struct input *input, struct efs_diag *diag);

#endif
