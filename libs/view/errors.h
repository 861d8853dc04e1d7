/*
 * What the engine's errors are called in the language of file systems.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef VIEW_ERRORS_H
#define VIEW_ERRORS_H

#include "efs/error.h"

/* An errno value, never 0, for what has failed: the host's own where it was the host. */
int errno_of(const struct efs_diag *diag);

#endif
