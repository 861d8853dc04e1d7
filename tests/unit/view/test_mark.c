/*
 * The mark of a tree in which files are written: when it is there, that it is on the disk before what needs it, and
 * when it goes.
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
#include <pthread.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>

#include "efs/store.h"
#include "writing.h"

#define LOG_SIZE 64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static char synced[LOG_SIZE];   /* what was, in this order: d: a directory, f: a file */
static bool stopped;            /* no directory gets to the disk for now */
static unsigned int failing;    /* so many times a directory doesn't */
static unsigned int tried;      /* to sync a directory */

int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
    bool directory, fails = false;
    struct stat st;
    int ret;

    assert_int_equal(fstat(fd, &st), 0);
    directory = S_ISDIR(st.st_mode);
    pthread_mutex_lock(&lock);
    tried += directory;
    pthread_cond_broadcast(&changed);
    while (directory && stopped) pthread_cond_wait(&changed, &lock);
    if (directory && failing) fails = failing--;
    pthread_mutex_unlock(&lock);
    if (fails)
    {
        errno = EIO;
        return -1;
    }
    ret = __real_fsync(fd);
    pthread_mutex_lock(&lock);
    if (strlen(synced) < LOG_SIZE - 1) synced[strlen(synced)] = directory ? 'd' : 'f';
    pthread_mutex_unlock(&lock);
    return ret;
}

