/*
 * The shape of an encrypted file's content, whatever its form: padded, and closed by the count of what pads it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_CONTENT_H
#define EFS_CONTENT_H

#include <stdint.h>

#include "efs/error.h"

/*
 * Reads how long the content is, without padding, of a file of `size` bytes; it is left alone with EFS_ERR_CORRUPT if
 * the file has no such shape.
 */
enum efs_error content_read_length(int fd, uint64_t size, uint64_t *length, struct efs_diag *diag);

#endif
