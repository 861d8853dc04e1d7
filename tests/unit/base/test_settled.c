/*
 * Since when a file's time of change says that it is as it was. The clock is made up.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <time.h>

#include "base/io.h"

static struct timespec now;

int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
    assert_int_equal(clock, CLOCK_REALTIME);
    *time = now;
    return 0;
}

static bool settled(time_t changed, long changed_ns, time_t seconds, long ns)
{
    struct timespec when = { changed, changed_ns };

    now = (struct timespec){ seconds, ns };
    return io_is_settled(&when);
}

static void test_steps(void **state)
{
    (void)state;
    assert_false(settled(100, 500000000, 100, 500000000));
    assert_false(settled(100, 500000000, 100, 550000000));
    assert_true(settled(100, 500000000, 100, 550000001));
    /* over the second's end */
    assert_false(settled(100, 990000000, 101, 40000000));
    assert_true(settled(100, 990000000, 101, 40000001));
    assert_true(settled(100, 1, 200, 0));
}

/* ext3's inodes, FAT: what changed at the second's end is told like what changed at its begin. */
static void test_whole_seconds(void **state)
{
    (void)state;
    assert_false(settled(100, 0, 100, 999999999));
    assert_false(settled(100, 0, 102, 999999999));
    assert_true(settled(100, 0, 103, 0));
}

/* The clock was set back, or another machine's is ahead. */
static void test_ahead(void **state)
{
    (void)state;
    assert_false(settled(100, 5, 99, 0));
    assert_false(settled(100, 0, 1, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_whole_seconds),
        cmocka_unit_test(test_ahead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
