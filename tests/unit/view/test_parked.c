/*
 * Files that are opened again: what is known of them is asked once, and never believed of one that has changed.
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
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/store.h"
#include "writing.h"

#define MANY 1100 /* more than are kept */

static unsigned int questions;

ssize_t __real_fgetxattr(int fd, const char *name, void *value, size_t size);
ssize_t __wrap_fgetxattr(int fd, const char *name, void *value, size_t size);

ssize_t __wrap_fgetxattr(int fd, const char *name, void *value, size_t size)
{
    questions++;
    return __real_fgetxattr(fd, name, value, size);
}

/* From now on another change gives it another time. */
static void wait_until_settled(const char *name)
{
    static const struct timespec some = { 0, 5000000 };
    struct stat st;

    while (!stat(in_dir(name), &st) && !io_is_settled(&st.st_ctim)) nanosleep(&some, NULL);
}

/* The number of questions that it took. */
static unsigned int read_file_of(struct view_node *node, const char *expected)
{
    struct view_content *content;
    char buffer[64];
    size_t got;

    questions = 0;
    assert_int_equal(view_content_open(tree, node, false, -1, &content), 0);
    assert_int_equal(view_content_size(content), strlen(expected));
    assert_int_equal(view_content_read(content, 0, buffer, sizeof(buffer), &got), 0);
    assert_int_equal(got, strlen(expected));
    assert_memory_equal(buffer, expected, got);
    view_content_close(tree, content, false);
    return questions;
}

/* A file that was there before the view, and that nobody has opened. */
static struct view_node *make_settled(void)
{
    make_written("f", "text");
    close_view();
    wait_until_settled("f");
    return look_up("f");
}

static void test_again(void **state)
{
    struct view_node *node;
    int before, after;

    (void)state;
    node = make_settled();
    before = dup(0);
    close(before);
    assert_true(read_file_of(node, "text"));
    assert_int_equal(read_file_of(node, "text"), 0);
    assert_int_equal(read_file_of(node, "text"), 0);
    /* it keeps no descriptor */
    after = dup(0);
    close(after);
    assert_int_equal(before, after);
    /* nobody knows the file any more: nothing of it is kept */
    view_forget(tree, node, 1);
    node = look_up("f");
    assert_true(read_file_of(node, "text"));
    view_forget(tree, node, 1);
}

/* By somebody below, with the same length, and without another number. */
static void copy_over(const char *from, const char *to)
{
    char metadata[4096], content[4096];
    int in = open(in_dir(from), O_RDONLY), out = open(in_dir(to), O_WRONLY);
    ssize_t length, size;

    assert_true(in >= 0 && out >= 0);
    assert_true((length = fgetxattr(in, EFS_STORE_XATTR, metadata, sizeof(metadata))) > 0);
    assert_true((size = read(in, content, sizeof(content))) > 0);
    assert_int_equal(write(out, content, (size_t)size), size);
    assert_int_equal(fsetxattr(out, EFS_STORE_XATTR, metadata, (size_t)length, 0), 0);
    close(in);
    close(out);
}

static void test_changed(void **state)
{
    struct view_content *content;
    struct view_node *node;

    (void)state;
    make_written("g", "more");
    node = make_settled();
    assert_true(read_file_of(node, "text"));
    assert_int_equal(read_file_of(node, "text"), 0);
    copy_over("g", "f");
    assert_true(read_file_of(node, "more"));
    /* it may change again in the same step of the clock */
    if (read_file_of(node, "more")) wait_until_settled("f");
    copy_over("g", "f");
    assert_true(read_file_of(node, "more"));
    wait_until_settled("f");
    (void)read_file_of(node, "more");
    assert_int_equal(read_file_of(node, "more"), 0);
    /* through the view */
    assert_int_equal(view_content_open(tree, node, true, -1, &content), 0);
    write_text(content, 0, "other");
    view_content_close(tree, content, true);
    view_forget(tree, node, 1);
    close_view();
    node = look_up("f");
    assert_true(read_file_of(node, "other"));
    view_forget(tree, node, 1);
}

/* Whoever opens it again to write takes it up. */
static void test_written(void **state)
{
    struct view_content *content;
    struct view_node *node;

    (void)state;
    node = make_settled();
    assert_true(read_file_of(node, "text"));
    assert_int_equal(view_content_open(tree, node, true, -1, &content), 0);
    write_text(content, 4, " and more");
    view_content_close(tree, content, true);
    (void)read_file_of(node, "text and more");
    view_forget(tree, node, 1);
    close_view();
    node = look_up("f");
    assert_true(read_file_of(node, "text and more"));
    view_forget(tree, node, 1);
}

static void test_many(void **state)
{
    struct view_node *nodes[MANY];
    char name[16], text[16];
    unsigned int i;

    (void)state;
    for (i = 0; i < MANY; i++)
    {
        snprintf(name, sizeof(name), "%u", i);
        make_written(name, name);
    }
    close_view();
    wait_until_settled(name);
    for (i = 0; i < MANY; i++)
    {
        snprintf(text, sizeof(text), "%u", i);
        nodes[i] = look_up(text);
        assert_true(read_file_of(nodes[i], text));
    }
    assert_int_equal(read_file_of(nodes[MANY - 1], name), 0);
    assert_true(read_file_of(nodes[0], "0"));
    assert_int_equal(read_file_of(nodes[0], "0"), 0);
    for (i = 0; i < MANY; i++) view_forget(tree, nodes[i], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_again, begin_tree, end_tree),
        cmocka_unit_test_setup_teardown(test_changed, begin_tree, end_tree),
        cmocka_unit_test_setup_teardown(test_written, begin_tree, end_tree),
        cmocka_unit_test_setup_teardown(test_many, begin_tree, end_tree),
    };

    return cmocka_run_group_tests(tests, begin_all, end_all);
}
