/*
 * BackupWrite: what comes of each substream, and of streams that are none.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/backups.h"

#define ACCESS (GENERIC_READ | GENERIC_WRITE | WRITE_DAC | WRITE_OWNER)

static BYTE content[200000];
static struct backup good; /* security and data of a file */

static void check_content_(int line, const WCHAR *path, const void *expected, DWORD size)
{
    HANDLE file = backup_open_(__FILE__, line, path, GENERIC_READ, OPEN_EXISTING);
    BYTE *buffer = malloc(size + 1);
    DWORD got = 0;

    ok_(__FILE__, line)(ReadFile(file, buffer, size + 1, &got, NULL), "ReadFile failed: %lu\n", GetLastError());
    ok_(__FILE__, line)(got == size, "%lu bytes instead of %lu\n", got, size);
    if (got == size) ok_(__FILE__, line)(!memcmp(buffer, expected, size), "other content\n");
    free(buffer);
    CloseHandle(file);
}
#define check_content(path, expected, size) check_content_(__LINE__, path, expected, size)

/* Restores into a new file that holds `before`, and leaves it. */
static DWORD restore(const WCHAR *path, const char *before, DWORD chunk, BOOL security, const struct backup *backup)
{
    HANDLE file = backup_open(path, ACCESS, CREATE_ALWAYS);
    DWORD written, err;

    check_call(WriteFile(file, before, lstrlenA(before), &written, NULL));
    err = backup_write(file, chunk, security, backup);
    CloseHandle(file);
    SetLastError(err);
    return err;
}

/* An access list that Wine can keep: the owner alone, who may do everything. */
static void make_private(const WCHAR *path)
{
    BYTE buffer[1000], acl_buffer[500];
    SECURITY_DESCRIPTOR descriptor;
    HANDLE file = backup_open(path, ACCESS, OPEN_EXISTING);
    ACL *acl = (ACL *)acl_buffer;
    BOOL defaulted;
    DWORD size;
    PSID owner;

    check_call(GetKernelObjectSecurity(file, OWNER_SECURITY_INFORMATION, buffer, sizeof(buffer), &size));
    check_call(GetSecurityDescriptorOwner(buffer, &owner, &defaulted));
    check_call(InitializeAcl(acl, sizeof(acl_buffer), ACL_REVISION));
    check_call(AddAccessAllowedAce(acl, ACL_REVISION, FILE_ALL_ACCESS, owner));
    check_call(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    check_call(SetSecurityDescriptorDacl(&descriptor, TRUE, acl, FALSE));
    check_call(SetKernelObjectSecurity(file, DACL_SECURITY_INFORMATION, &descriptor));
    CloseHandle(file);
}

static bool same_security(const WCHAR *a, const WCHAR *b)
{
    HANDLE file_a = backup_open(a, READ_CONTROL, OPEN_EXISTING), file_b = backup_open(b, READ_CONTROL, OPEN_EXISTING);
    DWORD size_a, size_b;
    void *security_a = backup_security(file_a, &size_a), *security_b = backup_security(file_b, &size_b);
    bool same = size_a == size_b && !memcmp(security_a, security_b, size_a);

    free(security_a);
    free(security_b);
    CloseHandle(file_a);
    CloseHandle(file_b);
    return same;
}

static void test_round_trip(void)
{
    static const DWORD chunks[] = { 1, 2, 3, 7, 19, 20, 21, 28, 64, 4096, 65536, 1000000 };
    const WCHAR *path = test_path(L"restored");
    struct backup backup = { 0 };
    HANDLE file;
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(chunks); i++)
    {
        winetest_push_context("pieces of %lu bytes", chunks[i]);
        /* the target was longer, and everybody's */
        check_code(restore(path, "something", chunks[i], TRUE, &good), ERROR_SUCCESS);
        check_content(path, content, sizeof(content));
        ok(same_security(path, test_path(L"private")), "another security descriptor\n");
        file = backup_open(path, GENERIC_READ, OPEN_EXISTING);
        check_code(backup_read(file, 5555, TRUE, &backup), ERROR_SUCCESS);
        ok(backup.size == good.size && !memcmp(backup.data, good.data, good.size), "another backup\n");
        CloseHandle(file);
        remove_file(path);
        winetest_pop_context();
    }
    /* not without being asked */
    check_code(restore(path, "", 100, FALSE, &good), ERROR_SUCCESS);
    check_content(path, content, sizeof(content));
    ok(!same_security(path, test_path(L"private")), "the security descriptor was set\n");
    /* nor without the right: "restoration will not occur", and the rest is restored */
    remove_file(path);
    file = backup_open(path, GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS);
    check_code(backup_write(file, 100, TRUE, &good), ERROR_SUCCESS);
    CloseHandle(file);
    check_content(path, content, sizeof(content));
    ok(!same_security(path, test_path(L"private")), "the security descriptor was set\n");
    remove_file(path);

    /* what the target had more is gone */
    backup_free(&backup);
    backup_substream(&backup, BACKUP_DATA, 0, "four", 4);
    check_code(restore(path, "more than four", 3, FALSE, &backup), ERROR_SUCCESS);
    check_content(path, "four", 4);
    remove_file(path);
    backup_free(&backup);
}

