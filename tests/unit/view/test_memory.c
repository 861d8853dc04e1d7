/*
 * What a view knew of its files, given to the next one: it is believed of a file that hasn't changed, and of no other;
 * what is damaged, or of another tree, counts as none.
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

#include "base/bytes.h"
#include "base/hash.h"
#include "lib/host.h"
#include "view/known/memory.h"
#include "view/tree.h"

#define HEAD   48
#define RECORD 64

static uint8_t bytes[VIEW_MEMORY_MAX];

static int open_tree(const char *path)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

/* What a view says of a file that has this memory; length: of what is in `bytes` then. */
static struct view_about view_of(const char *path, const char *name, size_t *length)
{
    int fd = open_tree(path);
    struct view_memory *memory = view_memory_make(fd);
    struct view_about about;
    struct view_node *node;
    struct view_tree *tree;

    assert_non_null(memory);
    if (*length) view_memory_read(memory, bytes, *length);
    assert_int_equal(view_tree_open(&tree, fd, NULL, 16), 0);
    view_set_memory(tree, memory);
    /* the kernel doesn't forget it at an unmount, either */
    assert_int_equal(view_lookup(tree, view_root(tree), name, &node, &about), 0);
    view_tree_close(tree);
    *length = view_memory_write(memory, bytes);
    view_memory_free(memory);
    return about;
}

static void make_encrypted(const char *name, size_t size)
{
    static const struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
    uint8_t metadata[128] = { 128 };
    uint8_t end[2] = { (uint8_t)(512 - size), (uint8_t)((512 - size) >> 8) };
    int fd = open(in_dir(name), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, end, 2, 512), 2);
    assert_int_equal(fsetxattr(fd, "user.ntfs.efsinfo", metadata, sizeof(metadata), 0), 0);
    assert_int_equal(futimens(fd, old), 0);
    close(fd);
}

/* The record of a file; NULL: there is none. */
static uint8_t *record_of(const char *name, size_t length)
{
    struct stat st;
    size_t at;

    assert_int_equal(stat(in_dir(name), &st), 0);
    for (at = HEAD; at < length; at += RECORD)
        if (load64_le(bytes + at) == st.st_ino) return bytes + at;
    return NULL;
}

static void sum_again(size_t length)
{
    store64_le(bytes + 40, fnv1a_add(FNV1A_BEGIN, bytes + HEAD, length - HEAD));
}

static void test_believed(void **state)
{
    size_t length = 0;
    uint8_t *record;
    int fd;

    (void)state;
    make_encrypted("f", 100);
    assert_int_equal(view_of(dir, "f", &length).st.st_size, 100);
    assert_non_null(record = record_of("f", length));
    assert_int_equal(load64_le(record + 8), 514);
    assert_int_equal(load64_le(record + 16), 100);
    assert_int_equal(load32_le(record + 60), 1);

    /* no file is opened for it: a size that isn't true is believed */
    store64_le(record + 16, 77);
    sum_again(length);
    assert_int_equal(view_of(dir, "f", &length).st.st_size, 77);
    assert_int_equal(view_of(dir, "f", &length).st.st_size, 77);

    /* until the file changes, be it as little as that: with the same size, and the time of the last write put back */
    assert_true((fd = open(in_dir("f"), O_RDWR | O_CLOEXEC)) >= 0);
    make_encrypted("f", 101);
    close(fd);
    assert_int_equal(view_of(dir, "f", &length).st.st_size, 101);
    assert_non_null(record = record_of("f", length));
    assert_int_equal(load64_le(record + 16), 101);

    /* another file that has its number has another birth */
    store64_le(record + 16, 77);
    store64_le(record + 40, load64_le(record + 40) + 1);
    sum_again(length);
    assert_int_equal(view_of(dir, "f", &length).st.st_size, 101);
    assert_non_null(record = record_of("f", length));

    /* of a file that isn't encrypted any more */
    assert_int_equal(removexattr(in_dir("f"), "user.ntfs.efsinfo"), 0);
    assert_false(view_of(dir, "f", &length).encrypted);
    assert_null(record_of("f", length));
    assert_int_equal(view_of(dir, "f", &length).st.st_size, 514);
}

/* Who can't see the attribute takes a file for plain; whoever can, doesn't believe that. */
static void test_plain(void **state)
{
    size_t length = 0;
    uint8_t *record;

    (void)state;
    make_encrypted("f", 100);
    (void)view_of(dir, "f", &length);
    assert_non_null(record = record_of("f", length));
    store32_le(record + 60, 0);
    sum_again(length);
    assert_true(view_of(dir, "f", &length).encrypted);
    assert_int_equal(view_of(dir, "f", &length).st.st_size, 100);

    /* what was looked at as plain isn't kept, not even until its attribute is there */
    write_plain(in_dir("p"), "plain");
    assert_int_equal(view_of(dir, "p", &length).st.st_size, 5);
    assert_null(record_of("p", length));
}

/* The length of what can't be read is a guess. */
static void test_guessed(void **state)
{
    static const uint8_t wrong[2] = { 0xff, 0xff };
    size_t length = 0;
    int fd;

    (void)state;
    make_encrypted("f", 100);
    assert_true((fd = open(in_dir("f"), O_RDWR | O_CLOEXEC)) >= 0);
    assert_int_equal(pwrite(fd, wrong, 2, 512), 2);
    close(fd);
    assert_true(view_of(dir, "f", &length).encrypted);
    assert_null(record_of("f", length));
}

static void test_damaged(void **state)
{
    size_t good, length, i;
    static uint8_t copy[HEAD + 64 * RECORD];
    uint8_t *record;

    (void)state;
    make_encrypted("f", 100);
    length = 0;
    (void)view_of(dir, "f", &length);
    good = length;
    assert_true(good <= sizeof(copy));
    assert_non_null(record = record_of("f", length));
    store64_le(record + 16, 77);
    sum_again(good);
    memcpy(copy, bytes, good);
    assert_int_equal(view_of(dir, "f", &length).st.st_size, 77);

    /* each byte of the head and of the first record, and each length */
    for (i = 0; i < HEAD + RECORD && i < good; i++)
    {
        memcpy(bytes, copy, good);
        bytes[i] ^= 0x10;
        length = good;
        assert_int_equal(view_of(dir, "f", &length).st.st_size, 100);
    }
    for (i = 1; i < good; i++)
    {
        memcpy(bytes, copy, good);
        length = i;
        assert_int_equal(view_of(dir, "f", &length).st.st_size, 100);
    }
    memset(bytes, 0, sizeof(bytes));
    length = sizeof(bytes);
    assert_int_equal(view_of(dir, "f", &length).st.st_size, 100);

    /* sound, but of another tree */
    memcpy(bytes, copy, good);
    assert_int_equal(mkdir(in_dir("other"), 0700), 0);
    assert_int_equal(link(in_dir("f"), in_dir("other/f")), 0);
    length = good;
    assert_int_equal(view_of(in_dir("other"), "f", &length).st.st_size, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_believed, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_plain, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_guessed, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_damaged, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
