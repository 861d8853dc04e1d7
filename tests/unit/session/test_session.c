/*
 * Sessions: what their flags ask for, what comes after their end, and streams with several blocks in a segment, many
 * segments, or more bytes than 32 bits count.
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
#include <unistd.h>

#include "efs/container.h"
#include "efs/target.h"
#include "lib/host.h"

static void build_named(struct build *b)
{
    build_stream_header(b, 0, ":name:$DATA");
    build_data_segment(b, 0, 100, 512, 9);
    build_zeros(b, 512);
}

/* A segment without EXTD; stored: bytes of each block. */
static void build_blocks(struct build *b, uint64_t offset, unsigned int shift, uint32_t bytes, const uint32_t *stored,
                         unsigned int count)
{
    uint32_t sum = 0, seed = count;
    unsigned int i;

    for (i = 0; i < count; i++) sum += stored[i];
    build_plain_segment(b, 0x1c + 4 * count + sum);
    build_u64(b, offset);
    build_u32(b, 0x1c + 4 * count);
    build_u32(b, bytes);
    build_u32(b, bytes);
    build_u16(b, 0);
    build_u16(b, shift | shift << 8);
    build_u16(b, 12 | 1 << 8);
    build_u16(b, count);
    for (i = 0; i < count; i++) build_u32(b, stored[i]);
    build_random(b, sum, &seed);
}

static enum efs_error import_with(const char *path, const struct build *b, bool directory, unsigned int flags)
{
    struct efs_import *session;
    struct efs_target target;
    enum efs_error err;

    assert_int_equal(efs_target_open(&target, path, NULL), EFS_OK);
    assert_int_equal(efs_import_begin(&session, &target, directory, flags, NULL), EFS_OK);
    err = efs_import_feed(session, b->data, b->length, NULL);
    if (!err) err = efs_import_commit(session, NULL);
    efs_import_free(session);
    efs_target_close(&target);
    return err;
}

static enum efs_error export_dropping(const char *path, struct build *out)
{
    struct efs_diag diag = { 0 };
    struct efs_export *session;
    uint8_t bytes[1000];
    enum efs_error err;
    size_t n = 1;

    assert_int_equal(efs_export_begin(&session, open(path, O_RDONLY), EFS_SESSION_DROP_NAMED, NULL), EFS_OK);
    while (!(err = efs_export_read(session, bytes, sizeof(bytes), &n, &diag)) && n) build_bytes(out, bytes, n);
    if (err) assert_non_null(diag.rule);
    efs_export_free(session);
    return err;
}

static bool is_container(const char *path)
{
    return getxattr(path, EFS_STORE_CONTAINER, NULL, 0) > 0;
}

/* ---- flags ---- */

static void test_forms(void **state)
{
    struct build plain = { 0 }, named = { 0 }, directory = { 0 };

    (void)state;
    build_file_stream(&plain, 70000, 1);
    build_file_stream(&named, 70000, 2);
    build_named(&named);
    build_directory_stream(&directory, 3);
    assert_int_equal(import_with(in_dir("a"), &plain, false, EFS_SESSION_ONLY_CONTAINER), EFS_OK);
    assert_true(is_container(in_dir("a")));
    assert_exports(in_dir("a"), &plain, 1000);
    assert_int_equal(import_with(in_dir("a"), &plain, false, EFS_SESSION_ONLY_SPLIT), EFS_OK);
    assert_false(is_container(in_dir("a")));
    assert_int_equal(import_with(in_dir("a"), &named, false, EFS_SESSION_ONLY_SPLIT), EFS_ERR_UNREPRESENTABLE);
    assert_exports(in_dir("a"), &plain, 1000);
    assert_int_equal(import_with(in_dir("d"), &directory, true, EFS_SESSION_ONLY_CONTAINER), EFS_OK);
    assert_true(is_container(in_dir("d")));
    assert_exports(in_dir("d"), &directory, 1000);
    assert_int_equal(count_entries(), 2);
    build_free(&plain);
    build_free(&named);
    build_free(&directory);
}

