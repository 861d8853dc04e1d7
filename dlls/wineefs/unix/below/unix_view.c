/*
 * What is different for a file in a view of efsmount (include/view/efs_view.h): its data is plaintext, and the
 * encrypted file is below, where its daemon has it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <unistd.h>

#include "view/door.h"

enum efs_error go_below(int *fd, struct efs_diag *diag)
{
    enum efs_error err;
    int below;

    if (!door_is_shown_encrypted(*fd)) return EFS_OK;
    err = door_open_below(*fd, &below, diag);
    if (below == -1) return err;
    close(*fd);
    *fd = below;
    return EFS_OK;
}

void call_view_encrypt(struct view_encrypt_params *params)
{
    struct efs_diag diag = { 0 };
    enum efs_error err = door_encrypt(take_fd(params->fd), &diag);

    close(params->fd);
    answer(&params->result, err, &diag);
}

void call_view_open(struct view_open_params *params)
{
    int fd = open(from_u64(params->path), O_PATH | O_CLOEXEC);
    struct efs_diag diag = { 0 };
    enum efs_error err;

    params->fd = -1;
    if (fd == -1) err = efs_fail_errno(&diag, errno, 0, "open");
    else
    {
        err = door_open_below(fd, &params->fd, &diag);
        if (!err && params->fd == -1) err = efs_fail(&diag, EFS_ERR_NOT_ENCRYPTED, 0, "no file of a view");
        close(fd);
    }
    answer(&params->result, err, &diag);
}
