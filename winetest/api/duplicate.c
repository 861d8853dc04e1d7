/*
 * DuplicateEncryptionInfoFile.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/metadata.h"
#include "helpers/policy.h"

static const struct user users[] = { { 0x11, L"alice", true }, { 0x22, L"bob", false } };
static BYTE metadata[4 * ENTRY_SIZE_MAX];

static DWORD duplicate(const WCHAR *from, const WCHAR *to, DWORD disposition, DWORD attributes,
                       SECURITY_ATTRIBUTES *security)
{
    SetLastError(0xdeadbeef);
    return pDuplicateEncryptionInfoFile(from, to, disposition, attributes, security);
}
#define CHECK(from, to, disposition, code) ret = duplicate(from, to, disposition, 0, NULL); check_code(ret, code)

static void check_empty_(int line, const WCHAR *name, DWORD length, DWORD attributes)
{
    WIN32_FILE_ATTRIBUTE_DATA data;

    check_metadata_(__FILE__, line, name, metadata, length);
    ok_(__FILE__, line)(GetFileAttributesExW(name, GetFileExInfoStandard, &data), "got error %lu\n", GetLastError());
    ok_(__FILE__, line)(!data.nFileSizeLow && !data.nFileSizeHigh, "got size %lu\n", data.nFileSizeLow);
    ok_(__FILE__, line)((data.dwFileAttributes & ~(FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_DIRECTORY))
                        == (FILE_ATTRIBUTE_ENCRYPTED | attributes), "got attributes %#lx\n", data.dwFileAttributes);
}
#define check_empty(name, length, attributes) check_empty_(__LINE__, name, length, attributes)

static void test_files(void)
{
    const WCHAR *from = test_path(L"from"), *to = test_path(L"to"), *dir = test_path(L"directory");
    DWORD length = make_metadata_of(metadata, 1, users, 2, NULL, 0), ret;
    struct stream stream;

    restore_with(from, 0, metadata, length);
    CHECK(from, to, CREATE_NEW, ERROR_SUCCESS);
    check_empty(to, length, 0);
    CHECK(from, to, CREATE_NEW, ERROR_FILE_EXISTS);
    CHECK(from, to, CREATE_ALWAYS, ERROR_SUCCESS);
    remove_file(to);

    /* what stood there is replaced, encrypted or not */
    make_file(to, "plain text", 0);
    CHECK(from, to, CREATE_NEW, ERROR_FILE_EXISTS);
    check_plain(to, "plain text", 0);
    CHECK(from, to, CREATE_ALWAYS, ERROR_SUCCESS);
    check_empty(to, length, 0);
    build_stream(&stream, 5000, 1);
    check_code(restore_stream(to, 0, &stream), ERROR_SUCCESS);
    CHECK(from, to, 0, ERROR_SUCCESS);
    check_empty(to, length, 0);
    free_stream(&stream);
    remove_file(to);

    /* unless nobody may */
    make_file(to, "plain text", FILE_ATTRIBUTE_READONLY);
    CHECK(from, to, CREATE_ALWAYS, ERROR_ACCESS_DENIED);
    check_plain(to, "plain text", FILE_ATTRIBUTE_READONLY);
    remove_file(to);
    check_call(CreateDirectoryW(dir, NULL));
    CHECK(from, dir, CREATE_ALWAYS, ERROR_DIRECTORY);
    CHECK(from, test_path(L"missing\\to"), CREATE_ALWAYS, ERROR_PATH_NOT_FOUND);
    check_call(RemoveDirectoryW(dir));
    ok(count_entries(test_path(L"")) == 1, "something was left behind\n");
    remove_file(from);
}

