/*
 * What was made beside a reparse point of a later Wine's goes again, and nothing else does.
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

#include "../../../dlls/wineefs/unix/unixlib_private.h"
#include "efs/metadata.h"
#include "efs/store.h"
#include "efs/target.h"
#include "lib/host.h"

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_int_not_equal(fd, -1);
    close(fd);
}

static void make_point(bool directory)
{
    if (directory) assert_int_equal(mkdir(in_dir("x?"), 0700), 0);
    else make_file(in_dir("x?"));
    assert_int_equal(setxattr(in_dir("x?"), EFS_REPARSE_XATTR, "12345678", 8, 0), 0);
}

static bool undo(const char *path)
{
    struct reparse_params params = { .fd = open(path, O_RDONLY | O_CLOEXEC) };

    assert_int_not_equal(params.fd, -1);
    call_reparse_undo(&params);
    assert_int_equal(fcntl(params.fd, F_GETFD), -1); /* it was taken over */
    return params.taken != 0;
}

static bool find(const uint16_t *name, uint32_t units)
{
    struct reparse_params params = { .fd = open(in_dir(""), O_RDONLY | O_DIRECTORY | O_CLOEXEC), .name = to_u64(name),
                                     .name_units = units };

    call_reparse_find(&params);
    assert_int_equal(fcntl(params.fd, F_GETFD), -1);
    return params.taken != 0;
}

static bool is_there(const char *path)
{
    struct stat st;

    return !lstat(path, &st);
}

static void test_undo(void **state)
{
    int kind;

    (void)state;
    for (kind = 0; kind < 2; kind++)
    {
        make_file(in_dir("x"));
        assert_false(undo(in_dir("x")));
        assert_true(is_there(in_dir("x")));
        make_point(kind);
        assert_true(undo(in_dir("x")));
        assert_false(is_there(in_dir("x")));
        assert_true(is_there(in_dir("x?")));
        assert_int_equal(mkdir(in_dir("x"), 0700), 0);
        assert_true(undo(in_dir("x")));
        assert_false(is_there(in_dir("x")));
        /* somebody has put something into it meanwhile */
        assert_int_equal(mkdir(in_dir("x"), 0700), 0);
        make_file(in_dir("x/file"));
        assert_false(undo(in_dir("x")));
        assert_true(is_there(in_dir("x/file")));
        assert_int_equal(unlink(in_dir("x/file")), 0);
        assert_int_equal(rmdir(in_dir("x")), 0);
        /* the point itself, and what has no name of its own */
        assert_false(undo(in_dir("x?")));
        assert_int_equal(kind ? rmdir(in_dir("x?")) : unlink(in_dir("x?")), 0);
    }
    assert_false(undo("/"));
    assert_false(undo("/dev/null"));
}

/* A file that has lost its name beside a point, and another one that has it now. */
static void test_renamed(void **state)
{
    struct reparse_params params = { 0 };

    (void)state;
    make_point(false);
    make_file(in_dir("x"));
    params.fd = open(in_dir("x"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(unlink(in_dir("x")), 0);
    make_file(in_dir("x"));
    call_reparse_undo(&params);
    assert_false(params.taken);
    assert_true(is_there(in_dir("x")));
    assert_int_equal(unlink(in_dir("x")), 0);
    assert_int_equal(unlink(in_dir("x?")), 0);
}

static bool is_within_encrypted(const char *path)
{
    struct reparse_params params = { .fd = open(path, O_RDONLY | O_CLOEXEC) };

    assert_int_not_equal(params.fd, -1);
    call_reparse_undo(&params);
    assert_false(params.taken);
    return params.encrypted != 0;
}

/* What was made, in a directory with $EFS; below it that has no meaning. */
static void test_directory(void **state)
{
    static const uint8_t metadata[EFS_METADATA_MIN];

    (void)state;
    make_file(in_dir("x"));
    assert_int_equal(mkdir(in_dir("sub"), 0700), 0);
    assert_int_equal(mkdir(in_dir("sub/deep"), 0700), 0);
    make_file(in_dir("sub/deep/x"));
    assert_false(is_within_encrypted(in_dir("x")));
    assert_int_equal(setxattr(in_dir(""), EFS_STORE_XATTR, metadata, sizeof(metadata), 0), 0);
    assert_true(is_within_encrypted(in_dir("x")));
    assert_true(is_within_encrypted(in_dir("sub")));
    assert_false(is_within_encrypted(in_dir("sub/deep")));
    assert_false(is_within_encrypted(in_dir("sub/deep/x")));
    assert_false(is_within_encrypted("/"));
    assert_false(is_within_encrypted("/proc"));
    assert_int_equal(removexattr(in_dir(""), EFS_STORE_XATTR), 0);
    assert_false(is_within_encrypted(in_dir("x")));
    assert_int_equal(unlink(in_dir("x")), 0);
    assert_int_equal(unlink(in_dir("sub/deep/x")), 0);
    assert_int_equal(rmdir(in_dir("sub/deep")), 0);
    assert_int_equal(rmdir(in_dir("sub")), 0);
}

static void test_find(void **state)
{
    static const uint16_t x[] = { 'x' }, lone[] = { 0xd800 };
    uint16_t name[800];
    size_t i;

    (void)state;
    for (i = 0; i < 800; i++) name[i] = 'n';
    assert_false(find(x, 1));
    make_point(false);
    assert_true(find(x, 1));
    assert_false(find(lone, 1));
    assert_false(find(name, 800));
    assert_false(find(name, 255));
    make_file(in_dir("x"));
    assert_false(find(x, 1));
    assert_int_equal(unlink(in_dir("x")), 0);
    assert_int_equal(unlink(in_dir("x?")), 0);
    make_file(in_dir("x?"));
    assert_false(find(x, 1));
    assert_int_equal(unlink(in_dir("x?")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_undo, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_renamed, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_directory, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_find, make_dir, drop_dir),
    };

    return cmocka_run_group_tests_name("reparse", tests, NULL, NULL);
}
