/*
 * DuplicateEncryptionInfoFile with descriptors of several kinds.
 *
 *   duplicate FROM TO ENTRIES [FROM TO ENTRIES]...
 *
 * ENTRIES is a word of letters, an entry each: s all to SYSTEM, u all to the user, e reading and execution to Everyone;
 * or "none": no descriptor; "null": one whose list is NULL.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>
#include <winefs.h>

static SID everyone = { SID_REVISION, 1, { SECURITY_WORLD_SID_AUTHORITY }, { SECURITY_WORLD_RID } };
static SID local_system = { SID_REVISION, 1, { SECURITY_NT_AUTHORITY }, { SECURITY_LOCAL_SYSTEM_RID } };
static union { TOKEN_USER user; BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE]; } token_user;

static BOOL add(ACL *acl, char letter)
{
    switch (letter)
    {
    case 's': return AddAccessAllowedAce(acl, ACL_REVISION, FILE_ALL_ACCESS, &local_system);
    case 'u': return AddAccessAllowedAce(acl, ACL_REVISION, FILE_ALL_ACCESS, token_user.user.User.Sid);
    case 'e': return AddAccessAllowedAce(acl, ACL_REVISION, FILE_GENERIC_READ | FILE_GENERIC_EXECUTE, &everyone);
    default: return FALSE;
    }
}

static DWORD duplicate(const char *from, const char *to, const char *entries)
{
    union { ACL list; BYTE bytes[512]; } acl;
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES security = { sizeof(security), &descriptor, FALSE };
    WCHAR wide_from[MAX_PATH], wide_to[MAX_PATH];

    if (!MultiByteToWideChar(CP_UTF8, 0, from, -1, wide_from, MAX_PATH)
        || !MultiByteToWideChar(CP_UTF8, 0, to, -1, wide_to, MAX_PATH))
        return GetLastError();
    if (!strcmp(entries, "none")) return DuplicateEncryptionInfoFile(wide_from, wide_to, CREATE_NEW, 0, NULL);
    if (!InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION)
        || !InitializeAcl(&acl.list, sizeof(acl), ACL_REVISION))
        return GetLastError();
    if (!strcmp(entries, "null")) SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE);
    else
    {
        for (; *entries; entries++)
            if (!add(&acl.list, *entries)) return GetLastError();
        SetSecurityDescriptorDacl(&descriptor, TRUE, &acl.list, FALSE);
    }
    return DuplicateEncryptionInfoFile(wide_from, wide_to, CREATE_NEW, 0, &security);
}

int main(int argc, char **argv)
{
    DWORD needed, code, failed = 0;
    HANDLE token;
    int i;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)
        || !GetTokenInformation(token, TokenUser, &token_user, sizeof(token_user), &needed)) return 1;
    for (i = 1; i + 2 < argc; i += 3)
        if ((code = duplicate(argv[i], argv[i + 1], argv[i + 2])))
        {
            printf("%s: error %lu\n", argv[i + 1], code);
            failed++;
        }
    return failed != 0;
}
