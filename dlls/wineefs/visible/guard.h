/*
 * The one way past the guard, for the EFS functions themselves.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_GUARD_H
#define WINEEFS_GUARD_H

#include "wine/nt.h"

/* Rights to the data of a file */
#define GUARD_DATA_ACCESS (FILE_READ_DATA | FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_EXECUTE \
                           | GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL | MAXIMUM_ALLOWED)

/* Opens an existing file or directory, encrypted or not. NULL with the last error set. */
HANDLE guard_open(const WCHAR *name, ACCESS_MASK access, ULONG sharing);

#endif
