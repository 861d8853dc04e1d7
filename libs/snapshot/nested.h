/*
 * A snapshot of a Btrfs subvolume, with the subvolumes in it: a snapshot of one alone has empty directories in their
 * places.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SNAPSHOT_NESTED_H
#define SNAPSHOT_NESTED_H

#include "names.h"

#define NESTED_MAX         256 /* subvolumes that are taken along */
#define NESTED_DEPTH_MAX   16  /* in each other: each holds four descriptors */
#define NESTED_SECONDS_MAX 30

struct nested_tally
{
    unsigned int taken;   /* subvolumes that are in the snapshot, each as of a moment of its own */
    struct names left;    /* those that are empty there: somebody else's, or beyond the limits above */
    int          unknown; /* an errno: the file system doesn't say of all whether there are any */
};

/*
 * A read-only snapshot of the subvolume, under that name in the folder, with the subvolumes that are in `inside`, a
 * directory relative to the subvolume's root ("": all of it). What they are called in the tally is relative to
 * `inside`. -1 with errno, and nothing is left of it if it could be removed.
 */
int nested_snapshot(const char *subvolume, const char *inside, int dir_fd, const char *name,
                    struct nested_tally *tally);

#endif
