/*
 * cipher /ADDUSER, /REMOVEUSER and /REKEY: who can decrypt a file. Its data stays as it is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "cipher.h"

#define ADD_USERS_REPLACE 4 /* EFSRPC_ADDUSERFLAG_REPLACE_DDF of MS-EFSR */

typedef DWORD (WINAPI *add_ex_fn)(DWORD flags, void *reserved, const WCHAR *name, ENCRYPTION_CERTIFICATE_LIST *users);

static DWORD add(const WCHAR *path, const struct certificate *certificate, bool replace)
{
    EFS_CERTIFICATE_BLOB blob = { 1 /* X.509 */, certificate->size, certificate->bytes };
    ENCRYPTION_CERTIFICATE user = { sizeof(user), NULL, &blob }, *users[] = { &user };
    ENCRYPTION_CERTIFICATE_LIST list = { 1, users };
    add_ex_fn add_ex = (add_ex_fn)(void (*)(void))find_advapi("AddUsersToEncryptedFileEx");

    if (!replace) return AddUsersToEncryptedFile(path, &list);
    return add_ex ? add_ex(ADD_USERS_REPLACE, NULL, path, &list) : ERROR_CALL_NOT_IMPLEMENTED;
}

/* ERROR_SUCCESS: one of its users has this certificate. ERROR_NOT_FOUND */
static DWORD has_user(const WCHAR *path, const BYTE hash[HASH_SIZE])
{
    ENCRYPTION_CERTIFICATE_HASH_LIST *users;
    DWORD code = QueryUsersOnEncryptedFile(path, &users), i;

    if (code) return code;
    code = ERROR_NOT_FOUND;
    for (i = 0; i < users->nCert_Hash && code; i++)
        if (users->pUsers[i]->pHash && users->pUsers[i]->pHash->cbData == HASH_SIZE
            && !memcmp(users->pUsers[i]->pHash->pbData, hash, HASH_SIZE))
            code = ERROR_SUCCESS;
    FreeEncryptionCertificateHashList(users);
    return code;
}

static DWORD apply_add(const struct options *options, const WCHAR *path, const void *data)
{
    (void)options;
    return add(path, data, false);
}

bool add_user(const struct options *options)
{
    static const struct verb verb = {
        .files = L"Adding a user to files in", .dirs = L"Adding a user to directories in", .done = L"updated",
        .of_encrypted = true, .tries_named = true, .apply = apply_add,
    };
    struct certificate certificate = { NULL, 0 };
    BYTE hash[HASH_SIZE];
    DWORD code;
    bool done;

    if (options->file) code = read_certificate(options->file, &certificate);
    else if (!(code = parse_hash(options->hash, hash))) code = find_certificate(hash, &certificate);
    if (code) return report(options->file ? options->file : options->hash, code);
    done = change_names(options, &verb, &certificate);
    HeapFree(GetProcessHeap(), 0, certificate.bytes);
    return done;
}

static DWORD apply_remove(const struct options *options, const WCHAR *path, const void *data)
{
    EFS_HASH_BLOB blob = { HASH_SIZE, (BYTE *)(ULONG_PTR)data };
    ENCRYPTION_CERTIFICATE_HASH user = { sizeof(user), NULL, &blob, NULL }, *users[] = { &user };
    ENCRYPTION_CERTIFICATE_HASH_LIST list = { 1, users };
    DWORD code = has_user(path, data); /* the function ignores others */

    (void)options;
    return code ? code : RemoveUsersFromEncryptedFile(path, &list);
}

bool remove_user(const struct options *options)
{
    static const struct verb verb = {
        .files = L"Removing a user from files in", .dirs = L"Removing a user from directories in", .done = L"updated",
        .of_encrypted = true, .tries_named = true, .apply = apply_remove,
    };
    BYTE hash[HASH_SIZE];
    DWORD code;

    if ((code = parse_hash(options->hash, hash))) return report(options->hash, code);
    return change_names(options, &verb, hash);
}

DWORD get_current(struct current *current)
{
    DWORD code = get_current_hash(current->hash);

    current->certificate = (struct certificate){ NULL, 0 };
    return code ? code : find_certificate(current->hash, &current->certificate);
}

DWORD rekey_file(const WCHAR *path, const struct current *current, bool *changed)
{
    DWORD code = has_user(path, current->hash);

    *changed = code == ERROR_NOT_FOUND;
    return *changed ? add(path, &current->certificate, true) : code;
}

static DWORD apply_rekey(const struct options *options, const WCHAR *path, const void *data)
{
    bool changed;

    (void)options;
    return rekey_file(path, data, &changed);
}

bool rekey_names(const struct options *options)
{
    static const struct verb verb = {
        .files = L"Updating keys of files in", .dirs = L"Updating keys of directories in", .done = L"updated",
        .of_encrypted = true, .tries_named = true, .apply = apply_rekey,
    };
    struct current current;
    DWORD code = get_current(&current);
    bool done;

    if (code) return report(L"cipher", code);
    done = change_names(options, &verb, &current);
    HeapFree(GetProcessHeap(), 0, current.certificate.bytes);
    return done;
}
