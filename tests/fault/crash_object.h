/*
 * What the disk holds after a power cut: objects as the test of crash states makes them, on the host and in memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_CRASH_OBJECT_H
#define TESTS_CRASH_OBJECT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "efs/container.h"
#include "lib/build.h"
#include "shim.h"

#define ATTRIBUTES 8
#define NO_FILE    0
#define WITHIN     4 /* files within a directory that may be its container */

/* What one inode holds. */
struct object
{
    struct build content;
    struct { char name[64]; struct build value; } attributes[ATTRIBUTES];
};

/* What stands at `path` now; the number of its inode, NO_FILE if nothing does. */
ino_t object_load(const char *path, struct object *object);
void object_copy(struct object *to, const struct object *from);
/* What the change does to it; half: only the first half of what was to be written. */
void object_apply(struct object *object, const struct shim_change *change, bool half);
void object_free(struct object *object);

/* What may be a directory's container. */
struct within
{
    char          name[EFS_CONTAINER_NAME_SIZE]; /* empty: there is none */
    ino_t         ino;
    struct object object;
};

/* What is within the directory "dir" now that may be its container. */
void within_load(struct within within[WITHIN]);
void within_free(struct within within[WITHIN]);

/*
 * What is to be seen of an object: its stream if it is encrypted, else its bytes. Made on the host, repaired by its
 * journal if there is one, and exported. journal_name, within: NULL if there is none. The caller frees it.
 */
struct build object_look(const struct object *object, const struct within *within, bool directory,
                         const char *journal_name, const struct object *journal);

#endif
