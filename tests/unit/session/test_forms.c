/*
 * The forms of an encrypted file: which one a stream gets, the way from one to another, and files of each whose parts
 * don't fit together any more.
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
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/layout.h"
#include "efs/probe.h"
#include "efs/target.h"
#include "lib/host.h"

/* ---- streams ---- */

static void build_metadata(struct build *b, size_t length)
{
    build_file_header(b);
    build_stream_header(b, 0, NULL);
    build_plain_segment(b, length);
    build_metadata_value(b, length, 3);
}

static void build_named(struct build *b, const char *name, uint32_t bytes)
{
    uint32_t seed = bytes;

    build_stream_header(b, 0, name);
    build_data_segment(b, 0, bytes, (bytes + 511) / 512 * 512, 16);
    build_random(b, (bytes + 511) / 512 * 512, &seed);
}

/* Segments of 64 KiB: data, hole, data, ... */
static void build_sparse(struct build *b, unsigned int segments)
{
    uint32_t seed = segments;
    unsigned int i;

    build_metadata(b, BUILD_METADATA_SIZE);
    build_stream_header(b, 0, "::$DATA");
    for (i = 0; i < segments; i++)
    {
        size_t at = b->length;
        uint32_t stored = i % 2 ? 0 : 65536;

        build_data_segment(b, (uint64_t)i << 16, 65536, stored, 16);
        put_u32(b, at + 0x38, 1); /* EXTD flags: sparse */
        build_random(b, stored, &seed);
    }
}

static void build_with_named(struct build *b)
{
    build_file_stream(b, 100000, 5);
    build_named(b, ":one:$DATA", 5000);
    build_stream_header(b, 1, ":plain:$DATA");
    build_plain_segment(b, 9);
    build_bytes(b, "plaintext", 9);
}

static void build_large_metadata(struct build *b)
{
    build_metadata(b, 70000); /* more than any extended attribute holds */
    build_stream_header(b, 0, "::$DATA");
}

static void build_directory(struct build *b, unsigned int kind)
{
    build_directory_stream(b, kind);
    if (kind < 10) return;
    build_stream_header(b, 1, ":plain:$DATA");
    build_plain_segment(b, kind);
    build_zeros(b, kind / 2);
    build_bytes(b, "0123456789abcdefghijklmnopqrstuvwxyz", kind - kind / 2);
}

static void assert_form(const char *path, enum efs_form form, bool layout, uint64_t data_size)
{
    struct efs_stored stored;
    struct efs_probe probe;

    assert_int_equal(efs_stored_open(&stored, path, NULL), EFS_OK);
    assert_int_equal(stored.form, form);
    assert_int_equal(stored.layout != NULL, layout);
    assert_int_equal(stored.data_size, data_size);
    assert_string_equal(efs_form_name(&stored), form == EFS_FORM_SPLIT ? "split" : "container");
    assert_int_equal(strncmp(efs_form_description(&stored), efs_form_name(&stored), strlen(efs_form_name(&stored))), 0);
    assert_int_equal(efs_stored_is_canonical(&stored), form == EFS_FORM_SPLIT && !layout);
    efs_stored_close(&stored);
    efs_probe_at(AT_FDCWD, path, &probe);
    assert_true(probe.encrypted);
    if (!probe.directory) assert_int_equal(probe.data_size, data_size);
}

static void assert_kept(const char *path, const struct build *b, bool directory)
{
    struct efs_diag diag = { 0 };
    enum efs_error err = import(path, b, 3000, directory, &diag);

    if (err) fail_msg("%d: %s", err, diag.rule);
    assert_exports(path, b, 777);
    assert_exports(path, b, 1 << 20);
}

/* ---- forms ---- */

static void test_sparse(void **state)
{
    struct build b = { 0 };
    struct stat st;

    (void)state;
    build_sparse(&b, 200);
    assert_kept(in_dir("sparse"), &b, false);
    assert_form(in_dir("sparse"), EFS_FORM_SPLIT, true, 200 << 16);
    assert_int_equal(stat(in_dir("sparse"), &st), 0);
    assert_int_equal(st.st_size, (200 << 16) + 2);
    /* holes are holes: half of it, and some of the file system's own */
    assert_true(st.st_blocks * 512 < (100 << 16) + 300000);
    build_free(&b);
}

