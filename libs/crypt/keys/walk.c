/*
 * Directories of keys.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "grow.h"

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

static enum efs_error out_of_memory(struct efs_diag *diag)
{
    return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
}

enum efs_error place_open(struct place *place, const char *path, struct efs_diag *diag)
{
    place->path = NULL;
    place->fd = open(path, DIRECTORY_FLAGS);
    if (place->fd < 0) return efs_fail_errno(diag, errno, 0, "open");
    if ((place->path = strdup(path))) return EFS_OK;
    place_close(place);
    return out_of_memory(diag);
}

void place_close(struct place *place)
{
    if (place->fd >= 0) close(place->fd);
    free(place->path);
    place->fd = -1;
    place->path = NULL;
}

char *place_path(const struct place *place, const char *name)
{
    size_t length = strlen(place->path);
    char *path = NULL;

    if (!strcmp(name, ".")) return strdup(place->path);
    if (asprintf(&path, "%s%s%s", place->path, length && place->path[length - 1] == '/' ? "" : "/", name) < 0)
        return NULL;
    return path;
}

/* ---- names ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void place_free_names(struct names *names)
{
    size_t i;

    for (i = 0; i < names->count; i++) free(names->list[i]);
    free(names->list);
    memset(names, 0, sizeof(*names));
}

static bool add_name(struct names *names, size_t *capacity, const char *name)
{
    char *copy = strdup(name);
    void *list = names->list;

    if (!copy || !grow_list(&list, names->count, capacity, sizeof(copy)))
    {
        free(copy);
        return false;
    }
    names->list = list;
    names->list[names->count++] = copy;
    return true;
}

enum efs_error place_names(struct names *names, const struct place *place, struct efs_diag *diag)
{
    DIR *directory = io_list_directory(place->fd);
    enum efs_error code = EFS_OK;
    struct dirent *entry;
    size_t capacity = 0;

    memset(names, 0, sizeof(*names));
    if (!directory) return efs_fail_errno(diag, errno, 0, "opendir");
    errno = 0;
    while (!code && !names->cut && (entry = readdir(directory)))
    {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (names->count == WALK_NAMES_MAX) names->cut = true;
        else if (!add_name(names, &capacity, entry->d_name)) code = out_of_memory(diag);
        errno = 0;
    }
    if (errno) names->cut = true; /* a damaged disk: what could be read is of use */
    closedir(directory);
    if (code) place_free_names(names);
    else if (names->count) qsort(names->list, names->count, sizeof(*names->list), compare_names);
    return code;
}

/* EFS_OK with *found false: it isn't there, is no directory, or is a link. */
static enum efs_error open_exact(struct place *child, const struct place *place, const char *name, bool *found,
                                 struct efs_diag *diag)
{
    *found = false;
    child->path = NULL;
    child->fd = openat(place->fd, name, DIRECTORY_FLAGS | O_NOFOLLOW);
    if (child->fd < 0)
    {
        if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return EFS_OK;
        return efs_fail_errno(diag, errno, 0, "open");
    }
    if (!(child->path = place_path(place, name)))
    {
        place_close(child);
        return out_of_memory(diag);
    }
    *found = true;
    return EFS_OK;
}

/* One directory below, in whatever case; the exact name first. */
static enum efs_error open_child(struct place *child, const struct place *place, const char *name, bool *found,
                                 struct efs_diag *diag)
{
    struct names names;
    enum efs_error code = open_exact(child, place, name, found, diag);
    size_t i;

    if (code || *found) return code;
    code = place_names(&names, place, diag);
    if (code) return code;
    for (i = 0; i < names.count && !code && !*found; i++)
        if (!strcasecmp(names.list[i], name)) code = open_exact(child, place, names.list[i], found, diag);
    place_free_names(&names);
    return code;
}

enum efs_error place_below(struct place *below, const struct place *place, const char *names, bool *found,
                           struct efs_diag *diag)
{
    struct place current = { -1, NULL }, child;
    const char *end;
    char name[256]; /* NAME_MAX, and the NUL */
    enum efs_error code;

    below->fd = -1;
    below->path = NULL;
    do
    {
        end = strchrnul(names, '/');
        snprintf(name, sizeof(name), "%.*s", (int)(end - names), names);
        code = open_child(&child, current.path ? &current : place, name, found, diag);
        place_close(&current);
        if (code || !*found) return code;
        current = child;
        names = end + 1;
    } while (*end);
    *below = current;
    return EFS_OK;
}

/* ---- files ---- */

static enum efs_error read_all(int fd, uint8_t *bytes, size_t size, size_t *length, struct efs_diag *diag)
{
    ssize_t got;

    *length = 0;
    while (*length < size)
    {
        got = read(fd, bytes + *length, size - *length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return efs_fail_errno(diag, errno, *length, "read");
        if (!got) break;
        *length += (size_t)got;
    }
    return EFS_OK;
}

enum efs_error place_read(const struct place *place, const char *name, size_t max, uint8_t **bytes, size_t *length,
                          struct efs_diag *diag)
{
    /* O_NONBLOCK: a FIFO that somebody has put there isn't waited for */
    int fd = openat(place ? place->fd : AT_FDCWD, name,
                    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (place ? O_NOFOLLOW : 0));
    enum efs_error code = EFS_OK;
    struct stat st;

    *bytes = NULL;
    *length = 0;
    if (fd < 0)
    {
        if (place && (errno == ELOOP || errno == ENXIO)) return EFS_OK;
        return efs_fail_errno(diag, errno, 0, "open");
    }
    if (fstat(fd, &st)) code = efs_fail_errno(diag, errno, 0, "fstat");
    else if (S_ISREG(st.st_mode) && st.st_size > 0 && (uint64_t)st.st_size <= max)
    {
        *bytes = malloc((size_t)st.st_size);
        code = *bytes ? read_all(fd, *bytes, (size_t)st.st_size, length, diag) : out_of_memory(diag);
    }
    close(fd);
    if (!code) return EFS_OK;
    if (*bytes) explicit_bzero(*bytes, *length);
    free(*bytes);
    *bytes = NULL;
    *length = 0;
    return code;
}
