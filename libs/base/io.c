/*
 * Reading and writing by descriptor, all of what was asked for; directories by descriptor.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <sys/stat.h>
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

const char *fd_path(char path[FD_PATH_SIZE], int fd)
{
    snprintf(path, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
    return path;
}

void io_find_data(int fd, uint64_t from, uint64_t size, uint64_t *start, uint64_t *end)
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

enum efs_error io_write_zeros(int fd, uint64_t offset, uint64_t end, struct efs_diag *diag)
{
    static const uint8_t zeros[65536];
    enum efs_error err = EFS_OK;

    while (!err && offset < end)
    {
        size_t n = end - offset < sizeof(zeros) ? (size_t)(end - offset) : sizeof(zeros);

        err = io_write_all(fd, offset, zeros, n, diag);
        offset += n;
    }
    return err;
}

enum efs_error io_clear_data(int fd, uint64_t offset, uint64_t end, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;
    struct stat st;
    uint64_t data;

    if (fstat(fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if (end > (uint64_t)st.st_size) end = (uint64_t)st.st_size;
    while (!err && offset < end)
    {
        uint64_t data_end;

        io_find_data(fd, offset, end, &data, &data_end);
        if (data >= end) break;
        err = io_write_zeros(fd, data, data_end, diag);
        offset = data_end;
    }
    return err;
}

int io_reopen_directory(int dir_fd)
{
    return openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

DIR *io_list_directory(int dir_fd)
{
    int fd = io_reopen_directory(dir_fd);
    DIR *directory = fd == -1 ? NULL : fdopendir(fd);
    int err = errno;

    if (!directory && fd != -1) close(fd);
    errno = err;
    return directory;
}

enum efs_error io_sync_directory(int dir_fd, struct efs_diag *diag)
{
    int fd = io_reopen_directory(dir_fd);
    enum efs_error err = EFS_OK;

    if (fd == -1) return errno == EACCES ? EFS_OK : efs_fail_errno(diag, errno, 0, "open directory");
    if (fsync(fd)) err = efs_fail_errno(diag, errno, 0, "sync");
    close(fd);
    return err;
}

enum efs_error io_list_attributes(int fd, char **names, size_t *length, struct efs_diag *diag)
{
    ssize_t n = flistxattr(fd, NULL, 0);
    char *list;

    *names = NULL;
    *length = 0;
    if (n < 0) return efs_fail_errno(diag, errno, 0, "list extended attributes");
    if (!n) return EFS_OK;
    if (!(list = malloc((size_t)n))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    n = flistxattr(fd, list, (size_t)n);
    if (n <= 0)
    {
        free(list);
        /* gone meanwhile */
        return n ? efs_fail_errno(diag, errno, 0, "list extended attributes") : EFS_OK;
    }
    *names = list;
    *length = (size_t)n;
    return EFS_OK;
}

/* Longer than a step of any kernel. */
#define STEP_NS 50000000

bool io_is_settled(const struct timespec *changed)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    /* a file system of whole seconds, or of two */
    if (!changed->tv_nsec) return now.tv_sec > changed->tv_sec + 2;
    return now.tv_sec > changed->tv_sec + 1
        || (now.tv_sec - changed->tv_sec) * 1000000000LL + now.tv_nsec - changed->tv_nsec > STEP_NS;
}
