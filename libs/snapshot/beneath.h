/*
 * Ways into trees that others may change meanwhile.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SNAPSHOT_BENEATH_H
#define SNAPSHOT_BENEATH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The directory that the path leads to, by names alone: no link on the way, or at its end, is followed, and nothing
 * entered that is mounted. A new descriptor to read it by. -1 with errno: ELOOP or ENOTDIR at a link, EXDEV at a mount;
 * ENOSYS before Linux 5.6.
 */
int beneath_open(int dir_fd, const char *path);
/* The same of the directory that the path's last part is in. */
int beneath_open_parent(int dir_fd, const char *path);
/* A path's last part. */
const char *beneath_base(const char *path);

/*
 * Are both in one mount? Then what has another device number is another Btrfs subvolume, of the same file system.
 * False if the kernel doesn't say, as before Linux 5.8.
 */
bool beneath_same_mount(int a, int b);

#endif
