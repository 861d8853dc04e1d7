/*
 * Passwords and key files: read without copies, wiped when done.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_SECRET_H
#define EFSRAW_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "efs/error.h"

struct secret
{
    uint8_t    *bytes;    /* NUL-terminated, NULL while there is none */
    size_t      length;   /* without the NUL */
    size_t      capacity; /* allocated bytes */
    struct stat st;       /* the file that it came from, zeros otherwise */
};

/* Zeros, kept out of the swap where the limits allow that. False: out of memory. */
bool secret_allocate(struct secret *secret, size_t capacity);
/* The whole file; name: "-" for standard input. EFS_ERR_INVALID if it is longer than max bytes. */
enum efs_error secret_read(struct secret *secret, const char *name, size_t max, struct efs_diag *diag);
/*
 * The same, cut to its first line, as UTF-8: UTF-16 with a byte order mark becomes that, a mark of UTF-8's is taken away.
 * EFS_ERR_INVALID if it is text of another kind, or has a NUL in it.
 */
enum efs_error secret_read_line(struct secret *secret, const char *name, struct efs_diag *diag);
/* Asks on the terminal, without echo. False if there is no terminal, or the user gave no answer. */
bool secret_ask(struct secret *secret, const char *name);
/* Wipes it; may be called again. */
void secret_free(struct secret *secret);

#endif
