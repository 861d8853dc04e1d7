/*
 * The key for which a user's files are encrypted: the current one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_CURRENT_KEY_H
#define WINEEFS_CURRENT_KEY_H

#include "wine/blob.h"

/*
 * Its certificate (DER): the one that was chosen (HKEY_CURRENT_USER\Software\Microsoft\Windows NT\CurrentVersion\EFS\
 * CurrentKeys, CertificateHash), if it is valid and its private key is there; else another one of the user's for EFS;
 * else a new one, which becomes the current. Win32 code: ERROR_NO_USER_KEYS: there is none, and a policy forbids to
 * make one.
 */
DWORD current_key_get(struct blob *certificate);

/* Makes a new one, whatever there is. The same codes */
DWORD current_key_make(void);

/*
 * Makes one of the user's certificates the current one, given as DER. Win32 code: ERROR_INVALID_PARAMETER: it is no
 * certificate; ERROR_NO_USER_KEYS: the user hasn't it, its private key isn't there, or it isn't valid now.
 */
DWORD current_key_set(const BYTE *certificate, DWORD size);

/* Is there one without making it? */
BOOL current_key_exists(void);

#endif
