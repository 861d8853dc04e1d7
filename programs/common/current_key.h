/*
 * The key that a user's new files are encrypted for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PROGRAMS_CURRENT_KEY_H
#define PROGRAMS_CURRENT_KEY_H

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#define HASH_SIZE 20 /* bytes of SHA-1 */

/* The hash of its certificate. ERROR_NO_USER_KEYS: the user has none. */
DWORD get_current_hash(BYTE hash[HASH_SIZE]);

#endif
