/*
 * Large files are written past the page cache: which, what of them, and what happens where a file system refuses.
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

#include "common/direct.h"
#include "common/output.h"
#include "lib/host.h"

#define GIB (1ull << 30)

/* ---- what the calls meet ---- */

enum met { BY_FLAG, BY_WRITE, NOWHERE };

static enum met refused = NOWHERE; /* where the file system refuses O_DIRECT */
static int fail_errno;             /* of each write; 0: none fails */
static size_t most;                /* bytes that a write past the cache takes; 0: all */
static bool flag;                  /* O_DIRECT, as the kernel has it for the descriptor in use */
static unsigned int direct_calls, usual_calls, flag_calls;

static void meet(enum met where, int err, size_t bytes)
{
    refused = where;
    fail_errno = err;
    most = bytes;
    flag = false;
    direct_calls = usual_calls = flag_calls = 0;
}

int __real_fcntl64(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...);
int __wrap_fcntl64(int fd, int command, ...)
{
    va_list list;
    long argument;

    va_start(list, command);
    argument = va_arg(list, long);
    va_end(list);
    if (command == F_GETFL) return __real_fcntl64(fd, command) | (flag ? O_DIRECT : 0);
    if (command != F_SETFL) return __real_fcntl64(fd, command, argument);
    flag_calls++;
    if (argument & O_DIRECT && refused == BY_FLAG) return errno = EINVAL, -1;
    flag = (argument & O_DIRECT) != 0;
    return 0;
}

ssize_t __real_write(int fd, const void *data, size_t length);
ssize_t __wrap_write(int fd, const void *data, size_t length);
ssize_t __wrap_write(int fd, const void *data, size_t length)
{
    off_t at = lseek(fd, 0, SEEK_CUR);

    if (at == -1) return __real_write(fd, data, length); /* the test's own words */
    if (fail_errno) return errno = fail_errno, -1;
    if (flag && refused == BY_WRITE) return errno = EINVAL, -1;
    if (flag && (at | (off_t)(uintptr_t)data | (off_t)length) % DIRECT_UNIT) return errno = EINVAL, -1;
    if (flag && most && length > most) length = most;
    if (flag) direct_calls++;
    else usual_calls++;
    return __real_write(fd, data, length);
}

/* ---- */

static uint8_t *buffer; /* begins with a page */
#define LENGTH (64u * 1024)

static void small_files_and_unknown_memory_stay_in_the_cache(void **state)
{
    (void)state;
    assert_false(direct_pays(0, 24 * GIB));
    assert_false(direct_pays(GIB, 24 * GIB));
    assert_false(direct_pays(24 * GIB / DIRECT_PART, 24 * GIB));
    assert_true(direct_pays(24 * GIB / DIRECT_PART + 1, 24 * GIB));
    assert_true(direct_pays(UINT64_MAX, 24 * GIB));
    assert_false(direct_pays(DIRECT_MIN - 1, 1 << 20));
    assert_true(direct_pays(DIRECT_MIN, 1 << 20));
    assert_false(direct_pays(UINT64_MAX, 0));
    assert_true(direct_memory() > 0);
}

static int open_file(void)
{
    int fd = open(in_dir("file"), O_RDWR | O_CREAT | O_TRUNC, 0600);

    assert_int_not_equal(fd, -1);
    return fd;
}

static void only_what_is_aligned_goes_past_it(void **state)
{
    struct direct direct = { .wanted = true };
    int fd = open_file();

    (void)state;
    meet(NOWHERE, 0, 0);
    assert_int_equal(direct_write(&direct, fd, 0, buffer, LENGTH), LENGTH);
    assert_int_equal(direct_write(&direct, fd, LENGTH, buffer, LENGTH), LENGTH);
    assert_true(direct_calls == 2 && !usual_calls && flag && flag_calls == 1);
    assert_int_equal(direct_write(&direct, fd, 2 * LENGTH, buffer + 512, 4096), 4096);
    assert_int_equal(direct_write(&direct, fd, 2 * LENGTH + 4096, buffer, 100), 100);
    assert_int_equal(direct_write(&direct, fd, 2 * LENGTH + 4196, buffer, 4096), 4096);
    assert_true(direct_calls == 2 && usual_calls == 3 && !flag && direct.wanted);
    assert_int_equal(lseek(fd, 3 * LENGTH, SEEK_SET), 3 * LENGTH);
    assert_int_equal(direct_write(&direct, fd, 3 * LENGTH, buffer, LENGTH), LENGTH);
    assert_true(direct_calls == 3 && flag);
    errno = 77;
    direct_end(&direct, fd);
    assert_true(!flag && !direct.on && errno == 77);
    close(fd);
}

static void who_does_not_want_it_has_no_call_more(void **state)
{
    struct direct direct = { .wanted = false };
    int fd = open_file();

    (void)state;
    meet(NOWHERE, 0, 0);
    assert_int_equal(direct_write(&direct, fd, 0, buffer, LENGTH), LENGTH);
    direct_end(&direct, fd);
    assert_true(usual_calls == 1 && !direct_calls && !flag_calls);
    close(fd);
}

