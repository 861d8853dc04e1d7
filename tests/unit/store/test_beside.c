/*
 * Alternate streams and extended attributes of plain files: both homes of a stream, which home it gets, what is never
 * taken for one, and what must not be touched.
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
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/beside.h"
#include "efs/beside_attributes.h"
#include "efs/beside_writer.h"
#include "efs/target.h"
#include "lib/host.h"

#define ATTRIBUTE(name) "user.DosStream." name ":$DATA"

/* Linked in the place of fsetxattr: no attribute that begins so may be longer than that. */
static const char *limited = "user.DosStream.";
static size_t limit = 65536;

int __real_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags);
int __wrap_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags);

int __wrap_fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
    if (strncmp(name, limited, strlen(limited)) || size <= limit) return __real_fsetxattr(fd, name, value, size, flags);
    errno = ENOSPC;
    return -1;
}

/* And of fchown: a caller who may not give files away. */
static bool no_chown;

int __real_fchown(int fd, uid_t uid, gid_t gid);
int __wrap_fchown(int fd, uid_t uid, gid_t gid);

int __wrap_fchown(int fd, uid_t uid, gid_t gid)
{
    if (!no_chown) return __real_fchown(fd, uid, gid);
    errno = EPERM;
    return -1;
}

static struct efs_owner owner;
static struct efs_diag diag;

static int set_up(void **state)
{
    limited = "user.DosStream.";
    limit = 65536;
    no_chown = false;
    memset(&diag, 0, sizeof(diag));
    if (make_dir(state)) return -1;
    write_plain(in_dir("f"), "content");
    owner.dir_fd = open(dir, O_PATH | O_DIRECTORY);
    owner.fd = open(in_dir("f"), O_RDONLY);
    owner.name = "f";
    owner.replaces = 0;
    return owner.fd == -1 ? -1 : chmod(in_dir("f"), 0640);
}

static int tear_down(void **state)
{
    close(owner.fd);
    close(owner.dir_fd);
    return drop_dir(state);
}

static size_t wide(const char *text, uint8_t *out)
{
    size_t i, n = strlen(text);

    for (i = 0; i < n; i++) out[2 * i] = (uint8_t)text[i], out[2 * i + 1] = 0;
    return 2 * n;
}

static enum efs_error begin(struct efs_stream_writer **writer, const char *name)
{
    uint8_t bytes[1024];

    return efs_stream_begin(writer, &owner, bytes, wide(name, bytes), &diag);
}

/* A whole stream of `size` bytes 'x', in two pieces, the second one first. */
static enum efs_error put(const char *name, size_t size)
{
    struct efs_stream_writer *writer;
    size_t half = size / 2;
    bool in_file = false;
    enum efs_error err;
    char *data = malloc(size + 1);

    assert_non_null(data);
    memset(data, 'x', size + 1);
    err = begin(&writer, name);
    if (!err && half < size) err = efs_stream_write(writer, half, data, size - half, &diag);
    if (!err && half) err = efs_stream_write(writer, 0, data, half, &diag);
    if (!err) err = efs_stream_complete(writer, &in_file, &diag);
    if (!err && in_file) err = efs_stream_install(writer, &diag);
    efs_stream_free(writer);
    free(data);
    return err;
}

static enum efs_error find(const char *name, struct efs_stream_info *info)
{
    uint8_t bytes[1024];

    return efs_stream_find(&owner, bytes, wide(name, bytes), info, NULL);
}

/* It has `size` bytes 'x', and that home. */
static void check(const char *name, size_t size, enum efs_home home)
{
    struct efs_stream_reader reader;
    struct efs_stream_info info;
    char buffer[1000];
    uint64_t at = 0;
    size_t n, i;

    assert_int_equal(find(name, &info), EFS_OK);
    assert_int_equal(info.home, home);
    assert_int_equal(info.size, size);
    assert_int_equal(efs_stream_open(&reader, &owner, &info, NULL), EFS_OK);
    assert_int_equal(reader.size, size);
    do
    {
        assert_int_equal(efs_stream_read(&reader, at, buffer, sizeof(buffer), &n, NULL), EFS_OK);
        for (i = 0; i < n; i++) assert_int_equal(buffer[i], 'x');
        at += n;
    }
    while (n);
    assert_int_equal(at, size);
    efs_stream_close(&reader);
}

