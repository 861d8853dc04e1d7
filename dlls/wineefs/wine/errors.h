/*
 * The one table from the engine's errors to Win32 codes, and how the functions return one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_ERRORS_H
#define WINEEFS_ERRORS_H

#include <windows.h>

#include "efs/error.h"

DWORD error_to_win32(enum efs_error error);
LONG error_to_status(enum efs_error error); /* an NTSTATUS, whose header not everybody here may have */
/* The same of what was stored already: a $EFS that breaks a rule is no bad stream, but makes its file a corrupt one. */
DWORD error_of_stored(enum efs_error error);

/* The same of a file that is to be encrypted or decrypted: without its key, and of another user's, Windows says that
   access is denied. */
DWORD error_of_change(enum efs_error error);

/* The same of users that are to be added: what can't be is too many for the $EFS. */
DWORD error_of_users(enum efs_error error);

/* Returns the code, and makes it the last error if it is one: some callers read that. */
DWORD error_return(DWORD code);

#endif