static void set_stopped(bool value)
{
    pthread_mutex_lock(&lock);
    stopped = value;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void wait_for_try(unsigned int count)
{
    pthread_mutex_lock(&lock);
    while (tried < count) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static int begin(void **state)
{
    memset(synced, 0, sizeof(synced));
    stopped = false;
    failing = tried = 0;
    return begin_tree(state);
}

static bool is_marked(void)
{
    return getxattr(dir, EFS_STORE_VIEW, NULL, 0) == 1;
}

static bool is_open(const char *name)
{
    return getxattr(in_dir(name), EFS_STORE_SIZE, NULL, 0) >= 0;
}

static struct view_content *open_file(struct view_node *node, int expected)
{
    struct view_content *content;

    assert_int_equal(view_content_open(tree, node, true, -1, &content), expected);
    return content;
}

static void make_closed(const char *name, const char *text)
{
    make_written(name, text);
    close_view();
    assert_false(is_open(name));
    assert_false(is_marked());
    memset(synced, 0, sizeof(synced));
    tried = 0;
}

struct waiting
{
    pthread_t            thread;
    struct view_content *content; /* to be synced; NULL: the file is opened to be written */
    struct view_node    *node;
};

static void *wait_for_disk(void *context)
{
    struct waiting *waiting = context;

    if (waiting->content) assert_int_equal(view_content_sync(tree, waiting->content), 0);
    else waiting->content = open_file(waiting->node, 0);
    return NULL;
}

/* Others would have time to do what they mustn't yet. */
static void give_time(void)
{
    static const struct timespec some = { 0, 50000000 };

    nanosleep(&some, NULL);
}

static void end_wait(struct waiting *waiting)
{
    give_time();
    set_stopped(false);
    assert_int_equal(pthread_join(waiting->thread, NULL), 0);
}

static void begin_wait(struct waiting *waiting)
{
    assert_int_equal(pthread_create(&waiting->thread, NULL, wait_for_disk, waiting), 0);
}

/* Who makes and writes a file doesn't wait for the disk; who syncs it does. */
static void test_new(void **state)
{
    struct waiting waiting = { 0 };

    (void)state;
    set_stopped(true);
    waiting.content = make("f", true);
    assert_true(is_marked());
    assert_true(is_open("f"));
    waiting.node = look_up("f");
    assert_int_equal(view_content_adopt(tree, waiting.node, true, &waiting.content), 0);
    write_text(waiting.content, 0, "text");
    wait_for_try(1);
    assert_string_equal(synced, "");
    begin_wait(&waiting);
    end_wait(&waiting);
    assert_string_equal(synced, "df");
    view_content_close(tree, waiting.content, true);
    view_forget(tree, waiting.node, 1);
    close_view();
    assert_string_equal(synced, "dff");
    assert_false(is_open("f"));
    assert_false(is_marked());
}

static void *go_on_later(void *context)
{
    give_time();
    set_stopped(false);
    return context;
}

/* A new one that nobody syncs is closed behind the mark too. */
static void test_closed(void **state)
{
    struct view_content *content;
    struct view_node *node;
    pthread_t thread;

    (void)state;
    set_stopped(true);
    content = make("f", true);
    node = look_up("f");
    assert_int_equal(view_content_adopt(tree, node, true, &content), 0);
    write_text(content, 0, "text");
    view_content_close(tree, content, true);
    view_forget(tree, node, 1);
    assert_int_equal(pthread_create(&thread, NULL, go_on_later, NULL), 0);
    close_view();
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_string_equal(synced, "df");
    assert_false(is_open("f"));
}

/* One that was there is synced when it is opened, and so waits then. */
static void test_existing(void **state)
{
    struct waiting waiting = { 0 };

    (void)state;
    make_closed("f", "text");
    set_stopped(true);
    waiting.node = look_up("f");
    begin_wait(&waiting);
    wait_for_try(1);
    give_time();
    assert_true(is_marked());
    assert_false(is_open("f"));
    end_wait(&waiting);
    assert_int_equal(synced[0], 'd');
    write_text(waiting.content, 0, "other");
    view_content_close(tree, waiting.content, true);
    view_forget(tree, waiting.node, 1);
    close_view();
    assert_false(is_marked());
}

/* Whoever needs it tries himself. */
static void test_failure(void **state)
{
    struct view_content *content;
    struct view_node *node;

    (void)state;
    make_closed("f", "text");
    failing = 2;
    node = look_up("f");
    (void)open_file(node, EIO);
    assert_false(is_open("f"));
    content = open_file(node, 0);
    assert_int_equal(tried, 3);
    assert_int_equal(synced[0], 'd');
    view_content_close(tree, content, true);
    view_forget(tree, node, 1);
}

/* It never gets there: what is open stays so, and the next view is told. */
static void test_failing(void **state)
{
    struct view_content *content;
    struct view_node *node;

    (void)state;
    failing = 100;
    content = make("f", true);
    node = look_up("f");
    assert_int_equal(view_content_adopt(tree, node, true, &content), 0);
    write_text(content, 0, "text");
    assert_int_equal(view_content_sync(tree, content), EIO);
    view_content_close(tree, content, true);
    view_forget(tree, node, 1);
    close_view();
    assert_string_equal(synced, "");
    assert_true(is_open("f"));
    assert_true(is_marked());
}

/* What an earlier view has left open isn't closed by this one. */
static void test_left(void **state)
{
    static const uint8_t value = 1;

    (void)state;
    assert_int_equal(setxattr(dir, EFS_STORE_VIEW, &value, sizeof(value), 0), 0);
    make_written("f", "text");
    close_view();
    assert_false(is_open("f"));
    assert_true(is_marked());
}

/* Made, and then nobody could have it. */
static void test_discarded(void **state)
{
    (void)state;
    view_content_discard(tree, make("f", true));
    close_view();
    assert_true(is_open("f"));
    assert_true(is_marked());
}

/* Who only reads leaves none, nor waits. */
static void test_read_only(void **state)
{
    struct view_content *content;
    struct view_node *node;

    (void)state;
    make_closed("f", "text");
    node = look_up("f");
    assert_int_equal(view_content_open(tree, node, false, -1, &content), 0);
    assert_int_equal(view_content_sync(tree, content), 0);
    assert_string_equal(synced, "f");
    assert_false(is_marked());
    view_content_close(tree, content, false);
    view_forget(tree, node, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_new, begin, end_tree),
        cmocka_unit_test_setup_teardown(test_closed, begin, end_tree),
        cmocka_unit_test_setup_teardown(test_existing, begin, end_tree),
        cmocka_unit_test_setup_teardown(test_failure, begin, end_tree),
        cmocka_unit_test_setup_teardown(test_failing, begin, end_tree),
        cmocka_unit_test_setup_teardown(test_left, begin, end_tree),
        cmocka_unit_test_setup_teardown(test_discarded, begin, end_tree),
        cmocka_unit_test_setup_teardown(test_read_only, begin, end_tree),
    };

    return cmocka_run_group_tests(tests, begin_all, end_all);
}
