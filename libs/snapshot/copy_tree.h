/*
 * A copy of a tree whose files share their data with the original's (reflinks): XFS, Btrfs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SNAPSHOT_COPY_TREE_H
#define SNAPSHOT_COPY_TREE_H

#include <stdint.h>
#include <sys/types.h>

#include "efs/error.h"
#include "names.h"

#define COPY_ENTRIES_MAX 300000
#define COPY_SECONDS_MAX 60
#define COPY_DEPTH_MAX   128 /* directories in each other: each holds three descriptors */

struct copy_tally
{
    uint32_t     entries;    /* that were copied */
    uint32_t     unreadable; /* in their place there's an empty one that nobody may read */
    uint32_t     special;    /* sockets, pipes and devices: left out */
    struct names mounted;    /* other file systems: empty directories are in their places, files are left out */
};

/*
 * Copies what is in `source` into the empty directory `target`, which gets its attributes, too. EFS_ERR_VOLUME: the
 * file system shares no data. EFS_ERR_INVALID: more than the limits above. EFS_ERR_DISK_FULL; the host's errors. After
 * a failure some of it is there.
 */
enum efs_error copy_tree(int source, int target, struct copy_tally *tally, struct efs_diag *diag);

#endif
