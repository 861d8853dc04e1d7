/*
 * What a file that is replaced hands on to the one that takes its place.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_CARRY_H
#define EFS_CARRY_H

#include <stdbool.h>
#include <sys/stat.h>

#include "efs/error.h"

/*
 * Gives the open file `to`, which nobody but its owner may use yet, owner, group, mode (without set-user-ID and
 * set-group-ID), access control list and attributes of the file `from` (O_PATH will do), which st describes. ntfs: both
 * are on an NTFS-3G mount, where the list is Windows'. Where the group can't be kept, nobody may do more than before
 * (access.h).
 * *owner_kept: false: the owner couldn't be kept; with any_owner all the rest has been done, otherwise nothing.
 * Errors: the host's; FORM_UNFIT: the attributes have no room.
 */
enum efs_error carry_over(int from, const struct stat *st, int to, bool ntfs, bool any_owner, bool *owner_kept,
                          struct efs_diag *diag);

/*
 * Gives the open file `to`, made with 0600 in the directory dir_fd (O_PATH will do), the mode of a new one: that of
 * 0666, less `mask` where the directory has no default access control list. Errors: the host's.
 */
enum efs_error carry_defaults(int dir_fd, int to, mode_t mask, struct efs_diag *diag);

#endif
