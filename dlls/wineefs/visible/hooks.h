/*
 * The hooks that make encrypted files show as encrypted, and keep them from damage.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_HOOKS_H
#define WINEEFS_HOOKS_H

#include "patch/hook.h"
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
};
extern struct nt_originals nt_original;

/* NtOpenFile past the guard, whether its hook stands or not. */
NTSTATUS hooks_open_file(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, ULONG sharing, ULONG options);

/* hook_query.c */
/* Has the file behind this handle a size that an encrypted one can have? The cheapest of Wine's queries: one call of the host's.
   A directory's is 0. Only where NtQueryInformationFile's hook stands. */
BOOL hooks_is_candidate_size(HANDLE file);
NTSTATUS WINAPI hook_NtQueryAttributesFile(const OBJECT_ATTRIBUTES *attr, void *info);
NTSTATUS WINAPI hook_NtQueryFullAttributesFile(const OBJECT_ATTRIBUTES *attr, void *info);
NTSTATUS WINAPI hook_NtQueryInformationFile(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class);
NTSTATUS WINAPI hook_NtQueryInformationByName(const OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class);
NTSTATUS WINAPI hook_NtQueryVolumeInformationFile(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class);

/* hook_directory.c */
NTSTATUS WINAPI hook_NtQueryDirectoryFile(HANDLE dir, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io, void *info,
                                          ULONG length, ULONG class, BOOLEAN single, UNICODE_STRING *mask, BOOLEAN restart);
NTSTATUS WINAPI hook_NtQueryDirectoryFileEx(HANDLE dir, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io, void *info,
                                            ULONG length, ULONG class, ULONG flags, UNICODE_STRING *mask);

/* guard.c */
NTSTATUS WINAPI hook_NtCreateFile(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                                  LARGE_INTEGER *allocation, ULONG attributes, ULONG sharing, ULONG disposition, ULONG options,
                                  void *ea, ULONG ea_length);
NTSTATUS WINAPI hook_NtOpenFile(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io, ULONG sharing,
                                ULONG options);

/* hook_attributes.c: NtSetInformationFile with FILE_BASIC_INFORMATION */
NTSTATUS hooks_set_basic(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length);
NTSTATUS WINAPI hook_NtSetInformationFile(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class);
NTSTATUS WINAPI hook_NtDuplicateObject(HANDLE source_process, HANDLE source, HANDLE target_process, HANDLE *target,
                                       ACCESS_MASK access, ULONG attributes, ULONG options);

/* sparse.c */
NTSTATUS WINAPI hook_NtFsControlFile(HANDLE file, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io, ULONG code, void *in,
                                     ULONG in_length, void *out, ULONG out_length);

/*
 * Sets them, once, when the DLL is loaded, and replaces the stubs of backup.h: at once if kernel32 is initialised. Otherwise
 * that is done as soon as it is, when a hook is called or another DLL comes: a program has no file to back up before that.
 */
void hooks_install(void);
void hooks_finish(void);
extern LONG hooks_pending;

static inline void hooks_catch_up(void)
{
    if (hooks_pending) hooks_finish();
}
/*
 * Deny data access to encrypted files? Overwriting makes a plain file in any case. The first call reads the registry, four
 * requests to Wine's server that most programs never need: so it is asked last.
 */
BOOL hooks_guard(void);

/* For reports: name and state of hook i, the messages and the replaced stubs among them. FALSE when there are no more. */
BOOL hooks_get(unsigned int i, const char **name, enum hook_state *state);

#endif
