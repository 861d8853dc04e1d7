/*
 * Reading and writing by descriptor, all of what was asked for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_IO_H
#define EFS_IO_H

#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"

/* `length` bytes from `offset` on. EFS_ERR_CORRUPT if the file ends before, the host's errors. */
enum efs_error io_read_exactly(int fd, uint64_t offset, void *buffer, size_t length, struct efs_diag *diag);
/* All of it, from `offset` on. The host's errors. */
enum efs_error io_write_all(int fd, uint64_t offset, const void *data, size_t length, struct efs_diag *diag);

#endif