static void test_containers(void **state)
{
    struct build b = { 0 };

    (void)state;
    build_with_named(&b);
    assert_kept(in_dir("named"), &b, false);
    assert_form(in_dir("named"), EFS_FORM_CONTAINER, false, 100000);
    assert_int_equal(getxattr(in_dir("named"), EFS_STORE_XATTR, NULL, 0), -1);
    build_free(&b);

    build_large_metadata(&b);
    assert_kept(in_dir("large"), &b, false);
    assert_form(in_dir("large"), EFS_FORM_CONTAINER, false, 0);
    build_free(&b);

    /* too many kinds of segments for a layout: found out in the middle */
    {
        uint32_t seed = 1, i;

        build_metadata(&b, BUILD_METADATA_SIZE);
        build_stream_header(&b, 0, "::$DATA");
        for (i = 0; i < 200; i++)
        {
            size_t at = b.length;

            build_data_segment(&b, (uint64_t)i << 9, 512, 512, 9);
            b.length = at + 0x40;
            build_random(&b, 0x1c0, &seed); /* fill that nothing repeats */
            build_random(&b, 512, &seed);
        }
        assert_kept(in_dir("fill"), &b, false);
        assert_form(in_dir("fill"), EFS_FORM_CONTAINER, false, 200 << 9);
        build_free(&b);
    }

    /* stored bytes beyond the end are seen at the end only */
    build_metadata(&b, BUILD_METADATA_SIZE);
    build_stream_header(&b, 0, "::$DATA");
    build_data_segment(&b, 0, 100, 1024, 10);
    build_zeros(&b, 1024);
    assert_kept(in_dir("beyond"), &b, false);
    assert_form(in_dir("beyond"), EFS_FORM_CONTAINER, false, 100);
    build_free(&b);

    /* the second segment begins where the first one's stored bytes go on */
    build_metadata(&b, BUILD_METADATA_SIZE);
    build_stream_header(&b, 0, "::$DATA");
    build_data_segment(&b, 0, 512, 1024, 10);
    build_zeros(&b, 1024);
    build_data_segment(&b, 512, 512, 512, 9);
    build_zeros(&b, 512);
    assert_kept(in_dir("overlap"), &b, false);
    assert_form(in_dir("overlap"), EFS_FORM_CONTAINER, false, 1024);
    build_free(&b);

    /* larger than any file here, and nothing in it */
    build_metadata(&b, BUILD_METADATA_SIZE);
    build_stream_header(&b, 0, "::$DATA");
    build_data_segment(&b, INT64_MAX - 511 - 512, 512, 0, 9);
    assert_kept(in_dir("huge"), &b, false);
    assert_form(in_dir("huge"), EFS_FORM_CONTAINER, false, INT64_MAX - 511);
    build_free(&b);

    /* no data stream */
    build_metadata(&b, BUILD_METADATA_SIZE);
    assert_kept(in_dir("bare"), &b, false);
    assert_form(in_dir("bare"), EFS_FORM_SPLIT, true, 0);
    assert_int_equal(count_entries(), 7);
    build_free(&b);
}

/* From each form to each other, by one name and by two. */
static void test_conversions(void **state)
{
    struct build b[4] = { { 0 } };
    unsigned int from, to, links;

    (void)state;
    build_file_stream(&b[0], 5000, 1);
    build_sparse(&b[1], 9);
    build_with_named(&b[2]);
    build_large_metadata(&b[3]);
    for (links = 1; links <= 2; links++)
        for (from = 0; from < 4; from++)
            for (to = 0; to < 4; to++)
            {
                struct stat st;

                assert_int_equal(import(in_dir("a"), &b[from], 5000, false, NULL), EFS_OK);
                if (links == 2) assert_int_equal(link(in_dir("a"), in_dir("b")), 0);
                assert_int_equal(import(in_dir("a"), &b[to], 5000, false, NULL), EFS_OK);
                assert_exports(in_dir("a"), &b[to], 5000);
                if (links == 2) assert_exports(in_dir("b"), &b[to], 5000);
                assert_int_equal(stat(in_dir("a"), &st), 0);
                /* the holes of the new one, not the blocks of the old */
                if (to == 1) assert_true(st.st_blocks * 512 < 6 * 65536);
                assert_int_equal(count_entries(), links);
                assert_int_equal(unlink(in_dir("a")), 0);
                if (links == 2) assert_int_equal(unlink(in_dir("b")), 0);
            }
    for (from = 0; from < 4; from++) build_free(&b[from]);
}

