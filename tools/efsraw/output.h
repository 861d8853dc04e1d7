/*
 * Where a command writes to. A file gets its name only when it is complete; pipes, devices and
 * standard output are written straight.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_OUTPUT_H
#define EFSRAW_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "efs/error.h"

enum output_form
{
    OUTPUT_DIRECT,  /* fd is what the user named */
    OUTPUT_UNNAMED, /* a file without a name (O_TMPFILE) */
    OUTPUT_BESIDE,  /* a file with a name of its own in the target's directory */
};

struct output
{
    const char      *name;     /* for messages */
    enum output_form form;
    int              fd;
    int              dir_fd;   /* of the target, where form isn't DIRECT */
    char            *target;   /* its last component */
    char             temporary[32]; /* name in dir_fd, "" while there is none */
    bool             replaces; /* the target exists, as `old` */
    struct stat      old;
    uint64_t         position; /* bytes written */
    bool             hole;     /* the last of them are a hole that isn't made yet */
};

enum
{
    OUTPUT_NO_TERMINAL = 1, /* refuse a terminal */
};

/* name: "-" for standard output. inputs: descriptions of files that must not be overwritten. To be closed also on failure. */
enum efs_error output_open(struct output *output, const char *name, unsigned int flags,
                           const struct stat *inputs, size_t input_count, struct efs_diag *diag);
enum efs_error output_write(struct output *output, const void *data, size_t length, struct efs_diag *diag);
/* Zeros; a hole in the file where that is possible. */
enum efs_error output_zeros(struct output *output, uint64_t length, struct efs_diag *diag);
/* The content is complete: gives it the name. */
enum efs_error output_commit(struct output *output, struct efs_diag *diag);
/* Without a commit before it, drops what was written. */
void output_close(struct output *output);

#endif
