/*
 * Walking a tree of the host's: every file and directory once, no symbolic link followed, in bounded memory.
 *
 * What is opened for reading has proved to be a file or a directory before: the mere opening of a device or a FIFO
 * can do something, or wait.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

/* A name has at most 255 bytes */
#define PATH_ROOM (4096 + TREE_DEPTH_MAX * 256)

struct walk
{
    const struct tree_visitor *visitor;
    unsigned int               depth;
    size_t                     length; /* of path */
    char                       path[PATH_ROOM];
};

static void fail(struct walk *walk, const char *problem, int err)
{
    walk->visitor->fail(walk->visitor->context, walk->path, problem, err);
}

int tree_open(const struct tree_entry *entry)
{
    char path[FD_PATH_SIZE];

    fd_path(path, entry->fd);
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static void walk_object(struct walk *walk, int dir_fd, const char *name, int flags);

/* False: the path would be too long. */
static bool append(struct walk *walk, const char *name)
{
    size_t length = strlen(name);
    bool slash = walk->length && walk->path[walk->length - 1] != '/';

    if (walk->length + slash + length >= sizeof(walk->path)) return false;
    if (slash) walk->path[walk->length++] = '/';
    memcpy(walk->path + walk->length, name, length + 1);
    walk->length += length;
    return true;
}

static bool may_matter(const struct walk *walk, unsigned char type)
{
    return type == DT_REG || type == DT_DIR || type == DT_UNKNOWN || walk->visitor->pass;
}

static void walk_entries(struct walk *walk, const struct tree_entry *directory)
{
    int fd = tree_open(directory);
    DIR *dir = fd == -1 ? NULL : fdopendir(fd);
    size_t length = walk->length;
    struct dirent *entry;

    if (!dir)
    {
        fail(walk, "open directory", errno);
        if (fd != -1) close(fd);
        return;
    }
    while (errno = 0, (entry = readdir(dir)))
    {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") || !may_matter(walk, entry->d_type))
            continue;
        if (append(walk, entry->d_name)) walk_object(walk, fd, entry->d_name, O_NOFOLLOW);
        else fail(walk, "a path in it is too long", 0);
        walk->length = length;
        walk->path[length] = 0;
    }
    if (errno) fail(walk, "read directory", errno);
    closedir(dir);
}

static void walk_object(struct walk *walk, int dir_fd, const char *name, int flags)
{
    struct tree_entry entry = { .path = walk->path, .name = name, .dir_fd = dir_fd };
    struct stat st;

    entry.st = &st;
    entry.fd = openat(dir_fd, name, O_PATH | O_CLOEXEC | flags);
    if (entry.fd == -1 || fstat(entry.fd, &st))
    {
        /* what has gone meanwhile isn't missed, unless it was asked for */
        if (errno != ENOENT || !walk->depth) fail(walk, "open", errno);
    }
    else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
    {
        if (walk->visitor->pass) walk->visitor->pass(walk->visitor->context, walk->path, st.st_mode);
    }
    else if (walk->visitor->visit(walk->visitor->context, &entry) && S_ISDIR(st.st_mode))
    {
        if (walk->depth == TREE_DEPTH_MAX) fail(walk, "nested too deep", 0);
        else
        {
            walk->depth++;
            walk_entries(walk, &entry);
            walk->depth--;
        }
        if (walk->visitor->leave) walk->visitor->leave(walk->visitor->context);
    }
    if (entry.fd != -1) close(entry.fd);
}

void tree_walk(const char *root, const struct tree_visitor *visitor)
{
    static struct walk walk; /* too large for a stack */

    walk.visitor = visitor;
    walk.depth = 0;
    walk.length = 0;
    walk.path[0] = 0;
    if (append(&walk, root)) walk_object(&walk, AT_FDCWD, root, 0);
    else visitor->fail(visitor->context, root, "its path is too long", 0);
    walk.visitor = NULL; /* it may be on the caller's stack */
}

/* ---- how much it is ---- */

static bool add_size(void *context, const struct tree_entry *entry)
{
    struct tree_size *size = context;

    if (S_ISREG(entry->st->st_mode)) size->bytes += (uint64_t)entry->st->st_size;
    size->objects++;
    return true;
}

static void ignore(void *context, const char *path, const char *problem, int err)
{
    (void)context;
    (void)path;
    (void)problem;
    (void)err;
}

void tree_measure(const char *root, struct tree_size *size)
{
    struct tree_visitor visitor = { .context = size, .visit = add_size, .fail = ignore };

    tree_walk(root, &visitor);
}
