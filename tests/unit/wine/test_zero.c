/*
 * Zeros in place of a file's data, with and without the file system's help.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../dlls/wineefs/unix/unixlib_private.h"
#include "lib/host.h"

#define SIZE 300000

static int refuse; /* errno of fallocate; 0: the host's own answer */

/* the name that a file with 64-bit offsets asks for */
int __real_fallocate64(int fd, int mode, off_t offset, off_t length);
int __wrap_fallocate64(int fd, int mode, off_t offset, off_t length);
int __wrap_fallocate64(int fd, int mode, off_t offset, off_t length)
{
    if (!refuse) return __real_fallocate64(fd, mode, offset, length);
    errno = refuse;
    return -1;
}

static void make(void)
{
    static uint8_t bytes[SIZE];
    int fd = open(in_dir("file"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    memset(bytes, 'x', sizeof(bytes));
    assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
    close(fd);
}

static enum efs_error zero(int flags, uint64_t from, uint64_t end, bool hole)
{
    struct zero_params params = { .fd = open(in_dir("file"), flags | O_CLOEXEC), .from = from, .end = end,
                                  .hole = hole };

    assert_int_not_equal(params.fd, -1);
    call_zero(&params);
    assert_int_equal(fcntl(params.fd, F_GETFD), -1); /* it was taken over */
    return (enum efs_error)params.error;
}

/* Zeros from `from` to `end`, 'x' elsewhere, and as long as before. */
static void check(uint64_t from, uint64_t end)
{
    static uint8_t bytes[SIZE + 1];
    int fd = open(in_dir("file"), O_RDONLY | O_CLOEXEC);
    size_t i;

    assert_int_equal(read(fd, bytes, sizeof(bytes)), SIZE);
    close(fd);
    for (i = 0; i < SIZE; i++)
        if (bytes[i] != (i >= from && i < end ? 0 : 'x')) fail_msg("at %zu: %#x", i, bytes[i]);
}

static void test_zero(void **state)
{
    static const int answers[] = { 0, EOPNOTSUPP, ENOSYS, EINVAL };
    size_t i;

    (void)state;
    for (i = 0; i < 2 * sizeof(answers) / sizeof(answers[0]); i++)
    {
        refuse = answers[i / 2];
        make();
        assert_int_equal(zero(O_RDWR, 4095, 200001, i % 2), EFS_OK);
        check(4095, 200001);
        assert_int_equal(zero(O_RDWR, 200001, UINT64_MAX, i % 2), EFS_OK);
        check(4095, SIZE);
        assert_int_equal(zero(O_RDWR, SIZE, SIZE + 10, i % 2), EFS_OK);
        assert_int_equal(zero(O_RDWR, 0, 0, i % 2), EFS_OK);
        check(4095, SIZE);
    }
}

static void test_errors(void **state)
{
    struct zero_params directory = { .end = 10 };

    (void)state;
    make();
    refuse = ENOSPC;
    assert_int_equal(zero(O_RDWR, 0, 10, true), EFS_ERR_DISK_FULL);
    refuse = EIO;
    assert_int_equal(zero(O_RDWR, 0, 10, false), EFS_ERR_IO);
    refuse = EOPNOTSUPP;
    assert_int_not_equal(zero(O_RDONLY, 0, 10, false), EFS_OK);
    check(0, 0);
    refuse = 0;
    directory.fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    call_zero(&directory);
    assert_int_equal(directory.error, EFS_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_zero), cmocka_unit_test(test_errors) };

    return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