static void test_directories(void)
{
    const WCHAR *from = test_path(L"from"), *to = test_path(L"to"), *file = test_path(L"file");
    DWORD length = make_metadata_of(metadata, 2, users, 1, NULL, 0), ret;

    restore_with(from, CREATE_FOR_DIR, metadata, length);
    CHECK(from, to, CREATE_NEW, ERROR_SUCCESS);
    check_empty(to, length, 0);
    ok(GetFileAttributesW(to) & FILE_ATTRIBUTE_DIRECTORY, "not a directory\n");
    CHECK(from, to, CREATE_NEW, ERROR_FILE_EXISTS);
    move_in(test_path(L"to\\file"), "plain text");
    length = make_metadata_of(metadata, 3, users, 2, NULL, 0);
    restore_with(from, CREATE_FOR_DIR, metadata, length);
    CHECK(from, to, CREATE_ALWAYS, ERROR_SUCCESS);
    check_empty(to, length, 0);
    check_plain(test_path(L"to\\file"), "plain text", 0);
    remove_file(test_path(L"to\\file"));
    check_call(RemoveDirectoryW(to));

    check_call(CreateDirectoryW(to, NULL));
    CHECK(from, to, CREATE_ALWAYS, ERROR_FILE_NOT_ENCRYPTED);
    check_call(RemoveDirectoryW(to));
    make_file(file, "plain text", 0);
    CHECK(from, file, CREATE_ALWAYS, ERROR_DIRECTORY);
    check_plain(file, "plain text", 0);
    remove_file(file);
    check_call(RemoveDirectoryW(from));
}

/* Does the list give anybody but SYSTEM and the user something? */
static bool is_private(const WCHAR *name, PSID user)
{
    static BYTE buffer[4096];
    SID system = { SID_REVISION, 1, { SECURITY_NT_AUTHORITY }, { SECURITY_LOCAL_SYSTEM_RID } };
    BOOL present, defaulted;
    ACCESS_ALLOWED_ACE *ace;
    DWORD needed, i;
    ACL *acl;

    if (!GetFileSecurityW(name, DACL_SECURITY_INFORMATION, buffer, sizeof(buffer), &needed)
        || !GetSecurityDescriptorDacl(buffer, &present, &acl, &defaulted) || !present || !acl) return false;
    for (i = 0; i < acl->AceCount; i++)
        if (!GetAce(acl, i, (void **)&ace)
            || (ace->Header.AceType == ACCESS_ALLOWED_ACE_TYPE && !EqualSid(&ace->SidStart, &system)
                                               && !EqualSid(&ace->SidStart, user))) return false;
    return true;
}