/* Each type on its own, between two pieces that show that the rest went well. */
static void test_types(void)
{
    static const struct { const char *what; DWORD id; const WCHAR *name; } types[] =
    {
        { "object id", BACKUP_OBJECT_ID, L"" },
        { "transactions", 10 /* BACKUP_TXFS_DATA */, L"" },
        { "ghosted extents", 11, L"" },
        { "another name of the file", BACKUP_LINK, L"" },
    };
    const WCHAR *path = test_path(L"restored");
    struct backup backup = { 0 };
    DWORD i, chunk;

    for (i = 0; i < ARRAY_SIZE(types); i++)
    {
        for (chunk = 1; chunk < 100; chunk += 13)
        {
            winetest_push_context("%s in pieces of %lu", types[i].what, chunk);
            backup_header(&backup, types[i].id, 0, 1000, types[i].name);
            backup_append(&backup, content, 1000);
            backup_substream(&backup, BACKUP_DATA, 0, content, 2000);
            backup_header(&backup, types[i].id, 0, 10, types[i].name);
            backup_append(&backup, content, 10);
            check_code(restore(path, "", chunk, TRUE, &backup), ERROR_SUCCESS);
            check_content(path, content, 2000);
            ok(count_entries(test_path(L"")) == 2, "there is something else\n");
            remove_file(path);
            backup_free(&backup);
            winetest_pop_context();
        }
    }

    /* the blocks of an alternate stream aren't the file's */
    backup_substream(&backup, BACKUP_DATA, 0, content, 100);
    backup_header(&backup, BACKUP_ALTERNATE_DATA, STREAM_SPARSE_ATTRIBUTE, 0, L":stream:$DATA");
    backup_sparse_block(&backup, 50, "no", 2);
    backup_sparse_block(&backup, 5000, "", 0);
    check_code(restore(path, "", 9, TRUE, &backup), ERROR_SUCCESS);
    check_content(path, content, 100);
    remove_file(path);
    backup_free(&backup);
}

static void test_sparse(void)
{
    const WCHAR *path = test_path(L"restored");
    struct backup backup = { 0 };
    BYTE expected[70000] = { 0 };

    backup_header(&backup, BACKUP_DATA, STREAM_SPARSE_ATTRIBUTE, 0, L"");
    backup_sparse_block(&backup, 65536, "data", 4);
    backup_sparse_block(&backup, 100, "back", 4); /* in any order */
    backup_sparse_block(&backup, 70000, "", 0);
    memcpy(expected + 65536, "data", 4);
    memcpy(expected + 100, "back", 4);
    check_code(restore(path, "what was there must not show in the holes", 5, FALSE, &backup), ERROR_SUCCESS);
    check_content(path, expected, sizeof(expected));
    remove_file(path);
    backup_free(&backup);

    /* beyond what a file can be: the system's error, and no more than the file */
    backup_header(&backup, BACKUP_DATA, STREAM_SPARSE_ATTRIBUTE, 0, L"");
    backup_sparse_block(&backup, 0x7ffffffffffffff0, "data", 4);
    ok(restore(path, "", 5, FALSE, &backup), "a file of 2^63 bytes\n");
    remove_file(path);
    backup_free(&backup);
}

/* Ignored, as MS-BKUP 2.6 demands: a restore makes no names, here or anywhere else. */
static void test_link(void)
{
    const WCHAR *path = test_path(L"restored"), *other = test_path(L"other");
    struct backup backup = { 0 };

    backup_substream(&backup, BACKUP_DATA, 0, "content", 7);
    backup_header(&backup, BACKUP_LINK, 0, (lstrlenW(other) + 1) * sizeof(WCHAR), L"");
    backup_append(&backup, other, (lstrlenW(other) + 1) * sizeof(WCHAR));
    check_code(restore(path, "", 11, FALSE, &backup), ERROR_SUCCESS);
    check_content(path, "content", 7);
    ok(GetFileAttributesW(other) == INVALID_FILE_ATTRIBUTES, "it has another name\n");
    remove_file(path);
    backup_free(&backup);
}

