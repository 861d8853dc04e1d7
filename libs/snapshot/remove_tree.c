/*
 * Removes a tree of a snapshot: a Btrfs subvolume, with those that are nested in it, or directories.
 *
 * A user may make a snapshot of a subvolume and may not delete it, unless the file system is mounted so. The user may
 * make it writable and remove what is in it, and then the empty subvolume as a directory.
 *
 * However deep the tree, it needs three descriptors: a directory's own directories are moved to the top, one by one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "remove_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "beneath.h"
#include "btrfs.h"

#define MOVED ".wine-efs-moved-"

#define DEPTH_MAX 32 /* of subvolumes in each other: twice what is made so */

struct removal
{
    int      top; /* the tree's own directory */
    dev_t    dev;
    uint64_t moved;
    bool     progress; /* something has gone in this round */
    int      err;      /* the last errno */
};

static bool is_dots(const char *name)
{
    return !strcmp(name, ".") || !strcmp(name, "..");
}

/* With the rights that its owner needs to remove what is in it. -1 with errno. */
static int open_directory(const struct removal *removal, int dir_fd, const char *name)
{
    char path[FD_PATH_SIZE];
    struct stat st;
    int fd, readable = -1, err = EXDEV;

    if ((fd = openat(dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) == -1) return -1;
    if (!fstat(fd, &st) && st.st_dev == removal->dev)
    {
        if ((st.st_mode & S_IRWXU) != S_IRWXU) chmod(fd_path(path, fd), S_IRWXU);
        readable = io_reopen_directory(fd);
        err = errno;
    }
    close(fd);
    errno = err;
    return readable;
}

static void note(struct removal *removal, int result)
{
    if (result) removal->err = errno;
    else removal->progress = true;
}

/* Its files go, its directories become the top's. */
static void flatten(struct removal *removal, int fd)
{
    DIR *list = io_list_directory(fd);
    struct dirent *entry;
    char name[64];
    int moving;

    if (!list)
    {
        removal->err = errno;
        return;
    }
    while ((entry = readdir(list)))
    {
        if (is_dots(entry->d_name)) continue;
        if (!unlinkat(fd, entry->d_name, 0)) removal->progress = true;
        else if (errno != EISDIR && errno != EPERM) removal->err = errno;
        else if (!unlinkat(fd, entry->d_name, AT_REMOVEDIR)) removal->progress = true;
        else if ((moving = open_directory(removal, fd, entry->d_name)) == -1) removal->err = errno;
        else
        {
            close(moving);
            do snprintf(name, sizeof(name), MOVED "%" PRIu64, ++removal->moved);
            while (!faccessat(removal->top, name, F_OK, AT_SYMLINK_NOFOLLOW));
            note(removal, renameat(fd, entry->d_name, removal->top, name));
        }
    }
    closedir(list);
}

/* One round through the top. True: it is empty now. */
static bool clear_round(struct removal *removal)
{
    DIR *list = io_list_directory(removal->top);
    struct dirent *entry;
    bool empty = true;
    int fd;

    if (!list)
    {
        removal->err = errno;
        return false;
    }
    while ((entry = readdir(list)))
    {
        if (is_dots(entry->d_name)) continue;
        if (!unlinkat(removal->top, entry->d_name, 0) || !unlinkat(removal->top, entry->d_name, AT_REMOVEDIR))
        {
            removal->progress = true;
            continue;
        }
        empty = false;
        if ((fd = open_directory(removal, removal->top, entry->d_name)) == -1)
        {
            removal->err = errno;
            continue;
        }
        flatten(removal, fd);
        close(fd);
        note(removal, unlinkat(removal->top, entry->d_name, AT_REMOVEDIR));
    }
    closedir(list);
    return empty;
}

static int clear(int top)
{
    struct removal removal = { .top = top };
    struct stat st;

    if (fstat(top, &st)) return -1;
    removal.dev = st.st_dev;
    do
    {
        removal.progress = false;
        if (clear_round(&removal)) return 0;
    }
    while (removal.progress);
    errno = removal.err;
    return -1;
}

static int remove_one(int dir_fd, const char *name, unsigned int depth);

/* Of a subvolume that is nested in another one. */
static bool remove_nested_one(int subvolume, const char *path, unsigned int depth)
{
    int parent = beneath_open_parent(subvolume, path);
    bool removed = parent != -1 && !remove_one(parent, beneath_base(path), depth + 1);

    if (parent != -1) close(parent);
    return removed;
}

/* Those that are nested in the directory, if it is a subvolume. True: there were some, and all are gone. */
static bool remove_nested(int fd, unsigned int depth)
{
    struct btrfs_list *list = depth < DEPTH_MAX ? calloc(1, sizeof(*list)) : NULL;
    int directory = list ? io_reopen_directory(fd) : -1;
    bool removed = false;
    unsigned int i;

    if (directory != -1 && !btrfs_list_nested(directory, list))
    {
        removed = list->count && !list->more;
        for (i = 0; i < list->count; i++) removed &= remove_nested_one(directory, list->paths[i], depth);
    }
    if (directory != -1) close(directory);
    if (list) btrfs_list_free(list);
    free(list);
    return removed;
}

static int remove_one(int dir_fd, const char *name, unsigned int depth)
{
    char path[FD_PATH_SIZE];
    int fd, result;

    if (!unlinkat(dir_fd, name, 0) || errno == ENOENT) return 0;
    if (!btrfs_delete(dir_fd, name)) return 0;
    if ((fd = openat(dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) == -1) return -1;
    chmod(fd_path(path, fd), S_IRWXU);
    if (remove_nested(fd, depth) && !btrfs_delete(dir_fd, name)) result = 0;
    else if (!(result = clear(fd))) result = unlinkat(dir_fd, name, AT_REMOVEDIR);
    close(fd);
    return result;
}

int remove_tree(int dir_fd, const char *name)
{
    return remove_one(dir_fd, name, 0);
}
