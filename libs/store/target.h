/*
 * What the staging code needs of a target beyond efs/target.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef STORE_TARGET_H
#define STORE_TARGET_H

#include "efs/target.h"

/* What is going to stand at a target's name. */
struct target_identity
{
    int   fd; /* O_PATH, owned */
    bool  directory;
    dev_t dev;
    ino_t ino;
};

/*
 * An existing file or directory by an open descriptor, for its name alone: fd and identity aren't filled.
 * EFS_ERR_CHANGED if it has lost its name, EFS_ERR_INVALID if it is a root.
 */
enum efs_error target_open_named(struct efs_target *target, int fd, struct efs_diag *diag);

/* Of the open file fd, which stays the caller's. */
enum efs_error target_identify(struct target_identity *identity, int fd, struct efs_diag *diag);

/* From now on it stands there; takes it over. Can't fail: so a file that has been replaced is never reported as one
   that hasn't. */
void target_become(struct efs_target *target, const struct target_identity *identity);

#endif
