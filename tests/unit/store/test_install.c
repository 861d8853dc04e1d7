/*
 * The last step of an import: what a replaced file hands on to the new one, and what happens when somebody
 * else is at work there, or the disk fails.
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
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/host.h"

static void test_carry_over(void **state)
{
    struct build b = { 0 };
    char value[16];
    struct stat before, after;

    (void)state;
    build_file_stream(&b, 777, 1);
    write_plain(in_dir("file"), "a plain file");
    assert_int_equal(chmod(in_dir("file"), 0640), 0);
    assert_int_equal(setxattr(in_dir("file"), "user.DOSATTRIB", "0x6", 3, 0), 0);
    if (!geteuid()) assert_int_equal(chown(in_dir("file"), 12, 34), 0);
    assert_int_equal(stat(in_dir("file"), &before), 0);
    assert_int_equal(import(in_dir("file"), &b, 5000, false, NULL), EFS_OK);
    assert_int_equal(stat(in_dir("file"), &after), 0);
    assert_int_equal(after.st_mode, before.st_mode);
    assert_int_equal(after.st_uid, before.st_uid);
    assert_int_equal(after.st_gid, before.st_gid);
    assert_int_equal(getxattr(in_dir("file"), "user.DOSATTRIB", value, sizeof(value)), 3);
    assert_memory_equal(value, "0x6", 3);
    assert_exports(in_dir("file"), &b, 5000);
    build_free(&b);
}

/* What must not be copied anywhere isn't rewritten: it stays as it is. */
static void test_no_copies(void **state)
{
    struct efs_import *session = NULL;
    struct efs_target target;
    struct build b = { 0 };
    struct efs_diag diag;
    int names;

    (void)state;
    build_file_stream(&b, 777, 1);
    write_plain(in_dir("file"), "nobody else's");
    for (names = 2; names; names--)
    {
        if (names == 2) assert_int_equal(link(in_dir("file"), in_dir("other")), 0);
        else assert_int_equal(unlink(in_dir("other")), 0);
        assert_int_equal(efs_target_open(&target, in_dir("file"), NULL), EFS_OK);
        assert_false(target.no_copies);
        target.no_copies = true;
        assert_int_equal(efs_import_begin(&session, &target, false, 0, NULL), EFS_OK);
        assert_int_equal(efs_import_feed(session, b.data, b.length, NULL), EFS_OK);
        assert_int_equal(efs_import_commit(session, &diag), names == 2 ? EFS_ERR_INVALID : EFS_OK);
        efs_import_free(session);
        efs_target_close(&target);
        if (names == 2) assert_content(in_dir("file"), "nobody else's");
        else assert_exports(in_dir("file"), &b, 5000);
        assert_int_equal(count_entries(), names);
    }
    build_free(&b);
}

/* Attributes of the system's go along where they can be set; what belongs to the old content doesn't. */
static void test_carry_over_system(void **state)
{
    static const uint8_t capability[20] = { 1, 0, 0, 2, 0, 4 };
    /* version 2; USER_OBJ rw-, USER 1234 r--, GROUP_OBJ r--, MASK r--, OTHER --- */
    static const uint8_t list[] = { 2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 0xd2, 4, 0, 0, 4, 0, 4, 0,
                                    255, 255, 255, 255, 16, 0, 4, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255,
                                    255 };
    struct build b = { 0 };
    char value[64];
    bool trusted, acl;

    (void)state;
    build_file_stream(&b, 777, 1);
    write_plain(in_dir("file"), "a plain file");
    assert_int_equal(setxattr(in_dir("file"), "user.efs.layout", "old", 3, 0), 0);
    acl = !setxattr(in_dir("file"), "system.posix_acl_access", list, sizeof(list), 0);
    /* root's */
    trusted = !setxattr(in_dir("file"), "trusted.efs-test", "yes", 3, 0);
    setxattr(in_dir("file"), "security.capability", capability, sizeof(capability), 0);
    assert_int_equal(import(in_dir("file"), &b, 5000, false, NULL), EFS_OK);
    assert_int_equal(getxattr(in_dir("file"), "user.efs.layout", NULL, 0), -1);
    assert_int_equal(getxattr(in_dir("file"), "security.capability", NULL, 0), -1);
    if (trusted) assert_int_equal(getxattr(in_dir("file"), "trusted.efs-test", NULL, 0), 3);
    if (acl)
    {
        assert_int_equal(getxattr(in_dir("file"), "system.posix_acl_access", value, sizeof(value)), sizeof(list));
        assert_memory_equal(value, list, sizeof(list));
    }
    if (!trusted || !acl)
        print_message("not tested: %s%s\n", trusted ? "" : "trusted attributes ", acl ? "" : "access control lists");
    build_free(&b);
}

