/*
 * EncryptFile, for what was just made.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_ENCRYPT_H
#define WINEEFS_ENCRYPT_H

#include <windows.h>

/*
 * Encrypts the empty file, or marks the directory, behind the handle, which is to the old file then. Win32 code, as
 * EncryptFile has it.
 */
DWORD encrypt_new(HANDLE file);

#endif
