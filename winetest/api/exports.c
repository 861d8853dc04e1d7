/*
 * advapi32.dll exports the EFS functions: a program that imports one by name doesn't start without it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"
#include "helpers/efs_api.h"

static const char *const first[] = /* those of Windows 2000, which Wine has */
{
    "CloseEncryptedFileRaw", "DecryptFileA", "DecryptFileW", "EncryptFileA", "EncryptFileW", "FileEncryptionStatusA",
    "FileEncryptionStatusW", "OpenEncryptedFileRawA", "OpenEncryptedFileRawW", "ReadEncryptedFileRaw",
    "WriteEncryptedFileRaw",
};

static void check_export_of(const char *name, BOOL there)
{
    todo_wine ok(there, "%s is missing\n", name);
}

START_TEST(exports)
{
    HMODULE module = GetModuleHandleW(L"advapi32.dll");
    DWORD i;

    seen("programs that import them by name run on Windows")
        for (i = 0; i < ARRAY_SIZE(first); i++)
            ok(GetProcAddress(module, first[i]) != NULL, "%s is missing\n", first[i]);
    unseen("documented: their references, and public tables of what advapi32.dll exports")
        for_each_efs_function(check_export_of);
}
