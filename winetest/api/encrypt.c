/*
 * EncryptFile and DecryptFile with the user's keys. The first test wants a user who has none yet.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/metadata.h"
#include "helpers/user_keys.h"
#include "helpers/policy.h"

static void check_bool_(int line, BOOL result, DWORD error)
{
    DWORD found = GetLastError();

    ok_(__FILE__, line)(!result == !!error, "got %d, error %lu; expected error %lu\n", result, found, error);
    if (error) ok_(__FILE__, line)(found == error, "got error %lu, expected %lu\n", found, error);
}
#define check_bool(call, error) \
    do { BOOL result_; SetLastError(0xdeadbeef); result_ = call; check_bool_(__LINE__, result_, error); } while (0)

static bool is_encrypted(const WCHAR *name)
{
    DWORD attributes = GetFileAttributesW(name);

    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_ENCRYPTED);
}

/* ---- content that is made of its place, so that any mistake shows ---- */

static BYTE content_at(DWORD at, DWORD seed)
{
    return (BYTE)(at * 7 + (at >> 8) * 13 + (at >> 16) + seed);
}

static void write_content(const WCHAR *name, DWORD size, DWORD seed)
{
    HANDLE file = CreateFileW(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    BYTE *bytes = malloc(size + 1);
    DWORD i, written = 0;

    for (i = 0; i < size; i++) bytes[i] = content_at(i, seed);
    ok(file != INVALID_HANDLE_VALUE, "%s: error %lu\n", wine_dbgstr_w(name), GetLastError());
    check_call(WriteFile(file, bytes, size, &written, NULL) && written == size);
    CloseHandle(file);
    free(bytes);
}

static void check_content_(int line, const WCHAR *name, DWORD size, DWORD seed)
{
    HANDLE file = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    BYTE *bytes = malloc(size + 1);
    DWORD i, got = 0;

    ok_(__FILE__, line)(file != INVALID_HANDLE_VALUE, "%s: error %lu\n", wine_dbgstr_w(name), GetLastError());
    if (file != INVALID_HANDLE_VALUE)
    {
        ok_(__FILE__, line)(ReadFile(file, bytes, size + 1, &got, NULL) && got == size, "got %lu bytes, expected %lu\n",
                            got, size);
        for (i = 0; i < got && bytes[i] == content_at(i, seed);) i++;
        ok_(__FILE__, line)(i == got, "another byte at %lu\n", i);
        CloseHandle(file);
    }
    free(bytes);
}
#define check_content(name, size, seed) check_content_(__LINE__, name, size, seed)

static void check_refused_(int line, const WCHAR *name)
{
    HANDLE file = CreateFileW(name, GENERIC_READ, SHARE_EVERYTHING, NULL, OPEN_EXISTING, 0, NULL);

    ok_(__FILE__, line)(file == INVALID_HANDLE_VALUE && GetLastError() == ERROR_ACCESS_DENIED,
                        "got %p, error %lu\n", (void *)file, GetLastError());
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
}
#define check_refused(name) check_refused_(__LINE__, name)

/* ---- */

static void test_no_key(void)
{
    const WCHAR *file = test_path(L"file");

    if (has_current_key())
    {
        skip("this user has a key\n");
        return;
    }
    write_content(file, 1000, 1);
    if (set_policy(L"EfsOptions", 4))
    {
        check_bool(EncryptFileW(file), ERROR_NO_USER_KEYS);
        check_content(file, 1000, 1);
        ok(!has_current_key(), "a key was made\n");
    }
    clear_policies();
    if (set_policy(L"EfsConfiguration", 1)) check_bool(EncryptFileW(file), ERROR_EFS_DISABLED);
    clear_policies();
    if (set_recovery_policy((const BYTE *)"no policy", 9)) check_bool(EncryptFileW(file), ERROR_BAD_RECOVERY_POLICY);
    clear_policies();
    ok(!has_current_key(), "a key was made\n");
    check_content(file, 1000, 1);

    check_bool(EncryptFileW(file), ERROR_SUCCESS);
    ok(is_encrypted(file), "not encrypted\n");
    ok(has_current_key(), "no key was made\n");
    check_bool(DecryptFileW(file, 0), ERROR_SUCCESS);
    check_content(file, 1000, 1);
    remove_file(file);
}

static void test_sizes(void)
{
    static const DWORD sizes[] = { 0, 1, 511, 512, 513, 4096, 65535, 65536, 65537, 1000000 };
    const WCHAR *name = test_path(L"file");
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(sizes); i++)
    {
        WIN32_FILE_ATTRIBUTE_DATA before, after;

        winetest_push_context("%lu bytes", sizes[i]);
        write_content(name, sizes[i], i);
        check_call(GetFileAttributesExW(name, GetFileExInfoStandard, &before));
        check_bool(EncryptFileW(name), ERROR_SUCCESS);
        ok(is_encrypted(name), "not encrypted\n");
        check_refused(name);
        check_call(GetFileAttributesExW(name, GetFileExInfoStandard, &after));
        ok(after.nFileSizeLow == sizes[i], "got %lu bytes\n", after.nFileSizeLow);
        ok(!CompareFileTime(&before.ftLastWriteTime, &after.ftLastWriteTime), "another time\n");
        check_current_user(name);

        check_bool(DecryptFileW(name, 0), ERROR_SUCCESS);
        ok(!is_encrypted(name), "still encrypted\n");
        check_content(name, sizes[i], i);
        check_call(GetFileAttributesExW(name, GetFileExInfoStandard, &after));
        ok(!CompareFileTime(&before.ftLastWriteTime, &after.ftLastWriteTime), "another time\n");
        remove_file(name);
        winetest_pop_context();
    }
}

