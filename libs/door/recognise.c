/*
 * How a program knows that a file is one of a view. Nobody but a FUSE file system is asked for the attribute, and each
 * mount once, where Linux gives mounts numbers that never come again (6.8 and later): in a view the number of blocks
 * says all that is needed, and a listing of a thousand files doesn't ask the daemon a thousand times.
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

/* 0: this Linux doesn't tell. */
static uint64_t mount_in(const struct statx *stx)
{
    return stx->stx_mask & STATX_MNT_ID_UNIQUE ? stx->stx_mnt_id : 0;
}

static bool is_known(uint64_t mount)
{
    return mount && mount == atomic_load_explicit(&known_mount, memory_order_relaxed);
}

static bool has_attribute(const char *path, const struct statfs *fs)
{
    return fs->f_type == FUSE_SUPER_MAGIC && getxattr(path, EFS_VIEW_ATTRIBUTE, NULL, 0) >= 0;
}

bool door_is_in_view(int fd)
{
    char path[FD_PATH_SIZE];
    struct statx stx;
    struct statfs fs;

    /* the kernel knows it: the daemon isn't to be asked */
    if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID_UNIQUE, &stx)) stx.stx_mask = 0;
    if (is_known(mount_in(&stx))) return true;
    if (fstatfs(fd, &fs) || !has_attribute(fd_path(path, fd), &fs)) return false;
    atomic_store_explicit(&known_mount, mount_in(&stx), memory_order_relaxed);
    return true;
}

bool door_is_shown_encrypted(int fd)
{
    struct stat st;

    return !fstat(fd, &st) && door_may_be_shown(&st) && door_is_in_view(fd);
}

bool door_is_named_encrypted(const char *path, struct stat *st)
{
    struct statfs fs;
    struct statx stx;

    if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_MNT_ID_UNIQUE, &stx)) return false;
    *st = (struct stat){ .st_mode = stx.stx_mode, .st_size = (off_t)stx.stx_size,
                         .st_blocks = (blkcnt_t)stx.stx_blocks };
    if (!door_may_be_shown(st)) return false;
    if (is_known(mount_in(&stx))) return true;
    if (statfs(path, &fs) || !has_attribute(path, &fs)) return false;
    atomic_store_explicit(&known_mount, mount_in(&stx), memory_order_relaxed);
    return true;
}
