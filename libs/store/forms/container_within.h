/*
 * A directory's container: the file within it that holds its raw stream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_CONTAINER_WITHIN_H
#define EFS_CONTAINER_WITHIN_H

#include "efs/container.h"
#include "efs/error.h"

/*
 * Opens, for reading, the file that the directory's mark names. EFS_ERR_NOT_ENCRYPTED if the directory has no mark,
 * EFS_ERR_CORRUPT if that is none or names no file.
 */
enum efs_error container_open_within(int dir_fd, int *fd, struct efs_diag *diag);

/*
 * The name of the file that the directory's mark names. EFS_ERR_NOT_ENCRYPTED: it has no mark, or one that says
 * nothing; the host's.
 */
enum efs_error container_get_name(int dir_fd, char name[EFS_CONTAINER_NAME_SIZE], struct efs_diag *diag);

/* Removes what imports have left in the directory: containers that its mark doesn't name, and staging files, which
   nobody holds. */
void container_sweep_within(int dir_fd);

#endif