/* What is left of the old file takes room beside the layout: the other form is tried. */
static void test_carry_over_limit(void **state)
{
    static uint8_t value[65536];
    struct build b = { 0 };
    size_t length;

    (void)state;
    write_plain(in_dir("a"), "text");
    for (length = 65000; length > 500 && setxattr(in_dir("a"), "user.other", value, length, 0); length -= 500) {}
    build_sparse(&b, 5);
    assert_kept(in_dir("a"), &b, false);
    assert_int_equal(getxattr(in_dir("a"), "user.other", value, sizeof(value)), length);
    build_free(&b);
}

static void test_drop_named(void **state)
{
    struct build rich = { 0 }, plain = { 0 }, out = { 0 };
    struct efs_import *session;
    struct efs_export *export_;
    struct efs_target target;
    uint8_t bytes[1000];
    size_t length;

    (void)state;
    build_with_named(&rich);
    build_file_stream(&plain, 100000, 5);
    assert_int_equal(efs_target_open(&target, in_dir("a"), NULL), EFS_OK);
    assert_int_equal(efs_import_begin(&session, &target, false, EFS_SESSION_DROP_NAMED, NULL), EFS_OK);
    assert_int_equal(efs_import_feed(session, rich.data, rich.length, NULL), EFS_OK);
    assert_int_equal(efs_import_commit(session, NULL), EFS_OK);
    efs_import_free(session);
    efs_target_close(&target);
    assert_exports(in_dir("a"), &plain, 5000);
    assert_form(in_dir("a"), EFS_FORM_SPLIT, false, 100000);

    assert_kept(in_dir("b"), &rich, false);
    assert_int_equal(efs_export_begin(&export_, open(in_dir("b"), O_RDONLY), EFS_SESSION_DROP_NAMED, NULL), EFS_OK);
    do
    {
        assert_int_equal(efs_export_read(export_, bytes, sizeof(bytes), &length, NULL), EFS_OK);
        build_bytes(&out, bytes, length);
    }
    while (length);
    efs_export_free(export_);
    assert_int_equal(out.length, plain.length);
    assert_memory_equal(out.data, plain.data, out.length);
    build_free(&rich);
    build_free(&plain);
    build_free(&out);
}

/* ---- directories ---- */

static void test_directories(void **state)
{
    static const unsigned int kinds[] = { 1, 20, 30, 2, 30, 1, 40, 41, 42, 3 };
    struct build b = { 0 }, large = { 0 };
    uint32_t seed = 1;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
    {
        build_directory(&b, kinds[i]);
        assert_kept(in_dir("d"), &b, true);
        assert_form(in_dir("d"), EFS_FORM_SPLIT, kinds[i] >= 10, 0);
        /* one layout at most is left */
        assert_true(getxattr(in_dir("d"), EFS_STORE_LAYOUT, NULL, 0) < 0
                    || getxattr(in_dir("d"), EFS_STORE_LAYOUT2, NULL, 0) < 0);
        build_free(&b);
    }

    /* the same $EFS with another layout, and with none */
    build_directory(&b, 20);
    assert_kept(in_dir("d"), &b, true);
    build_stream_header(&b, 0, ":more:$DATA");
    assert_kept(in_dir("d"), &b, true);
    b.length = AT_DATA_STREAM;
    assert_kept(in_dir("d"), &b, true);
    assert_form(in_dir("d"), EFS_FORM_SPLIT, false, 0);

    /* what an import that was killed has left counts for nothing */
    assert_int_equal(setxattr(in_dir("d"), EFS_STORE_LAYOUT, "\1garbage", 8, 0), 0);
    assert_int_equal(setxattr(in_dir("d"), EFS_STORE_LAYOUT2, "\1garbage 2", 10, 0), 0);
    assert_exports(in_dir("d"), &b, 100);
    build_free(&b);
    build_directory(&b, 20);
    assert_kept(in_dir("d"), &b, true);

    /* too much for its attributes: test_within.c */
    build_directory_stream(&large, 1);
    build_stream_header(&large, 1, ":large:$DATA");
    build_plain_segment(&large, 66000);
    build_random(&large, 66000, &seed);
    assert_kept(in_dir("d"), &large, true);
    assert_form(in_dir("d"), EFS_FORM_CONTAINER, false, 0);
    assert_kept(in_dir("d"), &b, true);
    assert_form(in_dir("d"), EFS_FORM_SPLIT, true, 0);
    assert_int_equal(count_entries(), 1);
    build_free(&large);
    build_free(&b);
}

