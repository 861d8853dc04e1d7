/*
 * Where a file of the host has data, and where holes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ranges.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/store.h"

int ranges_open(int fd)
{
    char path[40];
    int own;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    own = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    close(fd);
    return own;
}

void ranges_next(int fd, uint64_t from, uint64_t size, uint64_t *start, uint64_t *end)
{
    off_t at = lseek(fd, (off_t)from, SEEK_DATA);

    *start = from;
    *end = size;
    if (at == -1)
    {
        /* ENXIO: there's no data from here on */
        if (errno == ENXIO) *start = size;
        return;
    }
    if ((uint64_t)at > from) *start = (uint64_t)at < size ? (uint64_t)at : size;
    at = lseek(fd, (off_t)*start, SEEK_HOLE);
    /* a file that is being cut shorter has no more; a hole can't be where data was just found */
    if (at > 0 && (uint64_t)at > *start && (uint64_t)at < size) *end = (uint64_t)at;
}

bool ranges_is_sparse(int fd)
{
    return fgetxattr(fd, EFS_STORE_SPARSE, NULL, 0) >= 0;
}

static int mark(int fd, bool sparse)
{
    return sparse ? fsetxattr(fd, EFS_STORE_SPARSE, "1", 1, 0) : fremovexattr(fd, EFS_STORE_SPARSE);
}

void ranges_set_sparse(int fd, bool sparse)
{
    struct stat st;

    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || ranges_is_sparse(fd) == sparse) return;
    if (!mark(fd, sparse) || errno != EACCES || (st.st_mode & S_IWUSR)) return;
    /* An access list before the data may have made it read-only: Windows asks the handle, Linux the mode of this moment. */
    if (fchmod(fd, st.st_mode | S_IWUSR)) return;
    mark(fd, sparse);
    fchmod(fd, st.st_mode);
}
