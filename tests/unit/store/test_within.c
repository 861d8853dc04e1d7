/*
 * Directories whose raw stream is in a file within them: made, replaced, left, and what somebody else may have made of
 * them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/container.h"
#include "efs/probe.h"
#include "efs/target.h"
#include "lib/host.h"

/* Linked in the place of fchown: who may give away neither owner nor group, or a group only. */
static bool nothing_given, no_owner_given;

int __real_fchown(int fd, uid_t owner, gid_t group);
int __wrap_fchown(int fd, uid_t owner, gid_t group);

int __wrap_fchown(int fd, uid_t owner, gid_t group)
{
    if (!nothing_given && (!no_owner_given || owner == (uid_t)-1)) return __real_fchown(fd, owner, group);
    errno = EPERM;
    return -1;
}

static struct build large, other, small, file_stream, full_stream;

static void build_large(struct build *b, uint32_t seed, uint32_t length)
{
    build_directory_stream(b, seed);
    build_stream_header(b, 1, ":large:$DATA");
    build_plain_segment(b, length);
    build_random(b, length, &seed);
}

static int make_streams(void **state)
{
    (void)state;
    build_large(&large, 1, 66000);
    build_large(&other, 2, 70000);
    build_directory_stream(&small, 3);
    build_file_stream(&file_stream, 0, 4);
    build_file_stream(&full_stream, 1000, 5);
    return 0;
}

static int free_streams(void **state)
{
    (void)state;
    build_free(&large);
    build_free(&other);
    build_free(&small);
    build_free(&file_stream);
    build_free(&full_stream);
    return 0;
}

/* The names in d; the container's is kept in *name, empty if there's none. */
static unsigned int list(char name[64])
{
    DIR *d = opendir(in_dir("d"));
    struct dirent *entry;
    unsigned int count = 0;

    assert_non_null(d);
    *name = 0;
    while ((entry = readdir(d)))
    {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        count++;
        if (efs_is_container_name(entry->d_name)) snprintf(name, 64, "d/%.31s", entry->d_name);
    }
    closedir(d);
    return count;
}

static void put(const struct build *stream)
{
    assert_int_equal(import(in_dir("d"), stream, 5000, true, NULL), EFS_OK);
    assert_exports(in_dir("d"), stream, 5000);
    assert_exports(in_dir("d"), stream, 70);
}

static void assert_encrypted(bool encrypted)
{
    int fd = open(in_dir("d"), O_RDONLY);
    struct efs_probe by_name, by_fd;

    efs_probe_at(AT_FDCWD, in_dir("d"), &by_name);
    efs_probe_fd(fd, &by_fd);
    assert_int_equal(by_name.encrypted, encrypted);
    assert_int_equal(by_fd.encrypted, encrypted);
    assert_true(by_fd.directory);
    close(fd);
}

static void assert_corrupt(void)
{
    struct build out = { 0 };

    assert_int_equal(export(in_dir("d"), &out, 5000), EFS_ERR_CORRUPT);
    assert_encrypted(true);
    build_free(&out);
}

/* From each state to each other: exactly one file, and one only where it is needed. */
static void test_changes(void **state)
{
    const struct build *streams[] = { &large, &small, &other, &large, &large, &small, &small };
    char name[64];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
    {
        bool container = streams[i] != &small;

        put(streams[i]);
        assert_encrypted(true);
        assert_int_equal(list(name), container);
        assert_int_equal(getxattr(in_dir("d"), EFS_STORE_CONTAINER, NULL, 0), container ? EFS_CONTAINER_MARK_SIZE : -1);
        assert_int_equal(getxattr(in_dir("d"), EFS_STORE_XATTR, NULL, 0) > 0, !container);
        assert_int_equal(getxattr(in_dir("d"), EFS_STORE_LAYOUT, NULL, 0), -1);
    }
    /* over a plain one, which keeps what is in it */
    assert_int_equal(rmdir(in_dir("d")), 0);
    assert_int_equal(mkdir(in_dir("d"), 0750), 0);
    write_plain(in_dir("d/mine"), "mine");
    assert_encrypted(false);
    put(&large);
    assert_int_equal(list(name), 2);
    assert_content(in_dir("d/mine"), "mine");
    assert_int_equal(count_entries(), 1);
}

/* The file is a container as any: it exports the same by itself. And a copy of all goes where it wants. */
static void test_is_container(void **state)
{
    char name[64], command[300];

    (void)state;
    put(&large);
    list(name);
    assert_exports(in_dir(name), &large, 5000);
    snprintf(command, sizeof(command), "cp -a %s %s", in_dir("d"), in_dir("copy"));
    assert_int_equal(system(command), 0);
    assert_exports(in_dir("copy"), &large, 5000);
}