static void test_drop_named(void **state)
{
    struct build plain = { 0 }, named = { 0 }, odd = { 0 }, out = { 0 }, directory = { 0 }, more = { 0 };
    uint8_t mark[EFS_CONTAINER_MARK_SIZE];
    int fd;

    (void)state;
    build_file_stream(&plain, 70000, 1);
    build_file_stream(&named, 70000, 1);
    build_named(&named);
    build_file_stream(&odd, 5000, 1);
    odd.data[AT_ENCRYPTION + 0x18] = 9; /* a layout */
    assert_int_equal(import_with(in_dir("a"), &odd, false, 0), EFS_OK);
    assert_int_equal(export_dropping(in_dir("a"), &out), EFS_OK);
    assert_int_equal(out.length, odd.length);
    assert_memory_equal(out.data, odd.data, out.length);
    out.length = 0;

    build_directory_stream(&directory, 2);
    build_directory_stream(&more, 2);
    build_stream_header(&more, 1, ":name:$DATA");
    build_plain_segment(&more, 10);
    build_zeros(&more, 10);
    assert_int_equal(import_with(in_dir("d"), &more, true, 0), EFS_OK);
    assert_int_equal(export_dropping(in_dir("d"), &out), EFS_OK);
    assert_int_equal(out.length, directory.length);
    assert_memory_equal(out.data, directory.data, out.length);
    out.length = 0;

    assert_int_equal(import_with(in_dir("a"), &named, false, 0), EFS_OK);
    assert_int_equal(export_dropping(in_dir("a"), &out), EFS_OK);
    assert_int_equal(out.length, plain.length);
    assert_memory_equal(out.data, plain.data, out.length);
    /* what isn't a raw stream any more ends it: in the middle; by another size than the mark's */
    fd = open(in_dir("a"), O_RDWR);
    assert_int_equal(pwrite(fd, "x", 1, AT_SEGMENT + 5), 1);
    assert_int_equal(export_dropping(in_dir("a"), &out), EFS_ERR_CORRUPT);
    assert_int_equal(pwrite(fd, named.data + AT_SEGMENT + 5, 1, AT_SEGMENT + 5), 1);
    efs_container_mark_make(mark, 69999);
    assert_int_equal(fsetxattr(fd, EFS_STORE_CONTAINER, mark, sizeof(mark), 0), 0);
    assert_int_equal(export_dropping(in_dir("a"), &out), EFS_ERR_CORRUPT);
    close(fd);
    build_free(&plain);
    build_free(&named);
    build_free(&odd);
    build_free(&out);
    build_free(&directory);
    build_free(&more);
}

/* ---- the end ---- */

static void test_ends(void **state)
{
    struct efs_import *session;
    struct efs_target target;
    struct build b = { 0 };

    (void)state;
    build_file_stream(&b, 1000, 1);
    assert_int_equal(efs_target_open(&target, in_dir("a"), NULL), EFS_OK);
    assert_int_equal(efs_import_begin(&session, &target, false, 0, NULL), EFS_OK);
    assert_int_equal(efs_import_feed(session, b.data, b.length, NULL), EFS_OK);
    assert_int_equal(efs_import_commit(session, NULL), EFS_OK);
    assert_int_equal(efs_import_feed(session, b.data, 1, NULL), EFS_ERR_INVALID);
    assert_int_equal(efs_import_commit(session, NULL), EFS_ERR_INVALID);
    efs_import_free(session);
    /* a second time, without anything in between */
    assert_int_equal(efs_import_begin(&session, &target, false, 0, NULL), EFS_OK);
    assert_int_equal(efs_import_feed(session, b.data, b.length, NULL), EFS_OK);
    assert_int_equal(efs_import_commit(session, NULL), EFS_OK);
    assert_int_equal(efs_import_commit(session, NULL), EFS_ERR_INVALID);
    efs_import_free(session);
    /* the first error stays */
    assert_int_equal(efs_import_begin(&session, &target, false, 0, NULL), EFS_OK);
    assert_int_equal(efs_import_feed(session, "no raw stream, this is", 22, NULL), EFS_ERR_FORMAT);
    assert_int_equal(efs_import_commit(session, NULL), EFS_ERR_FORMAT);
    efs_import_free(session);
    efs_target_close(&target);
    assert_exports(in_dir("a"), &b, 100);
    build_free(&b);
}

