/*
 * The functions that would need a key: their arguments are checked, the file is, and nothing succeeds for nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/metadata.h"
#include <wincrypt.h>
#include "helpers/policy.h"

static BYTE metadata[2 * ENTRY_SIZE_MAX];
static BYTE certificate_bytes[32769];

static void test_add_users(void)
{
    static const struct user user = { 0x11, L"alice", true };
    const WCHAR *name = test_path(L"file"), *plain = test_path(L"plain");
    DWORD length = make_metadata_of(metadata, 1, &user, 1, NULL, 0), ret;
    EFS_CERTIFICATE_BLOB blob = { X509_ASN_ENCODING, 1000, certificate_bytes };
    ENCRYPTION_CERTIFICATE certificate = { sizeof(certificate), NULL, &blob }, *certificates[501];
    ENCRYPTION_CERTIFICATE_LIST list = { 1, certificates };
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(certificates); i++) certificates[i] = &certificate;
    restore_with(name, 0, metadata, length);
    make_file(plain, "plain text", 0);
#define CHECK(name, list, code)                          \
    SetLastError(0xdeadbeef);                            \
    ret = pAddUsersToEncryptedFile(name, list);           \
    check_code(ret, code);                               \
    SetLastError(0xdeadbeef);                            \
    ret = pAddUsersToEncryptedFileEx(0, NULL, name, list); \
    check_code(ret, code)
    CHECK(name, &list, ERROR_EFS_DISABLED);
    CHECK(plain, &list, ERROR_FILE_NOT_ENCRYPTED);
    CHECK(test_path(L"missing"), &list, ERROR_FILE_NOT_FOUND);
    CHECK(NULL, &list, ERROR_INVALID_PARAMETER);
    CHECK(name, NULL, ERROR_INVALID_PARAMETER);
    CHECK(name, bad_pointer(), ERROR_INVALID_PARAMETER);
    list.nUsers = 500;
    CHECK(name, &list, ERROR_EFS_DISABLED);
    list.nUsers = 501;
    CHECK(name, &list, ERROR_INVALID_PARAMETER);
    list.nUsers = 0;
    CHECK(name, &list, ERROR_INVALID_PARAMETER);
    list.nUsers = 1;
    list.pUsers = bad_pointer();
    CHECK(name, &list, ERROR_INVALID_PARAMETER);
    list.pUsers = certificates;
    list.nUsers = 2;
    certificates[1] = bad_pointer();
    CHECK(name, &list, ERROR_INVALID_PARAMETER);
    certificates[1] = NULL;
    CHECK(name, &list, ERROR_INVALID_PARAMETER);
    list.nUsers = 1;
    blob.cbData = 32768;
    CHECK(name, &list, ERROR_EFS_DISABLED);
    blob.cbData = 32769;
    CHECK(name, &list, ERROR_INVALID_PARAMETER);
    blob.cbData = 0;
    CHECK(name, &list, ERROR_INVALID_PARAMETER);
    blob.cbData = 10;
    blob.pbData = bad_pointer();
    CHECK(name, &list, ERROR_INVALID_PARAMETER);
    certificate.pCertBlob = NULL;
    CHECK(name, &list, ERROR_INVALID_PARAMETER);
#undef CHECK
    check_users_of(name, &user, 1);
    remove_file(name);
    remove_file(plain);
}

static void test_user_key(void)
{
    EFS_CERTIFICATE_BLOB blob = { X509_ASN_ENCODING, 1000, certificate_bytes };
    ENCRYPTION_CERTIFICATE certificate = { sizeof(certificate), NULL, &blob };
    DWORD ret;

#define CHECK(call, code) SetLastError(0xdeadbeef); ret = call; check_code(ret, code)
    CHECK(pSetUserFileEncryptionKey(NULL), ERROR_EFS_DISABLED);
    CHECK(pSetUserFileEncryptionKey(&certificate), ERROR_EFS_DISABLED);
    CHECK(pSetUserFileEncryptionKey(bad_pointer()), ERROR_INVALID_PARAMETER);
    CHECK(pSetUserFileEncryptionKeyEx(NULL, 0, 0, NULL), ERROR_EFS_DISABLED);
    CHECK(pSetUserFileEncryptionKeyEx(&certificate, 1, 1, NULL), ERROR_EFS_DISABLED);
    CHECK(pSetUserFileEncryptionKeyEx(&certificate, 1, 1, &blob), ERROR_INVALID_PARAMETER);
    certificate.pCertBlob = bad_pointer();
    CHECK(pSetUserFileEncryptionKey(&certificate), ERROR_INVALID_PARAMETER);
    CHECK(pSetUserFileEncryptionKeyEx(&certificate, 0, 0, NULL), ERROR_INVALID_PARAMETER);
    CHECK(pFlushEfsCache(NULL), ERROR_SUCCESS);
    CHECK(pUsePinForEncryptedFilesW(NULL, NULL, NULL), ERROR_EFS_DISABLED);
    CHECK(pUsePinForEncryptedFilesA(NULL, NULL, NULL), ERROR_EFS_DISABLED);
#undef CHECK
}

START_TEST(with_key)
{
    begin_tests("with_key");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    /* what is answered where EFS is switched off; api/encrypt.c and api/keys.c have the rest */
    set_policy(L"EfsConfiguration", 1);
    unseen("reasoned: as other functions answer such arguments; the limits are MS-EFSR's")
        test_add_users();
    unseen("reasoned: as other functions answer such arguments; of the last ones not even these are known")
        test_user_key();
    clear_policies();
    end_tests();
}
