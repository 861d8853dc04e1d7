/*
 * Opening what a context works on, through Wine.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_OPEN_H
#define WINEEFS_OPEN_H

#include "context.h"

/* The names that no EFS function takes: empty (ERROR_PATH_NOT_FOUND), or above MS-EFSR's limit
   (ERROR_FILENAME_EXCED_RANGE). */
DWORD open_check_name(const WCHAR *name);

/* The name from its root on, from the process heap; NULL with the last error set. */
WCHAR *open_get_full_name(const WCHAR *name);

/*
 * What is below an encrypted file in a view of efsmount, whose key isn't there: Wine can't open it. *fd: to be taken
 * over. ERROR_ACCESS_DENIED: there is nothing of the kind; else what the view's daemon says.
 */
DWORD open_below(const WCHAR *name, int *fd);

/* Both fill a zeroed context; on failure nothing stays open. flags: those of OpenEncryptedFileRaw. Win32 codes. */
DWORD open_for_export(const WCHAR *name, ULONG flags, struct context *context);
DWORD open_for_import(const WCHAR *name, ULONG flags, struct context *context);

/*
 * Opens the target of an import that has succeeded once more, under the same rules: it may be in use, or
 * read-only, by now. On failure the context is as it was.
 */
DWORD open_for_import_again(struct context *context);

#endif
