/*
 * Whose streams are meant, by an open descriptor alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "beside.h"

#include "store/target.h"

enum efs_error efs_owner_open(struct efs_owner *owner, struct efs_target *place, int fd, struct efs_diag *diag)
{
    enum efs_error err = target_open_named(place, fd, diag);

    owner->fd = fd;
    owner->dir_fd = place->dir_fd;
    owner->name = err ? "" : place->name;
    owner->replaces = 0;
    /* A root has no name, and a file may have lost its own: then the attributes are all that can be had. */
    return err == EFS_ERR_CHANGED || err == EFS_ERR_INVALID || err == EFS_ERR_PATH_NOT_FOUND ? EFS_OK : err;
}
