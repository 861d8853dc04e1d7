/*
 * The one way in which security descriptors come to files and from them. All return Win32 codes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_SECURITY_H
#define WINEEFS_SECURITY_H

#include "wine/blob.h"

/*
 * A program's descriptor as one block, in which everything is where it should be. ERROR_INVALID_SECURITY_DESCR: it
 * isn't one.
 */
DWORD security_copy(PSECURITY_DESCRIPTOR descriptor, struct blob *blob);
/* Self-relative; nothing there: success, and an empty blob. The handle needs READ_CONTROL. */
DWORD security_get(HANDLE file, struct blob *blob);
/*
 * All that a valid, self-relative descriptor has, as far as the host can keep it: docs/backup.md. The handle needs
 * WRITE_DAC, and WRITE_OWNER for owner and group; otherwise ERROR_ACCESS_DENIED, and nothing has changed.
 */
DWORD security_set(HANDLE file, const struct blob *blob);
/* Its access list alone. */
DWORD security_set_list(HANDLE file, const struct blob *blob);

#endif