/* A descriptor of SYSTEM and the user lets nobody else in. */
static void test_private(const WCHAR *from, const WCHAR *to, DWORD length)
{
    union { TOKEN_USER user; BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE]; } info;
    SID system = { SID_REVISION, 1, { SECURITY_NT_AUTHORITY }, { SECURITY_LOCAL_SYSTEM_RID } };
    union { ACL list; BYTE bytes[256]; } acl;
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES security = { sizeof(security), &descriptor, FALSE };
    DWORD needed, ret;
    HANDLE token;

    check_call(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    check_call(GetTokenInformation(token, TokenUser, &info, sizeof(info), &needed));
    CloseHandle(token);
    check_call(InitializeAcl(&acl.list, sizeof(acl), ACL_REVISION));
    check_call(AddAccessAllowedAce(&acl.list, ACL_REVISION, FILE_ALL_ACCESS, &system));
    check_call(AddAccessAllowedAce(&acl.list, ACL_REVISION, FILE_ALL_ACCESS, info.user.User.Sid));
    check_call(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    check_call(SetSecurityDescriptorDacl(&descriptor, TRUE, &acl.list, FALSE));
    ret = duplicate(from, to, CREATE_NEW, 0, &security);
    check_code(ret, ERROR_SUCCESS);
    check_empty(to, length, 0);
    ok(is_private(to, info.user.User.Sid), "others are let in\n");
    remove_file(to);
}

static void test_new(void)
{
    const WCHAR *from = test_path(L"from"), *to = test_path(L"to");
    DWORD length = make_metadata_of(metadata, 4, users, 2, NULL, 0), ret;
    BYTE no_descriptor[SECURITY_DESCRIPTOR_MIN_LENGTH] = { 0 };
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES security = { sizeof(security), &descriptor, FALSE };
    SID everyone = { SID_REVISION, 1, { SECURITY_WORLD_SID_AUTHORITY }, { SECURITY_WORLD_RID } };
    union { ACL list; BYTE bytes[64]; } acl;
    DWORD i;

    check_call(InitializeAcl(&acl.list, sizeof(acl), ACL_REVISION));
    check_call(AddAccessAllowedAce(&acl.list, ACL_REVISION, GENERIC_ALL, &everyone));
    restore_with(from, 0, metadata, length);
    ret = duplicate(from, to, CREATE_NEW,
                    FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_COMPRESSED
                        | FILE_ATTRIBUTE_DIRECTORY, NULL);
    check_code(ret, ERROR_SUCCESS);
    check_empty(to, length, FILE_ATTRIBUTE_HIDDEN);
    /* not without OVERWRITE_HIDDEN */
    CHECK(from, to, CREATE_ALWAYS, ERROR_ACCESS_DENIED);
    remove_file(to);

    test_private(from, to, length);
    InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    for (i = 0; i < 2; i++)
    {
        /* everybody may, with and without a list */
        SetSecurityDescriptorDacl(&descriptor, TRUE, i ? &acl.list : NULL, FALSE);
        ret = duplicate(from, to, CREATE_NEW, 0, &security);
        check_code(ret, ERROR_SUCCESS);
        check_empty(to, length, 0);
        remove_file(to);
    }
    security.lpSecurityDescriptor = no_descriptor;
    ret = duplicate(from, to, CREATE_NEW, 0, &security);
    check_code(ret, ERROR_INVALID_SECURITY_DESCR);
    check_missing(to);
    security.lpSecurityDescriptor = NULL;
    ret = duplicate(from, to, CREATE_NEW, 0, &security);
    check_code(ret, ERROR_SUCCESS);
    remove_file(to);
    remove_file(from);
}

static void test_errors(void)
{
    const WCHAR *from = test_path(L"from"), *to = test_path(L"to"), *plain = test_path(L"plain");
    static BYTE version_4[0x60] = { [0x00] = sizeof(version_4), [0x08] = 4, [0x30] = 1 };
    DWORD length = make_metadata_of(metadata, 5, users, 1, NULL, 0), ret;
    void *context;

    restore_with(from, 0, metadata, length);
    make_file(plain, "plain text", 0);
    CHECK(NULL, to, CREATE_NEW, ERROR_INVALID_PARAMETER);
    CHECK(from, NULL, CREATE_NEW, ERROR_INVALID_PARAMETER);
    CHECK(plain, to, CREATE_NEW, ERROR_FILE_NOT_ENCRYPTED);
    CHECK(test_path(L"missing"), to, CREATE_NEW, ERROR_FILE_NOT_FOUND);
    /* with a single user it takes a new key */
    CHECK(from, to, CREATE_NEW, ERROR_EFS_DISABLED);
    CHECK(from, plain, CREATE_ALWAYS, ERROR_EFS_DISABLED);
    restore_with(from, 0, version_4, sizeof(version_4));
    CHECK(from, to, CREATE_NEW, ERROR_EFS_VERSION_NOT_SUPPORT);
    check_missing(to);

    length = make_metadata_of(metadata, 6, users, 2, NULL, 0);
    restore_with(from, 0, metadata, length);
    context = open_import(plain, 0);
    CHECK(from, plain, CREATE_ALWAYS, ERROR_SHARING_VIOLATION);
    CloseEncryptedFileRaw(context);
    context = open_import(to, 0);
    CHECK(from, to, CREATE_ALWAYS, ERROR_SHARING_VIOLATION);
    CloseEncryptedFileRaw(context);
    check_missing(to);
    /* onto itself: it is empty then, as any destination */
    CHECK(from, from, CREATE_ALWAYS, ERROR_SUCCESS);
    check_empty(from, length, 0);
    check_plain(plain, "plain text", 0);
    remove_file(plain);
    remove_file(from);
}

START_TEST(duplicate)
{
    begin_tests("duplicate");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    /* what is answered where EFS is switched off; api/encrypt.c and api/keys.c have the rest */
    set_policy(L"EfsConfiguration", 1);
    unseen("documented: DuplicateEncryptionInfoFile, MS-EFSR; the codes are reasoned")
    {
        test_files();
        test_directories();
        test_new();
    }
    unseen("reasoned: as other functions of files answer")
    {
        test_errors();
        ok(!count_entries(test_path(L"")), "something was left behind\n");
    }
    clear_policies();
    end_tests();
}