/* Who may read the directory, may read the file. */
static void test_mode(void **state)
{
    static const mode_t modes[] = { 0700, 0755, 0711, 0750, 0777 };
    char name[64];
    struct stat st;
    size_t i;

    (void)state;
    assert_int_equal(mkdir(in_dir("d"), 0700), 0);
    for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
    {
        assert_int_equal(chmod(in_dir("d"), modes[i]), 0);
        put(i % 2 ? &large : &other);
        assert_int_equal(list(name), 1);
        assert_int_equal(stat(in_dir(name), &st), 0);
        assert_int_equal(st.st_mode & 07777, (modes[i] & 0444) | 0600);
    }
    if (geteuid()) return;
    assert_int_equal(chown(in_dir("d"), 12, 34), 0);
    put(&large);
    assert_int_equal(list(name), 1);
    assert_int_equal(stat(in_dir(name), &st), 0);
    assert_int_equal(st.st_uid, 12);
    assert_int_equal(st.st_gid, 34);
}

/* Where owner or group can't be given, the file lets nobody in whom the directory doesn't. */
static void test_owners(void **state)
{
    char name[64];
    struct stat st;

    (void)state;
    if (geteuid())
    {
        print_message("not tested: only root can give directories away\n");
        return;
    }
    assert_int_equal(mkdir(in_dir("d"), 0755), 0);
    assert_int_equal(chown(in_dir("d"), 12, 34), 0);
    no_owner_given = true;
    put(&large);
    assert_int_equal(list(name), 1);
    assert_int_equal(stat(in_dir(name), &st), 0);
    assert_int_equal(st.st_uid, 0);
    assert_int_equal(st.st_gid, 34);
    assert_int_equal(st.st_mode & 07777, 0644);
    /* the group that it has is another one: it may not read */
    nothing_given = true;
    put(&other);
    assert_int_equal(list(name), 1);
    assert_int_equal(stat(in_dir(name), &st), 0);
    assert_int_equal(st.st_gid, getegid());
    assert_int_equal(st.st_mode & 07777, 0604);
    /* only the owner is another */
    assert_int_equal(chown(in_dir("d"), 12, getegid()), 0);
    put(&large);
    assert_int_equal(list(name), 1);
    assert_int_equal(stat(in_dir(name), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    nothing_given = no_owner_given = false;
}

static void import_container(const char *path, const struct build *stream)
{
    struct efs_import *session;
    struct efs_target target;

    assert_int_equal(efs_target_open(&target, path, NULL), EFS_OK);
    assert_int_equal(efs_import_begin(&session, &target, false, EFS_SESSION_ONLY_CONTAINER, NULL), EFS_OK);
    assert_int_equal(efs_import_feed(session, stream->data, stream->length, NULL), EFS_OK);
    assert_int_equal(efs_import_commit(session, NULL), EFS_OK);
    efs_import_free(session);
    efs_target_close(&target);
}

/* Without the file, or with something else in its place: damaged, never plain; and an import makes it whole. */
static void test_damaged(void **state)
{
    static const char bad[EFS_CONTAINER_MARK_SIZE] = { 3 };
    struct build metadata = { 0 };
    char name[64];

    (void)state;
    put(&large);
    list(name);
    assert_int_equal(rename(in_dir(name), in_dir("away")), 0);
    assert_corrupt();
    assert_int_equal(symlink("../away", in_dir(name)), 0);
    assert_corrupt();
    assert_int_equal(unlink(in_dir(name)), 0);
    assert_int_equal(mkdir(in_dir(name), 0700), 0);
    assert_corrupt();
    assert_int_equal(rmdir(in_dir(name)), 0);
    assert_int_equal(mkfifo(in_dir(name), 0600), 0);
    assert_corrupt();
    assert_int_equal(unlink(in_dir(name)), 0);
    write_plain(in_dir(name), "plain");
    assert_corrupt();
    assert_int_equal(unlink(in_dir(name)), 0);
    /* a file's, split and in the other form */
    assert_int_equal(import(in_dir(name), &file_stream, 5000, false, NULL), EFS_OK);
    assert_corrupt();
    assert_int_equal(unlink(in_dir(name)), 0);
    import_container(in_dir(name), &file_stream);
    assert_corrupt();
    assert_int_equal(unlink(in_dir(name)), 0);
    import_container(in_dir(name), &full_stream);
    assert_corrupt();
    assert_int_equal(unlink(in_dir(name)), 0);
    assert_int_equal(rename(in_dir("away"), in_dir(name)), 0);
    assert_exports(in_dir("d"), &large, 5000);

    /* marks that are none */
    assert_int_equal(setxattr(in_dir("d"), EFS_STORE_CONTAINER, bad, sizeof(bad), 0), 0);
    assert_corrupt();
    assert_int_equal(setxattr(in_dir("d"), EFS_STORE_CONTAINER, bad, 3, 0), 0);
    assert_corrupt();
    assert_int_equal(setxattr(in_dir("d"), EFS_STORE_CONTAINER, "12345678901234567890", 20, 0), 0);
    assert_corrupt();
    put(&small);
    put(&large);
    /* what is beside the container means nothing */
    build_metadata_value(&metadata, 400, 5);
    assert_int_equal(setxattr(in_dir("d"), EFS_STORE_XATTR, metadata.data, metadata.length, 0), 0);
    assert_exports(in_dir("d"), &large, 5000);
    assert_encrypted(true);
    put(&small);
    build_free(&metadata);
}

/* What killed imports have left goes with the next one, and nothing else does. */
static void test_sweep(void **state)
{
    char name[64];
    int dir_fd, held;

    (void)state;
    put(&large);
    list(name);
    dir_fd = open(in_dir("d"), O_PATH | O_DIRECTORY);
    assert_false(efs_sweep_container(dir_fd, name + 2, true));
    import_container(in_dir("d/.efs-directory-0000000000000001"), &large);
    assert_true(efs_sweep_container(dir_fd, ".efs-directory-0000000000000001", false));
    write_plain(in_dir("d/.efs-directory-0000000000000002"), "mine: it isn't marked");
    assert_false(efs_sweep_container(dir_fd, ".efs-directory-0000000000000002", true));
    assert_false(efs_sweep_container(dir_fd, ".efs-directory-0000000000000003", true));
    import_container(in_dir("d/.efs-directory-0000000000000004"), &large);
    held = open(in_dir("d/.efs-directory-0000000000000004"), O_RDONLY);
    assert_int_equal(flock(held, LOCK_EX), 0);
    write_plain(in_dir("d/.efs-import-0123456789abcdef"), "half of a container");
    assert_int_equal(list(name), 5);
    put(&other);
    assert_int_equal(access(in_dir("d/.efs-import-0123456789abcdef"), F_OK), -1);
    assert_int_equal(access(in_dir("d/.efs-directory-0000000000000001"), F_OK), -1);
    assert_content(in_dir("d/.efs-directory-0000000000000002"), "mine: it isn't marked");
    assert_int_equal(access(in_dir("d/.efs-directory-0000000000000004"), F_OK), 0);
    assert_int_equal(list(name), 3);
    close(held);
    put(&small);
    assert_int_equal(list(name), 1);
    /* a directory that is only being looked at can't tell what its own one is */
    import_container(in_dir("d/.efs-directory-0000000000000005"), &large);
    assert_int_equal(setxattr(in_dir("d"), EFS_STORE_CONTAINER, "garbage", 7, 0), 0);
    assert_false(efs_sweep_container(dir_fd, ".efs-directory-0000000000000005", true));
    close(dir_fd);

    /* and the staging directory of one that was new */
    assert_int_equal(mkdir(in_dir(".efs-import-0123456789abcdef"), 0700), 0);
    write_plain(in_dir(".efs-import-0123456789abcdef/.efs-directory-0123456789abcdef"), "x");
    write_plain(in_dir(".efs-import-0123456789abcdef/.efs-import-0123456789abcdef"), "x");
    assert_int_equal(mkdir(in_dir(".efs-import-00000000000000aa"), 0700), 0);
    write_plain(in_dir(".efs-import-00000000000000aa/mine"), "x");
    dir_fd = open(dir, O_PATH | O_DIRECTORY);
    assert_int_equal(efs_sweep(dir_fd), 1);
    close(dir_fd);
    assert_content(in_dir(".efs-import-00000000000000aa/mine"), "x");
}

static void test_names(void **state)
{
    char name[EFS_CONTAINER_NAME_SIZE];
    uint8_t mark[EFS_CONTAINER_MARK_SIZE];
    uint64_t id = 0;

    (void)state;
    efs_container_make_name(name, 0x0123456789abcdef);
    assert_string_equal(name, ".efs-directory-0123456789abcdef");
    assert_true(efs_is_container_name(name));
    assert_false(efs_is_container_name(".efs-directory-0123456789abcde"));
    assert_false(efs_is_container_name(".efs-directory-0123456789abcdef0"));
    assert_false(efs_is_container_name(".efs-directory-0123456789ABCDEF"));
    assert_false(efs_is_container_name(".efs-import-0123456789abcdef"));
    efs_container_mark_make_within(mark, 0x0123456789abcdef);
    assert_memory_equal(mark, "\2\0\0\0\0\0\0\0\xef\xcd\xab\x89\x67\x45\x23\x01", sizeof(mark));
    assert_true(efs_container_mark_read_within(mark, sizeof(mark), &id));
    assert_true(id == 0x0123456789abcdef);
    assert_false(efs_container_mark_read_within(mark, sizeof(mark) - 1, &id));
    assert_false(efs_container_mark_read(mark, sizeof(mark), &id));
    mark[3] = 1;
    assert_false(efs_container_mark_read_within(mark, sizeof(mark), &id));
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_changes, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_is_container, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_mode, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_owners, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_damaged, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_sweep, make_dir, drop_dir),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, make_streams, free_streams);
}
