/*
 * Reparse points, as Wine from 10.19 on keeps them on the host: a link of Windows' kind whose name is X is a file or
 * directory `X?` with an attribute of Wine's. Earlier Wines, and Linux programs, find nothing under the name X.
 *
 * The name is taken all the same: so nothing is made beside a link. Names are compared letter by letter.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_REPARSE_H
#define EFS_REPARSE_H

#include "efs/error.h"

#define EFS_REPARSE_XATTR "user.WINEREPARSE"

/* Of a name (or a path, relative to the directory; O_PATH will do) under which nothing stands, or only what the caller
   has just made. EFS_ERR_EXISTS: a reparse point has it; the host's errors. */
enum efs_error efs_reparse_check(int dir_fd, const char *name, struct efs_diag *diag);

#endif