/* ---- parts that don't fit together ---- */

static void assert_corrupt(const char *path, const char *what)
{
    struct build out = { 0 };
    struct efs_probe probe;
    enum efs_error err = export(path, &out, 5000);

    if (err != EFS_ERR_CORRUPT) fail_msg("%s: %d", what, err);
    efs_probe_at(AT_FDCWD, path, &probe);
    assert_true(probe.encrypted); /* and nobody takes it for a plain file */
    build_free(&out);
}

static void set(const char *path, const char *name, const void *value, size_t length)
{
    assert_int_equal(setxattr(path, name, value, length, 0), 0);
}

static void test_corrupt_containers(void **state)
{
    static const uint8_t mark[16] = { 1, 0, 0, 0, 0, 0, 0, 0, 0xa0, 0x86, 1 }; /* 100000 */
    const char *path = in_dir("a");
    struct build b = { 0 };
    uint8_t bad[16];
    int fd;

    (void)state;
    build_with_named(&b);
    assert_kept(path, &b, false);
    set(path, EFS_STORE_CONTAINER, mark, 16);
    assert_exports(path, &b, 5000);

    set(path, EFS_STORE_CONTAINER, mark, 15);
    assert_corrupt(path, "short mark");
    set(path, EFS_STORE_CONTAINER, mark, 0);
    assert_corrupt(path, "empty mark");
    memcpy(bad, mark, 16);
    bad[0] = 2;
    set(path, EFS_STORE_CONTAINER, bad, 16);
    assert_corrupt(path, "version");
    memcpy(bad, mark, 16);
    bad[8]++;
    set(path, EFS_STORE_CONTAINER, bad, 16);
    assert_corrupt(path, "another size");
    bad[15] = 0xff;
    set(path, EFS_STORE_CONTAINER, bad, 16);
    assert_corrupt(path, "a size below 0");
    set(path, EFS_STORE_CONTAINER, mark, 16);

    set(path, EFS_STORE_XATTR, b.data + AT_METADATA, BUILD_METADATA_SIZE);
    assert_corrupt(path, "both attributes");
    assert_int_equal(removexattr(path, EFS_STORE_XATTR), 0);

    /* content that is no raw stream any more: at the start, in the middle, at the end */
    fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, "x", 1, 5), 1);
    assert_corrupt(path, "file header");
    assert_int_equal(pwrite(fd, b.data + 5, 1, 5), 1);
    assert_int_equal(pwrite(fd, "x", 1, AT_SEGMENT + 5), 1);
    assert_corrupt(path, "segment header");
    assert_int_equal(pwrite(fd, b.data + AT_SEGMENT + 5, 1, AT_SEGMENT + 5), 1);
    assert_exports(path, &b, 5000);
    assert_int_equal(ftruncate(fd, 512 * 60), 0);
    assert_int_equal(pwrite(fd, "\0", 2, 512 * 60), 2);
    assert_corrupt(path, "cut");
    close(fd);

    /* an encrypted one replaces it all the same */
    assert_kept(path, &b, false);
    build_free(&b);
}

static void test_corrupt_layouts(void **state)
{
    const char *path = in_dir("a");
    struct build b = { 0 }, other = { 0 };
    uint8_t layout[4096], bad[4096];
    ssize_t length;
    int fd, i;

    (void)state;
    build_sparse(&b, 4);
    assert_kept(path, &b, false);
    length = getxattr(path, EFS_STORE_LAYOUT, layout, sizeof(layout));
    assert_true(length > EFS_LAYOUT_HEADER_SIZE);

    /* every byte of it, and every length */
    for (i = 0; i < length; i++)
    {
        struct build out = { 0 };
        enum efs_error err;

        memcpy(bad, layout, (size_t)length);
        bad[i] ^= 0x41;
        set(path, EFS_STORE_LAYOUT, bad, (size_t)length);
        err = export(path, &out, 5000);
        /* what is still a well-formed stream of this size can't be told from the true one */
        assert_true(err == EFS_OK || err == EFS_ERR_CORRUPT);
        if (i < EFS_LAYOUT_HEADER_SIZE) assert_int_equal(err, EFS_ERR_CORRUPT);
        build_free(&out);
        set(path, EFS_STORE_LAYOUT, layout, (size_t)i);
        assert_corrupt(path, "cut layout");
    }
    set(path, EFS_STORE_LAYOUT, layout, (size_t)length);
    assert_exports(path, &b, 5000);

    /* another file's metadata; another file's content */
    build_metadata_value(&other, BUILD_METADATA_SIZE, 77);
    set(path, EFS_STORE_XATTR, other.data, other.length);
    assert_corrupt(path, "another $EFS");
    set(path, EFS_STORE_XATTR, b.data + AT_METADATA, BUILD_METADATA_SIZE);
    fd = open(path, O_RDWR);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_corrupt(path, "no content");
    assert_int_equal(ftruncate(fd, (3 << 16) + 2), 0);
    assert_corrupt(path, "less content");
    assert_int_equal(ftruncate(fd, (5 << 16) + 2), 0);
    assert_corrupt(path, "more content");
    close(fd);
    build_free(&b);
    build_free(&other);
}

