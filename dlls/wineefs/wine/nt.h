/*
 * The parts of ntdll's interface that the hooks need, as documented by Microsoft (MS-FSCC 2.4, ntifs.h).
 *
 * Information blocks are handled as bytes at documented offsets: the structures differ between headers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_NT_H
#define WINEEFS_NT_H

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windows.h>
#include <winternl.h>

#define CURRENT_PROCESS ((HANDLE)(LONG_PTR)-1)
#define CURRENT_THREAD ((HANDLE)(LONG_PTR)-2)

/* FILE_INFORMATION_CLASS */
#define CLASS_DIRECTORY          1
#define CLASS_FULL_DIRECTORY     2
#define CLASS_BOTH_DIRECTORY     3
#define CLASS_BASIC              4
#define CLASS_STANDARD           5
#define CLASS_EA                 7
#define CLASS_RENAME             10
#define CLASS_LINK               11
#define CLASS_NAMES              12
#define CLASS_DISPOSITION        13
#define CLASS_ALL                18
#define CLASS_ALLOCATION         19
#define CLASS_END_OF_FILE        20
#define CLASS_NETWORK_OPEN       34
#define CLASS_ATTRIBUTE_TAG      35
#define CLASS_ID_BOTH_DIRECTORY  37
#define CLASS_ID_FULL_DIRECTORY  38
#define CLASS_VALID_DATA_LENGTH  39
#define CLASS_ID_GLOBAL_TX       50
#define CLASS_ID_EXTD_DIRECTORY  60
#define CLASS_ID_EXTD_BOTH       63
#define CLASS_DISPOSITION_EX     64
#define CLASS_RENAME_EX          65
#define CLASS_STAT               68
#define CLASS_STAT_LX            70
#define CLASS_LINK_EX            72

/* FS_INFORMATION_CLASS */
#define CLASS_FS_ATTRIBUTE 5

/* FILE_NETWORK_OPEN_INFORMATION (MS-FSCC 2.4.29) */
#define NETWORK_OPEN_SIZE       0x38
#define NETWORK_OPEN_ALLOCATION 0x20
#define NETWORK_OPEN_END        0x28 /* EndOfFile */
#define NETWORK_OPEN_ATTRIBUTES 0x30

/* FILE_BASIC_INFORMATION (MS-FSCC 2.4.7): the same four times, then the attributes */
#define BASIC_SIZE       0x28
#define BASIC_TIMES_SIZE 0x20
#define BASIC_ATTRIBUTES 0x20

/* FILE_STANDARD_INFORMATION (MS-FSCC 2.4.41) */
#define STANDARD_SIZE      0x18
#define STANDARD_ALLOCATION 0x00
#define STANDARD_END       0x08 /* EndOfFile */
#define STANDARD_DIRECTORY 0x15

#define ALL_EA_SIZE 0x48 /* in FILE_ALL_INFORMATION (MS-FSCC 2.4.2) */

#define END_OF_FILE_SIZE 8 /* FILE_END_OF_FILE_INFORMATION (MS-FSCC 2.4.13) */

/* IO_STATUS_BLOCK.Information of NtCreateFile */
#define IO_SUPERSEDED  0
#define IO_OPENED      1
#define IO_CREATED     2
#define IO_OVERWRITTEN 3

typedef NTSTATUS (WINAPI *nt_query_attributes_fn)(const OBJECT_ATTRIBUTES *attr, void *info);
typedef NTSTATUS (WINAPI *nt_query_information_fn)(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length,
                                                   ULONG class);
typedef NTSTATUS (WINAPI *nt_query_by_name_fn)(const OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io, void *info,
                                               ULONG length, ULONG class);
typedef NTSTATUS (WINAPI *nt_query_directory_fn)(HANDLE dir, HANDLE event, void *apc, void *apc_context,
                                                 IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class,
                                                 BOOLEAN single, UNICODE_STRING *mask,
                                                 BOOLEAN restart);
typedef NTSTATUS (WINAPI *nt_query_directory_ex_fn)(HANDLE dir, HANDLE event, void *apc, void *apc_context,
                                                    IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class,
                                                    ULONG flags, UNICODE_STRING *mask);
typedef NTSTATUS (WINAPI *nt_create_file_fn)(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr,
                                             IO_STATUS_BLOCK *io, LARGE_INTEGER *allocation, ULONG attributes,
                                             ULONG sharing, ULONG disposition,
                                             ULONG options, void *ea, ULONG ea_length);