/* ---- streams ---- */

static void test_blocks(void **state)
{
    /* holes at the start, in the middle and at the end; a short block in the middle */
    static const uint32_t some[] = { 0, 4096, 4096, 0, 512, 4096, 0, 4096, 4096, 0 }, two[] = { 65536, 65536 },
    none[] = { 0, 0 };
    struct build b = { 0 };
    unsigned int most;

    (void)state;
    build_directory_stream(&b, 1); /* the head of every stream */
    build_stream_header(&b, 0, "::$DATA");
    build_blocks(&b, 0, 16, 131072, two, 2);
    build_blocks(&b, 131072, 12, 40960, some, 10);
    build_blocks(&b, 172032, 12, 8192, none, 2);
    build_blocks(&b, 180224, 9, 0, none, 1);
    build_blocks(&b, 262144, 12, 40000, some, 10);
    for (most = 1; most < 100000; most *= 20)
    {
        assert_int_equal(import(in_dir("a"), &b, most, false, NULL), EFS_OK);
        assert_false(is_container(in_dir("a")));
        assert_exports(in_dir("a"), &b, 1000);
    }
    build_free(&b);
}

/* So many segments that no layout holds them: the record that doesn't fit is not kept in part. */
static void test_tiny_segments(void **state)
{
    struct build b = { 0 }, value = { 0 };
    size_t i, length, size;

    (void)state;
    build_metadata_value(&value, 40000, 1);
    /* whichever record it is that doesn't fit: its header, or its data */
    for (size = 1; size <= 5; size++)
    {
        build_file_header(&b);
        build_stream_header(&b, 0, NULL);
        for (i = 0; i < value.length; i += length)
        {
            length = value.length - i < size ? value.length - i : size;
            build_plain_segment(&b, length);
            build_bytes(&b, value.data + i, length);
        }
        build_stream_header(&b, 0, "::$DATA");
        assert_int_equal(import(in_dir("a"), &b, 5000, false, NULL), EFS_OK);
        assert_true(is_container(in_dir("a")) || size > 4);
        assert_exports(in_dir("a"), &b, 5000);
        b.length = 0;
    }
    build_free(&value);
    build_free(&b);
}

/* The record that doesn't fit begins in the middle of what was recorded as one piece. */
static void test_empty_segments(void **state)
{
    struct build b = { 0 };
    size_t i;

    (void)state;
    build_directory_stream(&b, 1); /* the head of every stream */
    for (i = 0; i < 6000; i++)
    {
        build_plain_segment(&b, 0);
        put_u32(&b, b.length - 4, 0x01010101);
    }
    build_stream_header(&b, 0, "::$DATA");
    assert_int_equal(import(in_dir("a"), &b, 5000, false, NULL), EFS_OK);
    assert_true(is_container(in_dir("a")));
    assert_exports(in_dir("a"), &b, 5000);
    build_free(&b);
}