static void test_links(void **state)
{
    struct build b = { 0 }, small = { 0 };
    struct stat st, other;

    (void)state;
    build_file_stream(&b, 100000, 1);
    build_file_stream(&small, 10, 2);

    /* several names stay together */
    write_plain(in_dir("a"), "text");
    assert_int_equal(link(in_dir("a"), in_dir("b")), 0);
    assert_int_equal(import(in_dir("a"), &b, 5000, false, NULL), EFS_OK);
    assert_exports(in_dir("b"), &b, 5000);
    assert_int_equal(import(in_dir("b"), &small, 5000, false, NULL), EFS_OK);
    assert_exports(in_dir("a"), &small, 5000);
    assert_int_equal(stat(in_dir("a"), &st), 0);
    assert_int_equal(stat(in_dir("b"), &other), 0);
    assert_int_equal(st.st_ino, other.st_ino);
    assert_int_equal(st.st_nlink, 2);
    assert_int_equal(count_entries(), 2);

    /* a symbolic link still leads to the file */
    write_plain(in_dir("real"), "text");
    assert_int_equal(symlink("real", in_dir("link")), 0);
    assert_int_equal(import(in_dir("link"), &b, 5000, false, NULL), EFS_OK);
    assert_exports(in_dir("real"), &b, 5000);
    assert_int_equal(lstat(in_dir("link"), &st), 0);
    assert_true(S_ISLNK(st.st_mode));

    /* one that leads nowhere isn't followed, nor replaced */
    assert_int_equal(symlink("nowhere", in_dir("dangling")), 0);
    assert_int_equal(import(in_dir("dangling"), &b, 5000, false, NULL), EFS_ERR_NOT_FOUND);
    assert_int_equal(count_entries(), 5);
    build_free(&b);
    build_free(&small);
}

