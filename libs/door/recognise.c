/*
 * How a program knows that a file is one of a view. Nobody but a FUSE file system is asked for the attribute.
 *
 * What a file looks like is asked once for each mount, where Linux gives mounts numbers that never come again (6.8 and
 * later): in a view the number of blocks says it all, and a listing of a thousand files doesn't ask the daemon a
 * thousand times. Whatever changes a file asks for that file: a mount may show a view in one place, and other things in
 * another.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "view/door.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "base/io.h"
#include "view/efs_view.h"

#define FUSE_SUPER_MAGIC 0x65735546
#ifndef STATX_MNT_ID_UNIQUE /* Linux 6.8; older C libraries have headers without it */
#define STATX_MNT_ID_UNIQUE 0x00004000U
#endif

/* The mount of the view that was met last; 0: none was. */
static _Atomic uint64_t known_mount;

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

/* *mount: 0: not known. */
static bool look(const char *path, struct stat *st, uint64_t *mount)
{
    struct statx stx;

    *mount = 0;
    /* some containers let nobody call it */
    if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_MNT_ID_UNIQUE, &stx)) return !stat(path, st);
    *st = (struct stat){ .st_mode = stx.stx_mode, .st_size = (off_t)stx.stx_size,
                         .st_blocks = (blkcnt_t)stx.stx_blocks };
    if (stx.stx_mask & STATX_MNT_ID_UNIQUE) *mount = stx.stx_mnt_id;
    return true;
}

bool door_is_named_encrypted(const char *path, struct stat *st)
{
    struct statfs fs;
    uint64_t mount;

    if (!look(path, st, &mount) || !door_may_be_shown(st)) return false;
    if (mount && mount == atomic_load_explicit(&known_mount, memory_order_relaxed)) return true;
    if (statfs(path, &fs) || !has_attribute(path, &fs)) return false;
    atomic_store_explicit(&known_mount, mount, memory_order_relaxed);
    return true;
}