/* ERROR_INVALID_DATA where it is seen first, and from then on. */
static void test_damaged(void)
{
    static const struct { const char *what; DWORD offset, value; } patches[] =
    {
        { "type 0", 0, 0 },
        { "type 6", 0, BACKUP_PROPERTY_DATA },
        { "type 12", 0, 12 },
        { "type 0x41", 0, 0x41 },
        { "type 0x101", 0, 0x101 },
        { "type 0xffffffff", 0, 0xffffffff },
        { "security descriptor of 2 GB", 8, 0x7fffffff },
        { "negative size", 12, 0x80000000 },
        { "huge name", 16, 0x7fffffff },
        { "name where there is none", 16, 2 },
        { "alternate stream without a name", 0, BACKUP_ALTERNATE_DATA },
        { "revision of the security descriptor", HEADER_SIZE, 0x80047f },
        { "owner outside of the security descriptor", HEADER_SIZE + 4, 0x7ffffff0 },
        { "access list outside of the security descriptor", HEADER_SIZE + 16, 0xfffffff0 },
    };
    const WCHAR *path = test_path(L"restored");
    struct backup bad = { 0 };
    void *context = NULL;
    HANDLE file;
    DWORD i, at, written;

    for (i = 0; i < ARRAY_SIZE(patches); i++)
    {
        winetest_push_context("%s", patches[i].what);
        backup_append(&bad, good.data, good.size);
        memcpy(bad.data + patches[i].offset, &patches[i].value, 4);
        check_code(restore(path, "as it was", 1000000, TRUE, &bad), ERROR_INVALID_DATA);
        check_content(path, "as it was", 9);
        check_code(restore(path, "as it was", 1, TRUE, &bad), ERROR_INVALID_DATA);
        check_content(path, "as it was", 9);
        ok(!same_security(path, test_path(L"private")), "the security descriptor was set\n");
        remove_file(path);
        backup_free(&bad);
        winetest_pop_context();
    }

    file = backup_open(path, ACCESS, CREATE_ALWAYS);
    backup_append(&bad, good.data, good.size);
    bad.data[0] = 0;
    for (at = 0; at < HEADER_SIZE - 1; at++)
        check_call(BackupWrite(file, bad.data + at, 1, &written, FALSE, TRUE, &context));
    for (i = 0; i < 3; i++)
        check_code(BackupWrite(file, bad.data + at, 1, &written, FALSE, TRUE, &context) ? 0 : GetLastError(),
                   ERROR_INVALID_DATA);
    check_code(BackupWrite(file, NULL, 0, &written, TRUE, TRUE, &context) ? 0 : GetLastError(), ERROR_INVALID_DATA);
    ok(!context, "context %p is left\n", context);
    CloseHandle(file);
    remove_file(path);
    backup_free(&bad);
}

/* The end says that something is missing, wherever it was cut. */
static void test_truncated(void)
{
    const DWORD security = HEADER_SIZE + (DWORD)((WIN32_STREAM_ID *)good.data)->Size.QuadPart;
    const DWORD cuts[] = { 1, HEADER_SIZE - 1, HEADER_SIZE, HEADER_SIZE + 1, security - 1, security + 1,
                           security + HEADER_SIZE - 1, security + HEADER_SIZE, security + HEADER_SIZE + 1,
                           good.size / 2, good.size - 1 };
    const WCHAR *path = test_path(L"restored");
    struct backup bad = { 0 };
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(cuts); i++)
    {
        winetest_push_context("cut at %lu", cuts[i]);
        backup_append(&bad, good.data, cuts[i]);
        check_code(restore(path, "", 1000, TRUE, &bad), ERROR_INVALID_DATA);
        remove_file(path);
        backup_free(&bad);
        winetest_pop_context();
    }
    backup_append(&bad, good.data, security); /* a file without data, for all we know */
    check_code(restore(path, "", 1000, TRUE, &bad), ERROR_SUCCESS);
    remove_file(path);
    backup_free(&bad);
}

