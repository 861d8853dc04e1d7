/*
 * Btrfs: snapshots of subvolumes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SNAPSHOT_BTRFS_H
#define SNAPSHOT_BTRFS_H

#include <stdbool.h>
#include <stddef.h>

/* The subvolume that the folder is in: cuts the path to that of its root. False: it is in none that can be seen. */
bool btrfs_find_subvolume(char *path);

/* A read-only snapshot of the subvolume, under that name in the folder. -1 with errno. */
int btrfs_snapshot(const char *subvolume, int dir_fd, const char *name);

/*
 * Deletes a subvolume as one, or at least makes it writable, so that what is in it can be removed. -1 with errno: the
 * name is still there, whatever it is.
 */
int btrfs_delete(int dir_fd, const char *name);

/*
 * Other subvolumes below `inside`, a path relative to the subvolume's root ("" for all): a snapshot has empty
 * directories in their places. Appends their paths to the text, with commas, as far as it goes; our own are left out.
 * The number of them.
 */
unsigned int btrfs_list_nested(const char *subvolume, const char *inside, char *text, size_t capacity);

#endif
