/*
 * Reparse points of Wine's: is a name theirs?
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"

enum efs_error efs_reparse_check(int dir_fd, const char *name, struct efs_diag *diag)
{
    char host[PATH_MAX], path[FD_PATH_SIZE];
    enum efs_error err = EFS_OK;
    int fd;

    /* without room for the '?', or where no name can have one (FAT), it is no reparse point's */
    if (snprintf(host, sizeof(host), "%s?", name) >= (int)sizeof(host)) return EFS_OK;
    fd = openat(dir_fd, host, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1 && (errno == ENOENT || errno == ENAMETOOLONG || errno == EINVAL)) return EFS_OK;
    if (fd == -1) return efs_fail_errno(diag, errno, 0, "open");
    fd_path(path, fd);
    if (getxattr(path, EFS_REPARSE_XATTR, NULL, 0) >= 0)
        err = efs_fail(diag, EFS_ERR_EXISTS, 0, "a reparse point of Wine's has this name");
    close(fd);
    return err;
}