static void test_failures(void)
{
    const WCHAR *path = test_path(L"restored");
    struct backup backup = { 0 };
    void *context = NULL;
    struct stream stream;
    DWORD written;
    HANDLE file;

    /* no right to write: what was dealt with is said, so that the rest can be given again */
    make_file(path, "as it was", 0);
    backup_substream(&backup, BACKUP_DATA, 0, "content", 7);
    file = backup_open(path, GENERIC_READ, OPEN_EXISTING);
    check_code(BackupWrite(file, backup.data, backup.size, &written, FALSE, FALSE, &context) ? 0 : GetLastError(),
               ERROR_ACCESS_DENIED);
    ok(written == HEADER_SIZE, "%lu bytes\n", written);
    CloseHandle(file);
    check_plain(path, "as it was", 0);
    file = backup_open(path, GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING);
    check_call(BackupWrite(file, backup.data + written, backup.size - written, &written, FALSE, FALSE, &context));
    check_call(BackupWrite(file, NULL, 0, &written, TRUE, FALSE, &context));
    CloseHandle(file);
    check_plain(path, "content", 0);
    remove_file(path);

    /* a directory has no data */
    check_call(CreateDirectoryW(path, NULL));
    file = backup_open(path, GENERIC_READ, OPEN_EXISTING);
    check_code(backup_write(file, 100, FALSE, &backup), ERROR_DIRECTORY);
    CloseHandle(file);
    check_call(RemoveDirectoryW(path));

    /* WriteEncryptedFileRaw is for those */
    build_stream(&stream, 5000, 1);
    check_code(restore_stream(path, 0, &stream), ERROR_SUCCESS);
    file = backup_open(path, READ_CONTROL, OPEN_EXISTING);
    check_code(backup_write(file, 100, FALSE, &backup), ERROR_ACCESS_DENIED);
    CloseHandle(file);
    check_export(path, &stream);
    remove_file(path);
    free_stream(&stream);
    backup_free(&backup);
}

/* Forward in the data: what is passed over stays, or is a hole. */
static void test_seek(void)
{
    const WCHAR *path = test_path(L"restored");
    struct backup backup = { 0 };
    BYTE expected[1000] = { 0 };
    DWORD written, low, high;
    void *context = NULL;
    HANDLE file = backup_open(path, ACCESS, CREATE_ALWAYS);

    backup_header(&backup, BACKUP_DATA, 0, sizeof(expected), L"");
    check_call(BackupWrite(file, backup.data, 10, &written, FALSE, FALSE, &context));
    check_code(BackupSeek(file, 1, 0, &low, &high, &context) ? 0 : GetLastError(), ERROR_SEEK);
    ok(!low && !high, "%lu, %lu\n", low, high);
    check_call(BackupWrite(file, backup.data + 10, backup.size - 10, &written, FALSE, FALSE, &context));
    check_call(BackupSeek(file, 500, 0, &low, &high, &context));
    ok(low == 500 && !high, "%lu, %lu\n", low, high);
    check_call(BackupWrite(file, content, 10, &written, FALSE, FALSE, &context));
    memcpy(expected + 500, content, 10);
    check_code(BackupSeek(file, 1000, 5, &low, &high, &context) ? 0 : GetLastError(), ERROR_SEEK);
    ok(low == 490 && !high, "%lu, %lu\n", low, high);
    check_call(BackupWrite(file, NULL, 0, &written, TRUE, FALSE, &context));
    CloseHandle(file);
    check_content(path, expected, sizeof(expected));
    remove_file(path);
    backup_free(&backup);
}

START_TEST(backup_write)
{
    HANDLE file;

    begin_tests("backup_write");
    if (!backups_work())
    {
        end_tests();
        return;
    }
    backup_fill(content, sizeof(content), 9);
    backup_make(test_path(L"private"), content, sizeof(content));
    make_private(test_path(L"private"));
    file = backup_open(test_path(L"private"), GENERIC_READ, OPEN_EXISTING);
    unseen("documented: BackupRead")
        check_code(backup_read(file, 65536, TRUE, &good), ERROR_SUCCESS);
    CloseHandle(file);

    unseen("documented: BackupWrite; that what is behind the end goes is reasoned")
        test_round_trip();
    unseen("documented: MS-BKUP 2.1; that those which a reader cannot keep are passed over is reasoned")
        test_types();
    unseen("documented: MS-BKUP 2.13; the code beyond what a file can be is the system's")
        test_sparse();
    unseen("documented: MS-BKUP 2.6")
        test_link();
    unseen("documented: MS-BKUP 2.1 has them fail; with which code, and that the target stays, is ours")
        test_damaged();
    unseen("ours: what is cut is an error at the end; no document says so")
        test_truncated();
    unseen("reasoned: the error of the write; how much was written is ours")
        test_failures();
    unseen("documented: BackupSeek")
        test_seek();
    remove_file(test_path(L"private"));
    backup_free(&good);
    end_tests();
}
