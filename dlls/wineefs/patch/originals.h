/*
 * What the hooks stand on: the ways to ntdll's own functions, whether data is guarded, and what waits for kernel32.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_ORIGINALS_H
#define WINEEFS_ORIGINALS_H

#include "wine/nt.h"

/* The ways to the originals; NULL where the hook doesn't stand. */
struct nt_originals
{
    nt_query_attributes_fn   query_attributes;
    nt_query_attributes_fn   query_full_attributes;
    nt_query_information_fn  query_information;
    nt_query_by_name_fn      query_by_name;
    nt_query_directory_fn    query_directory;
    nt_query_directory_ex_fn query_directory_ex;
    nt_query_information_fn  query_volume;
    nt_create_file_fn        create_file;
    nt_open_file_fn          open_file;
    nt_query_information_fn  set_information; /* same prototype */
    nt_duplicate_object_fn   duplicate_object;
    nt_fs_control_fn         fs_control;
    nt_query_ea_fn           query_ea;
    nt_set_ea_fn             set_ea;
    nt_query_security_fn     query_security;
    nt_set_security_fn       set_security;
    nt_close_fn              close;
    nt_delete_file_fn        delete_file;
};
extern struct nt_originals nt_original;

/* NtOpenFile past the guard, whether its hook stands or not. */
NTSTATUS hooks_open_file(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, ULONG sharing, ULONG options);
/* The same of NtCreateFile, of a normal file. */
NTSTATUS hooks_create_file(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                           ULONG attributes, ULONG sharing, ULONG disposition, ULONG options);
/* Takes back what NtCreateFile has just made there: closes the handle, removes a new file. Returns the status. */
NTSTATUS hooks_take_back(HANDLE *file, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io, NTSTATUS status);
/* The root directory of a drive, for questions about its volume; NULL: there's no such drive. */
HANDLE hooks_open_drive(WCHAR letter);
/* Wine's own NtQuerySecurityObject and NtSetSecurityObject, likewise. */
NTSTATUS hooks_query_security(HANDLE file, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor,
                              ULONG length, ULONG *needed);
NTSTATUS hooks_set_security(HANDLE file, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor);

/*
 * Deny data access to encrypted files? Overwriting makes a plain file in any case. The first call reads the registry,
 * four requests to Wine's server that most programs never need: so it is asked last.
 */
BOOL hooks_guard(void);
/* Keep the descriptors that programs set? Likewise. */
BOOL hooks_exact(void);
/* They stand: from now on hooks_guard asks. */
void originals_stand(void);

/*
 * Patches that need kernel32 are put off until it is initialised: `finish` is called once, at once if that is so
 * already, or else when a hook is called or another DLL comes. A program has no file to back up before that. No lock of
 * the loader's is held then.
 */
void originals_put_off(void (*finish)(void));
void hooks_finish(void);
extern LONG hooks_pending;

static inline void hooks_catch_up(void)
{
    if (hooks_pending) hooks_finish();
}

#endif