static void test_strip(void **state)
{
    static const char * const names[] = { EFS_STORE_XATTR, EFS_STORE_LAYOUT, EFS_STORE_CONTAINER };
    struct build b[2] = { { 0 } };
    struct efs_probe probe;
    size_t i, n;
    int fd;

    (void)state;
    build_sparse(&b[0], 4);
    build_with_named(&b[1]);
    for (i = 0; i < 2; i++)
    {
        assert_kept(in_dir("a"), &b[i], false);
        fd = open(in_dir("a"), O_RDWR);
        assert_int_equal(efs_strip(fd), 0);
        efs_probe_fd(fd, &probe);
        assert_false(probe.encrypted);
        assert_int_equal(probe.data_size, 0);
        for (n = 0; n < 3; n++) assert_int_equal(fgetxattr(fd, names[n], NULL, 0), -1);
        close(fd);
        build_free(&b[i]);
    }
}

/* ---- a disk that is full at some byte; what is there already can be overwritten ---- */

static int64_t space = INT64_MAX;
ssize_t __real_pwrite64(int fd, const void *data, size_t length, off_t offset);
ssize_t __wrap_pwrite64(int fd, const void *data, size_t length, off_t offset);
ssize_t __real_pwritev64(int fd, const struct iovec *parts, int count, off_t offset);
ssize_t __wrap_pwritev64(int fd, const struct iovec *parts, int count, off_t offset);

static bool take_space(size_t length)
{
    if ((int64_t)length > space)
    {
        space = INT64_MAX;
        errno = ENOSPC;
        return false;
    }
    if (space != INT64_MAX) space -= (int64_t)length;
    return true;
}

ssize_t __wrap_pwrite64(int fd, const void *data, size_t length, off_t offset)
{
    return take_space(length) ? __real_pwrite64(fd, data, length, offset) : -1;
}

ssize_t __wrap_pwritev64(int fd, const struct iovec *parts, int count, off_t offset)
{
    size_t length = 0;
    int i;

    for (i = 0; i < count; i++) length += parts[i].iov_len;
    return take_space(length) ? __real_pwritev64(fd, parts, count, offset) : -1;
}

static void test_disk_full(void **state)
{
    struct build old = { 0 }, b[2] = { { 0 } };
    unsigned int i, links;
    int64_t full;

    (void)state;
    build_sparse(&old, 3);
    build_with_named(&b[0]);
    build_sparse(&b[1], 5);
    assert_kept(in_dir("a"), &old, false);
    for (links = 1; links <= 2; links++)
    {
        for (i = 0; i < 2; i++)
        {
            assert_kept(in_dir("a"), &old, false);
            for (full = 0; full < 600000; full += 20011)
            {
                enum efs_error err;

                space = full;
                err = import(in_dir("a"), &b[i], 5000, false, NULL);
                space = INT64_MAX;
                if (!err) break;
                assert_int_equal(err, EFS_ERR_DISK_FULL);
                assert_exports(in_dir("a"), &old, 5000);
                assert_int_equal(count_entries(), links);
            }
            assert_true(full > 100000 && full < 600000);
        }
        if (links == 1) assert_int_equal(link(in_dir("a"), in_dir("a2")), 0);
    }
    build_free(&old);
    build_free(&b[0]);
    build_free(&b[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_sparse, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_containers, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_conversions, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_carry_over_limit, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_drop_named, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_directories, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_corrupt_containers, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_corrupt_layouts, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_strip, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_disk_full, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
