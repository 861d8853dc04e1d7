/*
 * Directories with nothing in them but their own container: told from others, and removed with it, by the engine and by
 * the Unix half.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "call/unixlib.h"
#include "efs/container.h"
#include "lib/host.h"

typedef int32_t (*unixlib_entry)(void *args);
extern const unixlib_entry __wine_unix_call_funcs[];

static struct build large, small, file_stream;
static char own[64]; /* the container's name in d */

static int make_streams(void **state)
{
    uint32_t seed = 1;

    (void)state;
    build_directory_stream(&large, 1);
    build_stream_header(&large, 1, ":large:$DATA");
    build_plain_segment(&large, 70000);
    build_random(&large, 70000, &seed);
    build_directory_stream(&small, 2);
    build_file_stream(&file_stream, 0, 3);
    return 0;
}

static int free_streams(void **state)
{
    (void)state;
    build_free(&large);
    build_free(&small);
    build_free(&file_stream);
    return 0;
}

static unsigned int count_in(const char *path)
{
    DIR *d = opendir(path);
    struct dirent *entry;
    unsigned int count = 0;

    assert_non_null(d);
    while ((entry = readdir(d)))
    {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        count++;
        if (efs_is_container_name(entry->d_name)) snprintf(own, sizeof(own), "%.31s", entry->d_name);
    }
    closedir(d);
    return count;
}

static void put_large(void)
{
    assert_int_equal(import(in_dir("d"), &large, 5000, true, NULL), EFS_OK);
    assert_int_equal(count_in(in_dir("d")), 1);
}

static char *in_d(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "d/%s", name);
    return in_dir(path);
}

static enum efs_error remove_d(bool remove)
{
    int fd = open(in_dir("d"), O_RDONLY | O_DIRECTORY);
    enum efs_error err = efs_directory_remove(fd, remove, NULL);

    close(fd);
    return err;
}

static void assert_stays(void)
{
    assert_exports(in_dir("d"), &large, 5000);
    assert_int_equal(count_entries(), 1);
}

static void test_removed(void **state)
{
    (void)state;
    put_large();
    assert_int_equal(remove_d(false), EFS_OK);
    assert_stays();
    assert_int_equal(remove_d(true), EFS_OK);
    assert_int_equal(count_entries(), 0);
}

static void test_not_removed(void **state)
{
    int held, fd;

    (void)state;
    assert_int_equal(mkdir(in_dir("d"), 0755), 0);
    assert_int_equal(remove_d(true), EFS_ERR_NOT_ENCRYPTED);
    assert_int_equal(import(in_dir("d"), &small, 5000, true, NULL), EFS_OK);
    assert_int_equal(remove_d(true), EFS_ERR_NOT_ENCRYPTED);
    assert_int_equal(count_entries(), 1);
    put_large();

    write_plain(in_d("child"), "stays");
    assert_int_equal(remove_d(false), EFS_ERR_EXISTS);
    assert_int_equal(remove_d(true), EFS_ERR_EXISTS);
    assert_content(in_d("child"), "stays");
    assert_stays();
    assert_int_equal(unlink(in_d("child")), 0);
    /* a container, but of another directory */
    assert_int_equal(import(in_d(".efs-directory-0000000000000001"), &file_stream, 5000, false, NULL), EFS_OK);
    assert_int_equal(remove_d(true), EFS_ERR_EXISTS);
    assert_int_equal(unlink(in_d(".efs-directory-0000000000000001")), 0);

    /* an import is at work on the directory, or on its container */
    held = open(in_d(own), O_RDONLY);
    assert_int_equal(flock(held, LOCK_EX), 0);
    assert_int_equal(remove_d(true), EFS_ERR_CHANGED);
    close(held);
    held = open(in_dir("d"), O_RDONLY);
    assert_int_equal(flock(held, LOCK_EX), 0);
    assert_int_equal(remove_d(true), EFS_ERR_CHANGED);
    assert_stays();
    close(held);

    /* it has no name any more */
    fd = open(in_dir("d"), O_RDONLY | O_DIRECTORY);
    assert_int_equal(remove_d(true), EFS_OK);
    assert_int_equal(efs_directory_remove(fd, true, NULL), EFS_ERR_EXISTS);
    close(fd);
    assert_int_equal(efs_directory_remove(-1, true, NULL), EFS_ERR_NOT_FOUND);
}

/* What the mark names may be anything. */
static void test_foreign(void **state)
{
    (void)state;
    put_large();
    assert_int_equal(unlink(in_d(own)), 0);
    assert_int_equal(remove_d(true), EFS_ERR_EXISTS);
    write_plain(in_d(own), "mine");
    assert_int_equal(remove_d(true), EFS_ERR_EXISTS);
    assert_content(in_d(own), "mine");
    assert_int_equal(unlink(in_d(own)), 0);
    assert_int_equal(symlink("/etc/passwd", in_d(own)), 0);
    assert_int_equal(remove_d(true), EFS_ERR_CORRUPT);
    assert_int_equal(unlink(in_d(own)), 0);
    assert_int_equal(mkdir(in_d(own), 0755), 0);
    assert_int_equal(remove_d(true), EFS_ERR_CORRUPT);
    assert_int_equal(count_in(in_dir("d")), 1);
    assert_int_equal(rmdir(in_d(own)), 0);
    assert_int_equal(setxattr(in_dir("d"), EFS_STORE_CONTAINER, "garbage", 7, 0), 0);
    assert_int_equal(remove_d(true), EFS_ERR_NOT_ENCRYPTED);
    assert_int_equal(count_entries(), 1);
}

