/*
 * A range of a file whose bytes lie in several places of memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "gather.h"

#include <errno.h>
#include <string.h>

bool gather_add(struct gather *gather, uint64_t offset, const void *data, size_t length)
{
    struct iovec *part = &gather->parts[gather->count];

    if (!length) return true;
    if (gather->count && (offset != gather->offset + gather->length || gather->count == GATHER_PARTS)) return false;
    if (!gather->count) gather->offset = offset;
    part->iov_base = (void *)(uintptr_t)data;
    part->iov_len = length;
    gather->length += length;
    gather->count++;
    return true;
}

/* The first `done` bytes are transferred: what is left moves to the front. */
static void drop(struct gather *gather, size_t done)
{
    unsigned int whole = 0;

    gather->offset += done;
    gather->length -= done;
    while (whole < gather->count && done >= gather->parts[whole].iov_len) done -= gather->parts[whole++].iov_len;
    gather->count -= whole;
    if (!gather->count) return;
    memmove(gather->parts, gather->parts + whole, gather->count * sizeof(gather->parts[0]));
    gather->parts[0].iov_base = (uint8_t *)gather->parts[0].iov_base + done;
    gather->parts[0].iov_len -= done;
}

enum efs_error gather_read(struct gather *gather, int fd, struct efs_diag *diag)
{
    while (gather->count)
    {
        ssize_t n = preadv(fd, gather->parts, (int)gather->count, (off_t)gather->offset);

        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return efs_fail_errno(diag, errno, gather->offset, "read");
        if (!n) return efs_fail(diag, EFS_ERR_CORRUPT, gather->offset, "the file became shorter");
        drop(gather, (size_t)n);
    }
    return EFS_OK;
}

enum efs_error gather_write(struct gather *gather, int fd, struct efs_diag *diag)
{
    while (gather->count)
    {
        ssize_t n = pwritev(fd, gather->parts, (int)gather->count, (off_t)gather->offset);

        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return efs_fail_errno(diag, errno, gather->offset, "write");
        if (!n) return efs_fail_errno(diag, ENOSPC, gather->offset, "write");
        drop(gather, (size_t)n);
    }
    return EFS_OK;
}

size_t gather_peek(const struct gather *gather, uint64_t offset, void *buffer, size_t length)
{
    uint64_t skip = offset - gather->offset;
    uint8_t *out = buffer;
    size_t done = 0;
    unsigned int i;

    if (offset < gather->offset) return 0;
    for (i = 0; i < gather->count && done < length; i++)
    {
        const struct iovec *part = &gather->parts[i];
        size_t n = part->iov_len;

        if (skip >= n)
        {
            skip -= n;
            continue;
        }
        n -= (size_t)skip;
        if (n > length - done) n = length - done;
        memcpy(out + done, (const uint8_t *)part->iov_base + skip, n);
        done += n;
        skip = 0;
    }
    return done;
}
