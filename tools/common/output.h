/*
 * Where a command writes to. A file gets its name only when it is complete, and until then nobody else can open it;
 * what it replaces hands on owner, group, mode, access control list and attributes (efs/plain.h). Pipes, devices and
 * standard output are written straight.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef COMMON_OUTPUT_H
#define COMMON_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "common/cleanup.h"
#include "common/direct.h"
#include "efs/plain.h"
#include "efs/target.h"

struct output
{
    const char       *name;     /* for messages */
    int               fd;       /* what is written to; the stage's, if there is one */
    struct efs_target target;
    struct efs_stage *stage;    /* the file before it has its name; NULL: fd is what the user named */
    bool              replaces; /* the target exists, as `old` */
    struct stat       old;
    struct efs_plain_end end;   /* what the file gets at its commit; the mask is the process' umask */
    uint64_t          position; /* bytes written */
    bool              hole;     /* the last of them are a hole that isn't made yet */
    struct bholes     holes;    /* of output_write_at */
    struct direct     direct;   /* of output_write */
    struct cleanup_file temporary;
};

enum
{
    OUTPUT_NO_TERMINAL = 1, /* refuse a terminal */
    OUTPUT_FORCE = 2,       /* replace what may not be written */
};

/* Before anything is opened: output_close may be called. */
#define OUTPUT_NONE { .fd = -1, .target = { .dir_fd = -1, .fd = -1 } }

/*
 * May a command put something in the place of the file that stands there? Not if it may not be written, or is
 * read-only, as Windows means it: nobody may write it; unless `force` is set. Directories stay, and are none of its
 * business.
 */
enum efs_error output_may_replace(const struct efs_target *target, bool force, struct efs_diag *diag);

/* name: "-" for standard output. inputs: descriptions of files that must not be overwritten. To be closed also on
   failure. */
enum efs_error output_open(struct output *output, const char *name, unsigned int flags,
                           const struct stat *inputs, size_t input_count, struct efs_diag *diag);
/*
 * The same for a name in a directory (O_PATH will do), which stays the caller's. Nothing is followed, and nothing but a
 * file replaced. path: for messages; it has to stay.
 */
enum efs_error output_open_at(struct output *output, int dir_fd, const char *name, const char *path,
                              unsigned int flags, const struct stat *inputs, size_t input_count,
                              struct efs_diag *diag);
/* So many bytes, or about so many, are going to be written by output_write: a large file goes past the page cache. */
void output_expect(struct output *output, uint64_t length);
enum efs_error output_write(struct output *output, const void *data, size_t length, struct efs_diag *diag);
/* As writev, at its position: the bytes written, which can be fewer, or -1 with errno. */
ssize_t output_writev(struct output *output, const struct iovec *parts, int count);
/* From another file. EFS_ERR_CORRUPT: it ends before. */
enum efs_error output_copy(struct output *output, int fd, uint64_t offset, uint64_t length, struct efs_diag *diag);
/* Zeros; a hole in the file where that is possible. */
enum efs_error output_zeros(struct output *output, uint64_t length, struct efs_diag *diag);
/*
 * Anywhere, in a file; what isn't written is zeros, and runs of zeros become holes. Elsewhere only in order:
 * EFS_ERR_INVALID. Not to be mixed with the two above.
 */
enum efs_error output_write_at(struct output *output, uint64_t offset, const void *data, size_t length,
                               struct efs_diag *diag);
/* It has this many bytes so far; more can follow. */
enum efs_error output_set_end(struct output *output, uint64_t end, struct efs_diag *diag);
/* The content is complete: gives it the name. */
enum efs_error output_commit(struct output *output, struct efs_diag *diag);
/* Without a commit before it, drops what was written. */
void output_close(struct output *output);

#endif
