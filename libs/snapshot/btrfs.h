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

/* A read-only snapshot of the subvolume, under that name in the folder. -1 with errno: EINVAL if it is none. */
int btrfs_snapshot(int subvolume, int dir_fd, const char *name);

/* Whether programs can change what is in the subvolume. -1 with errno. */
int btrfs_set_writable(int subvolume, bool writable);

/*
 * Deletes a subvolume as one, or at least makes it writable, so that what is in it can be removed. -1 with errno: the
 * name is still there, whatever it is.
 */
int btrfs_delete(int dir_fd, const char *name);

/* Does it stand in a snapshot for a subvolume that was nested there? Such a directory is always empty. */
bool btrfs_is_stub(int dir_fd, const char *name);

#define BTRFS_LIST_MAX 1024

struct btrfs_list
{
    char        *paths[BTRFS_LIST_MAX]; /* relative to the subvolume's root */
    unsigned int count;
    unsigned int more; /* that have no name here, being too many, or for want of memory */
};

/*
 * Adds the subvolumes that are nested in this one, not those in them in turn, to a list that may have some. Those in
 * folders that the user may not enter are left out, since programs can't see them either. -1 with errno: the file
 * system doesn't say.
 */
int btrfs_list_nested(int subvolume, struct btrfs_list *list);
void btrfs_list_free(struct btrfs_list *list);

#endif
