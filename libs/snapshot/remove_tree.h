/*
 * Removes a tree of a snapshot: a Btrfs subvolume, with those that are nested in it, or directories.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SNAPSHOT_REMOVE_TREE_H
#define SNAPSHOT_REMOVE_TREE_H

/*
 * All that is there under that name in the folder, which is one of ours; links are never followed, and what is mounted
 * there stays. 0 also if there's nothing; -1 with errno, and some of it is still there.
 */
int remove_tree(int dir_fd, const char *name);

#endif
