/*
 * Passwords and key files: read without copies. What is read here is to be freed by efs_secret_free, which wipes it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef KEYS_SECRET_H
#define KEYS_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "efs/error.h"
#include "efs/secret.h"

/* Before anything secret is read: from now on a crash writes no core, and no other process of the user's can look at
   this one. */
void secret_guard_process(void);
/* The whole file, with a NUL behind it; name: "-" for standard input. EFS_ERR_INVALID if it is longer than max bytes.
 * st: gets which file it is; may be NULL. */
enum efs_error secret_read(struct efs_secret *secret, const char *name, size_t max, struct stat *st,
                           struct efs_diag *diag);
/* As secret_read, of a regular file in a directory, of which nothing is followed or waited for; AT_FDCWD: the same. */
enum efs_error secret_read_at(struct efs_secret *secret, int dir_fd, const char *name, size_t max, struct stat *st,
                              struct efs_diag *diag);
/*
 * As secret_read, cut to the first line, as UTF-8: UTF-16 with a byte order mark becomes that, a mark of UTF-8's is
 * taken away. EFS_ERR_INVALID if it is text of another kind, or has a NUL in it.
 */
enum efs_error secret_read_line(struct efs_secret *secret, const char *name, struct stat *st, struct efs_diag *diag);
/* Asks on the terminal, without echo. False if there is no terminal, or the user gave no answer. */
bool secret_ask(struct efs_secret *secret, const char *name);

#endif
