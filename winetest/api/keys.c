/*
 * Users of files, and the current key, with keys that are there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/metadata.h"
#include "helpers/user_keys.h"
#include "helpers/policy.h"

#define DER_MAX 8192

/* Two keys of the user's: the first that was made, and the current one. */
static BYTE hashes[2][CERTIFICATE_HASH_SIZE];
static BYTE ders[2][DER_MAX];
static DWORD sizes[2];

static const BYTE (*hashes_from(DWORD i))[CERTIFICATE_HASH_SIZE]
{
    return (const BYTE (*)[CERTIFICATE_HASH_SIZE])&hashes[i];
}

static DWORD set_key(const BYTE *der, DWORD size)
{
    EFS_CERTIFICATE_BLOB blob = { X509_ASN_ENCODING, size, (BYTE *)(ULONG_PTR)der };
    ENCRYPTION_CERTIFICATE certificate = { sizeof(certificate), NULL, &blob };

    SetLastError(0xdeadbeef);
    return pSetUserFileEncryptionKey(&certificate);
}

static DWORD add_user(const WCHAR *name, DWORD flags, const BYTE *der, DWORD size)
{
    EFS_CERTIFICATE_BLOB blob = { X509_ASN_ENCODING, size, (BYTE *)(ULONG_PTR)der };
    ENCRYPTION_CERTIFICATE certificate = { sizeof(certificate), NULL, &blob }, *certificates[] = { &certificate };
    ENCRYPTION_CERTIFICATE_LIST list = { 1, certificates };

    SetLastError(0xdeadbeef);
    return flags ? pAddUsersToEncryptedFileEx(flags, NULL, name, &list) : pAddUsersToEncryptedFile(name, &list);
}

static DWORD remove_user(const WCHAR *name, const BYTE hash[CERTIFICATE_HASH_SIZE])
{
    EFS_HASH_BLOB blob = { CERTIFICATE_HASH_SIZE, (BYTE *)(ULONG_PTR)hash };
    ENCRYPTION_CERTIFICATE_HASH user = { sizeof(user), NULL, &blob, NULL }, *users[] = { &user };
    ENCRYPTION_CERTIFICATE_HASH_LIST list = { 1, users };

    SetLastError(0xdeadbeef);
    return pRemoveUsersFromEncryptedFile(name, &list);
}

static void make_encrypted(const WCHAR *name)
{
    make_file(name, "plain text", 0);
    check_call(EncryptFileW(name));
}

/* A second key leaves the first usable. */
static void test_two_keys(void)
{
    const WCHAR *first = test_path(L"first"), *second = test_path(L"second");
    DWORD ret, i;

    make_encrypted(first);
    check_call(get_current_key(hashes[0]));
    check_code(pSetUserFileEncryptionKey(NULL), ERROR_SUCCESS);
    check_call(get_current_key(hashes[1]));
    ok(memcmp(hashes[0], hashes[1], CERTIFICATE_HASH_SIZE), "no other key\n");
    for (i = 0; i < 2; i++) ok((sizes[i] = get_certificate(hashes[i], ders[i], DER_MAX)) != 0, "no certificate\n");
    make_encrypted(second);
    check_hashes(first, false, hashes_from(0), 1);
    check_hashes(second, false, hashes_from(1), 1);
    check_call(DecryptFileW(first, 0));
    check_call(DecryptFileW(second, 0));
    check_plain(first, "plain text", 0);
    check_plain(second, "plain text", 0);

    /* back to the first one, and again to the second */
    for (i = 0; i < 2; i++)
    {
        BYTE current[CERTIFICATE_HASH_SIZE];

        ret = set_key(ders[i], sizes[i]);
        check_code(ret, ERROR_SUCCESS);
        check_call(get_current_key(current));
        ok(!memcmp(current, hashes[i], CERTIFICATE_HASH_SIZE), "another one\n");
    }
    remove_file(first);
    remove_file(second);
}

static void test_set_key_errors(void)
{
    static BYTE garbage[1000];
    BYTE current[CERTIFICATE_HASH_SIZE];
    DWORD ret;

    ret = set_key(garbage, sizeof(garbage));
    check_code(ret, ERROR_INVALID_PARAMETER);
    ret = set_key(ders[0], sizes[0] / 2);
    check_code(ret, ERROR_INVALID_PARAMETER);
    hide_certificate(hashes[0]);
    ret = set_key(ders[0], sizes[0]);
    check_code(ret, ERROR_NO_USER_KEYS);
    show_certificate();
    if (set_policy(L"EfsOptions", 4))
    {
        SetLastError(0xdeadbeef);
        ret = pSetUserFileEncryptionKey(NULL);
        check_code(ret, ERROR_NO_USER_KEYS);
    }
    clear_policies();
    check_call(get_current_key(current));
    ok(!memcmp(current, hashes[1], CERTIFICATE_HASH_SIZE), "another one\n");
}

