/*
 * EFS functions that not every advapi32.dll has: called by pointers pNAME, as Wine's tests do it. begin_tests() sets
 * them; NULL where the system has none.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_TEST_API_H
#define EFS_TEST_API_H

#include <windows.h>

/* winefs.h, as documented; Wine has no such header, and mingw-w64's windows.h brings its own */
#ifndef __WINEFS_H__

typedef struct
{
    DWORD dwCertEncodingType;
    DWORD cbData;
    PBYTE pbData;
} EFS_CERTIFICATE_BLOB, *PEFS_CERTIFICATE_BLOB;

typedef struct
{
    DWORD cbData;
    PBYTE pbData;
} EFS_HASH_BLOB, *PEFS_HASH_BLOB;

typedef struct
{
    DWORD cbData;
    PBYTE pbData;
} EFS_RPC_BLOB, *PEFS_RPC_BLOB;

typedef struct
{
    DWORD cbTotalLength;
    SID  *pUserSid;
    PEFS_CERTIFICATE_BLOB pCertBlob;
} ENCRYPTION_CERTIFICATE, *PENCRYPTION_CERTIFICATE;

typedef struct
{
    DWORD  cbTotalLength;
    SID   *pUserSid;
    PEFS_HASH_BLOB pHash;
    LPWSTR lpDisplayInformation;
} ENCRYPTION_CERTIFICATE_HASH, *PENCRYPTION_CERTIFICATE_HASH;

typedef struct
{
    DWORD nCert_Hash;
    PENCRYPTION_CERTIFICATE_HASH *pUsers;
} ENCRYPTION_CERTIFICATE_HASH_LIST, *PENCRYPTION_CERTIFICATE_HASH_LIST;

typedef struct
{
    DWORD nUsers;
    PENCRYPTION_CERTIFICATE *pUsers;
} ENCRYPTION_CERTIFICATE_LIST, *PENCRYPTION_CERTIFICATE_LIST;

#endif

/* F(result, name, parameters) */
#define EFS_FUNCTIONS(F) \
    F(DWORD, AddUsersToEncryptedFile, (LPCWSTR, PENCRYPTION_CERTIFICATE_LIST)) \
    F(DWORD, AddUsersToEncryptedFileEx, (DWORD, PEFS_RPC_BLOB, LPCWSTR, PENCRYPTION_CERTIFICATE_LIST)) \
    F(DWORD, DuplicateEncryptionInfoFile, (LPCWSTR, LPCWSTR, DWORD, DWORD, LPSECURITY_ATTRIBUTES)) \
    F(DWORD, EncryptedFileKeyInfo, (LPCWSTR, DWORD, PEFS_RPC_BLOB *)) \
    F(BOOL, EncryptionDisable, (LPCWSTR, BOOL)) \
    F(DWORD, FlushEfsCache, (PVOID)) \
    F(VOID, FreeEncryptedFileKeyInfo, (PEFS_RPC_BLOB)) \
    F(VOID, FreeEncryptedFileMetadata, (PBYTE)) \
    F(VOID, FreeEncryptionCertificateHashList, (PENCRYPTION_CERTIFICATE_HASH_LIST)) \
    F(DWORD, GetEncryptedFileMetadata, (LPCWSTR, PDWORD, PBYTE *)) \
    F(DWORD, QueryRecoveryAgentsOnEncryptedFile, (LPCWSTR, PENCRYPTION_CERTIFICATE_HASH_LIST *)) \
    F(DWORD, QueryUsersOnEncryptedFile, (LPCWSTR, PENCRYPTION_CERTIFICATE_HASH_LIST *)) \
    F(DWORD, RemoveUsersFromEncryptedFile, (LPCWSTR, PENCRYPTION_CERTIFICATE_HASH_LIST)) \
    F(DWORD, SetEncryptedFileMetadata, (LPCWSTR, PBYTE, PBYTE, PENCRYPTION_CERTIFICATE_HASH, DWORD, \
                                        PENCRYPTION_CERTIFICATE_HASH_LIST)) \
    F(DWORD, SetUserFileEncryptionKey, (PENCRYPTION_CERTIFICATE)) \
    F(DWORD, SetUserFileEncryptionKeyEx, (PENCRYPTION_CERTIFICATE, DWORD, DWORD, LPVOID)) \
    F(DWORD, UsePinForEncryptedFilesA, (PVOID, PVOID, PVOID)) \
    F(DWORD, UsePinForEncryptedFilesW, (PVOID, PVOID, PVOID))

#define DECLARE_FUNCTION(result, name, parameters) extern result (WINAPI *p##name)parameters;
EFS_FUNCTIONS(DECLARE_FUNCTION)
#undef DECLARE_FUNCTION

void load_efs_functions(void);
/* Calls found(name, whether the system has it) for each of them. */
void for_each_efs_function(void (*found)(const char *name, BOOL there));

#endif
