/*
 * The Unix half's calls about reparse points that this Wine may not see, and about what was just made.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "efs/beside.h"
#include "efs/probe.h"
#include "efs/target.h"

/* Where it is, terminated, with room for one more character. False: that can't be told. */
static bool get_path(int fd, char path[PATH_MAX])
{
    char link[FD_PATH_SIZE];
    ssize_t n = readlink(fd_path(link, fd), path, PATH_MAX - 1);

    if (n <= 0 || n == PATH_MAX - 1) return false;
    path[n] = 0;
    return *path == '/';
}

/* The quick answer for nearly every file: is there no such thing beside it? */
static bool is_alone(const char *path)
{
    char beside[PATH_MAX + 1];

    snprintf(beside, sizeof(beside), "%s?", path);
    return getxattr(beside, EFS_REPARSE_XATTR, NULL, 0) < 0;
}

/* Is the directory that it is in encrypted? */
static bool is_within_encrypted(char *path)
{
    char *slash = strrchr(path, '/');
    struct efs_probe look;

    slash[slash == path] = 0;
    efs_probe_at(AT_FDCWD, path, &look);
    return look.encrypted && look.directory;
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
    char path[PATH_MAX];
    bool known = get_path(take_fd(params->fd), path);

    params->taken = !(known && is_alone(path)) && undo(params->fd);
    params->encrypted = !params->taken && known && is_within_encrypted(path);
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
