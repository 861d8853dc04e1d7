/*
 * Btrfs: snapshots of subvolumes, by the calls that a user may make who owns them (linux/btrfs.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "btrfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "beneath.h"

#define ROOT_INODE 256 /* of every subvolume */
#define STUB_INODE 2   /* of a directory in the place of a subvolume that isn't in the snapshot */

static bool is_subvolume(int fd)
{
    struct statfs fs;
    struct stat st;

    return !fstat(fd, &st) && S_ISDIR(st.st_mode) && st.st_ino == ROOT_INODE && !fstatfs(fd, &fs)
        && (unsigned int)fs.f_type == BTRFS_SUPER_MAGIC;
}

/* The root of the subvolume that the directory is in, and not one above, to which the way leads through a mount. */
static bool is_root_of(const char *path, int directory)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat root, st;
    bool is = fd != -1 && is_subvolume(fd) && !fstat(fd, &root) && !fstat(directory, &st) && root.st_dev == st.st_dev
        && beneath_same_mount(fd, directory);

    if (fd != -1) close(fd);
    return is;
}

bool btrfs_find_subvolume(char *path)
{
    int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct statfs fs;
    bool found = false;
    char *slash;

    while (directory != -1 && !statfs(path, &fs) && (unsigned int)fs.f_type == BTRFS_SUPER_MAGIC
           && !(found = is_root_of(path, directory)))
    {
        if (!(slash = strrchr(path, '/')) || !path[1]) break;
        slash[slash == path] = 0;
    }
    if (directory != -1) close(directory);
    return found;
}

int btrfs_snapshot(int subvolume, int dir_fd, const char *name)
{
    struct btrfs_ioctl_vol_args_v2 args = { .flags = BTRFS_SUBVOL_RDONLY, .fd = subvolume };

    /* older kernels take any directory, and make a snapshot of what it is in */
    if (!is_subvolume(subvolume))
    {
        errno = EINVAL;
        return -1;
    }
    snprintf(args.name, sizeof(args.name), "%s", name);
    return ioctl(dir_fd, BTRFS_IOC_SNAP_CREATE_V2, &args) ? -1 : 0;
}

int btrfs_set_writable(int subvolume, bool writable)
{
    uint64_t flags;

    if (ioctl(subvolume, BTRFS_IOC_SUBVOL_GETFLAGS, &flags)) return -1;
    if (!(flags & BTRFS_SUBVOL_RDONLY) == writable) return 0;
    flags ^= BTRFS_SUBVOL_RDONLY;
    return ioctl(subvolume, BTRFS_IOC_SUBVOL_SETFLAGS, &flags) ? -1 : 0;
}

static void make_writable(int dir_fd, const char *name)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd == -1) return;
    if (is_subvolume(fd)) btrfs_set_writable(fd, true);
    close(fd);
}

int btrfs_delete(int dir_fd, const char *name)
{
    struct btrfs_ioctl_vol_args args = { 0 };
    int err;
    size_t length = strlen(name);

    if (length >= sizeof(args.name))
    {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(args.name, name, length);
    if (!ioctl(dir_fd, BTRFS_IOC_SNAP_DESTROY, &args)) return 0;
    err = errno;
    make_writable(dir_fd, name);
    errno = err;
    return -1;
}

bool btrfs_is_stub(int dir_fd, const char *name)
{
    struct statfs fs;
    struct stat st;

    return !fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode) && st.st_ino == STUB_INODE
        && !fstatfs(dir_fd, &fs) && (unsigned int)fs.f_type == BTRFS_SUPER_MAGIC;
}

static void add_path(struct btrfs_list *list, const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 1;
    char *path = list->count < BTRFS_LIST_MAX ? malloc(size) : NULL;
    unsigned int i;

    if (!path)
    {
        list->more++;
        return;
    }
    snprintf(path, size, "%s%s", folder, name);
    for (i = 0; i < list->count; i++)
        if (!strcmp(list->paths[i], path)) break;
    if (i < list->count) free(path);
    else list->paths[list->count++] = path;
}

int btrfs_list_nested(int subvolume, struct btrfs_list *list)
{
    struct btrfs_ioctl_get_subvol_rootref_args *refs = calloc(1, sizeof(*refs));
    struct btrfs_ioctl_ino_lookup_user_args *lookup = calloc(1, sizeof(*lookup));
    unsigned int i;
    int result = -1;

    list->more = 0;
    errno = refs && lookup ? EINVAL : ENOMEM;
    do
    {
        if (!refs || !lookup || !is_subvolume(subvolume)) break;
        result = ioctl(subvolume, BTRFS_IOC_GET_SUBVOL_ROOTREF, refs);
        if (result && errno != EOVERFLOW) break;
        for (i = 0; i < refs->num_items; i++)
        {
            memset(lookup, 0, sizeof(*lookup));
            lookup->dirid = refs->rootref[i].dirid;
            lookup->treeid = refs->rootref[i].treeid;
            if (!ioctl(subvolume, BTRFS_IOC_INO_LOOKUP_USER, lookup)) add_path(list, lookup->path, lookup->name);
            else if (errno != EACCES && errno != ENOENT) list->more++;
        }
    }
    while (result); /* there were more; the call has set where to go on */
    free(lookup);
    free(refs);
    return result ? -1 : 0;
}

void btrfs_list_free(struct btrfs_list *list)
{
    while (list->count) free(list->paths[--list->count]);
}
