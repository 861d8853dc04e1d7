/*
 * Which file something is, for as long as it is there and afterwards.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool same_file(const struct identity *a, const struct identity *b)
{
    return a->device == b->device && a->inode == b->inode && a->type == b->type && same_time(&a->born, &b->born);
}

static struct timespec time_of(const struct statx_timestamp *stamp)
{
    return (struct timespec){ .tv_sec = stamp->tv_sec, .tv_nsec = stamp->tv_nsec };
}

static int look(int fd, int flags, struct identity *identity, struct stat *st)
{
    struct statx stx;

    if (statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT | flags, STATX_BASIC_STATS | STATX_BTIME, &stx)) return errno;
    memset(st, 0, sizeof(*st));
    st->st_dev = makedev(stx.stx_dev_major, stx.stx_dev_minor);
    st->st_ino = stx.stx_ino;
    st->st_mode = stx.stx_mode;
    st->st_nlink = stx.stx_nlink;
    st->st_uid = stx.stx_uid;
    st->st_gid = stx.stx_gid;
    st->st_rdev = makedev(stx.stx_rdev_major, stx.stx_rdev_minor);
    st->st_size = (off_t)stx.stx_size;
    st->st_blksize = (blksize_t)stx.stx_blksize;
    st->st_blocks = (blkcnt_t)stx.stx_blocks;
    st->st_atim = time_of(&stx.stx_atime);
    st->st_mtim = time_of(&stx.stx_mtime);
    st->st_ctim = time_of(&stx.stx_ctime);
    *identity = (struct identity){ .device = st->st_dev, .inode = st->st_ino, .type = st->st_mode & S_IFMT };
    if (stx.stx_mask & STATX_BTIME) identity->born = time_of(&stx.stx_btime);
    return 0;
}

int identity_of(int fd, struct identity *identity, struct stat *st)
{
    return look(fd, 0, identity, st);
}

int stat_now(int fd, struct stat *st)
{
    struct identity unused;

    return look(fd, AT_STATX_FORCE_SYNC, &unused, st);
}
