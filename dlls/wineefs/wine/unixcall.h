/*
 * The PE half's way to the Unix half.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_UNIXCALL_H
#define WINEEFS_UNIXCALL_H

#include <windows.h>

#include "call/unixlib.h"

/* Finds the Unix half of the module; false (and one line on the debug channel) if there is none. */
BOOL unixcall_init(HMODULE module);
/* The number before the dot of Wine's version; 0: it isn't known. */
ULONG unixcall_wine_version(void);
BOOL unixcall_is_available(void);

/* Makes the call of this number; params is the structure that belongs to it. Only when available. */
void unixcall(enum unix_call call, void *params);

/* The same for each call of the list, so that the compiler sees which structure it takes:
   unixcall_export_begin(&params). */
#define DEFINE_UNIXCALL(name, type)                                \
    static inline void unixcall_##name(struct type *params)        \
    {                                                              \
        unixcall(unix_##name, params);                             \
    }
UNIX_CALLS(DEFINE_UNIXCALL)

/* Turns a result into a Win32 code, and says on the debug channel what went wrong. */
DWORD unixcall_error(const char *function, const struct unix_result *result);

/* A duplicate of the Unix descriptor behind a handle, for the Unix half to take over. Win32 code. */
DWORD unixcall_get_fd(HANDLE handle, DWORD access, int *fd);

/* A handle to a Unix descriptor, which stays the caller's; attributes: OBJ_INHERIT. An NTSTATUS. */
LONG unixcall_make_handle(int fd, DWORD access, DWORD attributes, HANDLE *handle);

/* The Unix path of an existing file by its NT name, not relative to a handle. FALSE if there is none or it doesn't
   fit. */
BOOL unixcall_get_nt_path(const void *object_attributes, char *path, ULONG size);

/* The Unix path for a file that needn't exist, from the process heap; NULL with the last error set. */
char *unixcall_get_path(const WCHAR *name);

#endif
