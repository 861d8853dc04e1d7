/*
 * A snapshot of a Btrfs subvolume, with the subvolumes in it.
 *
 * Each of those is taken under a name beside the empty directory that stands for it, and renamed onto that: whatever
 * fails before, the directory stays as it was. The snapshot is in a folder that others can't enter; the subvolumes that
 * it is of may be changed by anybody meanwhile, so no link is followed there, and nothing that is mounted.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "nested.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "beneath.h"
#include "btrfs.h"
#include "folder.h"
#include "remove_tree.h"

#define NAMES_TRIED 16 /* where a snapshot is to have a name for the time being */

struct taking
{
    struct nested_tally *tally;
    struct timespec      end;
    unsigned int         depth;
};

/* One subvolume, and its snapshot. Paths are on the heap: Wine's stacks for the Unix half are small. */
struct level
{
    int         source;
    int         copy;
    const char *inside;
    const char *shown; /* where it is below the drive, with a slash; "": it's the outermost */
};

/* What is below the folder, or NULL. Both relative to the same root. */
static const char *below(const char *path, const char *folder)
{
    size_t n = strlen(folder);

    if (!n) return path;
    return !strncmp(path, folder, n) && path[n] == '/' ? path + n + 1 : NULL;
}

/* Is a directory of that name on the way, which holds snapshots of ours? */
static bool has_folder(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    const char *at;

    for (at = path; (at = strstr(at, folder)); at += n)
        if ((at == path || at[-1] == '/') && at[n] == '/') return true;
    return false;
}

static bool is_own(const char *path)
{
    return has_folder(path, FOLDER_BESIDE) || has_folder(path, FOLDER_NAME);
}

static bool is_late(const struct taking *taking)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec >= taking->end.tv_sec;
}

static int take_subvolume(struct taking *taking, int source, int dir_fd, const char *name, const char *inside,
                          const char *shown);

/* Under a name that nothing has in the folder, which is then in name. -1 with errno. */
static int take_beside(struct taking *taking, int source, int parent, char name[32], const char *shown)
{
    unsigned int i;

    for (i = 0; i < NAMES_TRIED; i++)
    {
        snprintf(name, 32, ".wine-efs-nested-%u", i);
        if (!take_subvolume(taking, source, parent, name, "", shown)) return 0;
        if (errno != EEXIST) break;
    }
    return -1;
}

/* Puts the snapshot of a nested one into its place, in the folder `parent`. -1 with errno. */
static int take_into(struct taking *taking, int source, int parent, const char *base, const char *shown)
{
    struct stat st;
    char name[32];
    int err;

    if (fstat(parent, &st) || take_beside(taking, source, parent, name, shown)) return -1;
    if (renameat(parent, name, parent, base))
    {
        err = errno;
        remove_tree(parent, name);
        errno = err;
        return -1;
    }
    /* programs back up the times of directories, too; who may write there needn't own it */
    futimens(parent, (const struct timespec[2]){ st.st_atim, st.st_mtim });
    return 0;
}

/* Not 0 if it couldn't be taken. */
static int take_within_limits(struct taking *taking, int source, int parent, const char *base, const char *shown)
{
    unsigned int before = taking->tally->taken;
    int result;

    if (before >= NESTED_MAX || taking->depth >= NESTED_DEPTH_MAX || is_late(taking)) return -1;
    taking->depth++;
    result = take_into(taking, source, parent, base, shown);
    taking->depth--;
    /* with it those in it are gone */
    taking->tally->taken = result ? before : taking->tally->taken + 1;
    return result;
}

/* Not 0 if it couldn't be taken; 0 also if nothing stands for it in the snapshot. */
static int take_nested(struct taking *taking, const struct level *level, const char *path, const char *shown)
{
    int parent = beneath_open_parent(level->copy, path), source, result;
    const char *base = beneath_base(path);

    /* it was elsewhere, and is listed as there, too */
    if (parent == -1) return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
    result = btrfs_is_stub(parent, base) ? -1 : 0; /* it wasn't there yet, or there no more */
    if (result && (source = beneath_open(level->source, path)) != -1)
    {
        result = take_within_limits(taking, source, parent, base, shown);
        close(source);
    }
    close(parent);
    return result;
}

/* Of those that couldn't be taken. */
static void note_left(struct taking *taking, const char *shown)
{
    char *name = strndup(shown, strlen(shown) - 1);

    if (name) names_add(&taking->tally->left, name);
    else names_add_more(&taking->tally->left, 1);
    free(name);
}

static void take_listed(struct taking *taking, const struct level *level, const struct btrfs_list *list)
{
    const char *rest;
    unsigned int i;
    char *shown;

    for (i = 0; i < list->count; i++)
    {
        if (!(rest = below(list->paths[i], level->inside)) || is_own(list->paths[i])) continue;
        if (asprintf(&shown, "%s%s/", level->shown, rest) < 0)
        {
            names_add_more(&taking->tally->left, 1);
            continue;
        }
        if (take_nested(taking, level, list->paths[i], shown)) note_left(taking, shown);
        free(shown);
    }
    names_add_more(&taking->tally->left, list->more);
}

static bool is_wanted(const struct btrfs_list *list, const char *inside)
{
    unsigned int i;

    for (i = 0; i < list->count; i++)
        if (below(list->paths[i], inside) && !is_own(list->paths[i])) return true;
    return list->more;
}

/* Those in a snapshot that was made of the source just now. -1 with errno. */
static int take_all(struct taking *taking, const struct btrfs_list *list, struct level *level, int dir_fd,
                    const char *name)
{
    int result, err;

    if ((level->copy = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) == -1) return -1;
    if (!(result = btrfs_set_writable(level->copy, true)))
    {
        take_listed(taking, level, list);
        result = btrfs_set_writable(level->copy, false);
    }
    err = errno;
    close(level->copy);
    errno = err;
    return result;
}

static int take_subvolume(struct taking *taking, int source, int dir_fd, const char *name, const char *inside,
                          const char *shown)
{
    struct level level = { .source = source, .copy = -1, .inside = inside, .shown = shown };
    struct btrfs_list *list = calloc(1, sizeof(*list));
    int result = -1, err;

    if (!list) return -1;
    /* listed before and after, so that whatever comes, goes or moves meanwhile is seen by where it was or by where it
       is */
    if (btrfs_list_nested(source, list)) taking->tally->unknown = errno;
    if (!btrfs_snapshot(source, dir_fd, name))
    {
        if (btrfs_list_nested(source, list)) taking->tally->unknown = errno;
        result = is_wanted(list, inside) ? take_all(taking, list, &level, dir_fd, name) : 0;
        err = errno;
        if (result) remove_tree(dir_fd, name);
        /* a name that was taken is another thing: this one is gone */
        errno = result && err == EEXIST ? EIO : err;
    }
    err = errno;
    btrfs_list_free(list);
    free(list);
    errno = err;
    return result;
}

int nested_snapshot(const char *subvolume, const char *inside, int dir_fd, const char *name,
                    struct nested_tally *tally)
{
    struct taking taking = { .tally = tally };
    int source = open(subvolume, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result, err;

    memset(tally, 0, sizeof(*tally));
    if (source == -1) return -1;
    clock_gettime(CLOCK_MONOTONIC, &taking.end);
    taking.end.tv_sec += NESTED_SECONDS_MAX;
    result = take_subvolume(&taking, source, dir_fd, name, inside, "");
    err = errno;
    close(source);
    errno = err;
    return result;
}