/* A container of 4 GiB, which is a hole but for its beginning: no length of 32 bits is taken for it. */
static void test_large_container(void **state)
{
    const uint64_t length = (uint64_t)1 << 32;
    uint8_t mark[EFS_CONTAINER_MARK_SIZE], bytes[700];
    struct efs_export *session;
    struct build b = { 0 };
    size_t n;
    int fd;

    (void)state;
    build_file_stream(&b, 0, 1);
    fd = open(in_dir("a"), O_RDWR | O_CREAT, 0600);
    assert_int_equal(pwrite(fd, b.data, b.length, 0), (ssize_t)b.length);
    assert_int_equal(ftruncate(fd, (off_t)length + 2), 0);
    efs_container_mark_make(mark, 0);
    assert_int_equal(fsetxattr(fd, EFS_STORE_CONTAINER, mark, sizeof(mark), 0), 0);
    assert_int_equal(efs_export_begin(&session, fd, 0, NULL), EFS_OK);
    assert_int_equal(efs_export_length(session), length);
    assert_int_equal(efs_export_read(session, bytes, sizeof(bytes), &n, NULL), EFS_OK);
    assert_int_equal(n, sizeof(bytes));
    assert_memory_equal(bytes, b.data, n);
    efs_export_free(session);
    build_free(&b);
}

/* ---- the layouts of directories ---- */

static void build_directory(struct build *b, uint32_t seed, const char *name)
{
    b->length = 0;
    build_directory_stream(b, seed);
    build_stream_header(b, 1, name);
    build_plain_segment(b, 10);
    build_zeros(b, 10);
}

static void test_directory_layouts(void **state)
{
    struct build b = { 0 };

    (void)state;
    /* one that belongs to no $EFS, left by a kill */
    assert_int_equal(mkdir(in_dir("d"), 0700), 0);
    assert_int_equal(setxattr(in_dir("d"), EFS_STORE_LAYOUT, "\1garbage", 8, 0), 0);
    build_directory(&b, 1, ":one:$DATA");
    assert_int_equal(import(in_dir("d"), &b, 100, true, NULL), EFS_OK);
    assert_exports(in_dir("d"), &b, 100);
    /* the other place, and there again: the $EFS stays the same */
    build_directory(&b, 2, ":two:$DATA");
    assert_int_equal(import(in_dir("d"), &b, 100, true, NULL), EFS_OK);
    assert_true(getxattr(in_dir("d"), EFS_STORE_LAYOUT2, NULL, 0) > 0);
    build_directory(&b, 2, ":three:$DATA");
    assert_int_equal(import(in_dir("d"), &b, 100, true, NULL), EFS_OK);
    assert_exports(in_dir("d"), &b, 100);
    assert_true(getxattr(in_dir("d"), EFS_STORE_LAYOUT2, NULL, 0) > 0);
    assert_int_equal(getxattr(in_dir("d"), EFS_STORE_LAYOUT, NULL, 0), -1);
    build_free(&b);
}

/* A buffer at the offset that is said to be best has the content on multiples of 512. */
static void test_best_offset(void **state)
{
    static const size_t pieces[] = { 1, 100, 511, 512, 16384, 70001, 1 };
    struct build b = { 0 };
    struct efs_export *session;
    uint8_t *out = malloc(100000);
    size_t given = 0, n, i;

    (void)state;
    assert_non_null(out);
    build_file_stream(&b, 200000, 1);
    assert_int_equal(import(in_dir("file"), &b, 5000, false, NULL), EFS_OK);
    assert_int_equal(efs_export_begin(&session, open(in_dir("file"), O_RDONLY), 0, NULL), EFS_OK);
    for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
    {
        assert_int_equal((efs_export_best_offset(session) + AT_DATA - given) % 512, 0);
        assert_true(efs_export_best_offset(session) < 512);
        assert_int_equal(efs_export_read(session, out, pieces[i], &n, NULL), EFS_OK);
        assert_memory_equal(out, b.data + given, n);
        given += n;
    }
    efs_export_rewind(session);
    assert_int_equal((efs_export_best_offset(session) + AT_DATA) % 512, 0);
    efs_export_free(session);
    free(out);
    build_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_forms, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_drop_named, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_ends, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_blocks, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_tiny_segments, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_empty_segments, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_large_container, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_directory_layouts, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_best_offset, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
