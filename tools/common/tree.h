/*
 * Walking a tree of the host's: every file and directory once, no symbolic link followed, in bounded memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef COMMON_TREE_H
#define COMMON_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define TREE_DEPTH_MAX 250 /* directories inside each other: each is an open descriptor */

struct tree_entry
{
    const char        *path;   /* for messages: below the name of the root as it was given */
    const char        *name;   /* in dir_fd */
    int                dir_fd; /* AT_FDCWD for the root */
    int                fd;     /* the object itself (O_PATH): a regular file or a directory */
    const struct stat *st;     /* what it is */
};

struct tree_visitor
{
    void *context;
    /* Returns whether to go into it, if it is a directory. */
    bool (*visit)(void *context, const struct tree_entry *entry);
    /* Something can't be looked at; problem is a static string, err an errno value or 0. */
    void (*fail)(void *context, const char *path, const char *problem, int err);
    /* After all that is in a directory which was gone into; NULL: nothing is done. */
    void (*leave)(void *context);
    /* What is neither a file nor a directory, a symbolic link for example; NULL: it is passed over. */
    void (*pass)(void *context, const char *path, mode_t mode);
};

/* The root itself is visited first; a symbolic link is followed there. */
void tree_walk(const char *root, const struct tree_visitor *visitor);

/* For the progress. */
struct tree_size
{
    uint64_t bytes;   /* of all files */
    uint64_t objects; /* files and directories */
};
/* Adds those of a tree. What can't be looked at doesn't count. */
void tree_measure(const char *root, struct tree_size *size);

/* Opens what an entry is for reading, without waiting for anything. -1: see errno. */
int tree_open(const struct tree_entry *entry);

#endif