/* Without the certificate the user has no key; with it again he has. */
static void test_lost(void)
{
    const WCHAR *name = test_path(L"file");

    make_encrypted(name);
    hide_certificate(hashes[1]);
    SetLastError(0xdeadbeef);
    ok(!DecryptFileW(name, 0) && GetLastError() == ERROR_ACCESS_DENIED, "got error %lu\n", GetLastError());
    ok(GetFileAttributesW(name) & FILE_ATTRIBUTE_ENCRYPTED, "not encrypted any more\n");
    show_certificate();
    check_call(DecryptFileW(name, 0));
    check_plain(name, "plain text", 0);
    remove_file(name);
}

static void test_users(void)
{
    static const struct user stranger = { 0x11, L"stranger", true };
    static BYTE garbage[1000], metadata[2 * ENTRY_SIZE_MAX];
    const WCHAR *name = test_path(L"file"), *plain = test_path(L"plain"), *dir = test_path(L"directory");
    DWORD ret, length;

    make_encrypted(name);
    make_file(plain, "plain text", 0);
    check_hashes(name, false, hashes_from(1), 1);
    ret = add_user(plain, 0, ders[0], sizes[0]);
    check_code(ret, ERROR_FILE_NOT_ENCRYPTED);
    ret = add_user(name, 0, garbage, sizeof(garbage));
    check_code(ret, ERROR_INVALID_PARAMETER);
    ret = add_user(name, 0, ders[0], sizes[0] - 1);
    check_code(ret, ERROR_INVALID_PARAMETER);
    ret = add_user(name, 0, ders[1], sizes[1]);
    check_code(ret, ERROR_SUCCESS);
    check_hashes(name, false, hashes_from(1), 1);

    ret = add_user(name, 0, ders[0], sizes[0]);
    check_code(ret, ERROR_SUCCESS);
    {
        BYTE both[2][CERTIFICATE_HASH_SIZE];

        memcpy(both[0], hashes[1], CERTIFICATE_HASH_SIZE);
        memcpy(both[1], hashes[0], CERTIFICATE_HASH_SIZE);
        check_hashes(name, false, (const BYTE (*)[CERTIFICATE_HASH_SIZE])both, 2);
    }
    ret = remove_user(name, hashes[1]);
    check_code(ret, ERROR_SUCCESS);
    check_hashes(name, false, hashes_from(0), 1);
    /* one takes the other's place */
    ret = add_user(name, 4, ders[1], sizes[1]);
    check_code(ret, ERROR_SUCCESS);
    check_hashes(name, false, hashes_from(1), 1);
    check_call(DecryptFileW(name, 0));
    check_plain(name, "plain text", 0);
    remove_file(name);
    remove_file(plain);

    length = make_metadata_of(metadata, 1, &stranger, 1, NULL, 0);
    restore_with(name, 0, metadata, length);
    ret = add_user(name, 0, ders[0], sizes[0]);
    check_code(ret, ERROR_ACCESS_DENIED);
    check_metadata(name, metadata, length);
    remove_file(name);

    check_call(CreateDirectoryW(dir, NULL));
    check_call(EncryptFileW(dir));
    ret = add_user(dir, 0, ders[0], sizes[0]);
    check_code(ret, ERROR_SUCCESS);
    ret = remove_user(dir, hashes[1]);
    check_code(ret, ERROR_SUCCESS);
    check_hashes(dir, false, hashes_from(0), 1);
    check_call(RemoveDirectoryW(dir));
}

static void check_info_(int line, const WCHAR *name, DWORD class, const void *expected, DWORD size)
{
    EFS_RPC_BLOB *info;
    DWORD ret = pEncryptedFileKeyInfo(name, class, &info);

    ok_(__FILE__, line)(!ret, "class %#lx: got %lu\n", class, ret);
    if (ret) return;
    ok_(__FILE__, line)(info->cbData == size, "class %#lx: got %lu bytes\n", class, info->cbData);
    if (info->cbData == size)
        ok_(__FILE__, line)(!memcmp(info->pbData, expected, size), "class %#lx: got other data\n", class);
    pFreeEncryptedFileKeyInfo(info);
}
#define check_info(name, class, expected, size) check_info_(__LINE__, name, class, expected, size)

static void test_info(void)
{
    static const DWORD basic[] = { 1, 256, 0x6610, 256 }; /* dwVersion, Entropy, Algorithm, KeyLength */
    static const DWORD encryption[] = { TRUE, 0 };        /* bHasCurrentKey, dwEncryptionError */
    static const DWORD denied[] = { ERROR_ACCESS_DENIED, 0, 0 };
    struct
    {
        DWORD error, offset, length;
        BYTE  hash[CERTIFICATE_HASH_SIZE];
    } decryption = { 0, 12, CERTIFICATE_HASH_SIZE, { 0 } };
    const WCHAR *name = test_path(L"file");
    EFS_RPC_BLOB *info;
    DWORD ret;

    make_encrypted(name);
    memcpy(decryption.hash, hashes[1], CERTIFICATE_HASH_SIZE);
    check_info(name, 1, basic, sizeof(basic));
    check_info(name, 0x200, &decryption, 12 + CERTIFICATE_HASH_SIZE);
    check_info(name, 0x400, encryption, sizeof(encryption));
    hide_certificate(hashes[1]);
    SetLastError(0xdeadbeef);
    ret = pEncryptedFileKeyInfo(name, 1, &info);
    check_code(ret, ERROR_DECRYPTION_FAILED);
    check_info(name, 0x200, denied, sizeof(denied));
    show_certificate();
    remove_file(name);
}

