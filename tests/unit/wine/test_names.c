/*
 * The names of a directory that an import remembers: what is there in any case is never taken for missing, whoever made
 * it and when.
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
#include <unistd.h>

#include "../../../dlls/wineefs/unix/names.h"
#include "lib/host.h"

static bool is_missing_in(const char *path, const char *name)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool missing = fd != -1 && names_is_missing(fd, name);

    if (fd != -1) close(fd);
    return missing;
}

static bool is_missing(const char *name)
{
    return is_missing_in(dir, name);
}

static void test_case(void **state)
{
    (void)state;
    write_plain(in_dir("Letter.txt"), "");
    write_plain(in_dir("\304\261\305\277land"), ""); /* dotless i, long s: Wine's upper case of them is ASCII */
    write_plain(in_dir("caf\303\251"), "");
    assert_true(is_missing("other"));
    assert_false(is_missing("Letter.txt"));
    assert_false(is_missing("LETTER.TXT"));
    assert_false(is_missing("letter.txt"));
    assert_false(is_missing("ISLAND"));
    assert_false(is_missing("island"));
    assert_true(is_missing("cafe"));
    assert_true(is_missing("letter.tx"));
    assert_true(is_missing("letter.txt2"));
    assert_false(is_missing("."));
}

static void test_changes(void **state)
{
    (void)state;
    assert_true(is_missing("made"));
    write_plain(in_dir("MADE"), "");
    assert_false(is_missing("made"));
    assert_true(is_missing("renamed"));
    assert_int_equal(rename(in_dir("MADE"), in_dir("Renamed")), 0);
    assert_false(is_missing("renamed"));
    assert_true(is_missing("made"));
    assert_true(is_missing("linked"));
    assert_int_equal(link(in_dir("Renamed"), in_dir("Linked")), 0);
    assert_false(is_missing("linked"));
    assert_true(is_missing("sub"));
    assert_int_equal(mkdir(in_dir("SUB"), 0700), 0);
    assert_false(is_missing("sub"));
    assert_true(is_missing("symbolic"));
    assert_int_equal(symlink("nowhere", in_dir("Symbolic")), 0);
    assert_false(is_missing("symbolic"));
    assert_false(is_missing("Symbolic"));
    assert_int_equal(unlink(in_dir("Symbolic")), 0);
    assert_true(is_missing("symbolic"));
    write_plain(in_dir("Twice"), "");
    write_plain(in_dir("TWICE"), "");
    assert_int_equal(unlink(in_dir("TWICE")), 0);
    assert_false(is_missing("twice"));
    assert_int_equal(unlink(in_dir("Twice")), 0);
    assert_true(is_missing("twice"));
}

/* One after the other, and another one under the same name. */
static void test_directories(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_dir("one"), 0700), 0);
    assert_int_equal(mkdir(in_dir("two"), 0700), 0);
    write_plain(in_dir("one/A"), "");
    assert_false(is_missing_in(in_dir("one"), "a"));
    assert_true(is_missing_in(in_dir("two"), "a"));
    write_plain(in_dir("one/B"), ""); /* while the other one is remembered */
    assert_false(is_missing_in(in_dir("one"), "b"));
    assert_int_equal(rename(in_dir("one"), in_dir("three")), 0);
    assert_int_equal(rename(in_dir("two"), in_dir("one")), 0);
    assert_true(is_missing_in(in_dir("one"), "b"));
    assert_int_equal(rmdir(in_dir("one")), 0);
    assert_int_equal(mkdir(in_dir("one"), 0700), 0);
    write_plain(in_dir("one/B"), "");
    assert_false(is_missing_in(in_dir("one"), "b"));
    assert_false(is_missing_in(in_dir("nowhere"), "b"));
    assert_false(is_missing_in(in_dir("one/B"), "b"));
}

/* More than inotify's queue holds (16,384 unless it was set otherwise), while nobody looks. */
static void test_many(void **state)
{
    char name[16];
    int i;

    (void)state;
    assert_true(is_missing("x0"));
    for (i = 0; i < 20000; i++)
    {
        snprintf(name, sizeof(name), "X%d", i);
        assert_int_equal(symlink("x", in_dir(name)), 0);
    }
    for (i = 0; i < 20000; i += 100)
    {
        snprintf(name, sizeof(name), "x%d", i);
        assert_false(is_missing(name));
    }
    assert_true(is_missing("x20000"));
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_case, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_changes, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_directories, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_many, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
