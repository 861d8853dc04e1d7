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

#include "folder.h"

#define ROOT_INODE 256 /* of every subvolume */

static bool is_subvolume(int fd)
{
    struct statfs fs;
    struct stat st;

    return !fstat(fd, &st) && S_ISDIR(st.st_mode) && st.st_ino == ROOT_INODE && !fstatfs(fd, &fs)
        && (unsigned int)fs.f_type == BTRFS_SUPER_MAGIC;
}

static bool is_subvolume_path(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is = fd != -1 && is_subvolume(fd);

    if (fd != -1) close(fd);
    return is;
}

bool btrfs_find_subvolume(char *path)
{
    struct statfs fs;
    char *slash;

    while (!statfs(path, &fs) && (unsigned int)fs.f_type == BTRFS_SUPER_MAGIC)
    {
        if (is_subvolume_path(path)) return true;
        if (!(slash = strrchr(path, '/')) || !path[1]) return false;
        slash[slash == path] = 0;
    }
    return false;
}

int btrfs_snapshot(const char *subvolume, int dir_fd, const char *name)
{
    struct btrfs_ioctl_vol_args_v2 args = { .flags = BTRFS_SUBVOL_RDONLY };
    int source, result, err;

    if ((source = open(subvolume, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) return -1;
    args.fd = source;
    snprintf(args.name, sizeof(args.name), "%s", name);
    result = ioctl(dir_fd, BTRFS_IOC_SNAP_CREATE_V2, &args);
    err = errno;
    close(source);
    errno = err;
    return result ? -1 : 0;
}

static void make_writable(int dir_fd, const char *name)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    uint64_t flags;

    if (fd == -1) return;
    if (is_subvolume(fd) && !ioctl(fd, BTRFS_IOC_SUBVOL_GETFLAGS, &flags) && (flags & BTRFS_SUBVOL_RDONLY))
    {
        flags &= ~(uint64_t)BTRFS_SUBVOL_RDONLY;
        ioctl(fd, BTRFS_IOC_SUBVOL_SETFLAGS, &flags);
    }
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

/* Below that folder? Both relative to the same root, without a slash at either end. */
static bool is_inside(const char *path, const char *folder)
{
    size_t n = strlen(folder);

    return !n || (!strncmp(path, folder, n) && path[n] == '/');
}

static bool is_own(const char *path)
{
    return strstr(path, FOLDER_BESIDE "/") || strstr(path, FOLDER_NAME "/");
}

static void append(char *text, size_t capacity, unsigned int count, const char *path)
{
    size_t used = strlen(text);

    /* the names are others': one line, and nothing that a terminal would obey */
    used += (size_t)snprintf(text + used, capacity - used, "%s", count ? ", " : "");
    for (; *path && used + 1 < capacity; path++)
        text[used++] = (unsigned char)*path < ' ' || *path == 0x7f ? '?' : *path;
    if (used < capacity) text[used] = 0;
}

unsigned int btrfs_list_nested(const char *subvolume, const char *inside, char *text, size_t capacity)
{
    struct btrfs_ioctl_get_subvol_rootref_args *refs = calloc(1, sizeof(*refs));
    struct btrfs_ioctl_ino_lookup_user_args *lookup = calloc(1, sizeof(*lookup));
    int fd = open(subvolume, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = -1;
    char path[sizeof(lookup->path) + sizeof(lookup->name)];
    unsigned int count = 0, i;

    do
    {
        if (!refs || !lookup || fd == -1) break;
        result = ioctl(fd, BTRFS_IOC_GET_SUBVOL_ROOTREF, refs);
        if (result && errno != EOVERFLOW) break;
        for (i = 0; i < refs->num_items; i++)
        {
            memset(lookup, 0, sizeof(*lookup));
            lookup->dirid = refs->rootref[i].dirid;
            lookup->treeid = refs->rootref[i].treeid;
            /* one in a folder that the user may not enter can't be seen by the program either */
            if (ioctl(fd, BTRFS_IOC_INO_LOOKUP_USER, lookup)) continue;
            snprintf(path, sizeof(path), "%s%s", lookup->path, lookup->name);
            if (!is_inside(path, inside) || is_own(path)) continue;
            append(text, capacity, count++, path);
        }
    }
    while (result); /* there were more; the call has set where to go on */
    if (fd != -1) close(fd);
    free(lookup);
    free(refs);
    return count;
}
