/*
 * Reading and writing by descriptor, all of what was asked for; directories by descriptor.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_IO_H
#define EFS_IO_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "efs/error.h"

/* `length` bytes from `offset` on. EFS_ERR_CORRUPT if the file ends before, the host's errors. */
enum efs_error io_read_exactly(int fd, uint64_t offset, void *buffer, size_t length, struct efs_diag *diag);
/* All of it, from `offset` on. The host's errors. */
enum efs_error io_write_all(int fd, uint64_t offset, const void *data, size_t length, struct efs_diag *diag);
/* Zeros from `offset` to `end`. The host's errors. */
enum efs_error io_write_zeros(int fd, uint64_t offset, uint64_t end, struct efs_diag *diag);

#define FD_PATH_SIZE 40

/*
 * A name that leads to what an open descriptor is of, whatever has become of its own name: for calls that want a name,
 * and for what an O_PATH descriptor alone can't do. Returns path.
 */
const char *fd_path(char path[FD_PATH_SIZE], int fd);

/*
 * The next data at or after `from` in the first `size` bytes: *start to *end, both `size` if there's none. Without
 * holes to ask for, all is data.
 */
void io_find_data(int fd, uint64_t from, uint64_t size, uint64_t *start, uint64_t *end);

/* What data there is from `offset` to `end`, or to the file's end, becomes zeros, and keeps its blocks. The host's
   errors. */
enum efs_error io_clear_data(int fd, uint64_t offset, uint64_t end, struct efs_diag *diag);

/*
 * Opens the directory again, for reading: since dir_fd may be an O_PATH one, and since all who share a descriptor share
 * its position. -1 with errno.
 */
int io_reopen_directory(int dir_fd);
/* The same, to read the directory's names. NULL with errno. */
DIR *io_list_directory(int dir_fd);
/*
 * Puts the directory's names on the disk. EFS_OK without doing so for who may write in the directory but not read it:
 * then it is left to the file system, which keeps an order of its own. The host's errors.
 */
enum efs_error io_sync_directory(int dir_fd, struct efs_diag *diag);

/*
 * Times of files advance in steps of some milliseconds, in some file systems of whole seconds. What was looked at so
 * soon after its last change may have changed again within the same step: did the change lie further back?
 */
bool io_is_settled(const struct timespec *changed);

/*
 * The names of all extended attributes of an open file, each terminated; allocated, NULL if there are none. The host's
 * errors, ENOTSUP among them.
 */
enum efs_error io_list_attributes(int fd, char **names, size_t *length, struct efs_diag *diag);

#endif
