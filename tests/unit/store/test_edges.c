/*
 * What the other tests have no occasion for: the last rules of targets and of files that claim to be encrypted, and the
 * texts of all errors.
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

#include "store/forms/form.h"
#include "store/staging.h"
#include "efs/container.h"
#include "efs/target.h"
#include "lib/host.h"

static void test_texts(void **state)
{
    int i, j;

    (void)state;
    for (i = 0; i < EFS_ERROR_COUNT; i++)
    {
        assert_true(strlen(efs_error_text((enum efs_error)i)) > 0);
        for (j = 0; j < i; j++)
            assert_string_not_equal(efs_error_text((enum efs_error)i), efs_error_text((enum efs_error)j));
    }
    assert_string_equal(efs_error_text(EFS_ERROR_COUNT), "unknown error");
    assert_string_equal(efs_error_text((enum efs_error)-1), "unknown error");
}

/* A link of Windows' kind, as Wine keeps it, has a name that nothing else may get. */
static void test_reparse_points(void **state)
{
    int fd = open(in_dir(""), O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct efs_target target;
    char name[256];

    (void)state;
    write_plain(in_dir("link?"), "");
    /* somebody's file of such a name */
    assert_int_equal(efs_target_open(&target, in_dir("link"), NULL), EFS_OK);
    efs_target_close(&target);
    assert_int_equal(efs_target_open_at(&target, dup(fd), "link", NULL), EFS_OK);
    efs_target_close(&target);
    assert_int_equal(setxattr(in_dir("link?"), EFS_REPARSE_XATTR, "x", 1, 0), 0);
    assert_int_equal(efs_target_open(&target, in_dir("link"), NULL), EFS_ERR_EXISTS);
    assert_int_equal(efs_target_open_at(&target, fd, "link", NULL), EFS_ERR_EXISTS);
    assert_true(fcntl(fd, F_GETFD) >= 0); /* still ours */
    /* by its own name it is a file as any, and one that is there already is what it is */
    assert_int_equal(efs_target_open(&target, in_dir("link?"), NULL), EFS_OK);
    assert_true(target.exists);
    efs_target_close(&target);
    write_plain(in_dir("link"), "");
    assert_int_equal(efs_target_open(&target, in_dir("link"), NULL), EFS_OK);
    efs_target_close(&target);
    assert_int_equal(efs_target_open_at(&target, dup(fd), "link", NULL), EFS_OK);
    efs_target_close(&target);
    assert_int_equal(unlink(in_dir("link")), 0);
    assert_int_equal(unlink(in_dir("link?")), 0);
    assert_int_equal(mkdir(in_dir("link?"), 0700), 0);
    assert_int_equal(setxattr(in_dir("link?"), EFS_REPARSE_XATTR, "x", 1, 0), 0);
    assert_int_equal(efs_target_open(&target, in_dir("link"), NULL), EFS_ERR_EXISTS);
    assert_int_equal(rmdir(in_dir("link?")), 0);
    /* a link of the host's isn't one, and isn't followed */
    assert_int_equal(symlink("nowhere", in_dir("link?")), 0);
    assert_int_equal(efs_target_open(&target, in_dir("link"), NULL), EFS_OK);
    efs_target_close(&target);
    assert_int_equal(unlink(in_dir("link?")), 0);
    /* a name that has no room for it */
    memset(name, 'n', 255);
    name[255] = 0;
    assert_int_equal(efs_target_open_at(&target, fd, name, NULL), EFS_OK);
    efs_target_close(&target);
    assert_int_equal(efs_reparse_check(-1, "x", NULL), EFS_ERR_IO);
}

/* What can't be a target at all. */
static void test_targets(void **state)
{
    struct efs_target target;
    int fd;

    (void)state;
    assert_int_equal(efs_target_open(&target, in_dir("missing/.."), NULL), EFS_ERR_INVALID);
    assert_int_equal(efs_target_open(&target, in_dir("missing/file"), NULL), EFS_ERR_PATH_NOT_FOUND);
    assert_int_equal(efs_target_open(&target, "", NULL), EFS_ERR_INVALID);
    assert_int_equal(efs_target_open(&target, in_dir("missing/."), NULL), EFS_ERR_INVALID);
    /* slashes at the end of a new directory's name */
    assert_int_equal(efs_target_open(&target, in_dir("missing//"), NULL), EFS_OK);
    assert_string_equal(target.name, "missing");
    efs_target_close(&target);
    /* a name of one letter; one in the root, where it isn't made */
    assert_int_equal(efs_target_open(&target, "x", NULL), EFS_OK);
    assert_string_equal(target.name, "x");
    efs_target_close(&target);
    assert_int_equal(efs_target_open(&target, "/efs-test that isn't there", NULL), EFS_OK);
    assert_string_equal(target.name, "efs-test that isn't there");
    efs_target_close(&target);
    assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
    assert_int_equal(efs_target_open(&target, in_dir("fifo"), NULL), EFS_ERR_ACCESS);

    write_plain(in_dir("file"), "text");
    fd = open(in_dir("file"), O_RDONLY);
    assert_int_equal(rename(in_dir("file"), in_dir("moved")), 0);
    /* by its new name it is found */
    assert_int_equal(efs_target_open_fd(&target, fd, NULL), EFS_OK);
    assert_string_equal(target.name, "moved");
    efs_target_close(&target);
    write_plain(in_dir("file"), "another");
    assert_int_equal(rename(in_dir("file"), in_dir("moved")), 0);
    assert_int_equal(efs_target_open_fd(&target, fd, NULL), EFS_ERR_CHANGED);
    /* what Linux calls a file without a name may be another's name */
    write_plain(in_dir("moved (deleted)"), "a third");
    assert_int_equal(efs_target_open_fd(&target, fd, NULL), EFS_ERR_CHANGED);
    close(fd);
    assert_int_equal(efs_target_open_fd(&target, -1, NULL), EFS_ERR_IO);
}

/* The stage itself looks at the kind of its target, too. */
/* Names in a directory, of which none is followed. */
static void test_targets_at(void **state)
{
    struct efs_target target;
    char name[300];
    int fd = open(dir, O_PATH | O_DIRECTORY);

    (void)state;
    write_plain(in_dir("file"), "text");
    assert_int_equal(mkdir(in_dir("folder"), 0700), 0);
    assert_int_equal(mkfifo(in_dir("pipe"), 0600), 0);
    assert_int_equal(symlink("file", in_dir("link")), 0);
    assert_int_equal(efs_target_open_at(&target, fd, "link", NULL), EFS_ERR_ACCESS);
    assert_int_equal(target.dir_fd, -1);
    assert_int_equal(efs_target_open_at(&target, fd, "pipe", NULL), EFS_ERR_ACCESS);
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    assert_int_not_equal(efs_target_open_at(&target, fd, name, NULL), EFS_OK);
    assert_int_equal(efs_target_open_at(&target, dup(fd), "folder", NULL), EFS_OK);
    assert_true(target.exists && target.directory);
    efs_target_close(&target);
    assert_int_equal(efs_target_open_at(&target, dup(fd), "file", NULL), EFS_OK);
    assert_true(target.exists && !target.directory && target.ino);
    efs_target_close(&target);
    assert_int_equal(efs_target_open_at(&target, fd, "nothing", NULL), EFS_OK);
    assert_false(target.exists);
    efs_target_close(&target);
}

static void test_kinds(void **state)
{
    struct efs_target target;
    struct efs_stage *stage;
    struct build b = { 0 };

    (void)state;
    build_metadata_value(&b, BUILD_METADATA_SIZE, 1);
    write_plain(in_dir("file"), "text");
    assert_int_equal(efs_target_open(&target, in_dir("file"), NULL), EFS_OK);
    assert_int_equal(efs_stage_begin(&stage, &target, true, form_to_begin(), b.data, BUILD_METADATA_SIZE, NULL),
                     EFS_ERR_TYPE);
    assert_null(stage);
    efs_target_close(&target);
    assert_int_equal(efs_target_open(&target, dir, NULL), EFS_OK);
    assert_int_equal(efs_stage_begin(&stage, &target, false, form_to_begin(), b.data, BUILD_METADATA_SIZE, NULL),
                     EFS_ERR_TYPE);
    efs_target_close(&target);
    efs_stage_free(NULL);
    build_free(&b);
}

/* Who doesn't want to know what was wrong is told the code. */
static void test_without_diag(void **state)
{
    struct efs_target target;
    struct efs_stage *stage;
    struct build b = { 0 };
    static const uint8_t bytes[512];

    (void)state;
    build_metadata_value(&b, BUILD_METADATA_SIZE, 1);
    assert_int_equal(efs_target_open(&target, in_dir("file"), NULL), EFS_OK);
    assert_int_equal(efs_stage_begin(&stage, &target, false, form_to_begin(), b.data, BUILD_METADATA_SIZE, NULL),
                     EFS_OK);
    assert_int_equal(efs_stage_write(stage, 0, bytes, sizeof(bytes), NULL), EFS_OK);
    write_plain(in_dir("file"), "came in between");
    assert_int_equal(efs_stage_commit(stage, 512, 512, NULL), EFS_ERR_EXISTS);
    efs_stage_free(stage);
    efs_target_close(&target);
    assert_content(in_dir("file"), "came in between");
    build_free(&b);
}

/* What a container has: the bytes, padded and closed. */
static void write_content(const struct build *bytes)
{
    struct build b = { 0 };
    size_t padding = (512 - bytes->length % 512) % 512;
    int fd = open(in_dir("file"), O_WRONLY | O_TRUNC);

    build_bytes(&b, bytes->data, bytes->length);
    build_zeros(&b, padding);
    build_u16(&b, (unsigned int)padding);
    assert_int_equal(write(fd, b.data, b.length), b.length);
    close(fd);
    build_free(&b);
}

/* A container without a raw stream, for those who want to know why and those who don't. */
static void test_no_stream(void **state)
{
    uint8_t mark[EFS_CONTAINER_MARK_SIZE];
    struct efs_stored stored;
    struct efs_diag diag = { 0 };
    struct build b = { 0 };
    int i;

    (void)state;
    write_plain(in_dir("file"), "this is no raw stream");
    assert_int_equal(truncate(in_dir("file"), 514), 0);
    efs_container_mark_make(mark, 0);
    assert_int_equal(setxattr(in_dir("file"), EFS_STORE_CONTAINER, mark, sizeof(mark), 0), 0);
    assert_int_equal(efs_stored_open(&stored, in_dir("file"), NULL), EFS_ERR_CORRUPT);
    assert_int_equal(efs_stored_open(&stored, in_dir("file"), &diag), EFS_ERR_CORRUPT);
    assert_non_null(strstr(diag.rule, "file header"));

    /* nothing but a raw stream's file header; then the beginning of a $EFS, too */
    build_file_header(&b);
    for (i = 0; i < 2; i++)
    {
        write_content(&b);
        assert_int_equal(efs_stored_open(&stored, in_dir("file"), NULL), EFS_ERR_CORRUPT);
        assert_int_equal(efs_stored_open(&stored, in_dir("file"), &diag), EFS_ERR_CORRUPT);
        assert_non_null(strstr(diag.rule, "no raw stream with a $EFS"));
        build_stream_header(&b, 0, NULL);
        build_plain_segment(&b, BUILD_METADATA_SIZE);
        build_zeros(&b, 100);
    }
    build_free(&b);
}

/* An attribute that is no $EFS makes no encrypted file that could be saved. */
static void test_garbage(void **state)
{
    struct efs_stored stored;
    char garbage[200];

    (void)state;
    memset(garbage, 'x', sizeof(garbage));
    write_plain(in_dir("file"), "");
    assert_int_equal(setxattr(in_dir("file"), EFS_STORE_XATTR, garbage, sizeof(garbage), 0), 0);
    assert_int_equal(efs_stored_open(&stored, in_dir("file"), NULL), EFS_ERR_CORRUPT);
    assert_int_equal(setxattr(in_dir("file"), EFS_STORE_XATTR, garbage, 10, 0), 0);
    assert_int_equal(efs_stored_open(&stored, in_dir("file"), NULL), EFS_ERR_CORRUPT);
    assert_int_equal(efs_stored_open(&stored, in_dir("missing"), NULL), EFS_ERR_NOT_FOUND);
}

/* Opens by name that find nothing, though it is there: somebody makes it just then. */
static unsigned int late;

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...)
{
    va_list args;
    mode_t mode;

    if (late && !strcmp(path, in_dir("file")))
    {
        late--;
        errno = ENOENT;
        return -1;
    }
    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return __real_open64(path, flags, mode);
}

static void test_made_meanwhile(void **state)
{
    struct efs_target target;

    (void)state;
    write_plain(in_dir("file"), "text");
    late = 1;
    assert_int_equal(efs_target_open(&target, in_dir("file"), NULL), EFS_OK);
    assert_true(target.exists);
    assert_int_equal(late, 0);
    efs_target_close(&target);
    late = 1000000;
    assert_int_equal(efs_target_open(&target, in_dir("file"), NULL), EFS_ERR_CHANGED);
    assert_true(late > 0);
    late = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_texts),
        cmocka_unit_test_setup_teardown(test_targets, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_targets_at, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_reparse_points, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_kinds, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_without_diag, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_no_stream, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_garbage, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_made_meanwhile, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
