/*
 * Where an import goes, or whatever else is made all or nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_TARGET_H
#define EFS_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "efs/error.h"

/* Where an import goes: a name in a directory, and what stood there when it was opened. */
struct efs_target
{
    int    dir_fd;    /* owned, -1 when closed */
    char  *name;      /* last component, owned */
    bool   exists;
    bool   directory; /* the existing object is a directory */
    int    fd;        /* the existing object itself (O_PATH), owned, -1 if there's none: while it is held, */
    dev_t  dev;       /* this identity can't be another's */
    ino_t  ino;
    bool   keep_file; /* the caller's to set: what stands there gets the new content, and stays the file that it is */
    bool   no_copies; /* the caller's to set: what stands there is to be copied nowhere, not even for a moment */
};

/* By name; a symbolic link is followed, as every backup program that writes a file does. EFS_ERR_CHANGED if it comes
   and goes; EFS_ERR_EXISTS if nothing is there, but the name is that of a reparse point (below). */
enum efs_error efs_target_open(struct efs_target *target, const char *path, struct efs_diag *diag);
/* An existing object by an open descriptor, which stays the caller's. EFS_ERR_CHANGED if it has no name any more. */
enum efs_error efs_target_open_fd(struct efs_target *target, int fd, struct efs_diag *diag);
/*
 * A name in a directory, where there is nothing, a file or a directory; takes dir_fd (O_PATH will do) over if it
 * succeeds. Nothing is followed: EFS_ERR_ACCESS for a symbolic link and for what is neither. EFS_ERR_EXISTS as above.
 */
enum efs_error efs_target_open_at(struct efs_target *target, int dir_fd, const char *name, struct efs_diag *diag);
/* A name that is known to be free, in a directory; takes dir_fd (O_PATH will do) over if it succeeds.
   EFS_ERR_NO_MEMORY */
enum efs_error efs_target_open_new(struct efs_target *target, int dir_fd, const char *name, struct efs_diag *diag);
/*
 * What has taken the target's place says what the old one said: so it is as old, and was read then. st: of the old one,
 * from before. The host's errors.
 */
enum efs_error efs_target_keep_time(const struct efs_target *target, const struct stat *st, struct efs_diag *diag);
void efs_target_close(struct efs_target *target);

/*
 * Reparse points, as Wine from 10.19 on keeps them on the host: a link of Windows' kind whose name is X is a file or
 * directory `X?` with this attribute. Earlier Wines, and Linux programs, find nothing under the name X. It is taken all
 * the same: so nothing is made beside a link. Names are compared letter by letter.
 */
#define EFS_REPARSE_XATTR "user.WINEREPARSE"

/* Of a name (or a path, relative to the directory; O_PATH will do) under which nothing stands, or only what the caller
   has just made. EFS_ERR_EXISTS: a reparse point has it; the host's errors. */
enum efs_error efs_reparse_check(int dir_fd, const char *name, struct efs_diag *diag);

#endif
