/*
 * Journals of files that were being rewritten in place: the right one repairs its file, and nothing that looks like one
 * does any harm, whoever made it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/failing_call.h"
#include "lib/host.h"

static bool fails_with_errno(const char *name)
{
    if (!fails(name)) return false;
    errno = answer;
    return true;
}

WRAP(int, open64, const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    if (fails_with_errno("open64")) return -1;
    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return __real_open64(path, flags, mode);
}

WRAP(int, fsync, int fd) { return fails_with_errno("fsync") ? -1 : __real_fsync(fd); }
WRAP(int, ftruncate64, int fd, off_t size) { return fails_with_errno("ftruncate64") ? -1 : __real_ftruncate64(fd, size);
                                             }
WRAP(int, unlinkat, int fd, const char *name,
     int flags) { return fails_with_errno("unlinkat") ? -1 : __real_unlinkat(fd, name, flags); }
WRAP(int, fsetxattr, int fd, const char *name, const void *value, size_t size, int flags)
{
    return fails_with_errno("fsetxattr") ? -1 : __real_fsetxattr(fd, name, value, size, flags);
}

#define JOURNAL ".efs-rewrite-0123456789abcdef"
#define DIGITS  "0123456789abcdef"
#define RECORD  "user.efs.rewrites"

static struct build stream;

static void set_record(const char *journal, uint64_t ino, const char *name)
{
    uint8_t record[300] = { 1 };
    unsigned int i;

    for (i = 0; i < 8; i++) record[1 + i] = (uint8_t)(ino >> (8 * i));
    memcpy(record + 9, name, strlen(name));
    assert_int_equal(setxattr(in_dir(journal), RECORD, record, 9 + strlen(name), 0), 0);
}

/* "file", plain and marked, and the journal that makes it the stream's. */
static void make_interrupted(void)
{
    struct stat st;

    unlink(in_dir("file"));
    unlink(in_dir(JOURNAL));
    write_plain(in_dir("file"), "half of a mix");
    assert_int_equal(setxattr(in_dir("file"), EFS_STORE_REWRITE, DIGITS, 16, 0), 0);
    assert_int_equal(import(in_dir(JOURNAL), &stream, 5000, false, NULL), EFS_OK);
    assert_int_equal(stat(in_dir("file"), &st), 0);
    set_record(JOURNAL, st.st_ino, "file");
}

static enum efs_rewrite_state look(bool repair)
{
    int dir_fd = open(in_dir("."), O_PATH | O_DIRECTORY | O_CLOEXEC);
    enum efs_rewrite_state state = efs_rewrite_check(dir_fd, JOURNAL, repair, NULL);

    close(dir_fd);
    return state;
}

static void assert_untouched(enum efs_rewrite_state state)
{
    assert_int_equal(look(false), state);
    assert_int_equal(look(true), state);
    assert_content(in_dir("file"), "half of a mix");
}

static void test_repairs(void **state)
{
    struct efs_diag diag = { 0 };
    struct build out = { 0 };

    (void)state;
    make_interrupted();
    assert_int_equal(look(false), EFS_REWRITE_PENDING);
    assert_content(in_dir("file"), "half of a mix");
    assert_int_equal(look(true), EFS_REWRITE_REPAIRED);
    assert_exports(in_dir("file"), &stream, 5000);
    assert_int_equal(getxattr(in_dir("file"), EFS_STORE_REWRITE, NULL, 0), -1);
    assert_int_equal(getxattr(in_dir("file"), RECORD, NULL, 0), -1);
    assert_int_equal(count_entries(), 1);
    assert_int_equal(look(true), EFS_REWRITE_GONE);

    /* the next import does it first */
    make_interrupted();
    assert_int_equal(import(in_dir("file"), &stream, 5000, false, NULL), EFS_OK);
    assert_exports(in_dir("file"), &stream, 5000);
    assert_int_equal(count_entries(), 1);

    /* what is marked isn't exported, as it may be a mix */
    assert_int_equal(setxattr(in_dir("file"), EFS_STORE_REWRITE, DIGITS, 16, 0), 0);
    assert_int_equal(export(in_dir("file"), &out, 5000), EFS_ERR_CORRUPT);
    /* its journal has gone: the next import has no need of it */
    assert_int_equal(import(in_dir("file"), &stream, 5000, false, &diag), EFS_OK);
    assert_exports(in_dir("file"), &stream, 5000);
    build_free(&out);
}

