/*
 * The ways to replace a $EFS, for their tests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_REPLACE_WAYS_H
#define EFS_REPLACE_WAYS_H

#include "efs/replace.h"

/* By writing the file anew from its own raw stream: works for every form, takes as long as a copy. */
enum efs_error replace_by_rewriting(int fd, const uint8_t *metadata, uint32_t length, struct efs_diag *diag);

#endif