static void test_rights(void **state)
{
    struct stat st;

    (void)state;
    put_large();
    if (geteuid())
    {
        assert_int_equal(chmod(in_dir("d"), 0555), 0);
        assert_int_equal(remove_d(true), EFS_ERR_ACCESS);
        assert_int_equal(chmod(in_dir("d"), 0755), 0);
        assert_int_equal(chmod(dir, 0555), 0);
        assert_int_equal(remove_d(true), EFS_ERR_ACCESS);
        assert_int_equal(chmod(dir, 0755), 0);
        assert_stays();
    }
    /* a parent that its user may not list */
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(chmod(dir, 0300), 0);
    assert_int_equal(remove_d(true), EFS_OK);
    assert_int_equal(chmod(dir, st.st_mode & 07777), 0);
    assert_int_equal(count_entries(), 0);
}

static void test_own(void **state)
{
    int fd;

    (void)state;
    put_large();
    fd = open(in_dir("d"), O_RDONLY | O_DIRECTORY);
    assert_true(efs_container_is_own(fd, own, 31));
    assert_true(efs_container_is_own(fd, own, 20));
    assert_true(efs_container_is_own(fd, own, 0));
    assert_false(efs_container_is_own(fd, own, 32));
    assert_false(efs_container_is_own(fd, ".efs-directory-0000000000000001", 31));
    /* another one that it could be, and others that it couldn't */
    write_plain(in_d(".efs-directory-000000000000000"), "shorter");
    assert_true(efs_container_is_own(fd, own, 15));
    write_plain(in_d("0123456789012345678901234567890"), "as long");
    assert_true(efs_container_is_own(fd, own, 15));
    assert_false(efs_container_is_own(fd, own, 0));
    write_plain(in_d(".efs-directory-000000000000000z"), "alike");
    assert_false(efs_container_is_own(fd, own, 15));
    assert_true(efs_container_is_own(fd, own, 31));
    /* not in container form */
    assert_int_equal(removexattr(in_d(own), EFS_STORE_CONTAINER), 0);
    assert_false(efs_container_is_own(fd, own, 31));
    assert_int_equal(unlink(in_d(own)), 0);
    assert_false(efs_container_is_own(fd, own, 31));
    close(fd);
    assert_false(efs_container_is_own(fd, own, 31));
}

/* ---- the Unix half ---- */

static bool unix_within_call(int fd, const char *name)
{
    struct within_params params = { .fd = fd };
    uint16_t units[64];
    size_t i;

    for (i = 0; name && name[i]; i++) units[i] = (uint8_t)name[i];
    params.name = name ? (uintptr_t)units : 0;
    params.name_units = name ? (uint32_t)i : 0;
    assert_int_equal(__wine_unix_call_funcs[unix_within](&params), 0);
    return params.own != 0;
}

static enum efs_error unix_remove_call(const char *path, struct remove_params *params)
{
    params->fd = open(path, O_RDONLY);
    assert_int_equal(__wine_unix_call_funcs[unix_remove](params), 0);
    return (enum efs_error)params->result.error;
}

static void test_unix_half(void **state)
{
    struct remove_params params = { 0 };
    struct stat st;

    (void)state;
    put_large();
    assert_true(unix_within_call(open(in_dir("d"), O_RDONLY), own));
    assert_true(unix_within_call(open(in_d(own), O_RDONLY), NULL));
    write_plain(in_dir("plain"), "plain");
    assert_false(unix_within_call(open(in_dir("plain"), O_RDONLY), NULL));
    assert_false(unix_within_call(open(in_dir("d"), O_RDONLY), NULL));
    assert_false(unix_within_call(open(in_dir("d"), O_RDONLY), "another"));
    assert_false(unix_within_call(-1, own));
    assert_false(unix_within_call(-1, NULL));

    assert_int_equal(unix_remove_call(in_dir("plain"), &params), EFS_ERR_TYPE);
    assert_int_equal(unix_remove_call(in_dir("missing"), &params), EFS_ERR_IO);
    assert_int_equal(stat(in_dir("d"), &st), 0);
    assert_int_equal(unix_remove_call(in_dir("d"), &params), EFS_OK);
    assert_true(params.dev == st.st_dev && params.ino == st.st_ino);
    /* the handle has become another's */
    params.remove = 1;
    params.ino++;
    assert_int_equal(unix_remove_call(in_dir("d"), &params), EFS_ERR_CHANGED);
    params.ino--;
    params.dev++;
    assert_int_equal(unix_remove_call(in_dir("d"), &params), EFS_ERR_CHANGED);
    assert_exports(in_dir("d"), &large, 5000);
    params.dev--;
    assert_int_equal(unix_remove_call(in_dir("d"), &params), EFS_OK);
    assert_int_equal(count_entries(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_removed, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_not_removed, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_foreign, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_rights, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_own, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_unix_half, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, make_streams, free_streams);
}
