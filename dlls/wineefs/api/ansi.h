/*
 * Names in the code page of the file functions.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_ANSI_H
#define WINEEFS_ANSI_H

#include <windows.h>

/* The same in UTF-16, from the process heap. NULL with the last error set; a NULL name is ERROR_INVALID_PARAMETER. */
WCHAR *ansi_to_wide(const char *name);

#endif
