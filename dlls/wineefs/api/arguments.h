/*
 * What programs pass to the EFS functions: names in a code page, and structures with pointers in them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_ARGUMENTS_H
#define WINEEFS_ARGUMENTS_H

#include <windows.h>

/* A name in the code page of the file functions as UTF-16, from the process heap. NULL with the last error set; a NULL
   name is ERROR_INVALID_PARAMETER. */
WCHAR *ansi_to_wide(const char *name);

/* Frees such a name after the call that it was made for. Returns the call's result; the last error is the call's,
   too. */
BOOL ansi_finish(WCHAR *name, BOOL result);

/* Can that be read? Windows' EFS service gets copies of structures, and refuses what can't be copied; here a check has
   to do. */
static inline BOOL pointer_is_readable(const void *p, SIZE_T size)
{
    return p && !IsBadReadPtr(p, size);
}

#endif
