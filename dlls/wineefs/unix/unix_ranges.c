/*
 * The Unix half's calls about where a file has data and where holes, about making some, and about the mark of a sparse
 * file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/store.h"

void call_ranges_open(struct fd_params *params)
{
    int fd = take_fd(params->fd);
    char path[FD_PATH_SIZE];

    params->result = (uint32_t)open(fd_path(path, fd), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    close(fd);
}

void call_ranges_next(struct ranges_params *params)
{
    io_find_data(params->fd, params->from, params->size, &params->start, &params->end);
}

static bool is_sparse(int fd)
{
    return fgetxattr(fd, EFS_STORE_SPARSE, NULL, 0) >= 0;
}

static int mark(int fd, bool sparse)
{
    return sparse ? fsetxattr(fd, EFS_STORE_SPARSE, "1", 1, 0) : fremovexattr(fd, EFS_STORE_SPARSE);
}

/* Only a regular file is marked. A failure isn't reported: the mark is no data. */
static void set_sparse(int fd, bool sparse)
{
    struct stat st;
    mode_t mode;

    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || is_sparse(fd) == sparse) return;
    if (!mark(fd, sparse) || errno != EACCES || !lift_read_only(fd, &mode)) return;
    mark(fd, sparse);
    fchmod(fd, mode);
}

void call_sparse_get(struct sparse_params *params)
{
    params->sparse = is_sparse(take_fd(params->fd));
    close(params->fd);
}

static enum efs_error zero(int fd, uint64_t from, uint64_t end, bool hole)
{
    int mode = FALLOC_FL_KEEP_SIZE | (hole ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE);
    struct stat st;

    if (fstat(fd, &st)) return efs_error_from_errno(errno);
    if (!S_ISREG(st.st_mode)) return efs_error_from_errno(EINVAL);
    if (end > (uint64_t)st.st_size) end = (uint64_t)st.st_size;
    if (from >= end || !fallocate(fd, mode, (off_t)from, (off_t)(end - from))) return EFS_OK;
    if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL) return efs_error_from_errno(errno);
    /* the file system has no call for it */
    return io_write_zeros(fd, from, end, NULL);
}

void call_zero(struct zero_params *params)
{
    params->error = zero(take_fd(params->fd), params->from, params->end, params->hole != 0);
    close(params->fd);
}

void call_sparse_set(struct sparse_params *params)
{
    set_sparse(take_fd(params->fd), params->sparse != 0);
    close(params->fd);
}