static enum efs_error count_one(void *context, const struct efs_stream_info *info, struct efs_diag *d)
{
    (void)info;
    (void)d;
    ++*(unsigned int *)context;
    return EFS_OK;
}

static unsigned int count(void)
{
    unsigned int n = 0;

    assert_int_equal(efs_streams_list(&owner, count_one, &n, NULL), EFS_OK);
    return n;
}

/* ---- homes ---- */

/* In Samba's form, byte by byte. */
static void test_attribute(void **state)
{
    char value[32];

    (void)state;
    assert_int_equal(put("Zone.Identifier", 5), EFS_OK);
    assert_int_equal(fgetxattr(owner.fd, ATTRIBUTE("Zone.Identifier"), value, sizeof(value)), 6);
    assert_memory_equal(value, "xxxxx", 6);
    check("Zone.Identifier", 5, EFS_HOME_ATTRIBUTE);
    assert_int_equal(put("empty", 0), EFS_OK);
    assert_int_equal(fgetxattr(owner.fd, ATTRIBUTE("empty"), value, sizeof(value)), 1);
    check("empty", 0, EFS_HOME_ATTRIBUTE);
    assert_int_equal(count(), 2);
    assert_int_equal(count_entries(), 1);
    assert_content(in_dir("f"), "content");
    /* as Samba may have been told to write it: no type, no NUL */
    assert_int_equal(__real_fsetxattr(owner.fd, "user.DosStream.raw", "xx", 2, 0), 0);
    check("RAW", 2, EFS_HOME_ATTRIBUTE);
    assert_int_equal(find("none", &(struct efs_stream_info){ 0 }), EFS_ERR_NOT_FOUND);
}

