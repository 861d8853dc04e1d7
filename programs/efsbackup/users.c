/*
 * efsbackup users: who can decrypt a file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efsbackup.h"

#include <winefs.h>

/* S-1-5-21-...; without ConvertSidToStringSid, since its answer would have to be freed on every way out. */
static void print_sid(SID *sid)
{
    const SID_IDENTIFIER_AUTHORITY *authority = GetSidIdentifierAuthority(sid);
    ULONGLONG value = 0;
    DWORD i;

    for (i = 0; i < sizeof(authority->Value); i++) value = value << 8 | authority->Value[i];
    print(STD_OUTPUT_HANDLE, L"    SID:         S-%u-%I64u", sid->Revision, value);
    for (i = 0; i < *GetSidSubAuthorityCount(sid); i++) print(STD_OUTPUT_HANDLE, L"-%lu", *GetSidSubAuthority(sid, i));
    print(STD_OUTPUT_HANDLE, L"\n");
}

static void print_user(const ENCRYPTION_CERTIFICATE_HASH *user)
{
    DWORD i;

    print(STD_OUTPUT_HANDLE, L"  %ls\n",
          user->lpDisplayInformation && *user->lpDisplayInformation ? user->lpDisplayInformation : L"(no name)");
    if (user->pUserSid) print_sid(user->pUserSid);
    if (!user->pHash || !user->pHash->cbData) return;
    print(STD_OUTPUT_HANDLE, L"    certificate: ");
    for (i = 0; i < user->pHash->cbData; i++) print(STD_OUTPUT_HANDLE, L"%02x", user->pHash->pbData[i]);
    print(STD_OUTPUT_HANDLE, L"\n");
}

static void print_list(const WCHAR *title, const ENCRYPTION_CERTIFICATE_HASH_LIST *list)
{
    DWORD i;

    print(STD_OUTPUT_HANDLE, L"%ls: %lu\n", title, list->nCert_Hash);
    for (i = 0; i < list->nCert_Hash; i++) print_user(list->pUsers[i]);
}

DWORD show_users(const WCHAR *file, const WCHAR **subject)
{
    ENCRYPTION_CERTIFICATE_HASH_LIST *users = NULL, *agents = NULL;
    WCHAR *path;
    DWORD code;

    *subject = file;
    if (!(path = usable_path(file))) return GetLastError();
    code = QueryUsersOnEncryptedFile(path, &users);
    if (!code) code = QueryRecoveryAgentsOnEncryptedFile(path, &agents);
    if (!code)
    {
        print_list(L"users", users);
        print_list(L"recovery agents", agents);
    }
    FreeEncryptionCertificateHashList(users);
    FreeEncryptionCertificateHashList(agents);
    HeapFree(GetProcessHeap(), 0, path);
    return code;
}
