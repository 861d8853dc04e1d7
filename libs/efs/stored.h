/*
 * The shape of an encrypted file's content.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_STORED_H
#define EFS_STORED_H

#include <stdint.h>

#include "efs/error.h"

/* Reads how long the plaintext is of a file of `size` bytes, which is left alone with EFS_ERR_CORRUPT if it has no such shape. */
enum efs_error stored_read_data_size(int fd, uint64_t size, uint64_t *data_size, struct efs_diag *diag);

#endif
