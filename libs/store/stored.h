/*
 * The shape of an encrypted file's content.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_STORED_H
#define EFS_STORED_H

#include <stddef.h>
#include <stdint.h>

#include "efs/store.h"

/*
 * Reads how long the content is, without padding, of a file of `size` bytes; it is left alone with EFS_ERR_CORRUPT if
 * the file has no such shape.
 */
enum efs_error stored_read_content_length(int fd, uint64_t size, uint64_t *length, struct efs_diag *diag);

#endif
