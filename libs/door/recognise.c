/*
 * How a program knows that a file is one of a view. Nobody but a FUSE file system is asked for the attribute.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "view/door.h"

#include <sys/vfs.h>
#include <sys/xattr.h>

#include "base/io.h"
#include "view/efs_view.h"

#define FUSE_SUPER_MAGIC 0x65735546

static bool has_attribute(const char *path, const struct statfs *fs)
{
    return fs->f_type == FUSE_SUPER_MAGIC && getxattr(path, EFS_VIEW_ATTRIBUTE, NULL, 0) >= 0;
}

bool door_is_in_view(int fd)
{
    char path[FD_PATH_SIZE];
    struct statfs fs;

    return !fstatfs(fd, &fs) && has_attribute(fd_path(path, fd), &fs);
}

bool door_is_shown_encrypted(int fd)
{
    struct stat st;

    return !fstat(fd, &st) && door_may_be_shown(&st) && door_is_in_view(fd);
}

bool door_is_named_encrypted(const char *path, struct stat *st)
{
    struct statfs fs;

    return !stat(path, st) && door_may_be_shown(st) && !statfs(path, &fs) && has_attribute(path, &fs);
}