/* Twice is once. */
static void test_twice(void)
{
    const WCHAR *name = test_path(L"file");
    struct sink first = { 0 }, second = { 0 };
    char narrow[MAX_PATH];

    WideCharToMultiByte(CP_ACP, 0, name, -1, narrow, sizeof(narrow), NULL, NULL);
    write_content(name, 70000, 5);
    check_bool(EncryptFileA(narrow), ERROR_SUCCESS);
    check_code(save_to(name, 0, &first), ERROR_SUCCESS);
    check_bool(EncryptFileW(name), ERROR_SUCCESS);
    check_code(save_to(name, 0, &second), ERROR_SUCCESS);
    ok(first.size == second.size && !memcmp(first.data, second.data, first.size), "it was encrypted anew\n");
    check_bool(DecryptFileA(narrow, 0), ERROR_SUCCESS);
    check_bool(DecryptFileW(name, 0), ERROR_SUCCESS);
    check_content(name, 70000, 5);

    /* with a key of its own each time */
    check_bool(EncryptFileW(name), ERROR_SUCCESS);
    reset_sink(&second);
    check_code(save_to(name, 0, &second), ERROR_SUCCESS);
    ok(first.size == second.size && memcmp(first.data + first.size - 0x200, second.data + second.size - 0x200, 0x200),
       "the same data\n");
    remove_file(name);
    free_sink(&first);
    free_sink(&second);
}

static void test_attributes(void)
{
    const WCHAR *name = test_path(L"file");
    DWORD attributes;

    write_content(name, 100, 1);
    check_call(SetFileAttributesW(name, FILE_ATTRIBUTE_HIDDEN));
    check_bool(EncryptFileW(name), ERROR_SUCCESS);
    attributes = GetFileAttributesW(name);
    ok((attributes & ~(DWORD)FILE_ATTRIBUTE_ARCHIVE) == (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_ENCRYPTED),
       "got %#lx\n", attributes);
    check_bool(DecryptFileW(name, 0), ERROR_SUCCESS);
    attributes = GetFileAttributesW(name);
    ok((attributes & ~(DWORD)FILE_ATTRIBUTE_ARCHIVE) == FILE_ATTRIBUTE_HIDDEN, "got %#lx\n", attributes);

    /* line 21 */
    for (attributes = 0; attributes < 2; attributes++)
    {
        if (attributes) check_bool(EncryptFileW(name), ERROR_SUCCESS);
        check_call(SetFileAttributesW(name, FILE_ATTRIBUTE_READONLY));
        check_bool(EncryptFileW(name), ERROR_FILE_READ_ONLY);
        check_bool(DecryptFileW(name, 0), ERROR_FILE_READ_ONLY);
        check_call(SetFileAttributesW(name, FILE_ATTRIBUTE_SYSTEM));
        check_bool(EncryptFileW(name), ERROR_ACCESS_DENIED);
        check_bool(DecryptFileW(name, 0), ERROR_ACCESS_DENIED);
        check_call(SetFileAttributesW(name, FILE_ATTRIBUTE_NORMAL));
        ok(is_encrypted(name) == (attributes != 0), "it has changed\n");
    }
    check_bool(DecryptFileW(name, 0), ERROR_SUCCESS);
    check_content(name, 100, 1);
    remove_file(name);
}

