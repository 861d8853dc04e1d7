/*
 * A stream cut off at every place: refused, the target untouched, nothing left beside it. The format has no end mark,
 * so a cut exactly between two records can't be told from an end: those, and only those, are taken.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/host.h"

#define SEGMENT (0x200 + 0x10000) /* one of the middle: its header and 64 KiB */

/* Is `length` between two records of a stream with one $EFS and one stream of data? */
static bool between(size_t length, size_t whole)
{
    return length == AT_DATA_STREAM || length == whole
        || (length >= AT_SEGMENT && (length - AT_SEGMENT) % SEGMENT == 0);
}

/* Imports the first `length` bytes over an existing file and to a new name. */
static void cut(const struct build *whole, size_t length, const struct build *old)
{
    /* a block of just that size: reading behind its end is seen */
    struct build head = { malloc(length ? length : 1), length, length };
    bool wanted = between(length, whole->length);

    assert_non_null(head.data);
    memcpy(head.data, whole->data, length);
    if ((import(in_dir("old"), &head, 70000, false, NULL) == EFS_OK) != wanted)
        fail_msg("over a file, cut at %zu", length);
    if (wanted) assert_int_equal(import(in_dir("old"), old, 70000, false, NULL), EFS_OK);
    assert_exports(in_dir("old"), old, 70000);
    assert_int_equal(count_entries(), 1);
    if ((import(in_dir("new"), &head, 70000, false, NULL) == EFS_OK) != wanted)
        fail_msg("to a new name, cut at %zu", length);
    assert_int_equal(remove(in_dir("new")), wanted ? 0 : -1);
    assert_int_equal(count_entries(), 1);
    free(head.data);
}

static void test_every_length(void **state)
{
    struct build whole = { 0 }, old = { 0 };
    size_t length;

    (void)state;
    build_file_stream(&old, 5, 1);
    build_file_stream(&whole, 569, 2);
    assert_int_equal(import(in_dir("old"), &old, 70000, false, NULL), EFS_OK);
    for (length = 0; length <= whole.length; length++) cut(&whole, length, &old);
    build_free(&whole);
    build_free(&old);
}

/* Around the ends of all records, and every 997th of the other lengths. */
static void test_several_segments(void **state)
{
    struct build whole = { 0 }, old = { 0 };
    size_t length;

    (void)state;
    build_file_stream(&old, 5, 1);
    build_file_stream(&whole, 140000, 3);
    assert_int_equal(import(in_dir("old"), &old, 70000, false, NULL), EFS_OK);
    for (length = 0; length <= whole.length; length++)
    {
        size_t end = length < 40 ? 0 : length - 40;

        while (end < length + 40 && !between(end, whole.length)) end++;
        if (end < length + 40 || length % 997 == 0) cut(&whole, length, &old);
    }
    build_free(&whole);
    build_free(&old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_length, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_several_segments, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
