/*
 * The container that a new key of the user's is in: one for each, since a key replaces another one in its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_CONTAINER_H
#define WINEEFS_CONTAINER_H

#include <windows.h>
#include <wincrypt.h>

#include "libraries.h"

#define CONTAINER_NAME 37 /* units: the text of a GUID, and a zero */

/* A new, empty one; to be ended by the library's CryptReleaseContext. Win32 code */
DWORD container_make(const struct libraries *lib, WCHAR name[CONTAINER_NAME], HCRYPTPROV *container);
/* With its key; it has to be ended before. */
void container_remove(const struct libraries *lib, const WCHAR *name);
/* For a certificate whose key is in it; points to the name. */
CRYPT_KEY_PROV_INFO container_info(WCHAR *name);

/*
 * Writes its key with the certificate into two files of the prefix, as the registry gets onto the disk late. Win32
 * code
 */
DWORD container_keep(const struct libraries *lib, HCRYPTPROV container, const WCHAR *name,
                     const CERT_CONTEXT *certificate);

/* The last error of one of the library's functions that has failed: never ERROR_SUCCESS. */
DWORD container_error(void);

#endif
