/*
 * The parts of ntdll's interface that the tests use and mingw-w64's headers lack (MS-FSCC 2.4, ntifs.h).
 *
 * Information blocks are bytes at documented offsets: the structures differ between headers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef NT_TEST_H
#define NT_TEST_H

#include <winternl.h>

#define NT_SUCCESS_ ((NTSTATUS)0)
#define NT_BUFFER_OVERFLOW ((NTSTATUS)0x80000005)
#define NT_NOT_IMPLEMENTED ((NTSTATUS)0xc0000002)
#define NT_INVALID_INFO_CLASS ((NTSTATUS)0xc0000003)
#define NT_INVALID_HANDLE ((NTSTATUS)0xc0000008)
#define NT_NO_MORE_FILES ((NTSTATUS)0x80000006)
#define NT_ACCESS_DENIED ((NTSTATUS)0xc0000022)
#define NT_NAME_COLLISION ((NTSTATUS)0xc0000035)

/* FILE_INFORMATION_CLASS */
#define NT_DIRECTORY 1
#define NT_FULL_DIRECTORY 2
#define NT_BOTH_DIRECTORY 3
#define NT_BASIC 4
#define NT_STANDARD 5
#define NT_RENAME 10
#define NT_LINK 11
#define NT_NAMES 12
#define NT_ALL 18
#define NT_END_OF_FILE 20
#define NT_NETWORK_OPEN 34
#define NT_ATTRIBUTE_TAG 35
#define NT_ID_BOTH_DIRECTORY 37
#define NT_ID_FULL_DIRECTORY 38
#define NT_ID_GLOBAL_TX_DIRECTORY 50
#define NT_ID_EXTD_DIRECTORY 60
#define NT_ID_EXTD_BOTH_DIRECTORY 63
#define NT_STAT 68
#define NT_STAT_LX 70

#define NT_FS_ATTRIBUTE 5

#define NONE (-1)

/* Where a class has attributes and end of file; NONE: it hasn't. */
struct nt_class
{
    const char *name;
    ULONG class;
    int attributes;
    int end_of_file;
    int file_name; /* of the directory classes; its length in bytes is a ULONG at 0x3c */
};
extern const struct nt_class nt_file_classes[];      /* of NtQueryInformationFile; end with a NULL name */
extern const struct nt_class nt_directory_classes[]; /* of NtQueryDirectoryFile */

#ifndef __WINESRC__ /* Wine's winternl.h has them */
NTSTATUS NTAPI NtQueryAttributesFile(const OBJECT_ATTRIBUTES *attr, void *info);
NTSTATUS NTAPI NtQueryFullAttributesFile(const OBJECT_ATTRIBUTES *attr, void *info);
NTSTATUS NTAPI NtQueryDirectoryFile(HANDLE dir, HANDLE event, PIO_APC_ROUTINE apc, void *apc_context,
                                    IO_STATUS_BLOCK *io, void *info, ULONG length, FILE_INFORMATION_CLASS class,
                                    BOOLEAN single, UNICODE_STRING *mask, BOOLEAN restart);
#endif

/* NULL where the system hasn't got them */
extern NTSTATUS (NTAPI *query_information_by_name)(OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io, void *info,
                                                   ULONG length, ULONG class);
extern NTSTATUS (NTAPI *query_directory_ex)(HANDLE dir, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io,
                                            void *info, ULONG length, ULONG class, ULONG flags, UNICODE_STRING *mask);
void load_nt(void);

/* OBJECT_ATTRIBUTES for a Win32 path, or for a name below a directory */
struct nt_name
{
    OBJECT_ATTRIBUTES attr;
    UNICODE_STRING string;
    bool allocated;
};
void init_nt_name(struct nt_name *name, const WCHAR *path);
void init_nt_name_at(struct nt_name *name, HANDLE root, const WCHAR *relative);
void free_nt_name(struct nt_name *name);

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
/* NULL if it fails */
HANDLE nt_open(const WCHAR *path, ACCESS_MASK access, ULONG options, NTSTATUS *status);

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

#endif