/* For a single user, with a key of its own. */
static void test_duplicate(void)
{
    const WCHAR *from = test_path(L"from"), *to = test_path(L"to");
    BYTE *old, *new;
    DWORD old_size, new_size, ret;

    make_encrypted(from);
    SetLastError(0xdeadbeef);
    ret = pDuplicateEncryptionInfoFile(from, to, CREATE_NEW, 0, NULL);
    check_code(ret, ERROR_SUCCESS);
    check_hashes(to, false, hashes_from(1), 1);
    check_code(pGetEncryptedFileMetadata(from, &old_size, &old), ERROR_SUCCESS);
    check_code(pGetEncryptedFileMetadata(to, &new_size, &new), ERROR_SUCCESS);
    ok(old_size != new_size || memcmp(old, new, old_size), "the same key\n");
    pFreeEncryptedFileMetadata(old);
    pFreeEncryptedFileMetadata(new);
    check_call(DecryptFileW(to, 0));
    check_plain(to, "", 0);
    remove_file(to);

    hide_certificate(hashes[1]);
    SetLastError(0xdeadbeef);
    ret = pDuplicateEncryptionInfoFile(from, to, CREATE_NEW, 0, NULL);
    check_code(ret, ERROR_ACCESS_DENIED);
    check_missing(to);
    show_certificate();
    remove_file(from);
}

static void put_dword(BYTE *at, DWORD value)
{
    memcpy(at, &value, sizeof(value));
}

/* An EfsBlob with one agent (MS-GPEF 2.2.1.2). */
static DWORD make_recovery_policy(BYTE *out, const BYTE *der, DWORD size)
{
    static const BYTE sid[] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 };
    DWORD length = 32 + sizeof(sid) + size;

    memset(out, 0, 8 + 32);
    put_dword(out, 0x10001);
    put_dword(out + 4, 1);
    put_dword(out + 8, length);
    put_dword(out + 12, length - 4);
    put_dword(out + 16, 28);
    put_dword(out + 24, size);
    put_dword(out + 28, 28 + sizeof(sid));
    memcpy(out + 40, sid, sizeof(sid));
    memcpy(out + 40 + sizeof(sid), der, size);
    return 8 + length;
}

static void test_recovery(void)
{
    static BYTE policy[DER_MAX + 100], garbage[100];
    const WCHAR *name = test_path(L"file");
    DWORD size;

    make_file(name, "plain text", 0);
    size = make_recovery_policy(policy, garbage, sizeof(garbage));
    if (!set_recovery_policy(policy, size))
    {
        remove_file(name);
        return;
    }
    SetLastError(0xdeadbeef);
    ok(!EncryptFileW(name) && GetLastError() == ERROR_BAD_RECOVERY_POLICY, "got error %lu\n", GetLastError());
    size = make_recovery_policy(policy, ders[0], sizes[0]);
    set_recovery_policy(policy, size - 1);
    SetLastError(0xdeadbeef);
    ok(!EncryptFileW(name) && GetLastError() == ERROR_BAD_RECOVERY_POLICY, "got error %lu\n", GetLastError());
    check_plain(name, "plain text", 0);

    set_recovery_policy(policy, size);
    check_call(EncryptFileW(name));
    clear_policies();
    check_hashes(name, false, hashes_from(1), 1);
    check_hashes(name, true, hashes_from(0), 1);
    /* the agent's key alone */
    hide_certificate(hashes[1]);
    check_call(DecryptFileW(name, 0));
    show_certificate();
    check_plain(name, "plain text", 0);
    remove_file(name);
}

START_TEST(keys)
{
    begin_tests("keys");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    unseen("documented: SetUserFileEncryptionKey; that files keep their keys is reasoned")
        test_two_keys();
    if (sizes[0] && sizes[1])
    {
        unseen("reasoned: MS-ERREF has the codes; which goes with what is a guess")
            test_set_key_errors();
        unseen("reasoned: without the certificate there is no key; Windows may have it in memory still")
            test_lost();
        unseen("documented: AddUsersToEncryptedFile and its fellows, MS-EFSR; the codes are reasoned")
            test_users();
        unseen("documented: the RPC method in MS-EFSR; an Entropy of 256 is what a genuine cipher /C printed")
            test_info();
        unseen("documented: DuplicateEncryptionInfoFile, MS-EFSR; that a single user gets a new key")
            test_duplicate();
        unseen("documented: the form of a policy, MS-GPEF 2.2.1.2; the codes are reasoned")
            test_recovery();
    }
    unseen("reasoned: nothing was made")
        ok(!count_entries(test_path(L"")), "something was left behind\n");
    end_tests();
}
