/*
 * Plain files that come by the steps of an import: their names while they are at work, and what they take over from the
 * file that they replace.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/plain.h"
#include "efs/target.h"
#include "lib/host.h"

/* Linked in the place of fsetxattr: an attribute for which there is no room, though the disk has some. */
static const char *too_large;

int __real_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags);
int __wrap_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags);

int __wrap_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
    if (!too_large || strcmp(name, too_large)) return __real_fsetxattr(fd, name, value, size, flags);
    errno = ENOSPC;
    return -1;
}

/* And of fchmod: a file system without modes of its own. */
static int mode_err;

int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);

int __wrap_fchmod(int fd, mode_t mode)
{
    if (!mode_err) return __real_fchmod(fd, mode);
    errno = mode_err;
    return -1;
}

/* Somebody takes the list away that the directory's default one gave. */
static bool takes_list;

/* Replaces or makes "file"; its name on the way, if it had one, led to the open file. */
static enum efs_error write_out(const char *text, struct efs_diag *diag)
{
    struct stat named, open_one;
    struct efs_target target;
    const struct efs_plain_end end = { .mask = 022 };
    struct efs_stage *stage;
    enum efs_error err;
    bool target_was;

    assert_int_equal(efs_target_open(&target, in_dir("file"), NULL), EFS_OK);
    target_was = target.exists;
    assert_int_equal(efs_plain_begin(&stage, &target, NULL), EFS_OK);
    if (takes_list) fremovexattr(efs_plain_fd(stage), "system.posix_acl_access");
    assert_int_equal(write(efs_plain_fd(stage), text, strlen(text)), strlen(text));
    if (efs_plain_name(stage)[0])
    {
        assert_true(efs_is_stage_name(efs_plain_name(stage)));
        assert_int_equal(fstat(efs_plain_fd(stage), &open_one), 0);
        assert_int_equal(fstatat(target.dir_fd, efs_plain_name(stage), &named, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(named.st_ino, open_one.st_ino);
        assert_int_equal(named.st_mode & 07777, 0600);
    }
    else assert_int_equal(count_entries(), target.exists);
    err = efs_plain_commit(stage, &end, diag);
    efs_stage_free(stage);
    efs_target_close(&target);
    assert_int_equal(count_entries(), target_was || !err);
    return err;
}

static void test_new(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(write_out("new", NULL), EFS_OK);
    assert_content(in_dir("file"), "new");
    assert_int_equal(stat(in_dir("file"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
}

/* What the file system can't set stays as the file was made: nobody else's. */
static void test_no_modes(void **state)
{
    static const int refusals[] = { EPERM, ENOTSUP };
    struct stat st;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++)
    {
        mode_err = refusals[i];
        assert_int_equal(write_out("new", NULL), EFS_OK);
        assert_int_equal(stat(in_dir("file"), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(unlink(in_dir("file")), 0);
    }
    mode_err = EIO;
    assert_int_equal(write_out("new", NULL), EFS_ERR_IO);
    mode_err = 0;
}

/* Under a default list the file's group gets what the list names, or nothing where the list isn't there any more. */
static void test_default_list(void **state)
{
    /* version 2; USER_OBJ rwx, USER 1234 rwx, GROUP_OBJ r-x, MASK rwx, OTHER --- */
    static const uint8_t list[] = { 2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 7, 0, 0xd2, 4, 0, 0, 4, 0, 5, 0,
                                    255, 255, 255, 255, 16, 0, 7, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255,
                                    255 };
    struct stat st;

    (void)state;
    if (setxattr(dir, "system.posix_acl_default", list, sizeof(list), 0))
    {
        print_message("not tested: no access control lists here\n");
        return;
    }
    assert_int_equal(write_out("new", NULL), EFS_OK);
    assert_int_equal(stat(in_dir("file"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660); /* of the group: the mask */
    assert_int_equal(unlink(in_dir("file")), 0);
    takes_list = true;
    assert_int_equal(write_out("new", NULL), EFS_OK);
    takes_list = false;
    assert_int_equal(stat(in_dir("file"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void assert_attribute(const char *name, const char *text)
{
    char value[64];

    if (!text)
    {
        assert_int_equal(getxattr(in_dir("file"), name, NULL, 0), -1);
        return;
    }
    assert_int_equal(getxattr(in_dir("file"), name, value, sizeof(value)), strlen(text));
    assert_memory_equal(value, text, strlen(text));
}

/* The Windows security descriptor goes along with its mark; without one, without. */
static void test_descriptor(void **state)
{
    (void)state;
    write_plain(in_dir("file"), "old");
    assert_int_equal(setxattr(in_dir("file"), EFS_STORE_DESCRIPTOR, "descriptor", 10, 0), 0);
    assert_int_equal(write_out("second", NULL), EFS_OK);
    assert_attribute(EFS_STORE_DESCRIPTOR, "descriptor");
    assert_attribute(EFS_STORE_DESCRIPTOR_MARK, NULL);
    assert_int_equal(setxattr(in_dir("file"), EFS_STORE_DESCRIPTOR_MARK, "mark", 4, 0), 0);
    assert_int_equal(write_out("third", NULL), EFS_OK);
    assert_content(in_dir("file"), "third");
    assert_attribute(EFS_STORE_DESCRIPTOR, "descriptor");
    assert_attribute(EFS_STORE_DESCRIPTOR_MARK, "mark");
    /* a mark by itself says nothing */
    assert_int_equal(removexattr(in_dir("file"), EFS_STORE_DESCRIPTOR), 0);
    assert_int_equal(write_out("fourth", NULL), EFS_OK);
    assert_attribute(EFS_STORE_DESCRIPTOR_MARK, NULL);
}

/* One that has no room is left behind, with its mark; another attribute isn't, and then all stays as it was. */
static void test_no_room(void **state)
{
    static const char * const halves[] = { EFS_STORE_DESCRIPTOR, EFS_STORE_DESCRIPTOR_MARK };
    struct efs_diag diag = { 0 };
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++)
    {
        write_plain(in_dir("file"), "old");
        assert_int_equal(setxattr(in_dir("file"), EFS_STORE_DESCRIPTOR, "descriptor", 10, 0), 0);
        assert_int_equal(setxattr(in_dir("file"), EFS_STORE_DESCRIPTOR_MARK, "mark", 4, 0), 0);
        too_large = halves[i];
        assert_int_equal(write_out("new", &diag), EFS_OK);
        too_large = NULL;
        assert_content(in_dir("file"), "new");
        assert_attribute(EFS_STORE_DESCRIPTOR, NULL);
        assert_attribute(EFS_STORE_DESCRIPTOR_MARK, NULL);
        assert_int_equal(unlink(in_dir("file")), 0);
    }

    write_plain(in_dir("file"), "old");
    assert_int_equal(setxattr(in_dir("file"), "user.other", "value", 5, 0), 0);
    too_large = "user.other";
    assert_int_equal(write_out("new", &diag), EFS_ERR_VOLUME);
    assert_int_equal(diag.code, EFS_ERR_VOLUME);
    assert_int_equal(write_out("new", NULL), EFS_ERR_VOLUME);
    too_large = NULL;
    assert_content(in_dir("file"), "old");
    assert_attribute("user.other", "value");
}

/* ---- what a file gets besides its content ---- */

static mode_t given, finished;
static enum efs_error finish_error;

static mode_t choose(void *context, mode_t mode)
{
    given = mode;
    return *(const mode_t *)context;
}

static enum efs_error finish(void *context, int fd, mode_t mode, struct efs_diag *diag)
{
    struct stat st;

    (void)context;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(fsetxattr(fd, "user.own", "1", 1, 0), 0);
    finished = mode;
    return finish_error ? efs_fail(diag, finish_error, 0, "finish") : EFS_OK;
}

static enum efs_error write_chosen(mode_t mode)
{
    struct efs_plain_end end = { .mask = 027, .choose = choose, .finish = finish, .context = &mode };
    struct efs_target target;
    struct efs_stage *stage;
    enum efs_error err;

    assert_int_equal(efs_target_open(&target, in_dir("file"), NULL), EFS_OK);
    assert_int_equal(efs_plain_begin(&stage, &target, NULL), EFS_OK);
    err = efs_plain_commit(stage, &end, NULL);
    efs_stage_free(stage);
    efs_target_close(&target);
    return err;
}

/* The mode of a new file is the one that is chosen; over another one, group and others get no more than they had. */
static void test_chosen(void **state)
{
    static const struct { mode_t old, chosen, wanted; } over[] =
        { { 0600, 0777, 0700 }, { 0666, 0640, 0640 }, { 0640, 0606, 0600 }, { 01644, 0644, 01644 } };
    struct stat st;
    size_t i;

    (void)state;
    assert_int_equal(write_chosen(0754), EFS_OK);
    assert_int_equal(given, 0640);
    assert_int_equal(finished, 0754);
    assert_int_equal(stat(in_dir("file"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0754);
    assert_int_equal(getxattr(in_dir("file"), "user.own", NULL, 0), 1);
    for (i = 0; i < sizeof(over) / sizeof(over[0]); i++)
    {
        assert_int_equal(setxattr(in_dir("file"), "user.old", "1", 1, 0), 0);
        assert_int_equal(chmod(in_dir("file"), over[i].old), 0);
        assert_int_equal(write_chosen(over[i].chosen), EFS_OK);
        assert_int_equal(given, over[i].old);
        assert_int_equal(stat(in_dir("file"), &st), 0);
        assert_int_equal(st.st_mode & 07777, over[i].wanted);
        assert_int_equal(finished, over[i].wanted);
        assert_int_equal(getxattr(in_dir("file"), "user.old", NULL, 0), -1);
    }
    finish_error = EFS_ERR_VOLUME;
    assert_int_equal(write_chosen(0600), EFS_ERR_VOLUME);
    finish_error = EFS_OK;
    assert_int_equal(stat(in_dir("file"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 01644);
    assert_int_equal(count_entries(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_new, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_no_modes, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_default_list, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_descriptor, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_no_room, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_chosen, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
