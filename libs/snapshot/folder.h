/*
 * Where snapshots are kept: a folder in the prefix, and one beside the drive's files if that is on another file system.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SNAPSHOT_FOLDER_H
#define SNAPSHOT_FOLDER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "efs/error.h"

#define FOLDER_NAME   "wine-efs.snapshots"  /* in the prefix */
#define FOLDER_BESIDE ".wine-efs-snapshots" /* beside the drive's files */

struct folder
{
    int  fd;        /* FOLDER_NAME */
    int  prefix_fd;
    char prefix[PATH_MAX];
};

/* make: if it isn't there; otherwise EFS_ERR_NOT_FOUND. EFS_ERR_ACCESS: others could change what is in it. */
enum efs_error folder_open(const char *prefix, bool make, struct folder *folder, struct efs_diag *diag);
void folder_close(struct folder *folder);

/* Where the tree of snapshot `number` goes, or may have gone. */
struct place
{
    int  dir_fd;
    char name[64];       /* in there */
    char path[PATH_MAX]; /* all of it */
};

/* In the prefix; or, with base, beside the drive's files: make as above. -1 with errno. */
int snapshot_place_open(const struct folder *folder, const char *base, uint32_t number, bool make, struct place *place);
void snapshot_place_close(struct place *place);
/* Removes the folder beside the drive's files, if nothing is in it. */
void snapshot_place_remove_beside(const char *base);

#endif
