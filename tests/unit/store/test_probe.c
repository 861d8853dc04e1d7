/*
 * The probe of a file: what it says of encrypted files, of others, and of what must not be opened.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/text.h"
#include "efs/probe.h"
#include "lib/host.h"

static struct efs_probe probe_at(const char *path)
{
    struct efs_probe by_name, by_fd, below;
    int fd = open(path, O_RDONLY), dir_fd = open(dir, O_RDONLY | O_DIRECTORY);

    efs_probe_at(AT_FDCWD, path, &by_name);
    efs_probe_at(dir_fd, strrchr(path, '/') + 1, &below);
    efs_probe_fd(fd, &by_fd);
    /* all ways lead to the same answer */
    assert_int_equal(below.encrypted, by_name.encrypted);
    assert_int_equal(by_fd.encrypted, by_name.encrypted);
    if (by_name.encrypted)
    {
        assert_int_equal(by_fd.data_size, by_name.data_size);
        assert_int_equal(below.data_size, by_name.data_size);
        assert_int_equal(by_fd.directory, by_name.directory);
    }
    close(fd);
    close(dir_fd);
    return by_name;
}

static void test_encrypted(void **state)
{
    static const uint64_t sizes[] = { 0, 1, 511, 512, 513, 70000 };
    struct build b = { 0 };
    struct efs_probe probe;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
    {
        build_file_stream(&b, sizes[i], 1);
        assert_int_equal(import(in_dir("file"), &b, 1000, false, NULL), EFS_OK);
        probe = probe_at(in_dir("file"));
        assert_true(probe.encrypted);
        assert_false(probe.directory);
        assert_int_equal(probe.data_size, sizes[i]);
        build_free(&b);
    }
    build_directory_stream(&b, 1);
    assert_int_equal(import(in_dir("sub"), &b, 1000, true, NULL), EFS_OK);
    probe = probe_at(in_dir("sub"));
    assert_true(probe.encrypted);
    assert_true(probe.directory);
    build_free(&b);
}

static void test_others(void **state)
{
    struct efs_probe probe;

    (void)state;
    write_plain(in_dir("empty"), "");
    write_plain(in_dir("two"), "12"); /* 2 modulo 512 */
    assert_int_equal(mkdir(in_dir("sub"), 0700), 0);
    assert_false(probe_at(in_dir("empty")).encrypted);
    assert_false(probe_at(in_dir("two")).encrypted);
    assert_false(probe_at(in_dir("sub")).encrypted);
    /* the size tells, whatever attributes there are */
    write_plain(in_dir("three"), "123");
    assert_int_equal(setxattr(in_dir("three"), EFS_STORE_XATTR, dir, sizeof(dir), 0), 0);
    efs_probe_at(AT_FDCWD, in_dir("three"), &probe);
    assert_false(probe.encrypted);

    /* opening this one would wait for a writer */
    assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
    efs_probe_at(AT_FDCWD, in_dir("fifo"), &probe);
    assert_false(probe.encrypted);
    efs_probe_at(AT_FDCWD, in_dir("missing"), &probe);
    assert_false(probe.encrypted);
    efs_probe_fd(-1, &probe);
    assert_false(probe.encrypted);
}

/* Attributes that are none of EFS's, and marks that can't be read: whatever has a mark is encrypted, an export says
   what is wrong. */
static void test_broken(void **state)
{
    static const uint8_t mark[100] = { 1 };
    struct efs_probe probe;
    char name[5000];
    int fd;

    (void)state;
    write_plain(in_dir("file"), "");
    assert_int_equal(truncate(in_dir("file"), 514), 0);
    assert_int_equal(setxattr(in_dir("file"), EFS_STORE_XATTR, "short", 5, 0), 0);
    assert_false(probe_at(in_dir("file")).encrypted);
    assert_int_equal(setxattr(in_dir("file"), EFS_STORE_CONTAINER, mark, sizeof(mark), 0), 0);
    assert_true(probe_at(in_dir("file")).encrypted);
    /* an empty file is no container */
    assert_int_equal(truncate(in_dir("file"), 0), 0);
    assert_false(probe_at(in_dir("file")).encrypted);

    /* neither a file nor a directory, though it is open */
    assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
    fd = open(in_dir("fifo"), O_RDONLY | O_NONBLOCK);
    efs_probe_fd(fd, &probe);
    assert_false(probe.encrypted);
    close(fd);
    /* a path that is none */
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    efs_probe_at(AT_FDCWD, name, &probe);
    assert_false(probe.encrypted);
}

static void test_strip(void **state)
{
    struct build b = { 0 };
    struct stat st;
    int fd;

    (void)state;
    build_file_stream(&b, 1000, 1);
    assert_int_equal(import(in_dir("file"), &b, 1000, false, NULL), EFS_OK);
    fd = open(in_dir("file"), O_RDONLY);
    assert_true(efs_probe_volume(fd));
    assert_int_equal(efs_strip(fd), 0);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 0); /* ciphertext without its metadata would be garbage */
    assert_int_equal(fgetxattr(fd, EFS_STORE_XATTR, NULL, 0), -1);
    assert_int_equal(efs_strip(fd), 0);
    assert_true(efs_probe_volume(fd));
    close(fd);
    fd = open("/proc/self/status", O_RDONLY);
    assert_false(efs_probe_volume(fd));
    assert_int_equal(efs_strip(fd), 0); /* it has none, so there is nothing to do */
    close(fd);
    build_free(&b);

    build_directory_stream(&b, 1);
    assert_int_equal(import(in_dir("sub"), &b, 1000, true, NULL), EFS_OK);
    fd = open(in_dir("sub"), O_RDONLY | O_DIRECTORY);
    assert_int_equal(efs_strip(fd), 0);
    assert_int_equal(fgetxattr(fd, EFS_STORE_XATTR, NULL, 0), -1);
    close(fd);
    build_free(&b);
}

static void test_utf16(void **state)
{
    static const uint16_t name[] = { 'a', 0xe9, 0x20ac, 0xd83d, 0xde00 }, half[] = { 'a', 0xd83d },
    other_half[] = { 0xde00, 'a' };
    char out[16];
    uint32_t c;

    (void)state;
    assert_true(utf16_to_utf8(name, 5, out, sizeof(out)));
    assert_string_equal(out, "a\303\251\342\202\254\360\237\230\200");
    assert_false(utf16_to_utf8(name, 5, out, 10));
    assert_false(utf16_to_utf8(half, 2, out, sizeof(out)));
    assert_false(utf16_to_utf8(other_half, 2, out, sizeof(out)));
    assert_int_equal(utf16_get((const uint8_t *)name, 1, &c), 0);
    assert_int_equal(utf16_get((const uint8_t *)name, 0, &c), 0);
    assert_false(utf16_to_utf8(name, 0, out, 0));
    assert_true(utf16_to_utf8(name, 0, out, 1));
    assert_true(utf16_to_utf8(name, 0, out, sizeof(out)));
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_encrypted, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_others, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_broken, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_strip, make_dir, drop_dir),
        cmocka_unit_test(test_utf16),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
