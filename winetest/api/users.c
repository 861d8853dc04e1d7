/*
 * Who can decrypt a file: QueryUsersOnEncryptedFile, QueryRecoveryAgentsOnEncryptedFile.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/metadata.h"

static const struct user users[] =
{
    { 0x11, L"alice(alice@WINETEST)", true },
    { 0x22, L"bob(bob@WINETEST)", false },
    { 0x33, NULL, false },
    { 0x44, L"", true },
    { 0, L"no hash", false },
};
static const struct user agents[] = { { 0xaa, L"agent", false }, { 0xbb, NULL, true } };

static BYTE metadata[10 * ENTRY_SIZE_MAX];

static void test_lists(void)
{
    const WCHAR *name = test_path(L"file"), *dir = test_path(L"directory");
    ENCRYPTION_CERTIFICATE_HASH_LIST *list, *again;
    DWORD ret, length, count;

    for (count = 1; count <= ARRAY_SIZE(users); count++)
    {
        winetest_push_context("%lu users", count);
        length = make_metadata_of(metadata, count, users, count, agents, count - 1 > 2 ? 2 : count - 1);
        restore_with(name, 0, metadata, length);
        ret = pQueryUsersOnEncryptedFile(name, &list);
        check_code(ret, ERROR_SUCCESS);
        check_users(list, users, count);
        /* the lists are apart */
        ret = pQueryUsersOnEncryptedFile(name, &again);
        check_code(ret, ERROR_SUCCESS);
        ok(again != list, "got the same list again\n");
        pFreeEncryptionCertificateHashList(list);
        check_users(again, users, count);
        pFreeEncryptionCertificateHashList(again);

        ret = pQueryRecoveryAgentsOnEncryptedFile(name, &list);
        check_code(ret, ERROR_SUCCESS);
        check_users(list, agents, count - 1 > 2 ? 2 : count - 1);
        pFreeEncryptionCertificateHashList(list);
        winetest_pop_context();
    }

    restore_with(dir, CREATE_FOR_DIR, metadata, length);
    ret = pQueryUsersOnEncryptedFile(dir, &list);
    check_code(ret, ERROR_SUCCESS);
    check_users(list, users, ARRAY_SIZE(users));
    pFreeEncryptionCertificateHashList(list);
    check_call(RemoveDirectoryW(dir));
    remove_file(name);
    pFreeEncryptionCertificateHashList(NULL);
}

/* Every change of a byte of the $EFS that an import lets through gets an answer. */
static void test_hostile(void)
{
    const WCHAR *name = test_path(L"hostile");
    DWORD length = make_metadata_of(metadata, 5, users, 2, agents, 1), i, ret, answered = 0, refused = 0;
    ENCRYPTION_CERTIFICATE_HASH_LIST *list;
    struct stream stream;

    build_stream_of(&stream, 100, 1, metadata, length);
    for (i = 0; i < length; i += i < 0x100 ? 3 : 17)
    {
        BYTE *at = stream.data + stream.metadata + i, old = *at;

        *at ^= 0xff;
        if (!restore_stream(name, 0, &stream))
        {
            list = NULL;
            ret = pQueryUsersOnEncryptedFile(name, &list);
            if (ret) refused++;
            else answered++;
            ok(!ret || ret == ERROR_FILE_CORRUPT || ret == ERROR_EFS_VERSION_NOT_SUPPORT, "byte %#lx: got %lu\n", i,
               ret);
            ok(!ret == !!list, "byte %#lx: got %lu and list %p\n", i, ret, (void *)list);
            pFreeEncryptionCertificateHashList(list);
        }
        *at = old;
    }
    ok(answered > 5, "got %lu answers, %lu refusals\n", answered, refused);
    remove_file(name);
    free_stream(&stream);
}

static void test_errors(void)
{
    const WCHAR *plain = test_path(L"plain"), *missing = test_path(L"missing"), *dir = test_path(L"plain directory");
    const struct { DWORD (WINAPI *call)(LPCWSTR, PENCRYPTION_CERTIFICATE_HASH_LIST *); const char *name; } calls[] =
    {
        { pQueryUsersOnEncryptedFile, "users" },
        { pQueryRecoveryAgentsOnEncryptedFile, "agents" },
    };
    ENCRYPTION_CERTIFICATE_HASH_LIST *list = (void *)0xdead;
    DWORD i, ret;

    make_file(plain, "plain text", 0);
    check_call(CreateDirectoryW(dir, NULL));
    for (i = 0; i < ARRAY_SIZE(calls); i++)
    {
        winetest_push_context("%s", calls[i].name);
#define CHECK(name, out, code) SetLastError(0xdeadbeef); ret = calls[i].call(name, out); check_code(ret, code)
        CHECK(NULL, &list, ERROR_INVALID_PARAMETER);
        CHECK(plain, NULL, ERROR_INVALID_PARAMETER);
        CHECK(missing, &list, ERROR_FILE_NOT_FOUND);
        CHECK(test_path(L"missing\\file"), &list, ERROR_PATH_NOT_FOUND);
        CHECK(L"", &list, ERROR_PATH_NOT_FOUND);
        CHECK(plain, &list, ERROR_FILE_NOT_ENCRYPTED);
        CHECK(dir, &list, ERROR_FILE_NOT_ENCRYPTED);
#undef CHECK
        ok(list == (void *)0xdead, "a failure changed the list\n");
        winetest_pop_context();
    }
    check_plain(plain, "plain text", 0);
    remove_file(plain);
    check_call(RemoveDirectoryW(dir));
}

/* Who has the file open doesn't matter: nothing but its attributes is asked for. */
static void test_sharing(void)
{
    const WCHAR *name = test_path(L"shared");
    DWORD length = make_metadata_of(metadata, 7, users, 1, NULL, 0), ret;
    ENCRYPTION_CERTIFICATE_HASH_LIST *list;
    void *context;

    restore_with(name, 0, metadata, length);
    context = open_import(name, 0);
    ret = pQueryUsersOnEncryptedFile(name, &list);
    check_code(ret, ERROR_SUCCESS);
    check_users(list, users, 1);
    pFreeEncryptionCertificateHashList(list);
    CloseEncryptedFileRaw(context);
    remove_file(name);
}

START_TEST(users)
{
    begin_tests("users");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    unseen("documented: QueryUsersOnEncryptedFile, MS-EFSR 2.2.2.1; how the list lies in memory is ours")
        test_lists();
    unseen("ours: whatever a stream brought, it gets an answer")
        test_hostile();
    unseen("reasoned: as other functions of files answer")
        test_errors();
    unseen("reasoned: nothing but the $EFS is read")
        test_sharing();
    end_tests();
}
