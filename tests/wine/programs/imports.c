/*
 * A program that imports every EFS function of advapi32 by name. Says which lead elsewhere than to wineefs.dll.
 *
 * Linked with advapi32's import library, or with one for an api set that Windows' own programs use.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>

/* Names, and bytes of arguments, which the i386 names have in them. */
#define FUNCTIONS(F) \
    F(AddUsersToEncryptedFile, 8) F(AddUsersToEncryptedFileEx, 16) F(CloseEncryptedFileRaw, 4) \
    F(DecryptFileA, 8) F(DecryptFileW, 8) F(DuplicateEncryptionInfoFile, 20) F(EncryptFileA, 4) \
    F(EncryptFileW, 4) F(EncryptedFileKeyInfo, 12) F(EncryptionDisable, 8) F(FileEncryptionStatusA, 8) \
    F(FileEncryptionStatusW, 8) F(FlushEfsCache, 4) F(FreeEncryptedFileKeyInfo, 4) \
    F(FreeEncryptedFileMetadata, 4) F(FreeEncryptionCertificateHashList, 4) F(GetEncryptedFileMetadata, 12) \
    F(OpenEncryptedFileRawA, 12) F(OpenEncryptedFileRawW, 12) F(QueryRecoveryAgentsOnEncryptedFile, 8) \
    F(QueryUsersOnEncryptedFile, 8) F(ReadEncryptedFileRaw, 12) F(RemoveUsersFromEncryptedFile, 8) \
    F(SetEncryptedFileMetadata, 24) F(SetUserFileEncryptionKey, 4) F(SetUserFileEncryptionKeyEx, 16) \
    F(UsePinForEncryptedFilesA, 12) F(UsePinForEncryptedFilesW, 12) F(WriteEncryptedFileRaw, 12)

/* The import slots themselves: nothing is called, so no prototype is needed. */
#ifdef __i386__
#define SLOT(name, arguments) "__imp__" #name "@" #arguments
#else
#define SLOT(name, arguments) "__imp_" #name
#endif

#define DECLARE(name, arguments) extern const void *const slot_##name __asm__(SLOT(name, arguments));
FUNCTIONS(DECLARE)

int main(void)
{
#define ENTRY(name, arguments) { #name, &slot_##name },
    static const struct { const char *name; const void *const *slot; } functions[] = { FUNCTIONS(ENTRY) };
    unsigned int i, bad = 0;

    for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
    {
        char path[MAX_PATH] = "", *leaf;
        HMODULE module = NULL;

        GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                           *functions[i].slot, &module);
        if (module) GetModuleFileNameA(module, path, sizeof(path));
        leaf = strrchr(path, '\\');
        if (leaf && !lstrcmpiA(leaf + 1, "wineefs.dll")) continue;
        printf("%s leads to %s\n", functions[i].name, path[0] ? path : "no module");
        bad++;
    }
    printf("%u imports, %u lead elsewhere\n", i, bad);
    return bad != 0;
}
