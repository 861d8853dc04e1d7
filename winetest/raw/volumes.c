/*
 * File systems that can't hold an encrypted file, or not this one. They come from outside:
 * EFS_TEST_NOXATTR_DIR is a directory on one without extended attributes, EFS_TEST_SMALL_DIR one with
 * a few megabytes, EFS_TEST_READ_ONLY_DIR one that is mounted read-only, with a file and a directory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"

/* Ciphertext without metadata is lost data, so it is refused before a byte is written. */
static void test_no_attributes(void)
{
    const WCHAR *dir = env_path(L"EFS_TEST_NOXATTR_DIR"), *name, *directory;
    struct stream stream, directory_stream;
    void *context;
    DWORD ret;

    if (!dir)
    {
        skip("EFS_TEST_NOXATTR_DIR names no file system without extended attributes\n");
        return;
    }
    ok(!count_entries(dir), "%s is not empty\n", wine_dbgstr_w(dir));
    name = test_path_in(dir, L"file");
    directory = test_path_in(dir, L"directory");
    build_stream(&stream, 100000, 1);
    build_directory_stream(&directory_stream, 2);

    check_code(restore_stream(name, 0, &stream), ERROR_VOLUME_NOT_SUPPORT_EFS);
    check_missing(name);
    check_code(restore_stream(directory, CREATE_FOR_DIR, &directory_stream), ERROR_VOLUME_NOT_SUPPORT_EFS);
    check_missing(directory);
    ok(!count_entries(dir), "something was left behind\n");

    make_file(name, "stays", 0);
    check_code(restore_stream(name, 0, &stream), ERROR_VOLUME_NOT_SUPPORT_EFS);
    check_plain(name, "stays", 0);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(name, 0, &context);
    check_code(ret, ERROR_FILE_NOT_ENCRYPTED);
    remove_file(name);
    CreateDirectoryW(directory, NULL);
    check_code(restore_stream(directory, 0, &directory_stream), ERROR_VOLUME_NOT_SUPPORT_EFS);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(directory, 0, &context);
    check_code(ret, ERROR_FILE_NOT_ENCRYPTED);
    RemoveDirectoryW(directory);
    free_stream(&stream);
    free_stream(&directory_stream);
}

static void test_disk_full(void)
{
    const WCHAR *dir = env_path(L"EFS_TEST_SMALL_DIR"), *name, *plain;
    struct stream small, large;
    DWORD entries;

    if (!dir)
    {
        skip("EFS_TEST_SMALL_DIR names no small file system\n");
        return;
    }
    entries = count_entries(dir); /* lost+found */
    name = test_path_in(dir, L"file");
    plain = test_path_in(dir, L"plain");
    build_stream(&small, 300000, 3);
    build_stream(&large, 24000000, 4);

    check_code(restore_stream(name, 0, &large), ERROR_DISK_FULL);
    check_missing(name);
    make_file(plain, "stays", 0);
    check_code(restore_stream(plain, 0, &large), ERROR_DISK_FULL);
    check_plain(plain, "stays", 0);

    check_code(restore_stream(name, 0, &small), ERROR_SUCCESS); /* all the space is back */
    check_export(name, &small);
    check_code(restore_stream(name, 0, &large), ERROR_DISK_FULL);
    check_export(name, &small);
    remove_file(name);
    remove_file(plain);
    ok(count_entries(dir) == entries, "something was left behind\n");
    free_stream(&small);
    free_stream(&large);
}

static void test_read_only(void)
{
    const WCHAR *dir = env_path(L"EFS_TEST_READ_ONLY_DIR"), *file, *directory;
    struct stream stream, directory_stream;
    DWORD entries;

    if (!dir)
    {
        skip("EFS_TEST_READ_ONLY_DIR names no read-only file system\n");
        return;
    }
    file = test_path_in(dir, L"file");
    directory = test_path_in(dir, L"directory");
    entries = count_entries(dir);
    build_stream(&stream, 1000, 5);
    build_directory_stream(&directory_stream, 6);
    check_code(restore_stream(file, 0, &stream), ERROR_WRITE_PROTECT);
    check_plain(file, "stays", 0);
    check_code(restore_stream(directory, CREATE_FOR_DIR, &directory_stream), ERROR_WRITE_PROTECT);
    check_code(restore_stream(test_path_in(dir, L"new"), 0, &stream), ERROR_WRITE_PROTECT);
    check_code(restore_stream(test_path_in(dir, L"newdir"), CREATE_FOR_DIR, &directory_stream), ERROR_WRITE_PROTECT);
    ok(count_entries(dir) == entries, "something was made\n");
    free_stream(&stream);
    free_stream(&directory_stream);
}

START_TEST(volumes)
{
    begin_tests("volumes");
    unseen("reasoned: MS-ERREF has the code for a volume without EFS")
        test_no_attributes();
    unseen("reasoned: the error of the write; that the target stays is ours")
        test_disk_full();
    unseen("reasoned: the error of any write there")
        test_read_only();
    end_tests();
}
