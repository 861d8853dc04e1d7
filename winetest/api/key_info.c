/*
 * EncryptedFileKeyInfo and GetEncryptedFileMetadata.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/metadata.h"
#include "helpers/policy.h"

static const struct user user = { 0x11, L"alice", true };
static BYTE metadata[2 * ENTRY_SIZE_MAX];

static DWORD get_info(const WCHAR *name, DWORD class, EFS_RPC_BLOB **info)
{
    SetLastError(0xdeadbeef);
    return pEncryptedFileKeyInfo(name, class, info);
}

static void check_info_(int line, const WCHAR *name, DWORD class, const DWORD *expected, DWORD count)
{
    EFS_RPC_BLOB *info = NULL;
    DWORD ret = get_info(name, class, &info);

    ok_(__FILE__, line)(!ret, "class %#lx: got %lu\n", class, ret);
    if (ret) return;
    ok_(__FILE__, line)(info->cbData == count * sizeof(DWORD), "class %#lx: got %lu bytes\n", class, info->cbData);
    ok_(__FILE__, line)(!((ULONG_PTR)info->pbData % sizeof(DWORD)), "class %#lx: the data aren't aligned\n", class);
    if (info->cbData == count * sizeof(DWORD))
        ok_(__FILE__, line)(!memcmp(info->pbData, expected, info->cbData), "class %#lx: got other data\n", class);
    pFreeEncryptedFileKeyInfo(info);
}
#define check_info(name, class, expected) check_info_(__LINE__, name, class, expected, ARRAY_SIZE(expected))

static const DWORD compatibility[] = { 2 }; /* EfsVersion */
static const DWORD decryption[] = { ERROR_EFS_DISABLED, 0, 0 }; /* dwDecryptionError, dwHashOffset, cbHash */
static const DWORD encryption[] = { FALSE, ERROR_EFS_DISABLED }; /* bHasCurrentKey, dwEncryptionError */

static void test_classes(void)
{
    const WCHAR *name = test_path(L"file"), *dir = test_path(L"directory"), *plain = test_path(L"plain");
    DWORD length = make_metadata_of(metadata, 1, &user, 1, NULL, 0), ret;
    EFS_RPC_BLOB *info = (void *)0xdead;

    restore_with(name, 0, metadata, length);
    check_info(name, 2, compatibility);
    check_info(name, 0x200, decryption);
    check_info(name, 0x400, encryption);
    restore_with(dir, CREATE_FOR_DIR, metadata, length);
    check_info(dir, 2, compatibility);

    ret = get_info(name, 1, &info);
    check_code(ret, ERROR_DECRYPTION_FAILED);
    ret = get_info(name, 0x100, &info);
    check_code(ret, ERROR_NOT_SUPPORTED);
    ret = get_info(name, 0, &info);
    check_code(ret, ERROR_NOT_SUPPORTED);

    make_file(plain, "plain text", 0);
    check_info(plain, 0x400, encryption);
    ret = get_info(plain, 1, &info);
    check_code(ret, ERROR_FILE_NOT_ENCRYPTED);
    ret = get_info(plain, 2, &info);
    check_code(ret, ERROR_FILE_NOT_ENCRYPTED);
    ret = get_info(test_path(L"missing"), 2, &info);
    check_code(ret, ERROR_FILE_NOT_FOUND);
    ret = get_info(test_path(L"missing"), 0x400, &info);
    check_code(ret, ERROR_FILE_NOT_FOUND);
    ret = get_info(NULL, 2, &info);
    check_code(ret, ERROR_INVALID_PARAMETER);
    ret = get_info(name, 2, NULL);
    check_code(ret, ERROR_INVALID_PARAMETER);
    ok(info == (void *)0xdead, "a failure changed the pointer\n");

    remove_file(plain);
    remove_file(name);
    check_call(RemoveDirectoryW(dir));
    pFreeEncryptedFileKeyInfo(NULL);
}

static void test_metadata(void)
{
    const WCHAR *name = test_path(L"file"), *plain = test_path(L"plain");
    DWORD length = make_metadata_of(metadata, 2, &user, 1, NULL, 0), size = 0xdead, ret;
    BYTE *found = (void *)0xdead;

    restore_with(name, 0, metadata, length);
    check_metadata(name, metadata, length);
    make_file(plain, "plain text", 0);

#define CHECK(name, size, found, code) \
    SetLastError(0xdeadbeef); ret = pGetEncryptedFileMetadata(name, size, found); check_code(ret, code)
    CHECK(NULL, &size, &found, ERROR_INVALID_PARAMETER);
    CHECK(name, NULL, &found, ERROR_INVALID_PARAMETER);
    CHECK(name, &size, NULL, ERROR_INVALID_PARAMETER);
    CHECK(plain, &size, &found, ERROR_FILE_NOT_ENCRYPTED);
    CHECK(test_path(L"missing"), &size, &found, ERROR_FILE_NOT_FOUND);
    CHECK(test_path(L"missing\\file"), &size, &found, ERROR_PATH_NOT_FOUND);
#undef CHECK
    ok(size == 0xdead && found == (void *)0xdead, "a failure changed something\n");
    remove_file(plain);
    remove_file(name);
    pFreeEncryptedFileMetadata(NULL);
}

/* A version that isn't understood is handed out all the same. */
static void test_opaque(void)
{
    static const BYTE version_4[0x60] = { [0x00] = sizeof(version_4), [0x08] = 4, [0x30] = 1 };
    static const DWORD expected[] = { 4 };
    const WCHAR *name = test_path(L"version 4");
    ENCRYPTION_CERTIFICATE_HASH_LIST *list = (void *)0xdead;
    DWORD ret;

    restore_with(name, 0, version_4, sizeof(version_4));
    check_metadata(name, version_4, sizeof(version_4));
    check_info(name, 2, expected);
    SetLastError(0xdeadbeef);
    ret = pQueryUsersOnEncryptedFile(name, &list);
    check_code(ret, ERROR_EFS_VERSION_NOT_SUPPORT);
    ok(list == (void *)0xdead, "a failure changed the list\n");
    remove_file(name);
}

START_TEST(key_info)
{
    begin_tests("key_info");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    /* what is answered where EFS is switched off; api/encrypt.c and api/keys.c have the rest */
    set_policy(L"EfsConfiguration", 1);
    unseen("documented: the RPC method in MS-EFSR; the function has no reference, the codes are reasoned")
        test_classes();
    unseen("documented: GetEncryptedFileMetadata, MS-EFSR; newer Windows may refuse it, the codes are reasoned")
        test_metadata();
    unseen("ours: what is not understood is handed out; MS-ERREF has the code")
        test_opaque();
    clear_policies();
    end_tests();
}
