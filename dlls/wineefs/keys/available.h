/*
 * Can files be encrypted and decrypted at all?
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_AVAILABLE_H
#define WINEEFS_AVAILABLE_H

#include <windows.h>

/*
 * Win32 code: ERROR_NO_EFS: the Unix half is missing; ERROR_EFS_DISABLED: a policy forbids it; or wineefs-keys.so, or
 * what it stands on, isn't there, or crypt32.dll isn't, of which the debug channel gets a line. Before any other
 * function of keys, and not in DllMain.
 */
DWORD keys_check(void);

#endif
