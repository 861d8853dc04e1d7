/*
 * The hooks that make encrypted files show as encrypted, and keep them from damage.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_HOOKS_H
#define WINEEFS_HOOKS_H

#include "patch/originals.h"

/* hook_query.c */
/*
 * Has the file behind this handle a size that an encrypted one can have? Asks by the cheapest of Wine's queries, one
 * call of the host's. A directory's size is 0. Only where NtQueryInformationFile's hook stands.
 */
BOOL hooks_is_candidate_size(HANDLE file);
NTSTATUS WINAPI hook_NtQueryAttributesFile(const OBJECT_ATTRIBUTES *attr, void *info);
NTSTATUS WINAPI hook_NtQueryFullAttributesFile(const OBJECT_ATTRIBUTES *attr, void *info);
NTSTATUS WINAPI hook_NtQueryInformationFile(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class);
NTSTATUS WINAPI hook_NtQueryInformationByName(const OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io, void *info,
                                              ULONG length, ULONG class);
NTSTATUS WINAPI hook_NtQueryVolumeInformationFile(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length,
                                                  ULONG class);

/* hook_directory.c */
NTSTATUS WINAPI hook_NtQueryDirectoryFile(HANDLE dir, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io,
                                          void *info, ULONG length, ULONG class, BOOLEAN single, UNICODE_STRING *mask,
                                          BOOLEAN restart);
NTSTATUS WINAPI hook_NtQueryDirectoryFileEx(HANDLE dir, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io,
                                            void *info, ULONG length, ULONG class, ULONG flags, UNICODE_STRING *mask);

/* Of how many handles hook_directory.c has noted something: 0 in nearly every process. */
extern LONG hooks_empty_scans;
/* A handle is closed: what was noted of it goes. */
void hooks_forget_scan(HANDLE dir);

/* guard.c */
NTSTATUS WINAPI hook_NtCreateFile(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                                  LARGE_INTEGER *allocation, ULONG attributes, ULONG sharing, ULONG disposition,
                                  ULONG options,
                                  void *ea, ULONG ea_length);
NTSTATUS WINAPI hook_NtOpenFile(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                                ULONG sharing, ULONG options);
NTSTATUS WINAPI hook_NtSetInformationFile(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class);
NTSTATUS WINAPI hook_NtDuplicateObject(HANDLE source_process, HANDLE source, HANDLE target_process, HANDLE *target,
                                       ACCESS_MASK access, ULONG attributes, ULONG options);

/* hook_attributes.c: NtSetInformationFile with FILE_BASIC_INFORMATION */
NTSTATUS hooks_set_basic(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length);

/* removal.c */
NTSTATUS WINAPI hook_NtClose(HANDLE handle);
NTSTATUS WINAPI hook_NtDeleteFile(OBJECT_ATTRIBUTES *attr);

/* sparse.c */
NTSTATUS WINAPI hook_NtFsControlFile(HANDLE file, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io,
                                     ULONG code, void *in, ULONG in_length, void *out, ULONG out_length);

/* ea.c */
NTSTATUS WINAPI hook_NtQueryEaFile(HANDLE file, IO_STATUS_BLOCK *io, void *buffer, ULONG length, BOOLEAN single,
                                   void *list, ULONG list_length, ULONG *index, BOOLEAN restart);
NTSTATUS WINAPI hook_NtSetEaFile(HANDLE file, IO_STATUS_BLOCK *io, void *list, ULONG length);

/* exact.c */
NTSTATUS WINAPI hook_NtQuerySecurityObject(HANDLE file, SECURITY_INFORMATION information,
                                           PSECURITY_DESCRIPTOR descriptor, ULONG length, ULONG *needed);
NTSTATUS WINAPI hook_NtSetSecurityObject(HANDLE file, SECURITY_INFORMATION information,
                                         PSECURITY_DESCRIPTOR descriptor);

struct exact_creation /* of something that may be made with a descriptor */
{
    OBJECT_ATTRIBUTES    attr;
    PSECURITY_DESCRIPTOR wanted; /* NULL: it is none of our business */
};

/* With what NtCreateFile is to be called: in place of the program's descriptor one that lets in the user alone. */
OBJECT_ATTRIBUTES *exact_creation_begin(struct exact_creation *creation, OBJECT_ATTRIBUTES *attr, ULONG disposition,
                                        ULONG options);
/* It was made, and gets the descriptor that the program wanted. */
NTSTATUS exact_creation_end(const struct exact_creation *creation, HANDLE file);

/* Sets them, once, when the DLL is loaded. */
void hooks_install(void);

#endif
