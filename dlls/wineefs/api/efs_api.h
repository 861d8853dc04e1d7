/*
 * The EFS functions of advapi32 that mingw-w64's headers lack, and the structures that go with them.
 *
 * What Microsoft documents is declared as documented. FlushEfsCache, UsePinForEncryptedFiles and
 * AddUsersToEncryptedFileEx are documented nowhere: of the first two the argument count is known (from mingw-w64's
 * import library for i386), of the last one its remote counterpart, EfsRpcAddUsersToFileEx of MS-EFSR, too.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_EFS_API_H
#define WINEEFS_EFS_API_H

#include <windows.h>
#include <winefs.h>

/* Classes of EncryptedFileKeyInfo (MS-EFSR 3.1.4.2.13) */
#define KEY_INFO_BASIC             0x001
#define KEY_INFO_COMPATIBILITY     0x002
#define KEY_INFO_UPDATE_KEY        0x100
#define KEY_INFO_DECRYPTION_STATUS 0x200
#define KEY_INFO_ENCRYPTION_STATUS 0x400

typedef struct
{
    DWORD EfsVersion;
} EFS_COMPATIBILITY_INFO;

typedef struct
{
    DWORD dwDecryptionError;
    DWORD dwHashOffset; /* from the start of the structure */
    DWORD cbHash;
} EFS_DECRYPTION_STATUS_INFO;

typedef struct
{
    BOOL  bHasCurrentKey;
    DWORD dwEncryptionError;
} EFS_ENCRYPTION_STATUS_INFO;

/* Operations of SetEncryptedFileMetadata */
#define METADATA_ADD     1
#define METADATA_REMOVE  2
#define METADATA_REPLACE 4
#define METADATA_GENERAL 8

/* A flag of AddUsersToEncryptedFileEx: EFSRPC_ADDUSERFLAG_REPLACE_DDF of MS-EFSR */
#define ADD_USERS_REPLACE 4

/* Limits of the structures' parts (winefs.h, MS-EFSR 2.2): bytes, and entries of a list */
#define CERTIFICATE_MAX 32768
#define HASH_MAX        100
#define USERS_MAX       500

DWORD WINAPI AddUsersToEncryptedFileEx(DWORD flags, PEFS_RPC_BLOB reserved, LPCWSTR name,
                                       PENCRYPTION_CERTIFICATE_LIST users);
DWORD WINAPI SetUserFileEncryptionKeyEx(PENCRYPTION_CERTIFICATE certificate, DWORD capabilities, DWORD flags,
                                        LPVOID reserved);
DWORD WINAPI EncryptedFileKeyInfo(LPCWSTR name, DWORD class, PEFS_RPC_BLOB *info);
VOID WINAPI FreeEncryptedFileKeyInfo(PEFS_RPC_BLOB info);
DWORD WINAPI GetEncryptedFileMetadata(LPCWSTR name, PDWORD size, PBYTE *metadata);
DWORD WINAPI SetEncryptedFileMetadata(LPCWSTR name, PBYTE old_metadata, PBYTE new_metadata,
                                      PENCRYPTION_CERTIFICATE_HASH owner, DWORD operation,
                                      PENCRYPTION_CERTIFICATE_HASH_LIST added);
VOID WINAPI FreeEncryptedFileMetadata(PBYTE metadata);
DWORD WINAPI FlushEfsCache(PVOID user);
DWORD WINAPI UsePinForEncryptedFilesA(PVOID a, PVOID b, PVOID c);
DWORD WINAPI UsePinForEncryptedFilesW(PVOID a, PVOID b, PVOID c);

#endif
