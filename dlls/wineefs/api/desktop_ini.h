/*
 * Whether encryption is switched off for a directory: an entry in its Desktop.ini.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_DESKTOP_INI_H
#define WINEEFS_DESKTOP_INI_H

#include <windows.h>

/* dir: any name of an existing directory, with or without a separator at its end. What can't be read switches nothing
   off. */
BOOL desktop_ini_is_disabled(const WCHAR *dir);

/* Writes the entry, if it isn't so already. Win32 code; ERROR_FILE_TOO_LARGE for a Desktop.ini that is no such
   thing. */
DWORD desktop_ini_disable(const WCHAR *dir, BOOL disable);

#endif
