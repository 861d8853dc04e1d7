/*
 * cipher /X: a copy of the user's certificate and key in a .PFX file, under a password.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "cipher.h"

#include <wchar.h>

typedef DWORD (WINAPI *export_fn)(const BYTE *hash, const char *password, HANDLE file);

/* The one function here that isn't Windows': of wineefs.dll, which comes with the drop-in. */
static DWORD export_key(const BYTE hash[HASH_SIZE], const char *password, HANDLE file)
{
    HMODULE module = GetModuleHandleW(L"wineefs.dll");
    export_fn export = module ? (export_fn)(void (*)(void))GetProcAddress(module, "wineefs_key_export") : NULL;

    return export ? export(hash, password, file) : ERROR_CALL_NOT_IMPLEMENTED;
}

/* The key of the first user of the file's whose key this user has. */
static DWORD export_for(const WCHAR *encrypted, const char *password, HANDLE file)
{
    ENCRYPTION_CERTIFICATE_HASH_LIST *users;
    WCHAR *path = usable_path(encrypted);
    DWORD code = path ? QueryUsersOnEncryptedFile(path, &users) : GetLastError(), i;

    HeapFree(GetProcessHeap(), 0, path);
    if (code) return code;
    code = ERROR_ACCESS_DENIED;
    for (i = 0; i < users->nCert_Hash && code == ERROR_ACCESS_DENIED; i++)
        if (users->pUsers[i]->pHash && users->pUsers[i]->pHash->cbData == HASH_SIZE)
            code = export_key(users->pUsers[i]->pHash->pbData, password, file);
    FreeEncryptionCertificateHashList(users);
    return code;
}

static DWORD export_current(const char *password, HANDLE file)
{
    BYTE hash[HASH_SIZE];
    DWORD code = get_current_hash(hash);

    return code ? code : export_key(hash, password, file);
}

HANDLE create_closed_file(const WCHAR *path)
{
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES security = { sizeof(security), &descriptor, FALSE };
    ACL none;

    if (!InitializeAcl(&none, sizeof(none), ACL_REVISION)
        || !InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION)
        || !SetSecurityDescriptorDacl(&descriptor, TRUE, &none, FALSE))
        return INVALID_HANDLE_VALUE;
    return CreateFileW(path, GENERIC_WRITE | DELETE, 0, &security, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
}

void remove_created_file(HANDLE file)
{
    FILE_BASIC_INFO writable = { .FileAttributes = FILE_ATTRIBUTE_NORMAL };
    FILE_DISPOSITION_INFO gone = { TRUE };

    /* what nobody may write is read-only, and stays */
    SetFileInformationByHandle(file, FileBasicInfo, &writable, sizeof(writable));
    SetFileInformationByHandle(file, FileDispositionInfo, &gone, sizeof(gone));
}

/* On failure there is no file. */
static DWORD back_up(const struct options *options, const WCHAR *name, const char *password)
{
    WCHAR *path = usable_path(name);
    HANDLE file = path ? create_closed_file(path) : INVALID_HANDLE_VALUE;
    DWORD code = file == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;

    HeapFree(GetProcessHeap(), 0, path);
    if (code) return code;
    code = options->value ? export_for(options->value, password, file) : export_current(password, file);
    if (code) remove_created_file(file);
    CloseHandle(file);
    return code;
}

/* NAME.PFX, unless it ends so. To be freed by HeapFree; NULL: out of memory */
static WCHAR *file_name(const WCHAR *name)
{
    size_t length = wcslen(name);
    WCHAR *full = HeapAlloc(GetProcessHeap(), 0, (length + 5) * sizeof(*full));

    if (!full) return NULL;
    wcscpy(full, name);
    if (length < 4 || _wcsicmp(name + length - 4, L".pfx")) wcscat(full, L".PFX");
    return full;
}

bool back_up_key(const struct options *options)
{
    WCHAR *name = file_name(options->names[0]);
    char password[PASSWORD_SIZE];
    DWORD code = ERROR_NOT_ENOUGH_MEMORY;

    /* before anything is asked */
    if (name && GetFileAttributesW(name) != INVALID_FILE_ATTRIBUTES) code = ERROR_FILE_EXISTS;
    else if (name && !(code = ask_password(password))) code = back_up(options, name, password);
    SecureZeroMemory(password, sizeof(password));
    if (code) report(name ? name : L"cipher", code);
    else print(STD_OUTPUT_HANDLE, L"\nYour EFS certificate(s) was backed up successfully.\n");
    HeapFree(GetProcessHeap(), 0, name);
    return !code;
}
