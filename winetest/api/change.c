/*
 * Changing a file's $EFS: RemoveUsersFromEncryptedFile, SetEncryptedFileMetadata.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/metadata.h"

static const struct user users[] =
{
    { 0x11, L"alice(alice@WINETEST)", true },
    { 0x22, L"bob(bob@WINETEST)", false },
    { 0x33, NULL, false },
};
static const struct user agents[] = { { 0xaa, L"agent", false }, { 0x22, L"an agent who is a user, too", false } };

static BYTE metadata[8 * ENTRY_SIZE_MAX], other[8 * ENTRY_SIZE_MAX];

/* A list of these thumbprints; good until the next call. */
static ENCRYPTION_CERTIFICATE_HASH_LIST *make_list(const BYTE *thumbprints, DWORD count)
{
    static ENCRYPTION_CERTIFICATE_HASH_LIST list;
    static ENCRYPTION_CERTIFICATE_HASH certificates[8], *pointers[8];
    static EFS_HASH_BLOB hashes[8];
    static BYTE bytes[8][THUMBPRINT_SIZE];
    DWORD i;

    for (i = 0; i < count; i++)
    {
        memset(bytes[i], thumbprints[i], THUMBPRINT_SIZE);
        hashes[i].cbData = THUMBPRINT_SIZE;
        hashes[i].pbData = bytes[i];
        certificates[i].cbTotalLength = sizeof(certificates[i]);
        certificates[i].pUserSid = NULL;
        certificates[i].pHash = &hashes[i];
        certificates[i].lpDisplayInformation = NULL;
        pointers[i] = &certificates[i];
    }
    list.nCert_Hash = count;
    list.pUsers = pointers;
    return &list;
}

static DWORD remove_users(const WCHAR *name, ENCRYPTION_CERTIFICATE_HASH_LIST *list)
{
    SetLastError(0xdeadbeef);
    return pRemoveUsersFromEncryptedFile(name, list);
}

static void check_agents(const WCHAR *name)
{
    ENCRYPTION_CERTIFICATE_HASH_LIST *list = NULL;
    DWORD ret = pQueryRecoveryAgentsOnEncryptedFile(name, &list);

    check_code(ret, ERROR_SUCCESS);
    if (ret) return;
    check_users(list, agents, ARRAY_SIZE(agents));
    pFreeEncryptionCertificateHashList(list);
}

static void test_remove(const WCHAR *name, ULONG flags)
{
    static const BYTE unknown[] = { 0x44, 0xaa }, bob[] = { 0x44, 0x22, 0x22 }, all[] = { 0x11, 0x33 },
    alice[] = { 0x11 }, carol[] = { 0x33 };
    DWORD length = make_metadata_of(metadata, 1, users, ARRAY_SIZE(users), agents, ARRAY_SIZE(agents)), ret;
    struct user left[2] = { users[0], users[2] };
    ENCRYPTION_CERTIFICATE_HASH_LIST *list;
    struct sink before = { 0 }, after = { 0 };

    restore_with(name, flags, metadata, length);
    check_code(save_to(name, flags, &before), ERROR_SUCCESS);

    /* nothing to do */
    ret = remove_users(name, make_list(unknown, ARRAY_SIZE(unknown)));
    check_code(ret, ERROR_SUCCESS);
    ret = remove_users(name, make_list(NULL, 0));
    check_code(ret, ERROR_SUCCESS);
    check_metadata(name, metadata, length);

    ret = remove_users(name, make_list(bob, ARRAY_SIZE(bob)));
    check_code(ret, ERROR_SUCCESS);
    check_users_of(name, left, 2);
    check_agents(name);
    ok(GetFileAttributesW(name) & FILE_ATTRIBUTE_ENCRYPTED, "not encrypted any more\n");
    /* the data hasn't changed */
    check_code(save_to(name, flags, &after), ERROR_SUCCESS);
    ok(after.size < before.size, "got %lu bytes, had %lu\n", after.size, before.size);
    if (!(flags & CREATE_FOR_DIR) && after.size >= 0x400)
        ok(!memcmp(after.data + after.size - 0x400, before.data + before.size - 0x400, 0x400),
           "the data has changed\n");

    /* not all of them */
    ret = remove_users(name, make_list(all, ARRAY_SIZE(all)));
    check_code(ret, ERROR_INVALID_PARAMETER);
    check_users_of(name, left, 2);
    ret = remove_users(name, make_list(carol, 1));
    check_code(ret, ERROR_SUCCESS);
    check_users_of(name, left, 1);
    ret = remove_users(name, make_list(alice, 1));
    check_code(ret, ERROR_INVALID_PARAMETER);
    ret = remove_users(name, make_list(bob, 1));
    check_code(ret, ERROR_INVALID_PARAMETER);
    check_users_of(name, left, 1);

    /* with a list as the system made it */
    restore_with(name, flags, metadata, length);
    ret = pQueryRecoveryAgentsOnEncryptedFile(name, &list);
    check_code(ret, ERROR_SUCCESS);
    ret = remove_users(name, list);
    check_code(ret, ERROR_SUCCESS);
    pFreeEncryptionCertificateHashList(list);
    check_users_of(name, left, 2);

    free_sink(&before);
    free_sink(&after);
}