typedef NTSTATUS (WINAPI *nt_duplicate_object_fn)(HANDLE source_process, HANDLE source, HANDLE target_process,
                                                  HANDLE *target, ACCESS_MASK access, ULONG attributes, ULONG options);
typedef NTSTATUS (WINAPI *nt_fs_control_fn)(HANDLE file, HANDLE event, void *apc, void *apc_context,
                                            IO_STATUS_BLOCK *io, ULONG code, void *in, ULONG in_length, void *out,
                                            ULONG out_length);
typedef NTSTATUS (WINAPI *nt_open_file_fn)(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr,
                                           IO_STATUS_BLOCK *io, ULONG sharing, ULONG options);
typedef NTSTATUS (WINAPI *nt_query_ea_fn)(HANDLE file, IO_STATUS_BLOCK *io, void *buffer, ULONG length, BOOLEAN single,
                                          void *list, ULONG list_length, ULONG *index, BOOLEAN restart);
typedef NTSTATUS (WINAPI *nt_set_ea_fn)(HANDLE file, IO_STATUS_BLOCK *io, void *list, ULONG length);
typedef NTSTATUS (WINAPI *nt_query_security_fn)(HANDLE object, SECURITY_INFORMATION parts,
                                                 PSECURITY_DESCRIPTOR descriptor, ULONG length, ULONG *needed);
typedef NTSTATUS (WINAPI *nt_set_security_fn)(HANDLE object, SECURITY_INFORMATION parts,
                                              PSECURITY_DESCRIPTOR descriptor);
typedef NTSTATUS (WINAPI *nt_close_fn)(HANDLE handle);
typedef NTSTATUS (WINAPI *nt_delete_file_fn)(OBJECT_ATTRIBUTES *attr);

/* mingw-w64's winternl.h lacks them */
WCHAR WINAPI RtlUpcaseUnicodeChar(WCHAR c);
ULONG WINAPI RtlGetLastWin32Error(void);
void WINAPI RtlSetLastWin32Error(ULONG error);
BOOLEAN WINAPI RtlEqualUnicodeString(const UNICODE_STRING *a, const UNICODE_STRING *b, BOOLEAN fold_case);
NTSTATUS WINAPI NtDelayExecution(BOOLEAN alertable, const LARGE_INTEGER *time);
void WINAPI RtlAcquireSRWLockExclusive(RTL_SRWLOCK *lock);
void WINAPI RtlReleaseSRWLockExclusive(RTL_SRWLOCK *lock);
NTSTATUS WINAPI NtSetEvent(HANDLE event, LONG *previous);
NTSTATUS WINAPI NtQueueApcThread(HANDLE thread, void *apc, ULONG_PTR context, ULONG_PTR io, ULONG_PTR reserved);
NTSTATUS WINAPI NtDeleteFile(OBJECT_ATTRIBUTES *attr);
NTSTATUS WINAPI NtCompareObjects(HANDLE first, HANDLE second);
NTSTATUS WINAPI NtOpenKey(HANDLE *key, ACCESS_MASK access, const OBJECT_ATTRIBUTES *attr);
NTSTATUS WINAPI NtQuerySecurityObject(HANDLE object, SECURITY_INFORMATION parts, PSECURITY_DESCRIPTOR descriptor,
                                      ULONG length, ULONG *needed);
NTSTATUS WINAPI NtSetSecurityObject(HANDLE object, SECURITY_INFORMATION parts, PSECURITY_DESCRIPTOR descriptor);
NTSTATUS WINAPI RtlGetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, BOOLEAN *present, ACL **acl,
                                             BOOLEAN *defaulted);
NTSTATUS WINAPI NtQueryValueKey(HANDLE key, const UNICODE_STRING *name, ULONG class, void *info, ULONG length,
                                ULONG *result);

/* Everybody else may open it for anything. */
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

static inline DWORD status_to_win32(NTSTATUS status)
{
    return status ? RtlNtStatusToDosError(status) : ERROR_SUCCESS;
}

static inline ULONG get_ulong(const BYTE *p)
{
    ULONG value;

    memcpy(&value, p, sizeof(value));
    return value;
}

static inline ULONG64 get_ulong64(const BYTE *p)
{
    ULONG64 value;

    memcpy(&value, p, sizeof(value));
    return value;
}

static inline void put_ulong(BYTE *p, ULONG value)
{
    memcpy(p, &value, sizeof(value));
}

static inline void put_ulong64(BYTE *p, ULONG64 value)
{
    memcpy(p, &value, sizeof(value));
}

#endif
