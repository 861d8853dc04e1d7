/*
 * What the staging code needs of a target beyond efs/store.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_TARGET_H
#define EFS_TARGET_H

#include "efs/store.h"

/* fd (which stays the caller's) is the object that stands at the target's name from now on. */
enum efs_error target_remember(struct efs_target *target, int fd, struct efs_diag *diag);

#endif
