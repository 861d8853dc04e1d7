/*
 * Reading and writing by descriptor, all of what was asked for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "io.h"

#include <errno.h>
#include <unistd.h>

enum efs_error io_read_exactly(int fd, uint64_t offset, void *buffer, size_t length, struct efs_diag *diag)
{
    uint8_t *p = buffer;

    while (length)
    {
        ssize_t n = pread(fd, p, length, (off_t)offset);

        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return efs_fail_errno(diag, errno, offset, "read");
        if (!n) return efs_fail(diag, EFS_ERR_CORRUPT, offset, "the file became shorter");
        p += n;
        offset += (size_t)n;
        length -= (size_t)n;
    }
    return EFS_OK;
}

enum efs_error io_write_all(int fd, uint64_t offset, const void *data, size_t length, struct efs_diag *diag)
{
    const uint8_t *p = data;

    while (length)
    {
        ssize_t n = pwrite(fd, p, length, (off_t)offset);

        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return efs_fail_errno(diag, errno, offset, "write");
        if (!n) return efs_fail_errno(diag, ENOSPC, offset, "write");
        p += n;
        offset += (size_t)n;
        length -= (size_t)n;
    }
    return EFS_OK;
}
