/*
 * The Unix half's calls about reparse points that this Wine may not see.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "efs/beside.h"
#include "efs/target.h"

/* The quick answer for nearly every file: is there no such thing beside it? */
static bool is_alone(int fd)
{
    char link[FD_PATH_SIZE], path[PATH_MAX];
    ssize_t n = readlink(fd_path(link, fd), path, sizeof(path) - 1);

    if (n <= 0 || n == (ssize_t)sizeof(path) - 1) return false;
    path[n] = '?';
    path[n + 1] = 0;
    return getxattr(path, EFS_REPARSE_XATTR, NULL, 0) < 0;
}

/* What can't be found out is left alone. */
static bool undo(int fd)
{
    struct efs_target place;
    struct efs_owner owner;
    struct stat st;
    bool taken = false;

    if (fstat(fd, &st) || efs_owner_open(&owner, &place, fd, NULL)) return false;
    if (owner.dir_fd != -1 && efs_reparse_check(owner.dir_fd, owner.name, NULL) == EFS_ERR_EXISTS)
        taken = !unlinkat(owner.dir_fd, owner.name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0);
    efs_target_close(&place);
    return taken;
}

void call_reparse_undo(struct reparse_params *params)
{
    take_fd(params->fd);
    params->taken = !is_alone(params->fd) && undo(params->fd);
    close(params->fd);
}

void call_reparse_find(struct reparse_params *params)
{
    char name[NAME_MAX * 3 + 1];
    struct stat st;

    take_fd(params->fd);
    params->taken = utf16_to_utf8(from_u64(params->name), params->name_units, name, sizeof(name))
        && fstatat(params->fd, name, &st, AT_SYMLINK_NOFOLLOW) && errno == ENOENT
        && efs_reparse_check(params->fd, name, NULL) == EFS_ERR_EXISTS;
    close(params->fd);
}
