/*
 * The shape of an encrypted file's content, whatever its form: padded, and closed by the count of what pads it; or, in
 * the open form, as long as an attribute says.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_CONTENT_H
#define EFS_CONTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "efs/error.h"

/*
 * Reads how long the content is, without padding, of a file of `size` bytes; it is left alone with EFS_ERR_CORRUPT if
 * the file has no such shape. *open: it is in the open form (docs/representation.md), in which every size is right.
 */
enum efs_error content_read_length(int fd, uint64_t size, uint64_t *length, bool *open, struct efs_diag *diag);
/* The same of a file that is known not to be in the open form. */
enum efs_error content_read_closed_length(int fd, uint64_t size, uint64_t *length, struct efs_diag *diag);

#endif
