/*
 * Pieces of a file's data: at their place, with the position where it was, by a descriptor that no other process gets.
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
#include <unistd.h>

#include "../../../dlls/wineefs/unix/unixlib_private.h"
#include "lib/host.h"

static struct transfer_params make(int fd, uint64_t offset, void *buffer, uint32_t length)
{
    return (struct transfer_params){ .fd = fd, .offset = offset, .buffer = to_u64(buffer), .length = length,
                                     .error = 99 };
}

/* As Wine gives it: a duplicate that other processes would inherit. */
static int take(int of)
{
    struct fd_params params = { .fd = dup(of) };

    assert_int_equal(fcntl(params.fd, F_GETFD), 0);
    call_data_open(&params);
    assert_int_equal(params.result, params.fd);
    assert_int_equal(fcntl((int)params.result, F_GETFD), FD_CLOEXEC);
    return (int)params.result;
}

static void test_pieces(void **state)
{
    int handle = open(in_dir("file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600), fd = take(handle);
    struct transfer_params params;
    char buffer[16] = "";

    (void)state;
    assert_int_equal(lseek(handle, 3, SEEK_SET), 3);
    params = make(fd, 5, (char[]){ "world" }, 5);
    call_data_write(&params);
    assert_int_equal(params.error, 0);
    assert_int_equal(params.length, 5);
    params = make(fd, 0, (char[]){ "hello" }, 5);
    call_data_write(&params);
    assert_int_equal(params.length, 5);
    params = make(fd, 3, buffer, sizeof(buffer));
    call_data_read(&params);
    assert_int_equal(params.error, 0);
    assert_int_equal(params.length, 7);
    assert_memory_equal(buffer, "loworld", 7);
    params = make(fd, 10, buffer, sizeof(buffer)); /* the end */
    call_data_read(&params);
    assert_int_equal(params.error, 0);
    assert_int_equal(params.length, 0);
    assert_int_equal(lseek(handle, 0, SEEK_CUR), 3);
    close(fd);
    close(handle);
}

static void test_errors(void **state)
{
    int handle = open(in_dir("file"), O_RDONLY | O_CREAT | O_CLOEXEC, 0600), fd = take(handle), pipes[2];
    struct transfer_params params = make(fd, 0, (char[]){ "x" }, 1);
    char buffer[1];

    (void)state;
    call_data_write(&params);
    assert_int_equal(params.error, EBADF);
    assert_int_equal(params.length, 0);
    params = make(fd, UINT64_MAX, buffer, 1);
    call_data_read(&params);
    assert_int_equal(params.error, EINVAL);
    assert_int_equal(params.length, 0);
    assert_int_equal(pipe(pipes), 0);
    params = make(pipes[0], 0, buffer, 1);
    call_data_read(&params);
    assert_int_equal(params.error, ESPIPE);
    close(pipes[0]);
    close(pipes[1]);
    close(fd);
    close(handle);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_pieces, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_errors, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