/* A repair that fails says why, and is done again, however often it failed. */
static void test_repair_fails(void **state)
{
    static const struct { const char *call; unsigned int at; int err; enum efs_error code; } faults[] =
    {
        { "open64", 1, EACCES, EFS_ERR_ACCESS },
        { "open64", 1, EMFILE, EFS_ERR_TOO_MANY_FILES },
        { "fsetxattr", 1, ENOSPC, EFS_ERR_VOLUME }, /* the disk has space */
        { "fsetxattr", 1, EIO, EFS_ERR_IO },
        { "ftruncate64", 1, EIO, EFS_ERR_IO },
        { "fsync", 1, EIO, EFS_ERR_IO }, /* of the content */
        { "fsync", 2, EIO, EFS_ERR_IO }, /* of the mark's removal */
    };
    int dir_fd = open(in_dir("."), O_PATH | O_DIRECTORY | O_CLOEXEC);
    unsigned int pass;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
        for (pass = 0; pass < 2; pass++) /* the second: who doesn't want to know why */
        {
            enum efs_rewrite_state now;
            struct efs_diag diag = { 0 };

            make_interrupted();
            fail_call(faults[i].call, faults[i].at, faults[i].err);
            now = efs_rewrite_check(dir_fd, JOURNAL, true, pass ? NULL : &diag);
            fail_call(NULL, 0, 0);
            if (now != EFS_REWRITE_PENDING) fail_msg("fault %zu: %d", i, now);
            if (!pass) assert_int_equal(diag.code, faults[i].code);
            /* whether its mark is still there or not */
            now = look(true);
            if (now != EFS_REWRITE_REPAIRED) fail_msg("fault %zu, afterwards: %d", i, now);
            assert_exports(in_dir("file"), &stream, 5000);
            assert_int_equal(count_entries(), 1);
        }

    /* all but the journal's removal */
    make_interrupted();
    fail_call("unlinkat", 1, EIO);
    assert_int_equal(look(true), EFS_REWRITE_UNNEEDED);
    fail_call(NULL, 0, 0);
    assert_exports(in_dir("file"), &stream, 5000);
    assert_int_equal(count_entries(), 2);
    assert_int_equal(efs_sweep(dir_fd), 1);
    assert_int_equal(count_entries(), 1);
    close(dir_fd);
}

/* A sweep repairs what it can, counts that alone, and leaves a journal to the user whose file isn't there. */
static void test_sweep(void **state)
{
    int dir_fd = open(in_dir("."), O_PATH | O_DIRECTORY | O_CLOEXEC);

    (void)state;
    make_interrupted();
    set_record(JOURNAL, 1, "nowhere");
    assert_int_equal(efs_sweep(dir_fd), 0);
    assert_int_equal(count_entries(), 2);
    assert_content(in_dir("file"), "half of a mix");
    make_interrupted();
    assert_int_equal(efs_sweep(dir_fd), 1);
    assert_int_equal(count_entries(), 1);
    assert_exports(in_dir("file"), &stream, 5000);
    close(dir_fd);
}

/* A mark that is no journal's name is of no use to anybody: the next import goes over it. */
static void test_bad_mark(void **state)
{
    (void)state;
    write_plain(in_dir("file"), "text");
    assert_int_equal(setxattr(in_dir("file"), EFS_STORE_REWRITE, "../../etc/passwd", 16, 0), 0);
    assert_int_equal(import(in_dir("file"), &stream, 5000, false, NULL), EFS_OK);
    assert_exports(in_dir("file"), &stream, 5000);
    assert_int_equal(count_entries(), 1);
}

