/*
 * Where snapshots are kept. Nobody but the user can change anything in these folders: so what is in them is the user's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* A folder of ours in another one. -1 with errno. */
static int open_own(int dir_fd, const char *name, bool make)
{
    struct stat st;
    int fd;

    if (make && mkdirat(dir_fd, name, S_IRWXU) && errno != EEXIST) return -1;
    if ((fd = openat(dir_fd, name, OPEN_FOLDER)) == -1) return -1;
    if (!fstat(fd, &st) && st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH))) return fd;
    close(fd);
    errno = EACCES;
    return -1;
}

enum efs_error folder_open(const char *prefix, bool make, struct folder *folder, struct efs_diag *diag)
{
    int err;

    if (snprintf(folder->prefix, sizeof(folder->prefix), "%s", prefix) >= (int)sizeof(folder->prefix))
        return efs_fail(diag, EFS_ERR_INVALID, 0, "the name of the prefix is too long");
    if ((folder->prefix_fd = open(prefix, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
        return efs_fail_errno(diag, errno, 0, "open of the prefix");
    if ((folder->fd = open_own(folder->prefix_fd, FOLDER_NAME, make)) != -1) return EFS_OK;
    err = errno;
    close(folder->prefix_fd);
    return efs_fail_errno(diag, err, 0, "the prefix's folder " FOLDER_NAME);
}

void folder_close(struct folder *folder)
{
    close(folder->fd);
    close(folder->prefix_fd);
}

/* Several prefixes may have drives that lead to the same place. */
static int name_beside(const struct folder *folder, uint32_t number, struct place *place)
{
    struct stat st;

    if (fstat(folder->prefix_fd, &st)) return -1;
    snprintf(place->name, sizeof(place->name), "%" PRIx64 "-%" PRIx64 "-%" PRIu32, (uint64_t)st.st_dev,
             (uint64_t)st.st_ino, number);
    return 0;
}

static int open_beside(const struct folder *folder, const char *base, uint32_t number, bool make, struct place *place)
{
    int base_fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC), n, err;

    if (base_fd == -1) return -1;
    place->dir_fd = open_own(base_fd, FOLDER_BESIDE, make);
    err = errno;
    close(base_fd);
    errno = err;
    if (place->dir_fd == -1) return -1;
    n = snprintf(place->path, sizeof(place->path), "%s/" FOLDER_BESIDE "/", strcmp(base, "/") ? base : "");
    if (!name_beside(folder, number, place) && n > 0
        && (size_t)n + strlen(place->name) < sizeof(place->path))
    {
        memcpy(place->path + n, place->name, strlen(place->name) + 1);
        return 0;
    }
    close(place->dir_fd);
    errno = ENAMETOOLONG;
    return -1;
}

int snapshot_place_open(const struct folder *folder, const char *base, uint32_t number, bool make, struct place *place)
{
    if (base) return open_beside(folder, base, number, make, place);
    snprintf(place->name, sizeof(place->name), "%" PRIu32 ".tree", number);
    if (snprintf(place->path, sizeof(place->path), "%s/" FOLDER_NAME "/%s", folder->prefix, place->name)
        >= (int)sizeof(place->path))
    {
        errno = ENAMETOOLONG;
        return -1;
    }
    return (place->dir_fd = fcntl(folder->fd, F_DUPFD_CLOEXEC, 0)) == -1 ? -1 : 0;
}

void snapshot_place_close(struct place *place)
{
    close(place->dir_fd);
}

void snapshot_place_remove_beside(const char *base)
{
    int base_fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (base_fd == -1) return;
    unlinkat(base_fd, FOLDER_BESIDE, AT_REMOVEDIR);
    close(base_fd);
}
