/*
 * Content with holes: copied, and given room, for what it has and not for what it hasn't.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "stage.h"

#define COPY_SIZE 65536

static enum efs_error copy_range(int from, int to, uint64_t offset, uint64_t end, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;
    uint8_t *buffer = malloc(COPY_SIZE);

    if (!buffer) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    while (!err && offset < end)
    {
        size_t n = end - offset < COPY_SIZE ? (size_t)(end - offset) : COPY_SIZE;

        err = io_read_exactly(from, offset, buffer, n, diag);
        if (!err) err = io_write_all(to, offset, buffer, n, diag);
        offset += n;
    }
    free(buffer);
    return err;
}

enum efs_error stage_copy(int from, int to, uint64_t size, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;
    uint64_t offset = 0, data, end;

    while (!err && offset < size)
    {
        io_find_data(from, offset, size, &data, &end);
        /* the blocks stay: an undo must not have to ask for them */
        err = io_clear_data(to, offset, data, diag);
        if (!err) err = copy_range(from, to, data, end, diag);
        offset = end;
    }
    return err;
}

static enum efs_error reserve_range(int fd, uint64_t to_size, uint64_t offset, uint64_t end, struct efs_diag *diag)
{
    enum efs_error err;

    if (!fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)(end - offset))) return EFS_OK;
    if (errno != EOPNOTSUPP && errno != ENOSYS) return efs_fail_errno(diag, errno, 0, "reserve space");
    if (offset < to_size) offset = to_size;
    err = io_write_zeros(fd, offset, end, diag);
    if (!err && fsync(fd)) err = efs_fail_errno(diag, errno, 0, "reserve space");
    return err;
}

enum efs_error stage_reserve(int from, int to, uint64_t to_size, uint64_t size, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;
    uint64_t offset = 0, data, end;

    while (!err && offset < size)
    {
        io_find_data(from, offset, size, &data, &end);
        if (data >= end) break;
        err = reserve_range(to, to_size, data, end, diag);
        offset = end;
    }
    return err;
}

void stage_punch(int from, int to, uint64_t size)
{
    uint64_t offset = 0, data, end;

    while (offset < size)
    {
        io_find_data(from, offset, size, &data, &end);
        if (data > offset && fallocate(to, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
                                       (off_t)(data - offset)))
            return;
        offset = end;
    }
}
