/*
 * The one way in which security descriptors come to files and from them. All return Win32 codes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_SECURITY_H
#define WINEEFS_SECURITY_H

#include "call/unixlib.h"
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

/* ---- for exact.c; none of them looks at the handle's rights but Wine's query ---- */

/* What Wine makes of the mode, an NTSTATUS; with a failure the blob is empty. */
LONG security_query(HANDLE file, SECURITY_INFORMATION information, struct blob *blob);
/* The descriptor that was set and still belongs to the file; an empty blob: there is none. *is_file: is it a file or
   directory of the host's, for which one can be kept? */
DWORD security_get_kept(HANDLE file, struct blob *kept, BOOL *is_file);
/* Keeps a valid one, and makes a mode of it but for what `stays` (enum security_stays). What came of it is in *params,
   all zero before. */
DWORD security_put(HANDLE file, const struct blob *blob, ULONG stays, struct security_set_params *params);

#endif
