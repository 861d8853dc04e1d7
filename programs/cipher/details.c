/*
 * cipher /C: who can decrypt a file, and what its key is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "cipher.h"

#include <stdio.h>
#include <wchar.h>
#include <wincrypt.h>

/* Classes of EncryptedFileKeyInfo (MS-EFSR 3.1.4.2.13) */
#define INFO_BASIC         1
#define INFO_COMPATIBILITY 2

struct basic_info /* EFS_KEY_INFO of MS-EFSR 2.2.14 */
{
    DWORD version, entropy, algorithm, key_length;
};

typedef DWORD (WINAPI *key_info_fn)(const WCHAR *name, DWORD class, EFS_RPC_BLOB **info);
typedef void (WINAPI *free_info_fn)(EFS_RPC_BLOB *info);

/* The first `size` bytes of what it tells. */
static DWORD get_info(const WCHAR *path, DWORD class, void *answer, DWORD size)
{
    key_info_fn query = (key_info_fn)(void (*)(void))find_advapi("EncryptedFileKeyInfo");
    free_info_fn release = (free_info_fn)(void (*)(void))find_advapi("FreeEncryptedFileKeyInfo");
    EFS_RPC_BLOB *info;
    DWORD code;

    if (!query || !release) return ERROR_CALL_NOT_IMPLEMENTED;
    if ((code = query(path, class, &info))) return code;
    if (info->cbData < size) code = ERROR_INVALID_DATA;
    else memcpy(answer, info->pbData, size);
    release(info);
    return code;
}

static void print_level(const WCHAR *path)
{
    static const WCHAR *names[] = { L"Unknown", L"Windows 2000", L"Windows XP/Server 2003", L"Windows XP/Server 2003",
                                    L"Windows Vista/Server 2008" };
    DWORD version = 0;

    if (get_info(path, INFO_COMPATIBILITY, &version, sizeof(version))) return;
    print(STD_OUTPUT_HANDLE, L"  Compatibility Level:\n    %ls\n\n",
          names[version < ARRAYSIZE(names) ? version : ARRAYSIZE(names) - 1]);
}

/* DOMAIN\user, if the system knows him */
static bool get_account(SID *sid, WCHAR *text, DWORD size)
{
    WCHAR name[257], domain[257];
    DWORD name_size = ARRAYSIZE(name), domain_size = ARRAYSIZE(domain);
    SID_NAME_USE use;

    if (!sid || !LookupAccountSidW(NULL, sid, name, &name_size, domain, &domain_size, &use)) return false;
    _snwprintf(text, size, L"%ls%ls%ls", domain, *domain ? L"\\" : L"", name);
    text[size - 1] = 0;
    return true;
}

static void print_user(const ENCRYPTION_CERTIFICATE_HASH *user)
{
    const WCHAR *display = user->lpDisplayInformation;
    WCHAR account[520], text[HASH_TEXT];
    bool known = get_account(user->pUserSid, account, ARRAYSIZE(account));

    if (display && !*display) display = NULL;
    if (known && display) print(STD_OUTPUT_HANDLE, L"    %ls [%ls]\n", account, display);
    else print(STD_OUTPUT_HANDLE, L"    %ls\n", known ? account : display ? display : L"Unknown");
    if (user->pHash && user->pHash->cbData)
        print(STD_OUTPUT_HANDLE, L"    Certificate thumbprint: %ls\n",
              hash_text(user->pHash->pbData, user->pHash->cbData, text));
    print(STD_OUTPUT_HANDLE, L"\n");
}

static void print_users(const WCHAR *title, const ENCRYPTION_CERTIFICATE_HASH_LIST *list)
{
    DWORD i;

    print(STD_OUTPUT_HANDLE, L"  %ls:\n", title);
    for (i = 0; i < list->nCert_Hash; i++) print_user(list->pUsers[i]);
}

static const WCHAR *algorithm_name(DWORD algorithm)
{
    switch (algorithm)
    {
    case CALG_AES_128: case CALG_AES_192: case CALG_AES_256: return L"AES";
    case CALG_3DES: return L"3DES";
    case CALG_DESX: return L"DESX";
    default: return L"Unknown";
    }
}

static void print_key(const WCHAR *path)
{
    struct basic_info info;
    WCHAR text[512];
    DWORD code;

    if ((code = get_info(path, INFO_BASIC, &info, sizeof(info))))
        print(STD_OUTPUT_HANDLE, L"  Key information cannot be retrieved.\n\n%ls\n\n",
              code_text(code, text, ARRAYSIZE(text)));
    else
        print(STD_OUTPUT_HANDLE,
              L"  Key Information:\n    Algorithm: %ls\n    Key Length: %lu\n    Key Entropy: %lu\n\n",
              algorithm_name(info.algorithm), info.key_length, info.entropy);
}

static DWORD print_all(const WCHAR *path)
{
    ENCRYPTION_CERTIFICATE_HASH_LIST *users = NULL, *agents = NULL;
    DWORD code = QueryUsersOnEncryptedFile(path, &users);

    if (!code) code = QueryRecoveryAgentsOnEncryptedFile(path, &agents);
    if (!code)
    {
        print_level(path);
        print_users(L"Users who can decrypt", users);
        if (agents->nCert_Hash) print_users(L"Recovery Certificates", agents);
        else print(STD_OUTPUT_HANDLE, L"  No recovery certificate found.\n\n");
        print_key(path);
    }
    FreeEncryptionCertificateHashList(users);
    FreeEncryptionCertificateHashList(agents);
    return code;
}

static void visit(struct walk *walk, const struct item *item)
{
    DWORD code;

    print_item(item);
    if (!(item->attributes & FILE_ATTRIBUTE_ENCRYPTED)) return;
    if ((code = print_all(item->path))) walk_fail(walk, item->name, code);
}

bool show_details(const struct options *options)
{
    struct walk walk = { .options = options, .begin = print_directory, .visit = visit };

    return walk_names(&walk);
}
