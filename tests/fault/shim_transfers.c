/*
 * The calls that read and write at an offset, from one place of memory or several (shim.c has the others).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "shim_inside.h"

#include <errno.h>
#include <sys/uio.h>

#define PARTS 64 /* of one preadv or pwritev, more than GATHER_PARTS */

WRAP(ssize_t, pread64, int fd, void *buffer, size_t size, off_t offset)
{
    bool is_short;

    if (!shim_is_transferred("pread", &size, &is_short)) return -1;
    if (is_short && shim.mode == SHIM_KILL) shim_die();
    return __real_pread64(fd, buffer, size, offset);
}

static bool refuses_data(int fd)
{
    if (shim.mode == SHIM_OFF || !shim.world.ntfs || __real_fgetxattr(fd, SHIM_EFSINFO, NULL, 0) <= 0) return false;
    errno = EACCES;
    return true;
}

static void written(int fd, const void *data, size_t size, off_t offset)
{
    struct shim_change *change = shim_record(CHANGE_WRITE, shim_ino_of(fd), NULL, data, size);

    if (change) change->offset = (uint64_t)offset;
}

WRAP(ssize_t, pwrite64, int fd, const void *data, size_t size, off_t offset)
{
    bool is_short;
    ssize_t n;

    if (!shim_is_transferred("pwrite", &size, &is_short) || refuses_data(fd)) return -1;
    n = __real_pwrite64(fd, data, size, offset);
    if (is_short && shim.mode == SHIM_KILL) shim_die();
    if (n > 0) written(fd, data, (size_t)n, offset);
    return n;
}

/* The first `size` bytes of some parts of memory, for a transfer that is short. Returns how many parts they are in. */
static int shorten(struct iovec *parts, const struct iovec *from, int count, size_t size)
{
    int i;

    for (i = 0; i < count && size; i++)
    {
        parts[i] = from[i];
        if (parts[i].iov_len > size) parts[i].iov_len = size;
        size -= parts[i].iov_len;
    }
    return i;
}

static size_t sum(const struct iovec *parts, int count)
{
    size_t size = 0;
    int i;

    for (i = 0; i < count; i++) size += parts[i].iov_len;
    return size;
}

WRAP(ssize_t, preadv64, int fd, const struct iovec *from, int count, off_t offset)
{
    size_t size = sum(from, count);
    struct iovec parts[PARTS];
    bool is_short;

    if (!shim_is_transferred("preadv", &size, &is_short)) return -1;
    if (is_short && shim.mode == SHIM_KILL) shim_die();
    return __real_preadv64(fd, parts, shorten(parts, from, count, size), offset);
}

WRAP(ssize_t, pwritev64, int fd, const struct iovec *from, int count, off_t offset)
{
    size_t size = sum(from, count), left;
    struct iovec parts[PARTS];
    bool is_short;
    ssize_t n;
    int i;

    if (!shim_is_transferred("pwritev", &size, &is_short) || refuses_data(fd)) return -1;
    n = __real_pwritev64(fd, parts, shorten(parts, from, count, size), offset);
    if (is_short && shim.mode == SHIM_KILL) shim_die();
    /* for the disk each part is a write of its own */
    for (i = 0, left = n > 0 ? (size_t)n : 0; left; i++)
    {
        size_t length = parts[i].iov_len < left ? parts[i].iov_len : left;

        written(fd, parts[i].iov_base, length, offset);
        offset += (off_t)length;
        left -= length;
    }
    return n;
}
