/*
 * What is created in an encrypted directory: encrypted, or refused, but for what Windows' own rules leave plain.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "inherit.h"

#include "originals.h"
#include "wine/debug.h"

#define RESTORE_PRIVILEGE 18 /* SeRestorePrivilege */

/* mingw-w64's headers lack them */
NTSTATUS WINAPI NtOpenThreadToken(HANDLE thread, DWORD access, BOOLEAN as_self, HANDLE *token);
NTSTATUS WINAPI NtOpenProcessToken(HANDLE process, DWORD access, HANDLE *token);
NTSTATUS WINAPI NtPrivilegeCheck(HANDLE token, PRIVILEGE_SET *privileges, BOOLEAN *result);

/* Has the program said that it restores? Nobody has that privilege enabled by himself. */
static BOOL is_restoring(void)
{
    PRIVILEGE_SET privileges = { .PrivilegeCount = 1, .Control = PRIVILEGE_SET_ALL_NECESSARY };
    BOOLEAN enabled = FALSE;
    HANDLE token;

    privileges.Privilege[0].Luid.LowPart = RESTORE_PRIVILEGE;
    if (NtOpenThreadToken(CURRENT_THREAD, TOKEN_QUERY, TRUE, &token)
        && NtOpenProcessToken(CURRENT_PROCESS, TOKEN_QUERY, &token))
        return FALSE;
    if (NtPrivilegeCheck(token, &privileges, &enabled)) enabled = FALSE;
    NtClose(token);
    return enabled;
}

BOOL inherit_is_wanted(ULONG attributes, ULONG options)
{
    static LONG said;

    if ((attributes & FILE_ATTRIBUTE_SYSTEM) || !hooks_guard()) return FALSE;
    /* Windows' CreateDirectory says it for all, Wine's for none */
    if (!(options & (FILE_OPEN_FOR_BACKUP_INTENT | FILE_DIRECTORY_FILE)) || !is_restoring()) return TRUE;
    /* a directory's own metadata may follow, as an encrypted file's does before it is there at all */
    if (!(options & FILE_DIRECTORY_FILE) && !InterlockedExchange(&said, 1))
        debug_tell("wine-efs: a plain file is restored into an encrypted directory, and stays plain: encrypt it when "
                   "it is complete (EncryptFile, cipher /E /A).\n");
    return FALSE;
}

/* Once in a process: a program that does so does it with many files. */
NTSTATUS inherit_refuse(void)
{
    static LONG said;

    if (!InterlockedExchange(&said, 1))
        debug_tell("wine-efs: a file that was to be created encrypted was refused, as its data would have been plain: "
                   "encrypt it when it is complete (EncryptFile), or work in a folder that efsmount shows.\n");
    return STATUS_ACCESS_DENIED;
}