static void a_file_system_that_refuses_is_written_to_as_usual(void **state)
{
    enum met where;

    (void)state;
    for (where = BY_FLAG; where <= BY_WRITE; where++)
    {
        struct direct direct = { .wanted = true };
        int fd = open_file();

        meet(where, 0, 0);
        assert_int_equal(direct_write(&direct, fd, 0, buffer, LENGTH), LENGTH);
        assert_int_equal(direct_write(&direct, fd, LENGTH, buffer, LENGTH), LENGTH);
        assert_true(!direct_calls && usual_calls == 2 && !flag && !direct.wanted && !direct.on);
        assert_int_equal(lseek(fd, 0, SEEK_CUR), 2 * LENGTH);
        close(fd);
    }
}

static void other_errors_are_the_writes(void **state)
{
    static const int errors[] = { ENOSPC, EIO, EINTR, EINVAL };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
    {
        struct direct direct = { .wanted = true };
        int fd = open_file();

        meet(NOWHERE, errors[i], 0);
        assert_int_equal(direct_write(&direct, fd, 0, buffer, LENGTH), -1);
        assert_int_equal(errno, errors[i]);
        meet(NOWHERE, 0, 0);
        close(fd);
    }
}

/* ---- an output ---- */

static void check_file(const char *path, size_t hole, size_t end)
{
    int fd = open(path, O_RDONLY);
    struct stat st;
    uint8_t *got;
    size_t i;

    assert_int_not_equal(fd, -1);
    assert_false(fstat(fd, &st));
    assert_int_equal(st.st_size, 2 * LENGTH + hole + end);
    got = malloc((size_t)st.st_size);
    assert_int_equal(pread(fd, got, (size_t)st.st_size, 0), st.st_size);
    assert_memory_equal(got, buffer, LENGTH);
    for (i = 0; i < hole; i++) assert_int_equal(got[LENGTH + i], 0);
    assert_memory_equal(got + LENGTH + hole, buffer, LENGTH);
    assert_memory_equal(got + 2 * LENGTH + hole, buffer, end);
    free(got);
    close(fd);
}

/* Once new, and once in the place of one that has another name too, which is to have the content as well. */
static void write_output(size_t hole, size_t end)
{
    struct efs_diag diag = { 0 };
    struct output output;

    assert_int_equal(output_open(&output, in_dir("out"), 0, NULL, 0, &diag), EFS_OK);
    output_expect(&output, UINT64_MAX);
    assert_true(output.direct.wanted);
    assert_int_equal(output_write(&output, buffer, LENGTH, &diag), EFS_OK);
    assert_int_equal(output_zeros(&output, hole, &diag), EFS_OK);
    assert_int_equal(output_write(&output, buffer, LENGTH, &diag), EFS_OK);
    assert_int_equal(output_write(&output, buffer, end, &diag), EFS_OK);
    assert_int_equal(output_commit(&output, &diag), EFS_OK);
    assert_false(flag);
    output_close(&output);
    check_file(in_dir("out"), hole, end);
}

static void an_output_has_what_was_written(void **state)
{
    static const struct { size_t hole, end; } rows[] = { { 0, 0 }, { 4096, 1 }, { 512, 4096 }, { 8192, 4095 } };
    size_t i, at_once;

    (void)state;
    for (at_once = 0; at_once <= 8192; at_once += 4096)
        for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        {
            unlink(in_dir("out"));
            unlink(in_dir("other"));
            meet(NOWHERE, 0, at_once);
            write_output(rows[i].hole, rows[i].end);
            assert_true(direct_calls > 0);
            assert_false(link(in_dir("out"), in_dir("other")));
            meet(NOWHERE, 0, at_once);
            write_output(rows[i].hole, rows[i].end);
            check_file(in_dir("other"), rows[i].hole, rows[i].end);
        }
}

static void standard_output_is_written_as_usual(void **state)
{
    struct efs_diag diag = { 0 };
    struct output output;

    (void)state;
    assert_int_equal(output_open(&output, "/dev/null", 0, NULL, 0, &diag), EFS_OK);
    output_expect(&output, UINT64_MAX);
    assert_false(output.direct.wanted);
    output_close(&output);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(small_files_and_unknown_memory_stay_in_the_cache),
        cmocka_unit_test_setup_teardown(only_what_is_aligned_goes_past_it, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(who_does_not_want_it_has_no_call_more, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(a_file_system_that_refuses_is_written_to_as_usual, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(other_errors_are_the_writes, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(an_output_has_what_was_written, make_dir, drop_dir),
        cmocka_unit_test(standard_output_is_written_as_usual),
    };
    int result;

    if (!(buffer = aligned_alloc(DIRECT_UNIT, LENGTH))) return 1;
    for (result = 0; result < (int)LENGTH; result++) buffer[result] = (uint8_t)(result / 7 + 1);
    result = cmocka_run_group_tests(tests, NULL, NULL);
    free(buffer);
    return result;
}