static void test_file(void **state)
{
    struct stat st;

    (void)state;
    limit = 100;
    assert_int_equal(put("small", 99), EFS_OK);
    check("small", 99, EFS_HOME_ATTRIBUTE);
    assert_int_equal(efs_streams_number(owner.fd), 0);
    assert_int_equal(put("large", 100), EFS_OK);
    check("large", 100, EFS_HOME_FILE);
    assert_int_not_equal(efs_streams_number(owner.fd), 0);
    limit = 65536;
    assert_int_equal(put("huge", 300000), EFS_OK);
    check("huge", 300000, EFS_HOME_FILE);
    assert_int_equal(count(), 3);
    assert_int_equal(count_entries(), 3);
    assert_int_equal(stat(in_dir("f:large"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_true(efs_stream_is_file(owner.dir_fd, "f:large"));
    assert_false(efs_stream_is_file(owner.dir_fd, "f"));
    assert_false(efs_stream_is_file(owner.dir_fd, "f:nothing"));
}

/* Back and forth, in other letters: there is one of it, and it keeps its spelling. */
static void test_replace(void **state)
{
    struct efs_stream_reader reader;
    struct efs_stream_info info;

    (void)state;
    assert_int_equal(put("Name", 10), EFS_OK);
    assert_int_equal(put("NAME", 70000), EFS_OK);
    check("name", 70000, EFS_HOME_FILE);
    assert_int_equal(count(), 1);
    assert_int_equal(put("nAmE", 80000), EFS_OK);
    check("name", 80000, EFS_HOME_FILE);
    assert_int_equal(find("name", &info), EFS_OK);
    assert_string_equal(info.host, "f:NAME");
    assert_int_equal(put("name", 20), EFS_OK);
    check("name", 20, EFS_HOME_ATTRIBUTE);
    assert_int_equal(count(), 1);
    assert_int_equal(count_entries(), 1);
    assert_int_equal(put("NAME", 30), EFS_OK);
    assert_int_equal(find("NAME", &info), EFS_OK);
    assert_string_equal(info.host, ATTRIBUTE("name"));
    assert_int_equal(efs_stream_remove(&owner, &info, NULL), EFS_OK);
    assert_int_equal(efs_stream_remove(&owner, &info, NULL), EFS_ERR_CHANGED);
    assert_int_equal(efs_stream_open(&reader, &owner, &info, NULL), EFS_ERR_CHANGED);
    efs_stream_close(&reader);
    assert_int_equal(put("name", 70000), EFS_OK);
    assert_int_equal(find("NAME", &info), EFS_OK);
    assert_int_equal(efs_stream_remove(&owner, &info, NULL), EFS_OK);
    assert_int_equal(efs_stream_remove(&owner, &info, NULL), EFS_ERR_CHANGED);
    assert_int_equal(count(), 0);
    assert_int_equal(count_entries(), 1);
}

/* A kill between the two homes: the attribute counts. */
static void test_both(void **state)
{
    (void)state;
    assert_int_equal(put("s", 70000), EFS_OK);
    assert_int_equal(__real_fsetxattr(owner.fd, ATTRIBUTE("S"), "xx", 3, 0), 0);
    check("s", 2, EFS_HOME_ATTRIBUTE);
    assert_int_equal(count(), 1);
}

static void test_sparse(void **state)
{
    struct efs_stream_writer *writer;
    bool in_file;
    struct stat st;
    char byte;
    int fd;

    (void)state;
    assert_int_equal(begin(&writer, "s"), EFS_OK);
    assert_string_equal(efs_stream_stage_name(writer), "");
    assert_int_equal(efs_stream_write(writer, UINT64_C(1) << 30, "x", 1, &diag), EFS_OK);
    assert_int_equal(efs_stream_write(writer, 1000, "y", 1, &diag), EFS_OK);
    assert_int_equal(efs_stream_set_end(writer, (UINT64_C(1) << 30) + 1000000, &diag), EFS_OK);
    assert_int_equal(efs_stream_write(writer, UINT64_MAX, "x", 1, &diag), EFS_ERR_DISK_FULL);
    assert_int_equal(efs_stream_write(writer, INT64_MAX, "x", 1, &diag), EFS_ERR_DISK_FULL);
    assert_int_equal(efs_stream_set_end(writer, UINT64_MAX, &diag), EFS_ERR_DISK_FULL);
    assert_int_equal(efs_stream_complete(writer, &in_file, &diag), EFS_OK);
    assert_true(in_file);
    /* its name, where it needs one already */
    assert_int_equal(count_entries(), efs_stream_stage_name(writer)[0] ? 2 : 1);
    assert_int_equal(efs_stream_install(writer, &diag), EFS_OK);
    efs_stream_free(writer);
    assert_int_equal(stat(in_dir("f:s"), &st), 0);
    assert_int_equal(st.st_size, (1 << 30) + 1000000);
    assert_true(st.st_blocks < 1000);
    fd = open(in_dir("f:s"), O_RDONLY);
    assert_int_equal(pread(fd, &byte, 1, 1000), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(pread(fd, &byte, 1, 1 << 30), 1);
    assert_int_equal(byte, 'x');
    close(fd);
    /* shorter than what was written, in both homes */
    assert_int_equal(begin(&writer, "t"), EFS_OK);
    assert_int_equal(efs_stream_write(writer, 0, "xxyy", 4, &diag), EFS_OK);
    assert_int_equal(efs_stream_set_end(writer, 2, &diag), EFS_OK);
    assert_int_equal(efs_stream_set_end(writer, 4, &diag), EFS_OK);
    assert_int_equal(efs_stream_set_end(writer, 2, &diag), EFS_OK);
    assert_int_equal(efs_stream_complete(writer, &in_file, &diag), EFS_OK);
    assert_false(in_file);
    efs_stream_free(writer);
    check("t", 2, EFS_HOME_ATTRIBUTE);
    assert_int_equal(begin(&writer, "u"), EFS_OK);
    assert_int_equal(efs_stream_write(writer, 0, "xxyy", 4, &diag), EFS_OK);
    assert_int_equal(efs_stream_set_end(writer, 100000, &diag), EFS_OK);
    assert_int_equal(efs_stream_set_end(writer, 2, &diag), EFS_OK);
    assert_int_equal(efs_stream_complete(writer, &in_file, &diag), EFS_OK);
    assert_true(in_file);
    assert_int_equal(efs_stream_install(writer, &diag), EFS_OK);
    efs_stream_free(writer);
    check("u", 2, EFS_HOME_FILE);
}

/* Kept in the home that is asked for, whatever its size. */
static void test_keep_in(void **state)
{
    struct efs_stream_writer *writer;
    bool in_file;

    (void)state;
    assert_int_equal(put("S", 10), EFS_OK);
    assert_int_equal(begin(&writer, "s"), EFS_OK);
    assert_int_equal(efs_stream_keep_in(writer, EFS_HOME_FILE, &diag), EFS_OK);
    assert_int_equal(efs_stream_write(writer, 0, "xxx", 3, &diag), EFS_OK);
    assert_int_equal(efs_stream_complete(writer, &in_file, &diag), EFS_OK);
    assert_true(in_file);
    check("s", 10, EFS_HOME_ATTRIBUTE);
    assert_int_equal(efs_stream_install(writer, &diag), EFS_OK);
    efs_stream_free(writer);
    check("s", 3, EFS_HOME_FILE);
    assert_int_equal(count(), 1);

    assert_int_equal(begin(&writer, "s"), EFS_OK);
    assert_int_equal(efs_stream_keep_in(writer, EFS_HOME_ATTRIBUTE, &diag), EFS_OK);
    assert_int_equal(efs_stream_write(writer, 70000, "x", 1, &diag), EFS_ERR_VOLUME);
    limit = 3;
    assert_int_equal(efs_stream_write(writer, 0, "xxx", 3, &diag), EFS_OK);
    assert_int_equal(efs_stream_complete(writer, &in_file, &diag), EFS_ERR_VOLUME);
    efs_stream_free(writer);
    check("s", 3, EFS_HOME_FILE);
    limit = 4;
    assert_int_equal(begin(&writer, "s"), EFS_OK);
    assert_int_equal(efs_stream_keep_in(writer, EFS_HOME_ATTRIBUTE, &diag), EFS_OK);
    assert_int_equal(efs_stream_write(writer, 0, "xxx", 3, &diag), EFS_OK);
    assert_int_equal(efs_stream_complete(writer, &in_file, &diag), EFS_OK);
    assert_false(in_file);
    efs_stream_free(writer);
    check("s", 3, EFS_HOME_ATTRIBUTE);
    assert_int_equal(count_entries(), 1);
}

/* By a descriptor alone, of a file, a directory, a root, and a file that has lost its name. */
static void test_owner_open(void **state)
{
    struct efs_target place;
    struct efs_owner found;
    int fd;

    (void)state;
    assert_int_equal(efs_owner_open(&found, &place, owner.fd, &diag), EFS_OK);
    assert_string_equal(found.name, "f");
    assert_int_equal(found.fd, owner.fd);
    assert_int_equal(faccessat(found.dir_fd, "f", F_OK, 0), 0);
    efs_target_close(&place);
    fd = open(dir, O_RDONLY | O_DIRECTORY);
    assert_int_equal(efs_owner_open(&found, &place, fd, &diag), EFS_OK);
    assert_string_equal(found.name, strrchr(dir, '/') ? strrchr(dir, '/') + 1 : dir);
    efs_target_close(&place);
    close(fd);
    fd = open("/", O_RDONLY | O_DIRECTORY);
    assert_int_equal(efs_owner_open(&found, &place, fd, &diag), EFS_OK);
    assert_int_equal(found.dir_fd, -1);
    close(fd);
    assert_int_equal(unlink(in_dir("f")), 0);
    assert_int_equal(efs_owner_open(&found, &place, owner.fd, &diag), EFS_OK);
    assert_int_equal(found.dir_fd, -1);
    assert_int_equal(efs_owner_open(&found, &place, -1, &diag), EFS_ERR_IO);
}

/* Given up, nothing is left of it. */
static void test_dropped(void **state)
{
    struct efs_stream_writer *writer;
    bool in_file;

    (void)state;
    assert_int_equal(put("s", 10), EFS_OK);
    assert_int_equal(begin(&writer, "s"), EFS_OK);
    assert_int_equal(efs_stream_set_end(writer, 100000, &diag), EFS_OK);
    efs_stream_free(writer);
    assert_int_equal(begin(&writer, "s"), EFS_OK);
    assert_int_equal(efs_stream_set_end(writer, 100000, &diag), EFS_OK);
    assert_int_equal(efs_stream_complete(writer, &in_file, &diag), EFS_OK);
    efs_stream_free(writer);
    check("s", 10, EFS_HOME_ATTRIBUTE);
    assert_int_equal(count_entries(), 1);
    efs_stream_free(NULL);
}

/* ---- what can't be ---- */

static void test_names(void **state)
{
    struct efs_stream_writer *writer;
    char name[256];

    (void)state;
    assert_int_equal(begin(&writer, ""), EFS_ERR_INVALID);
    assert_int_equal(begin(&writer, "a/b"), EFS_ERR_INVALID);
    assert_int_equal(begin(&writer, "a:b"), EFS_ERR_INVALID);
    memset(name, 'n', sizeof(name));
    name[254] = 0;
    assert_int_equal(begin(&writer, name), EFS_ERR_UNREPRESENTABLE);
    name[253] = 0; /* not an attribute's, but a file's */
    assert_int_equal(put(name, 3), EFS_OK);
    check(name, 3, EFS_HOME_FILE);
    owner.name = "longer";
    name[234] = 0; /* the reverse */
    assert_int_equal(put(name, 3), EFS_OK);
    owner.name = "a name that is a good deal longer";
    name[233] = 0;
    assert_int_equal(put(name, 70000), EFS_ERR_UNREPRESENTABLE);
    assert_int_equal(count_entries(), 2);
}

/* A Linux user's own file stays what it is. */
static void test_foreign(void **state)
{
    static const char * const marks[] = { "", "1", "1234567890", "\1\1\0\0\0\0\0\0\0\0", "\1\1zzzzzzzz" };
    size_t i;

    (void)state;
    assert_int_equal(put("own", 70000), EFS_OK);
    for (i = 0; i <= sizeof(marks) / sizeof(marks[0]); i++)
    {
        write_plain(in_dir("f:30.log"), "a log");
        if (i) setxattr(in_dir("f:30.log"), EFS_BESIDE_STREAM, marks[i - 1], i > 3 ? 10 : strlen(marks[i - 1]), 0);
        assert_int_equal(count(), 1);
        assert_false(efs_stream_is_file(owner.dir_fd, "f:30.log"));
        assert_int_equal(put("30.log", 70000), EFS_ERR_EXISTS);
        assert_int_equal(efs_streams_move(&owner, owner.dir_fd, "f", true, &diag), EFS_ERR_EXISTS);
        assert_content(in_dir("f:30.log"), "a log");
        /* an attribute has its place all the same */
        assert_int_equal(put("30.log", 7), EFS_OK);
        assert_int_equal(fremovexattr(owner.fd, ATTRIBUTE("30.log")), 0);
    }
    assert_int_equal(efs_streams_drop(owner.dir_fd, "f", efs_streams_number(owner.fd), getuid()), 1);
    assert_content(in_dir("f:30.log"), "a log");
    assert_int_equal(count_entries(), 2);
}

/* Links, files of several names, another's: none of them is a stream, whatever their marks say. */
static void test_planted(void **state)
{
    struct efs_stream_info info;
    struct stat st;

    (void)state;
    assert_int_equal(put("s", 70000), EFS_OK);
    assert_int_equal(link(in_dir("f:s"), in_dir("other")), 0);
    assert_int_equal(count(), 0);
    assert_false(efs_stream_is_file(owner.dir_fd, "f:s"));
    assert_int_equal(put("s", 70000), EFS_ERR_EXISTS);
    assert_int_equal(unlink(in_dir("f:s")), 0);
    assert_int_equal(symlink("other", in_dir("f:s")), 0);
    assert_int_equal(count(), 0);
    assert_int_equal(put("s", 70000), EFS_ERR_EXISTS);
    assert_int_equal(unlink(in_dir("f:s")), 0);
    assert_int_equal(rename(in_dir("other"), in_dir("f:s")), 0);
    assert_int_equal(count(), 1);
    assert_int_equal(find("s", &info), EFS_OK);
    assert_int_equal(unlink(in_dir("f:s")), 0);
    assert_int_equal(mkfifo(in_dir("f:s"), 0600), 0);
    assert_int_equal(count(), 0);
    assert_int_equal(efs_stream_open(&(struct efs_stream_reader){ 0 }, &owner, &info, NULL), EFS_ERR_CHANGED);
    assert_int_equal(unlink(in_dir("f:s")), 0);
    if (geteuid()) return;
    assert_int_equal(put("s", 70000), EFS_OK);
    assert_int_equal(chown(in_dir("f:s"), 12345, 0), 0);
    assert_int_equal(count(), 0);
    assert_int_equal(put("s", 70000), EFS_ERR_EXISTS);
    assert_int_equal(stat(in_dir("f:s"), &st), 0);
    assert_int_equal(st.st_uid, 12345);
}

/* Where the owner can't be given the file, it isn't made: nobody would find it. */
static void test_other_owner(void **state)
{
    (void)state;
    if (geteuid()) skip();
    assert_int_equal(chown(in_dir("f"), 12345, 12345), 0);
    assert_int_equal(put("s", 70000), EFS_OK);
    check("s", 70000, EFS_HOME_FILE);
    no_chown = true;
    assert_int_equal(put("t", 70000), EFS_ERR_ACCESS);
    assert_int_equal(count_entries(), 2);
}

static void test_no_room(void **state)
{
    (void)state;
    limited = "user.";
    limit = 0;
    assert_int_equal(put("s", 1), EFS_ERR_VOLUME);
    assert_int_equal(put("s", 100000), EFS_ERR_VOLUME);
    limited = EFS_BESIDE_STREAM;
    assert_int_equal(put("s", 100000), EFS_ERR_VOLUME);
    /* The mark gets its room with the first stream. */
    assert_int_equal(put("s", 1), EFS_OK);
    limited = "user.efs.streams";
    limit = 0;
    assert_int_equal(put("t", 1), EFS_OK);
    owner.dir_fd = dup(owner.dir_fd);
    close(owner.dir_fd);
    owner.dir_fd = -1;
    assert_int_equal(put("t", 100000), EFS_ERR_VOLUME);
    assert_int_equal(put("u", 10), EFS_OK);
    assert_int_equal(count(), 3);
    assert_int_equal(count_entries(), 1);
}

/* ---- the owner goes ---- */

static void test_move(void **state)
{
    struct efs_owner moved = owner;
    char name[256];
    int to;

    (void)state;
    assert_int_equal(efs_streams_move(&owner, owner.dir_fd, "g", false, &diag), EFS_OK);
    assert_int_equal(put("s", 70000), EFS_OK);
    assert_int_equal(put("t", 80000), EFS_OK);
    assert_int_equal(put("u", 8), EFS_OK);
    assert_int_equal(mkdir(in_dir("d"), 0700), 0);
    to = open(in_dir("d"), O_PATH);
    write_plain(in_dir("d/g:t"), "taken");
    assert_int_equal(efs_streams_move(&owner, to, "g", true, &diag), EFS_ERR_EXISTS);
    memset(name, 'n', sizeof(name));
    name[254] = 0;
    assert_int_equal(efs_streams_move(&owner, to, name, true, &diag), EFS_ERR_UNREPRESENTABLE);
    assert_int_equal(unlink(in_dir("d/g:t")), 0);
    assert_int_equal(efs_streams_move(&owner, to, "g", true, &diag), EFS_OK);
    assert_int_equal(count(), 3);
    assert_int_equal(efs_streams_move(&owner, to, "g", false, &diag), EFS_OK);
    assert_int_equal(rename(in_dir("f"), in_dir("d/g")), 0);
    moved.dir_fd = to;
    moved.name = "g";
    owner = moved;
    check("s", 70000, EFS_HOME_FILE);
    check("t", 80000, EFS_HOME_FILE);
    check("u", 8, EFS_HOME_ATTRIBUTE);
    assert_int_equal(count_entries(), 1);
}

/* To the name of a file that has streams of the same names: they are no hindrance, as it is about to go. */
static void test_move_over(void **state)
{
    struct efs_owner old = owner;
    uint64_t number;

    (void)state;
    assert_int_equal(put("s", 70000), EFS_OK);
    number = efs_streams_number(owner.fd);
    write_plain(in_dir("g"), "new");
    owner.fd = open(in_dir("g"), O_RDONLY);
    owner.name = "g";
    assert_int_equal(put("s", 80000), EFS_OK);
    assert_int_equal(efs_streams_move(&owner, owner.dir_fd, "f", true, &diag), EFS_ERR_EXISTS);
    owner.replaces = number;
    assert_int_equal(efs_streams_move(&owner, owner.dir_fd, "f", true, &diag), EFS_OK);
    assert_int_equal(rename(in_dir("g"), in_dir("f")), 0);
    assert_int_equal(efs_streams_drop(owner.dir_fd, "f", number, getuid()), 1);
    assert_int_equal(efs_streams_move(&owner, owner.dir_fd, "f", false, &diag), EFS_OK);
    owner.name = "f";
    check("s", 80000, EFS_HOME_FILE);
    assert_int_equal(count_entries(), 2);
    close(old.fd);
}

/* A file that takes the place of another, in whose name files beside are taken: they are that one's. */
static void test_replaces(void **state)
{
    struct efs_owner new_owner = owner;
    struct efs_stream_writer *writer;
    uint64_t old;
    bool in_file;
    uint8_t bytes[8];

    (void)state;
    assert_int_equal(put("s", 70000), EFS_OK);
    assert_int_equal(put("t", 80000), EFS_OK);
    old = efs_streams_number(owner.fd);
    write_plain(in_dir("new"), "new");
    assert_int_equal(chmod(in_dir("new"), 0600), 0);
    new_owner.fd = open(in_dir("new"), O_RDONLY);
    assert_int_equal(efs_stream_begin(&writer, &new_owner, bytes, wide("s", bytes), &diag), EFS_OK);
    assert_int_equal(efs_stream_set_end(writer, 90000, &diag), EFS_ERR_EXISTS);
    efs_stream_free(writer);
    new_owner.replaces = old;
    assert_int_equal(efs_stream_begin(&writer, &new_owner, bytes, wide("s", bytes), &diag), EFS_OK);
    assert_int_equal(efs_stream_set_end(writer, 90000, &diag), EFS_OK);
    assert_int_equal(efs_stream_complete(writer, &in_file, &diag), EFS_OK);
    assert_int_equal(count(), 2);
    assert_int_equal(rename(in_dir("new"), in_dir("f")), 0);
    assert_int_equal(efs_stream_install(writer, &diag), EFS_OK);
    efs_stream_free(writer);
    assert_int_equal(efs_streams_drop(owner.dir_fd, "f", old, getuid()), 1);
    close(owner.fd);
    owner = new_owner;
    assert_int_equal(count(), 1);
    assert_int_equal(count_entries(), 2);
}

/* ---- extended attributes ---- */

static enum efs_error set_ea(const char *name, const char *value)
{
    struct bea ea = { .name = (const uint8_t *)name, .name_length = (uint8_t)strlen(name),
                      .value = (const uint8_t *)value, .value_length = (uint16_t)strlen(value) };

    return efs_ea_set(owner.fd, &ea, &diag);
}

static enum efs_error add_ea(void *context, const struct bea *ea, struct efs_diag *d)
{
    char *text = context;

    (void)d;
    snprintf(text + strlen(text), 200, "%.*s=%.*s;", ea->name_length, (const char *)ea->name, ea->value_length,
             (const char *)ea->value);
    return strlen(text) > 100 ? EFS_ERR_INVALID : EFS_OK;
}

static void check_eas(const char *expected)
{
    char text[400] = "";

    assert_int_equal(efs_eas_list(owner.fd, add_ea, text, NULL), EFS_OK);
    assert_string_equal(text, expected);
}

static void test_eas(void **state)
{
    char value[16];

    (void)state;
    check_eas("");
    assert_int_equal(set_ea("One", "first"), EFS_OK);
    assert_int_equal(fgetxattr(owner.fd, "user.ONE", value, sizeof(value)), 5);
    assert_memory_equal(value, "first", 5);
    check_eas("ONE=first;");
    assert_int_equal(set_ea("one", "other"), EFS_OK);
    check_eas("ONE=other;");
    assert_int_equal(set_ea("one", ""), EFS_OK);
    assert_int_equal(set_ea("one", ""), EFS_OK);
    check_eas("");
    assert_int_equal(__real_fsetxattr(owner.fd, "user.comment", "linux", 5, 0), 0);
    assert_int_equal(set_ea("COMMENT", "windows"), EFS_OK);
    check_eas("comment=windows;");
    assert_int_equal(put("s", 10), EFS_OK);
    assert_int_equal(put("t", 70000), EFS_OK);
    assert_int_equal(__real_fsetxattr(owner.fd, "user.DOSATTRIB", "x", 1, 0), 0);
    assert_int_equal(__real_fsetxattr(owner.fd, "user.empty", "", 0, 0), 0);
    check_eas("comment=windows;");
}

static void test_bad_eas(void **state)
{
    static const char * const names[] =
        { "efs.sd", "EFS.STREAMS", "Ntfs.EfsInfo", "wine.sd", "DOSATTRIB", "DosStream.x", "a:b", "", "\xfc" };
    char names_there[1000];
    size_t i;

    (void)state;
    assert_int_equal(__real_fsetxattr(owner.fd, "user.efs.sd", "x", 1, 0), 0);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
        assert_int_equal(set_ea(names[i], "y"), EFS_ERR_ACCESS);
        assert_non_null(diag.rule);
        assert_int_equal(set_ea(names[i], ""), EFS_ERR_ACCESS);
    }
    assert_int_equal(fgetxattr(owner.fd, "user.efs.sd", names_there, sizeof(names_there)), 1);
    assert_int_equal(names_there[0], 'x');
    limited = "user.";
    limit = 0;
    assert_int_equal(set_ea("A", "1"), EFS_ERR_VOLUME);
    check_eas("");
}

/* A list is set as a whole. */
static void test_ea_lists(void **state)
{
    static const uint8_t list[] = {
        16, 0, 0, 0, 0, 3, 1, 0, 'N', 'E', 'W', 0, '1', 0, 0, 0,
        0, 0, 0, 0, 0, 3, 3, 0, 'o', 'n', 'e', 0, 'n', 'e', 'w',
    };

    (void)state;
    assert_int_equal(set_ea("ONE", "old"), EFS_OK);
    assert_int_equal(efs_eas_set(owner.fd, list, sizeof(list) - 1, &diag), EFS_ERR_INVALID);
    check_eas("ONE=old;");
    limited = "user.ONE";
    limit = 0;
    assert_int_not_equal(efs_eas_set(owner.fd, list, sizeof(list), &diag), EFS_OK);
    check_eas("ONE=old;");
    limited = "none";
    assert_int_equal(efs_eas_set(owner.fd, list, sizeof(list), &diag), EFS_OK);
    assert_int_equal(set_ea("NEW", ""), EFS_OK);
    check_eas("ONE=new;");
}

/* All that there is beside the content goes, and nothing else. */
static void test_clear(void **state)
{
    (void)state;
    assert_int_equal(efs_beside_clear(&owner, &diag), EFS_OK);
    assert_int_equal(set_ea("ONE", "1"), EFS_OK);
    assert_int_equal(set_ea("TWO", "2"), EFS_OK);
    assert_int_equal(put("small", 10), EFS_OK);
    assert_int_equal(put("large", 70000), EFS_OK);
    assert_int_equal(__real_fsetxattr(owner.fd, "user.DOSATTRIB", "x", 1, 0), 0);
    close(openat(owner.dir_fd, "f:foreign", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    assert_int_equal(efs_beside_clear(&owner, &diag), EFS_OK);
    check_eas("");
    assert_int_equal(find("small", &(struct efs_stream_info){ 0 }), EFS_ERR_NOT_FOUND);
    assert_int_equal(find("large", &(struct efs_stream_info){ 0 }), EFS_ERR_NOT_FOUND);
    assert_int_equal(count_entries(), 2);
    assert_int_equal(fgetxattr(owner.fd, "user.DOSATTRIB", NULL, 0), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] =
    {
        TEST(test_attribute), TEST(test_file), TEST(test_replace), TEST(test_both), TEST(test_sparse),
        TEST(test_keep_in), TEST(test_owner_open), TEST(test_dropped), TEST(test_names), TEST(test_foreign),
        TEST(test_planted), TEST(test_other_owner), TEST(test_no_room), TEST(test_move), TEST(test_move_over),
        TEST(test_replaces), TEST(test_eas), TEST(test_bad_eas),
        TEST(test_ea_lists), TEST(test_clear),
    };

    return cmocka_run_group_tests_name("beside", tests, NULL, NULL);
}