/* A directory's default access control list gives nobody more than the replaced file did. */
static void test_default_acl(void **state)
{
    /* version 2; USER_OBJ rwx, USER 1234 rwx, GROUP_OBJ rwx, MASK rwx, OTHER --- */
    static const uint8_t list[] = { 2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 7, 0, 0xd2, 4, 0, 0, 4, 0, 7, 0,
                                    255, 255, 255, 255, 16, 0, 7, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255,
                                    255 };
    struct build b = { 0 };
    struct stat st;

    (void)state;
    build_file_stream(&b, 1000, 1);
    write_plain(in_dir("file"), "text");
    assert_int_equal(chmod(in_dir("file"), 0640), 0);
    if (setxattr(dir, "system.posix_acl_default", list, sizeof(list), 0))
    {
        print_message("not tested: no access control lists here\n");
        build_free(&b);
        return;
    }
    assert_int_equal(import(in_dir("file"), &b, 5000, false, NULL), EFS_OK);
    assert_int_equal(getxattr(in_dir("file"), "system.posix_acl_access", NULL, 0), -1);
    assert_int_equal(stat(in_dir("file"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    build_free(&b);
}

/* An inode number that is given out again doesn't make another file the target. */
static void test_inode_reuse(void **state)
{
    struct efs_import *session;
    struct efs_target target;
    struct build b = { 0 };
    int i;

    (void)state;
    build_file_stream(&b, 1000, 1);
    for (i = 0; i < 20; i++)
    {
        write_plain(in_dir("file"), "old");
        assert_int_equal(efs_target_open(&target, in_dir("file"), NULL), EFS_OK);
        assert_int_equal(unlink(in_dir("file")), 0);
        write_plain(in_dir("file"), "another");
        assert_int_equal(efs_import_begin(&session, &target, false, 0, NULL), EFS_OK);
        assert_int_equal(efs_import_feed(session, b.data, b.length, NULL), EFS_OK);
        assert_int_equal(efs_import_commit(session, NULL), EFS_ERR_CHANGED);
        efs_import_free(session);
        efs_target_close(&target);
        assert_content(in_dir("file"), "another");
        assert_int_equal(unlink(in_dir("file")), 0);
    }
    build_free(&b);
}

/* Linked in the place of fsync: the disk that fails at the last moment. */
static bool fsync_fails;
int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
    if (!fsync_fails) return __real_fsync(fd);
    errno = EIO;
    return -1;
}

/* The last step fails: the old content, and the old metadata, are there again under all names. */
static void test_disk_fails(void **state)
{
    struct build old = { 0 }, b = { 0 };

    (void)state;
    build_file_stream(&old, 5000, 1);
    build_file_stream(&b, 300000, 2);
    assert_int_equal(import(in_dir("a"), &old, 5000, false, NULL), EFS_OK);
    write_plain(in_dir("p"), "plain text");

    fsync_fails = true;
    assert_int_equal(import(in_dir("a"), &b, 5000, false, NULL), EFS_ERR_IO);
    assert_exports(in_dir("a"), &old, 5000);
    assert_int_equal(count_entries(), 2);

    /* several names: rewritten in place */
    assert_int_equal(link(in_dir("a"), in_dir("a2")), 0);
    assert_int_equal(link(in_dir("p"), in_dir("p2")), 0);
    assert_int_equal(import(in_dir("a"), &b, 5000, false, NULL), EFS_ERR_IO);
    assert_exports(in_dir("a2"), &old, 5000);
    assert_int_equal(import(in_dir("p"), &b, 5000, false, NULL), EFS_ERR_IO);
    assert_content(in_dir("p2"), "plain text");
    assert_int_equal(getxattr(in_dir("p"), EFS_STORE_XATTR, NULL, 0), -1);
    assert_int_equal(count_entries(), 4);
    fsync_fails = false;

    assert_int_equal(import(in_dir("p"), &b, 5000, false, NULL), EFS_OK);
    assert_exports(in_dir("p2"), &b, 5000);
    build_free(&old);
    build_free(&b);
}

/* Somebody else changes what stands at the target's name while the import runs. */
static void test_races(void **state)
{
    struct efs_import *session;
    struct efs_target target;
    struct build b = { 0 };

    (void)state;
    build_file_stream(&b, 1000, 1);

    assert_int_equal(efs_target_open(&target, in_dir("new"), NULL), EFS_OK);
    assert_int_equal(efs_import_begin(&session, &target, false, 0, NULL), EFS_OK);
    assert_int_equal(efs_import_feed(session, b.data, b.length, NULL), EFS_OK);
    write_plain(in_dir("new"), "came first");
    assert_int_equal(efs_import_commit(session, NULL), EFS_ERR_EXISTS);
    efs_import_free(session);
    efs_target_close(&target);
    assert_content(in_dir("new"), "came first");

    assert_int_equal(efs_target_open(&target, in_dir("new"), NULL), EFS_OK);
    assert_int_equal(efs_import_begin(&session, &target, false, 0, NULL), EFS_OK);
    assert_int_equal(efs_import_feed(session, b.data, b.length, NULL), EFS_OK);
    write_plain(in_dir("other"), "came in between");
    assert_int_equal(rename(in_dir("other"), in_dir("new")), 0);
    assert_int_equal(efs_import_commit(session, NULL), EFS_ERR_CHANGED);
    efs_import_free(session);
    efs_target_close(&target);
    assert_content(in_dir("new"), "came in between");
    assert_int_equal(count_entries(), 1);
    build_free(&b);
}

/* Litter of killed imports goes, with the next import or by itself; a living import's file and other names stay. */
static void test_sweep(void **state)
{
    struct build b = { 0 };
    struct stat st;
    int held, dir_fd = open(dir, O_PATH | O_DIRECTORY);

    (void)state;
    build_file_stream(&b, 1000, 1);
    /* So that another directory was the last one to be swept: this one's inode number may be that of an earlier
       test's. */
    assert_int_equal(mkdir(in_dir("elsewhere"), 0700), 0);
    write_plain(in_dir("elsewhere/file"), "old");
    assert_int_equal(import(in_dir("elsewhere/file"), &b, 5000, false, NULL), EFS_OK);

    write_plain(in_dir(".efs-import-0123456789abcdef"), "left behind");
    assert_int_equal(mkdir(in_dir(".efs-import-fedcba9876543210"), 0700), 0);
    write_plain(in_dir(".efs-import-00000000000000aa"), "at work");
    held = open(in_dir(".efs-import-00000000000000aa"), O_RDONLY);
    assert_int_equal(flock(held, LOCK_EX), 0);
    write_plain(in_dir(".efs-import-0123456789ABCDEF"), "mine");
    write_plain(in_dir(".efs-import-0123456789abcde"), "mine");
    assert_int_equal(symlink("nowhere", in_dir(".efs-import-0000000000000000")), 0);
    assert_int_equal(mkdir(in_dir(".efs-import-0000000000000001"), 0700), 0);
    write_plain(in_dir(".efs-import-0000000000000001/x"), "mine");

    write_plain(in_dir("file"), "old");
    assert_int_equal(import(in_dir("file"), &b, 5000, false, NULL), EFS_OK);
    assert_int_equal(count_entries(), 7);
    assert_int_equal(stat(in_dir(".efs-import-0123456789abcdef"), &st), -1);
    assert_int_equal(stat(in_dir(".efs-import-fedcba9876543210"), &st), -1);
    assert_content(in_dir(".efs-import-00000000000000aa"), "at work");

    assert_int_equal(efs_sweep(dir_fd), 0);
    close(held);
    assert_int_equal(efs_sweep(dir_fd), 1);
    assert_int_equal(stat(in_dir(".efs-import-00000000000000aa"), &st), -1);
    assert_int_equal(count_entries(), 6);
    assert_int_equal(efs_sweep(-1), 0);
    /* asked for, and left */
    write_plain(in_dir(".efs-import-00000000000000aa"), "left behind");
    assert_true(efs_sweep_one(dir_fd, ".efs-import-00000000000000aa", false));
    assert_int_equal(stat(in_dir(".efs-import-00000000000000aa"), &st), 0);
    /* what no import makes stays */
    assert_int_equal(mkfifo(in_dir(".efs-import-00000000000000bb"), 0600), 0);
    assert_false(efs_sweep_one(dir_fd, ".efs-import-00000000000000bb", true));
    assert_int_equal(stat(in_dir(".efs-import-00000000000000bb"), &st), 0);
    close(dir_fd);
    build_free(&b);
}

/* What a killed efsbackup leaves: removed if it can't be anything else, and nobody holds it. */
static void test_sweep_backup(void **state)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = INT64_MAX - 1, .l_len = 1 };
    int dir_fd = open(in_dir(""), O_PATH | O_DIRECTORY), held;
    struct stat st;

    (void)state;
    write_plain(in_dir("efsbackup-0123456789abcdef01234567"), "half of it");
    assert_true(efs_sweep_backup(dir_fd, "efsbackup-0123456789abcdef01234567", false));
    assert_int_equal(stat(in_dir("efsbackup-0123456789abcdef01234567"), &st), 0);
    assert_int_equal(chmod(in_dir("efsbackup-0123456789abcdef01234567"), 0400), 0);
    assert_int_equal(efs_sweep(dir_fd), 1);
    assert_int_equal(count_entries(), 0);

    write_plain(in_dir("efsbackup-0123456789abcdef0123456"), "mine");
    write_plain(in_dir("efsbackup-0123456789abcdef012345678"), "mine");
    write_plain(in_dir("efsbackup-0123456789ABCDEF01234567"), "mine");
    write_plain(in_dir("linked"), "mine");
    assert_int_equal(link(in_dir("linked"), in_dir("efsbackup-000000000000000000000001")), 0);
    assert_int_equal(symlink("linked", in_dir("efsbackup-000000000000000000000002")), 0);
    assert_int_equal(mkdir(in_dir("efsbackup-000000000000000000000003"), 0700), 0);
    assert_int_equal(mkfifo(in_dir("efsbackup-000000000000000000000004"), 0600), 0);
    write_plain(in_dir("efsbackup-000000000000000000000005"), "somebody else's");
    if (geteuid() || chown(in_dir("efsbackup-000000000000000000000005"), 1, 1))
        unlink(in_dir("efsbackup-000000000000000000000005"));
    else assert_false(efs_sweep_backup(dir_fd, "efsbackup-000000000000000000000005", true));
    assert_int_equal(efs_sweep(dir_fd), 0);

    /* as Wine's server holds it: by either kind of lock; and as an import does */
    write_plain(in_dir("efsbackup-00000000000000000000000a"), "at work");
    held = open(in_dir("efsbackup-00000000000000000000000a"), O_RDWR);
    assert_int_equal(fcntl(held, F_OFD_SETLK, &lock), 0);
    assert_int_equal(efs_sweep(dir_fd), 0);
    lock.l_type = F_RDLCK;
    assert_int_equal(fcntl(held, F_OFD_SETLK, &lock), 0);
    assert_int_equal(efs_sweep(dir_fd), 0);
    lock.l_type = F_UNLCK;
    assert_int_equal(fcntl(held, F_OFD_SETLK, &lock), 0);
    assert_int_equal(flock(held, LOCK_EX), 0);
    assert_int_equal(efs_sweep(dir_fd), 0);
    close(held);
    assert_int_equal(efs_sweep(dir_fd), 1);
    close(dir_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_carry_over, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_no_copies, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_carry_over_system, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_links, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_default_acl, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_inode_reuse, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_disk_fails, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_races, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_sweep, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_sweep_backup, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
