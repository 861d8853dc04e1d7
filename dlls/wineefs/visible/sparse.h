/*
 * Which files a program has marked as sparse: Wine accepts FSCTL_SET_SPARSE and forgets it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_SPARSE_H
#define WINEEFS_SPARSE_H

#include "wine/nt.h"

BOOL sparse_get(HANDLE file);
/* What can't be marked stays as it is: a directory, a file on a file system without attributes, one that isn't the
 * user's; and by a handle that may neither write data nor attributes. */
void sparse_set(HANDLE file, BOOL sparse);

#endif
