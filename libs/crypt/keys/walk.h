/*
 * Directories of keys: names without regard to case, as Windows has them, and never through a symbolic link below the
 * place that the user named.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_WALK_H
#define EFS_KEYS_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"

#define WALK_NAMES_MAX 65536 /* of one directory; what is beyond isn't looked at */

/* An open directory. */
struct place
{
    int   fd;   /* -1: none */
    char *path; /* as the user would name it */
};

/* The place that the user named; links are followed. */
enum efs_error place_open(struct place *place, const char *path, struct efs_diag *diag);
/*
 * A directory below, by its names separated by slashes; letter case (of ASCII) doesn't matter. *found: false, with
 * EFS_OK, if it isn't there, or isn't a directory. An error: it is there, but can't be opened.
 */
enum efs_error place_below(struct place *below, const struct place *place, const char *names, bool *found,
                           struct efs_diag *diag);
void place_close(struct place *place);

/* The names in it, sorted; "." and ".." apart. To be freed by place_free_names. */
struct names
{
    char **list;
    size_t count;
    bool   cut; /* there were more than WALK_NAMES_MAX, or the rest couldn't be read */
};

enum efs_error place_names(struct names *names, const struct place *place, struct efs_diag *diag);
void place_free_names(struct names *names);

/* The path of a name in it, to be freed; NULL: out of memory. */
char *place_path(const struct place *place, const char *name);

/*
 * A regular file of at most max bytes; *bytes is to be freed, NULL with EFS_OK: it is something else, or longer. place:
 * may be NULL, then name is a path and links are followed.
 */
enum efs_error place_read(const struct place *place, const char *name, size_t max, uint8_t **bytes, size_t *length,
                          struct efs_diag *diag);

#endif
