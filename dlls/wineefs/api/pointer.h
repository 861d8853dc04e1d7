/*
 * Pointers that a program passes in structures. Windows' EFS service gets copies, and refuses what can't be copied; here a
 * check has to do.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_POINTER_H
#define WINEEFS_POINTER_H

#include <windows.h>

static inline BOOL pointer_is_readable(const void *p, SIZE_T size)
{
    return p && !IsBadReadPtr(p, size);
}

#endif
