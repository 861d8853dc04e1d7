/*
 * Keys of small files, ahead of those who read a whole directory: RSA takes most of reading such a file for the first
 * time, and one reader leaves the other processors idle.
 *
 * Nobody says what will be read next. Once some files of a directory have needed RSA, a thread goes through it in its
 * own order and has their keys known (efs_feks): never more than twice as many as were read, and AHEAD_MAX. No file is
 * opened for that: whoever wants one for himself alone isn't disturbed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "tree_internal.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/metadata.h"
#include "efs/probe.h"
#include "efs/store.h"

#define AHEAD_MIN 4 /* so many needed RSA */
#define AHEAD_MAX (EFS_FEKS_KEPT / 2)

/* The key of this file is known from now on, if it is an encrypted one. One with many readers waits for whoever reads
   it. */
static void know_key(struct view_tree *tree, int dir_fd, const char *name)
{
    uint8_t bytes[USUAL_METADATA];
    struct efs_metadata metadata;
    const struct efs_fek *fek;
    char path[FD_PATH_SIZE];
    struct stat st;
    ssize_t length;
    int fd;

    if (open_component(dir_fd, name, &fd)) return;
    if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size && efs_is_candidate_size((uint64_t)st.st_size)
        && (length = getxattr(fd_path(path, fd), EFS_STORE_XATTR, bytes, sizeof(bytes))) > 0
        && !efs_metadata_read(&metadata, bytes, (uint32_t)length, NULL)
        && !efs_feks_hold(tree->feks, &metadata, &fek, NULL))
        efs_feks_release(tree->feks, fek);
    close(fd);
}

static DIR *open_listing(struct view_tree *tree, struct view_node *directory)
{
    DIR *listing = NULL;
    int fd;

    if (view_borrow(tree, directory, &fd)) return NULL;
    listing = io_list_directory(fd);
    view_return(tree, directory);
    return listing;
}

/* The next name in it; NULL: there is none. */
static const char *next_name(DIR *listing)
{
    const struct dirent *entry;

    while ((entry = readdir(listing)))
        if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN) return entry->d_name;
    return NULL;
}

/* What the thread has to itself. */
struct walk
{
    uint64_t    turn; /* the directory's */
    DIR        *listing;
};

/* One file, without the lock. False: that was the last. */
static bool step(struct view_tree *tree, struct walk *walk, uint64_t turn, struct view_node *directory)
{
    uint64_t before, after, known;
    const char *name;

    if (walk->turn != turn)
    {
        if (walk->listing) closedir(walk->listing);
        walk->listing = open_listing(tree, directory);
        walk->turn = turn;
    }
    if (!walk->listing || !(name = next_name(walk->listing))) return false;
    efs_feks_count(tree->feks, &before, &known);
    know_key(tree, dirfd(walk->listing), name);
    efs_feks_count(tree->feks, &after, &known);
    atomic_fetch_add(&tree->ahead.own, after - before);
    return true;
}

static bool has_work(const struct ahead *ahead)
{
    size_t wanted = 2 * ahead->read < ahead->read + AHEAD_MAX ? 2 * ahead->read : ahead->read + AHEAD_MAX;

    return ahead->directory && !ahead->done && ahead->needed >= AHEAD_MIN && ahead->passed < wanted;
}

static void *run(void *context)
{
    struct view_tree *tree = context;
    struct ahead *ahead = &tree->ahead;
    struct view_node *directory;
    struct walk walk = { 0 };
    uint64_t turn;
    bool more;

    pthread_mutex_lock(&ahead->helper.lock);
    while (!ahead->helper.stop)
    {
        if (!has_work(ahead))
        {
            pthread_cond_wait(&ahead->helper.wanted, &ahead->helper.lock);
            continue;
        }
        directory = ahead->directory;
        hold_node(tree, directory);
        turn = ahead->turn;
        ahead->passed++;
        pthread_mutex_unlock(&ahead->helper.lock);
        more = step(tree, &walk, turn, directory);
        view_forget(tree, directory, 1);
        pthread_mutex_lock(&ahead->helper.lock);
        if (!more && turn == ahead->turn) ahead->done = true;
    }
    pthread_mutex_unlock(&ahead->helper.lock);
    if (walk.listing) closedir(walk.listing);
    return NULL;
}

/* Another directory. The lock held. */
static void turn_to(struct view_tree *tree, struct view_node *directory)
{
    struct ahead *ahead = &tree->ahead;

    if (ahead->directory) view_forget(tree, ahead->directory, 1);
    ahead->directory = directory;
    ahead->turn++;
    ahead->read = ahead->needed = ahead->passed = 0;
    ahead->done = false;
}

void ahead_note(struct view_tree *tree, struct view_node *node)
{
    struct ahead *ahead = &tree->ahead;
    struct view_node *directory = hold_parent(tree, node);
    uint64_t unwrapped, known;

    if (!directory) return;
    efs_feks_count(tree->feks, &unwrapped, &known);
    unwrapped -= atomic_load(&ahead->own);
    pthread_mutex_lock(&ahead->helper.lock);
    if (directory == ahead->directory) view_forget(tree, directory, 1);
    else turn_to(tree, directory);
    ahead->read++;
    if (unwrapped != ahead->unwrapped) ahead->needed++;
    ahead->unwrapped = unwrapped;
    if (has_work(ahead)) helper_wake(&ahead->helper, run, tree);
    pthread_mutex_unlock(&ahead->helper.lock);
}