static void test_remove_errors(void)
{
    const WCHAR *name = test_path(L"file"), *plain = test_path(L"plain");
    DWORD length = make_metadata_of(metadata, 2, users, 2, NULL, 0), ret;
    static const BYTE bob[] = { 0x22 };
    ENCRYPTION_CERTIFICATE_HASH_LIST *list = make_list(bob, 1);
    ENCRYPTION_CERTIFICATE_HASH **pointers = list->pUsers;
    void *context;
    HANDLE file;

    restore_with(name, 0, metadata, length);
    make_file(plain, "plain text", 0);
#define CHECK(name, list, code) ret = remove_users(name, list); check_code(ret, code)
    CHECK(NULL, list, ERROR_INVALID_PARAMETER);
    CHECK(name, NULL, ERROR_INVALID_PARAMETER);
    CHECK(name, bad_pointer(), ERROR_INVALID_PARAMETER);
    CHECK(plain, list, ERROR_FILE_NOT_ENCRYPTED);
    CHECK(test_path(L"missing"), list, ERROR_FILE_NOT_FOUND);
    CHECK(test_path(L"missing\\file"), list, ERROR_PATH_NOT_FOUND);
    list->nCert_Hash = 501;
    CHECK(name, list, ERROR_INVALID_PARAMETER);
    list->nCert_Hash = 1;
    list->pUsers = bad_pointer();
    CHECK(name, list, ERROR_INVALID_PARAMETER);
    list->pUsers = NULL;
    CHECK(name, list, ERROR_INVALID_PARAMETER);
    list->pUsers = pointers;
    pointers[0]->pHash->cbData = 101;
    CHECK(name, list, ERROR_INVALID_PARAMETER);
    pointers[0]->pHash->cbData = 20;
    pointers[0]->pHash->pbData = bad_pointer();
    CHECK(name, list, ERROR_INVALID_PARAMETER);
    pointers[0]->pHash = bad_pointer();
    CHECK(name, list, ERROR_INVALID_PARAMETER);
    pointers[0] = NULL;
    CHECK(name, list, ERROR_INVALID_PARAMETER);
    check_plain(plain, "plain text", 0);
    remove_file(plain);

    list = make_list(bob, 1);
    context = open_import(name, 0);
    CHECK(name, list, ERROR_SHARING_VIOLATION);
    CloseEncryptedFileRaw(context);
    SetFileAttributesW(name, FILE_ATTRIBUTE_READONLY);
    CHECK(name, list, ERROR_FILE_READ_ONLY);
    SetFileAttributesW(name, FILE_ATTRIBUTE_NORMAL);
    check_metadata(name, metadata, length);

    /* who asks for its attributes alone is in nobody's way, nor is an export */
    file = CreateFileW(name, FILE_READ_ATTRIBUTES, 0, NULL, OPEN_EXISTING, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "got error %lu\n", GetLastError());
    CHECK(name, list, ERROR_SUCCESS);
    CloseHandle(file);
#undef CHECK
    check_users_of(name, users, 1);
    remove_file(name);
}

