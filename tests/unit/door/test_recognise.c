/*
 * How a program knows a file of a view: who isn't FUSE is never asked, each mount once where Linux gives it a number
 * that doesn't come again, and else each file. The system calls are made up.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>

#include "view/door.h"

#define UNIQUE 0x4000u /* STATX_MNT_ID_UNIQUE */
#define FUSE   0x65735546
#define EXT4   0xef53

static struct statx file;
static long type;
static bool has_attribute, refused;
static unsigned int asked; /* questions that go to the daemon of a view */

int __wrap_statx(int dir_fd, const char *path, int flags, unsigned int mask, struct statx *stx);
int __wrap_statx(int dir_fd, const char *path, int flags, unsigned int mask, struct statx *stx)
{
    (void)dir_fd, (void)path, (void)flags;
    assert_true(mask & UNIQUE);
    if (refused)
    {
        errno = EPERM;
        return -1;
    }
    *stx = file;
    return 0;
}

int __wrap_stat64(const char *path, struct stat *st);
int __wrap_stat64(const char *path, struct stat *st)
{
    (void)path;
    *st = (struct stat){ .st_mode = file.stx_mode, .st_size = (off_t)file.stx_size,
                         .st_blocks = (blkcnt_t)file.stx_blocks };
    return 0;
}

static int tell(struct statfs *fs)
{
    asked++;
    memset(fs, 0, sizeof(*fs));
    fs->f_type = type;
    return 0;
}

int __wrap_fstatfs64(int fd, struct statfs *fs);
int __wrap_fstatfs64(int fd, struct statfs *fs)
{
    (void)fd;
    return tell(fs);
}

int __wrap_statfs64(const char *path, struct statfs *fs);
int __wrap_statfs64(const char *path, struct statfs *fs)
{
    (void)path;
    return tell(fs);
}

ssize_t __wrap_getxattr(const char *path, const char *name, void *value, size_t size);
ssize_t __wrap_getxattr(const char *path, const char *name, void *value, size_t size)
{
    (void)path, (void)value, (void)size;
    assert_string_equal(name, "user.view.efs");
    assert_int_equal(type, FUSE);
    asked++;
    if (has_attribute) return 256;
    errno = ENODATA;
    return -1;
}

/* mount: 0: an older Linux */
static void set_file(uint64_t mount, uint64_t blocks, long of_type, bool of_view)
{
    memset(&file, 0, sizeof(file));
    file.stx_mask = STATX_BASIC_STATS | STATX_MNT_ID | (mount ? UNIQUE : 0);
    file.stx_mode = S_IFREG | 0644;
    file.stx_size = 1000;
    file.stx_blocks = blocks;
    file.stx_mnt_id = mount ? mount : 7;
    type = of_type;
    has_attribute = of_view;
    asked = 0;
}

static bool shown(void)
{
    struct stat st;
    bool is = door_is_named_encrypted("file", &st);

    if (is) assert_int_equal(st.st_size, 1000);
    return is;
}

static void test_mounts(void **state)
{
    (void)state;
    set_file(1, 17, FUSE, true);
    assert_true(shown());
    assert_int_equal(asked, 2);
    assert_true(shown());
    assert_int_equal(asked, 2);
    /* a plain one there */
    set_file(1, 16, FUSE, true);
    assert_false(shown());
    assert_int_equal(asked, 0);
    /* another view, and the first one's number isn't that of anything else */
    set_file(2, 17, FUSE, true);
    assert_true(shown());
    assert_int_equal(asked, 2);
    set_file(1, 17, FUSE, true);
    assert_true(shown());
    assert_int_equal(asked, 2);
}

/* A file system that shows a view in one place: what is about to be changed is asked itself. */
static void test_mixed(void **state)
{
    (void)state;
    set_file(5, 17, FUSE, true);
    assert_true(shown());
    assert_true(door_is_in_view(AT_FDCWD));
    set_file(5, 17, FUSE, false);
    assert_false(door_is_in_view(AT_FDCWD));
    assert_int_equal(asked, 2);
}

static void test_refused(void **state)
{
    (void)state;
    set_file(6, 17, FUSE, true);
    refused = true;
    assert_true(shown());
    assert_true(shown());
    assert_int_equal(asked, 4);
    refused = false;
}

static void test_others(void **state)
{
    (void)state;
    set_file(3, 17, EXT4, true);
    assert_false(shown());
    assert_false(door_is_in_view(AT_FDCWD));
    set_file(4, 17, FUSE, false);
    assert_false(shown());
    assert_false(door_is_in_view(AT_FDCWD));
    assert_int_equal(asked, 4);
    /* neither is known now */
    assert_false(shown());
    assert_int_equal(asked, 6);
}

static void test_older(void **state)
{
    (void)state;
    set_file(0, 17, FUSE, true);
    assert_true(shown());
    assert_true(shown());
    assert_true(door_is_in_view(AT_FDCWD));
    assert_int_equal(asked, 6);
    /* the number that it does have is given to other mounts later */
    set_file(0, 17, EXT4, true);
    assert_false(shown());
    assert_false(door_is_in_view(AT_FDCWD));
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_mounts),
        cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_older),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
