/*
 * A key file, or another file that a password may open: read, and opened with the password that does.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef KEYS_KEY_FILE_H
#define KEYS_KEY_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "efs/error.h"
#include "efs/key.h"
#include "efs/secret.h"

struct key_file
{
    int                dir_fd;        /* AT_FDCWD, or a directory in which nothing is followed */
    const char        *name;          /* in it; with AT_FDCWD "-" for standard input */
    const char        *path;          /* for messages, the question for the password, and the keyring */
    const char        *password_file; /* NULL: the keyring's is tried, then it is asked for, if one is needed */
    struct stat       *st;            /* of the file, and of the password's; NULL: not wanted */
    struct stat       *password_st;
    struct efs_secret *shared;        /* NULL, or tried first; what is typed and opens it is put there */
};

/* Takes what the file holds. password: NULL: none. EFS_ERR_PASSWORD: it is another one, or one is needed. */
typedef enum efs_error (*key_file_take)(void *context, const struct efs_secret *file, const char *password,
                                        struct efs_diag *diag);

/* Reads it, and calls `take` until a password opens it or there are no more. *blame: the file an error is about. */
enum efs_error key_file_load(const struct key_file *file, key_file_take take, void *context, const char **blame,
                             struct efs_diag *diag);

/* The same, for the keys that are in it: errors of efs_key_load. */
enum efs_error key_file_load_key(const struct key_file *file, struct efs_key **key, const char **blame,
                                 struct efs_diag *diag);

/* ---- passwords without a file, for whatever needs one ---- */

struct password_tries
{
    const struct efs_secret *known; /* to be tried first; NULL or empty: none */
    bool                     silent; /* the user isn't asked */
    unsigned int             turn;
    bool                     typed; /* the last one was */
};

/* The next to be tried for the file, in place of the last one, which is freed: first what is known, then the keyring's,
   then what the user types. False: there is no other. */
bool password_next(struct password_tries *tries, struct efs_secret *password, const char *path);

#endif
