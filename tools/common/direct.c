/*
 * Writing a large file past the page cache.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "direct.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

bool direct_pays(uint64_t length, uint64_t memory)
{
    return memory && length >= DIRECT_MIN && length > memory / DIRECT_PART;
}

uint64_t direct_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
}

/* False: the file system, or the kind of file, has no such thing. */
static bool set(struct direct *direct, int fd, bool on)
{
    int flags;

    if (direct->on == on) return true;
    flags = fcntl(fd, F_GETFL);
    if (flags == -1 || fcntl(fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT)) return false;
    direct->on = on;
    return true;
}

static bool is_aligned(uint64_t offset, const void *data, size_t length)
{
    return length && !((offset | (uintptr_t)data | length) % DIRECT_UNIT);
}

ssize_t direct_write(struct direct *direct, int fd, uint64_t offset, const void *data, size_t length)
{
    bool on = direct->wanted && is_aligned(offset, data, length);
    ssize_t done;

    if (on && !set(direct, fd, true)) direct->wanted = false;
    if (!on && !direct_end(direct, fd)) return -1;
    done = write(fd, data, length);
    /* It wants larger units, or can't after all (a file that is compressed, say). */
    if (done != -1 || (errno != EINVAL && errno != EOPNOTSUPP) || !direct->on) return done;
    direct->wanted = false;
    if (!direct_end(direct, fd)) return -1;
    return write(fd, data, length);
}

bool direct_end(struct direct *direct, int fd)
{
    return set(direct, fd, false);
}