static void test_streams(void)
{
    const WCHAR *name = test_path(L"file"), *small = test_path(L"file:small"), *large = test_path(L"file:large");
    HANDLE file;

    write_content(name, 3000, 1);
    file = CreateFileW(small, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
    {
        skip("no alternate streams here\n");
        remove_file(name);
        return;
    }
    CloseHandle(file);
    write_content(small, 10, 2);
    write_content(large, 1500, 3);
    check_bool(EncryptFileW(name), ERROR_SUCCESS);
    check_refused(name);
    file = CreateFileW(small, GENERIC_READ, SHARE_EVERYTHING, NULL, OPEN_EXISTING, 0, NULL);
    ok(file == INVALID_HANDLE_VALUE, "a stream is in plain\n");
    check_bool(DecryptFileW(name, 0), ERROR_SUCCESS);
    check_content(name, 3000, 1);
    check_content(small, 10, 2);
    check_content(large, 1500, 3);
    remove_file(name);
}

/* What others may have open meanwhile: attributes, nothing else. */
static void test_sharing(void)
{
    static const DWORD access[] = { GENERIC_READ, GENERIC_WRITE, GENERIC_READ | GENERIC_WRITE, DELETE };
    const WCHAR *name = test_path(L"file");
    void *context;
    HANDLE file;
    DWORD i;

    write_content(name, 2000, 1);
    for (i = 0; i < ARRAY_SIZE(access); i++)
    {
        file = CreateFileW(name, access[i], SHARE_EVERYTHING, NULL, OPEN_EXISTING, 0, NULL);
        ok(file != INVALID_HANDLE_VALUE, "error %lu\n", GetLastError());
        check_bool(EncryptFileW(name), ERROR_SHARING_VIOLATION);
        CloseHandle(file);
        check_content(name, 2000, 1);
    }
    file = CreateFileW(name, FILE_READ_ATTRIBUTES, 0, NULL, OPEN_EXISTING, 0, NULL);
    check_bool(EncryptFileW(name), ERROR_SUCCESS);
    CloseHandle(file);
    context = open_export(name, 0);
    check_bool(DecryptFileW(name, 0), ERROR_SHARING_VIOLATION);
    CloseEncryptedFileRaw(context);
    context = open_import(name, 0);
    check_bool(DecryptFileW(name, 0), ERROR_SHARING_VIOLATION);
    CloseEncryptedFileRaw(context);
    ok(is_encrypted(name), "not encrypted any more\n");
    check_bool(DecryptFileW(name, 0), ERROR_SUCCESS);
    check_content(name, 2000, 1);
    remove_file(name);
}

static void test_links(void)
{
    const WCHAR *name = test_path(L"file"), *link = test_path(L"link");

    write_content(name, 2000, 1);
    check_call(CreateHardLinkW(link, name, NULL));
    check_bool(EncryptFileW(name), ERROR_NOT_SUPPORTED);
    check_content(name, 2000, 1);
    check_content(link, 2000, 1);
    remove_file(link);
    check_bool(EncryptFileW(name), ERROR_SUCCESS);
    check_call(CreateHardLinkW(link, name, NULL));
    check_bool(DecryptFileW(link, 0), ERROR_NOT_SUPPORTED);
    ok(is_encrypted(name) && is_encrypted(link), "not encrypted any more\n");
    remove_file(link);
    check_bool(DecryptFileW(name, 0), ERROR_SUCCESS);
    check_content(name, 2000, 1);
    remove_file(name);
}

/* Somebody else's file, and one that nobody can read any more. */
static void test_others(void)
{
    static const struct user stranger = { 0x11, L"stranger", true };
    static BYTE metadata[2 * ENTRY_SIZE_MAX];
    static BYTE version_4[0x60] = { [0x00] = sizeof(version_4), [0x08] = 4, [0x30] = 1 };
    const WCHAR *name = test_path(L"file");
    DWORD length = make_metadata_of(metadata, 1, &stranger, 1, NULL, 0);

    restore_with(name, 0, metadata, length);
    check_bool(DecryptFileW(name, 0), ERROR_ACCESS_DENIED);
    check_bool(EncryptFileW(name), ERROR_SUCCESS);
    check_metadata(name, metadata, length);
    restore_with(name, 0, version_4, sizeof(version_4));
    check_bool(DecryptFileW(name, 0), ERROR_EFS_VERSION_NOT_SUPPORT);
    check_metadata(name, version_4, sizeof(version_4));
    remove_file(name);
}

/* The user's entry with something else in the place of the key that it wraps. */
static void test_damaged(void)
{
    const WCHAR *name = test_path(L"file");
    BYTE *metadata;
    DWORD size, ret;

    write_content(name, 2000, 1);
    check_bool(EncryptFileW(name), ERROR_SUCCESS);
    ret = pGetEncryptedFileMetadata(name, &size, &metadata);
    check_code(ret, ERROR_SUCCESS);
    metadata[size - 40] ^= 0xff;
    ret = pSetEncryptedFileMetadata(name, NULL, metadata, NULL, 8, NULL);
    check_code(ret, ERROR_SUCCESS);
    SetLastError(0xdeadbeef);
    ok(!DecryptFileW(name, 0), "decrypted with a key that is none\n");
    ok(is_encrypted(name), "not encrypted any more\n");
    metadata[size - 40] ^= 0xff;
    ret = pSetEncryptedFileMetadata(name, NULL, metadata, NULL, 8, NULL);
    check_code(ret, ERROR_SUCCESS);
    pFreeEncryptedFileMetadata(metadata);
    check_bool(DecryptFileW(name, 0), ERROR_SUCCESS);
    check_content(name, 2000, 1);
    remove_file(name);
}

static void test_directory(void)
{
    const WCHAR *dir = test_path(L"directory"), *file = test_path(L"directory\\file");

    check_call(CreateDirectoryW(dir, NULL));
    write_content(file, 10, 1);
    check_bool(EncryptFileW(dir), ERROR_SUCCESS);
    ok(is_encrypted(dir), "not marked\n");
    ok(!is_encrypted(file), "what is in it is encrypted\n");
    check_current_user(dir);
    check_bool(EncryptFileW(dir), ERROR_SUCCESS);
    check_bool(DecryptFileW(dir, 0), ERROR_SUCCESS);
    ok(!is_encrypted(dir), "still marked\n");
    check_content(file, 10, 1);
    remove_file(file);
    check_call(RemoveDirectoryW(dir));
}

START_TEST(encrypt)
{
    begin_tests("encrypt");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    unseen("documented: the policies, MS-GPEF 2.2.1, and the codes, MS-ERREF; which goes with which is reasoned")
        test_no_key();
    unseen("ours: nobody reads it outside of a view; Windows lets the owner of the key. The rest: EncryptFile")
        test_sizes();
    unseen("reasoned: twice is once, and each file has a key of its own")
        test_twice();
    unseen("programs: restic acts on ERROR_FILE_READ_ONLY and ERROR_ACCESS_DENIED; the rest is reasoned")
        test_attributes();
    unseen("ours: nobody reads them outside of a view; that streams are encrypted, too: MS-EFSR")
        test_streams();
    unseen("documented: EncryptFile wants exclusive access; the code is reasoned")
        test_sharing();
    unseen("ours: a file with several names is refused; Windows encrypts it")
        test_links();
    unseen("ours: EncryptFile on a stranger's encrypted file succeeds; MS-EFSR would look for the key")
        test_others();
    unseen("reasoned: a key that is none opens nothing; SetEncryptedFileMetadata may refuse it before")
        test_damaged();
    unseen("documented: EncryptFile on directories")
    {
        test_directory();
        ok(!count_entries(test_path(L"")), "something was left behind\n");
    }
    end_tests();
}
