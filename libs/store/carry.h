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

enum
{
    CARRY_NTFS = 1,      /* both are on an NTFS-3G mount, where the list is Windows' */
    CARRY_ANY_OWNER = 2, /* also if the owner can't be kept */
    CARRY_ATTRIBUTES = 4, /* the user attributes, too, */
    CARRY_NO_STREAMS = 8, /* but for alternate streams: with their content, the file was overwritten */
};

struct carried
{
    bool   owner_kept; /* false: the owner couldn't be kept; without CARRY_ANY_OWNER nothing has been done then */
    mode_t mode;       /* that the file has to get at last, by carry_mode */
};

/*
 * Gives the open file `to`, which nobody but its owner may use yet, owner, group, access control list and attributes of
 * the file `from` (O_PATH will do), which st describes; and says what mode it has to get, without set-user-ID and
 * set-group-ID. Where the group can't be kept, nobody may do more than before (access.h).
 * flags: CARRY_*. Errors: the host's; FORM_UNFIT: the attributes have no room.
 */
enum efs_error carry_over(int from, const struct stat *st, int to, unsigned int flags, struct carried *carried,
                          struct efs_diag *diag);
/* The last step. */
enum efs_error carry_mode(int to, mode_t mode, struct efs_diag *diag);

/*
 * The mode of a new file that `to` is to become, made with 0600 in the directory dir_fd (O_PATH will do): that of 0666,
 * less `mask` where the directory has no default access control list. Errors: the host's.
 */
enum efs_error carry_defaults(int dir_fd, int to, mode_t mask, mode_t *mode, struct efs_diag *diag);
/* The last step for a new file: a file system without modes of its own (FAT) gives what it is mounted with. */
enum efs_error carry_new_mode(int to, mode_t mode, struct efs_diag *diag);

#endif
