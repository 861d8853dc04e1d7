/*
 * Asking a view to encrypt what was just made in it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "view/door.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/io.h"
#include "view/efs_view.h"

enum efs_error door_encrypt(int fd, struct efs_diag *diag)
{
    char path[FD_PATH_SIZE];

    if (!setxattr(fd_path(path, fd), EFS_VIEW_ATTRIBUTE, EFS_VIEW_ENCRYPT, strlen(EFS_VIEW_ENCRYPT), 0)) return EFS_OK;
    if (errno == EBUSY) return efs_fail(diag, EFS_ERR_CHANGED, 0, "somebody else has it open in the view");
    if (errno == ENOTEMPTY)
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "a view encrypts no file that has data already");
    return efs_fail_errno(diag, errno, 0, "the view doesn't encrypt it: setxattr");
}
