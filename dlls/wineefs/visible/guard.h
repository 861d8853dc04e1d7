/*
 * The one way past the guard, for the raw functions themselves.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_GUARD_H
#define WINEEFS_GUARD_H

#include "wine/nt.h"

/* Opens an existing file or directory, encrypted or not. NULL with the last error set. */
HANDLE guard_open(const WCHAR *name, ACCESS_MASK access, ULONG sharing);

#endif