static void test_set(void)
{
    const WCHAR *name = test_path(L"file"), *plain = test_path(L"plain");
    DWORD length = make_metadata_of(metadata, 3, users, 1, NULL, 0), ret;
    DWORD other_length = make_metadata_of(other, 4, users, 3, agents, 2);
    static BYTE broken[ENTRY_SIZE_MAX];

    restore_with(name, 0, metadata, length);
    make_file(plain, "plain text", 0);
#define CHECK(name, old, new, operation, code)                               \
    SetLastError(0xdeadbeef);                                                \
    ret = pSetEncryptedFileMetadata(name, old, new, NULL, operation, NULL);   \
    check_code(ret, code)
    CHECK(NULL, NULL, other, 8, ERROR_INVALID_PARAMETER);
    CHECK(name, NULL, NULL, 8, ERROR_INVALID_PARAMETER);
    CHECK(name, NULL, bad_pointer(), 8, ERROR_INVALID_PARAMETER);
    CHECK(name, bad_pointer(), other, 8, ERROR_INVALID_PARAMETER);
    CHECK(name, NULL, other, 0, ERROR_INVALID_PARAMETER);
    CHECK(name, NULL, other, 3, ERROR_INVALID_PARAMETER);
    CHECK(plain, NULL, other, 8, ERROR_FILE_NOT_ENCRYPTED);
    CHECK(test_path(L"missing"), NULL, other, 8, ERROR_FILE_NOT_FOUND);
    CHECK(name, other, other, 8, ERROR_INVALID_DATA);
    /* no length, one that is too large, and one that doesn't fit what is there */
    CHECK(name, NULL, broken, 8, ERROR_INVALID_PARAMETER);
    *(DWORD *)(void *)broken = METADATA_MAX + 1;
    CHECK(name, NULL, broken, 8, ERROR_INVALID_PARAMETER);
    memcpy(broken, metadata, length);
    *(DWORD *)(void *)broken = length - 8;
    CHECK(name, NULL, broken, 8, ERROR_NOT_EXPORT_FORMAT);
    *(DWORD *)(void *)broken = length;
    broken[METADATA_VERSION] = 99;
    CHECK(name, NULL, broken, 8, ERROR_EFS_VERSION_NOT_SUPPORT);
    check_metadata(name, metadata, length);

    CHECK(name, metadata, other, 8, ERROR_SUCCESS);
    check_metadata(name, other, other_length);
    check_users_of(name, users, 3);
    CHECK(name, NULL, metadata, 2, ERROR_SUCCESS);
    check_metadata(name, metadata, length);
    CHECK(name, metadata, other, 1, ERROR_SUCCESS);
    SetFileAttributesW(name, FILE_ATTRIBUTE_READONLY);
    CHECK(name, NULL, metadata, 4, ERROR_FILE_READ_ONLY);
#undef CHECK
    check_metadata(name, other, other_length);
    check_plain(plain, "plain text", 0);
    remove_file(plain);
    remove_file(name);
}

/* A file with several names stays one. */
static void test_links(void)
{
    const WCHAR *name = test_path(L"file"), *link = test_path(L"link");
    DWORD length = make_metadata_of(metadata, 5, users, 2, NULL, 0), ret;
    static const BYTE bob[] = { 0x22 };

    restore_with(name, 0, metadata, length);
    check_call(CreateHardLinkW(link, name, NULL));
    ret = remove_users(link, make_list(bob, 1));
    check_code(ret, ERROR_SUCCESS);
    check_users_of(name, users, 1);
    check_users_of(link, users, 1);
    remove_file(link);
    remove_file(name);
}

START_TEST(change)
{
    const WCHAR *name, *dir;

    begin_tests("change");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    name = test_path(L"file");
    dir = test_path(L"directory");
    unseen("documented: RemoveUsersFromEncryptedFile, MS-EFSR; the codes are reasoned")
        test_remove(name, 0);
    remove_file(name);
    unseen("documented: RemoveUsersFromEncryptedFile, MS-EFSR; the codes are reasoned")
        test_remove(dir, CREATE_FOR_DIR);
    check_call(RemoveDirectoryW(dir));
    unseen("reasoned: as other functions answer such arguments; the limits are MS-EFSR's")
        test_remove_errors();
    unseen("documented: SetEncryptedFileMetadata, MS-EFSR; newer Windows may refuse it, the codes are reasoned")
        test_set();
    unseen("ours: a file with several names stays one")
    {
        test_links();
        ok(!count_entries(test_path(L"")), "something was left behind\n");
    }
    end_tests();
}
