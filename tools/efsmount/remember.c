/*
 * Where views keep what they know of a tree's files for the next view of it.
 *
 * A file is replaced as a whole, by a rename, and not synced: one that a power cut has damaged counts as none
 * (view/known/memory.h). There are at most FILES_MAX; the one that was not used for longest goes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "remember.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "view/known/memory.h"

#define PREFIX    "view-"
#define NEW       ".new"
#define NAME_SIZE (sizeof(PREFIX) + VIEW_MEMORY_NAME_SIZE)
#define FILES_MAX 64

struct remember
{
    int                 dir_fd;
    struct view_memory *memory;
    char                name[NAME_SIZE];
};

/* One of the user's that nobody else can put anything into. */
static int open_directory(int parent, const char *name, bool make)
{
    struct stat st;
    int fd;

    if (make) (void)mkdirat(parent, name, 0700);
    fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (make ? O_NOFOLLOW : 0));
    if (fd < 0) return -1;
    if (!fstat(fd, &st) && st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH))) return fd;
    close(fd);
    return -1;
}

static int open_below(int parent, const char *name)
{
    int fd = parent < 0 ? -1 : open_directory(parent, name, true);

    if (parent >= 0) close(parent);
    return fd;
}

static int open_cache(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

    if (cache && *cache == '/')
    {
        return open_below(open_directory(AT_FDCWD, cache, false), "wine-efs");
    }
    if (!home || *home != '/') return -1;
    return open_below(open_below(open_directory(AT_FDCWD, home, false), ".cache"), "wine-efs");
}

/* *length: 0: there is nothing to be read. */
static uint8_t *read_file(int dir_fd, const char *name, size_t *length)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    uint8_t *bytes = NULL;
    struct stat st;

    *length = 0;
    if (fd < 0) return NULL;
    if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_uid == geteuid() && st.st_size > 0
        && (uint64_t)st.st_size <= VIEW_MEMORY_MAX && (bytes = malloc((size_t)st.st_size))
        && !io_read_exactly(fd, 0, bytes, (size_t)st.st_size, NULL))
        *length = (size_t)st.st_size;
    close(fd);
    return bytes;
}

struct remember *remember_begin(int tree_fd)
{
    struct remember *remember = calloc(1, sizeof(*remember));
    char name[VIEW_MEMORY_NAME_SIZE];
    uint8_t *bytes;
    size_t length;

    if (!remember) return NULL;
    remember->dir_fd = open_cache();
    if (remember->dir_fd >= 0 && (remember->memory = view_memory_make(tree_fd)))
    {
        view_memory_name(remember->memory, name);
        snprintf(remember->name, sizeof(remember->name), PREFIX "%s", name);
        bytes = read_file(remember->dir_fd, remember->name, &length);
        if (bytes) view_memory_read(remember->memory, bytes, length);
        free(bytes);
        return remember;
    }
    if (remember->dir_fd >= 0) close(remember->dir_fd);
    free(remember);
    return NULL;
}

struct view_memory *remember_memory(struct remember *remember)
{
    return remember->memory;
}

static void write_file(int dir_fd, const char *name, const uint8_t *bytes, size_t length)
{
    char made[NAME_SIZE + sizeof(NEW)];
    int fd;

    snprintf(made, sizeof(made), "%s" NEW, name);
    /* of a view that was killed */
    (void)unlinkat(dir_fd, made, 0);
    fd = openat(dir_fd, made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return;
    if (io_write_all(fd, 0, bytes, length, NULL) || renameat(dir_fd, made, dir_fd, name))
        (void)unlinkat(dir_fd, made, 0);
    close(fd);
}

static void remove_oldest(int dir_fd)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    char oldest[NAME_SIZE + sizeof(NEW)] = "";
    struct timespec then = { 0 };
    const struct dirent *entry;
    unsigned int count = 0;
    struct stat st;

    if (!directory)
    {
        if (fd >= 0) close(fd);
        return;
    }
    while ((entry = readdir(directory)))
    {
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) || strlen(entry->d_name) >= NAME_SIZE + sizeof(NEW)
            || fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
            continue;
        if (!count++ || st.st_mtim.tv_sec < then.tv_sec)
        {
            memcpy(oldest, entry->d_name, strlen(entry->d_name) + 1);
            then = st.st_mtim;
        }
    }
    closedir(directory);
    if (count > FILES_MAX) (void)unlinkat(dir_fd, oldest, 0);
}

void remember_end(struct remember *remember)
{
    uint8_t *bytes;

    if (!remember) return;
    if ((bytes = malloc(VIEW_MEMORY_MAX)))
    {
        write_file(remember->dir_fd, remember->name, bytes, view_memory_write(remember->memory, bytes));
        free(bytes);
        remove_oldest(remember->dir_fd);
    }
    view_memory_free(remember->memory);
    close(remember->dir_fd);
    free(remember);
}