/* The file has no mark, or another journal's: it is whole, or another one's business. */
static void test_unneeded(void **state)
{
    unsigned int i;

    (void)state;
    for (i = 0; i < 2; i++)
    {
        make_interrupted();
        if (i) assert_int_equal(setxattr(in_dir("file"), EFS_STORE_REWRITE, "fedcba9876543210", 16, 0), 0);
        else assert_int_equal(removexattr(in_dir("file"), EFS_STORE_REWRITE), 0);
        assert_int_equal(look(false), EFS_REWRITE_UNNEEDED);
        assert_int_equal(look(true), EFS_REWRITE_REPAIRED);
        assert_content(in_dir("file"), "half of a mix");
        assert_int_equal(count_entries(), 1);
    }
}

static void test_planted(void **state)
{
    struct stat st;
    int fd;

    (void)state;
    /* one that an import holds */
    make_interrupted();
    fd = open(in_dir(JOURNAL), O_RDONLY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_untouched(EFS_REWRITE_RUNNING);
    close(fd);
    /* of another inode, of none, of another directory, without a record, of another version */
    assert_int_equal(stat(in_dir("file"), &st), 0);
    set_record(JOURNAL, st.st_ino + 1, "file");
    assert_untouched(EFS_REWRITE_LOST);
    set_record(JOURNAL, st.st_ino, "nowhere");
    assert_untouched(EFS_REWRITE_LOST);
    set_record(JOURNAL, st.st_ino, "../x/file");
    assert_untouched(EFS_REWRITE_LOST);
    set_record(JOURNAL, st.st_ino, ".");
    assert_untouched(EFS_REWRITE_LOST);
    assert_int_equal(setxattr(in_dir(JOURNAL), RECORD, "\2--------file", 13, 0), 0);
    assert_untouched(EFS_REWRITE_LOST);
    assert_int_equal(removexattr(in_dir(JOURNAL), RECORD), 0);
    assert_untouched(EFS_REWRITE_LOST);
    /* with two names, a link, a directory */
    make_interrupted();
    assert_int_equal(link(in_dir(JOURNAL), in_dir("other")), 0);
    assert_untouched(EFS_REWRITE_LOST);
    assert_int_equal(unlink(in_dir(JOURNAL)), 0);
    assert_int_equal(symlink("other", in_dir(JOURNAL)), 0);
    assert_untouched(EFS_REWRITE_LOST);
    assert_int_equal(unlink(in_dir(JOURNAL)), 0);
    assert_int_equal(mkdir(in_dir(JOURNAL), 0700), 0);
    assert_untouched(EFS_REWRITE_LOST);
    assert_int_equal(rmdir(in_dir(JOURNAL)), 0);
    /* of a link to the file */
    make_interrupted();
    assert_int_equal(stat(in_dir("file"), &st), 0);
    assert_int_equal(symlink("file", in_dir("link")), 0);
    set_record(JOURNAL, st.st_ino, "link");
    assert_untouched(EFS_REWRITE_LOST);
    /* another user's, who may write in the directory */
    if (geteuid()) return;
    make_interrupted();
    assert_int_equal(chown(in_dir(JOURNAL), 12, 34), 0);
    assert_untouched(EFS_REWRITE_LOST);
    /* its owner's, repaired by root */
    assert_int_equal(chown(in_dir("file"), 12, 34), 0);
    assert_int_equal(look(true), EFS_REWRITE_REPAIRED);
    assert_exports(in_dir("file"), &stream, 5000);
}

static void test_names(void **state)
{
    (void)state;
    assert_true(efs_is_rewrite_name(JOURNAL));
    assert_false(efs_is_rewrite_name(JOURNAL "0"));
    assert_false(efs_is_rewrite_name(".efs-rewrite-0123456789abcdeX"));
    assert_false(efs_is_rewrite_name(".efs-rewrite-"));
    assert_false(efs_is_rewrite_name("x" JOURNAL));
    assert_false(efs_is_rewrite_name(".efs-import-0123456789abcdef"));
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_repairs, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_repair_fails, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_sweep, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_bad_mark, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_unneeded, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_planted, make_dir, drop_dir),
        cmocka_unit_test(test_names),
    };

    build_file_stream(&stream, 70000, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
