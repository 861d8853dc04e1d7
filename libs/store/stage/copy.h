/*
 * Content with holes: copied, and given room, for what it has and not for what it hasn't.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_STAGE_COPY_H
#define EFS_STAGE_COPY_H

#include <stdint.h>

#include "efs/error.h"

/* Makes the first `size` bytes of `to` those of `from`. What is a hole in `from` takes no new space in `to`. */
enum efs_error stage_copy(int from, int to, uint64_t size, struct efs_diag *diag);
/*
 * Secures the blocks that `to`, of to_size bytes, needs for the first `size` bytes of `from`, without changing what it
 * holds; it may be longer afterwards.
 */
enum efs_error stage_reserve(int from, int to, uint64_t to_size, uint64_t size, struct efs_diag *diag);
/* Gives back the space of what is a hole in `from`. Best effort. */
void stage_punch(int from, int to, uint64_t size);

#endif
