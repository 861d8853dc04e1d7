/*
 * NTFS-3G: named streams in and out, and what is refused because it wouldn't come back as it is.
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
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/host.h"
#include "lib/ntfs_mount.h"

static int begin(void **state)
{
    ntfs_mount_on();
    return make_dir(state);
}

static int end(void **state)
{
    ntfs_mount_off();
    return drop_dir(state);
}

/* As Windows writes it, in one segment. */
static void build_named(struct build *b, const char *name, uint32_t bytes)
{
    uint32_t stored = (bytes + 511) / 512 * 512, seed = bytes;
    unsigned int shift = 9;

    build_stream_header(b, 0, name);
    if (!bytes) return;
    while (1u << shift < stored) shift++;
    build_data_segment(b, 0, bytes, stored, shift);
    build_random(b, stored, &seed);
}

static void test_round_trip(void **state)
{
    struct build b = { 0 }, head = { 0 };
    struct efs_export *session;
    uint8_t bytes[8000];
    size_t n;

    (void)state;
    build_file_stream(&head, 5000, 1);
    build_file_stream(&b, 5000, 1);
    build_named(&b, ":Alpha:$DATA", 65024);
    build_named(&b, ":beta:$DATA", 1);
    build_named(&b, ":empty:$DATA", 0);
    build_named(&b, ":zeta:$DATA", 512);
    assert_int_equal(import(in_dir("file"), &b, 5000, false, NULL), EFS_OK);
    assert_int_equal(ntfs_mount_count(), 4);
    assert_exports(in_dir("file"), &b, 777);
    /* left out on demand */
    assert_int_equal(efs_export_begin(&session, open(in_dir("file"), O_RDONLY), EFS_SESSION_DROP_NAMED, NULL), EFS_OK);
    assert_int_equal(efs_export_read(session, bytes, sizeof(bytes), &n, NULL), EFS_OK);
    assert_int_equal(n, head.length);
    assert_memory_equal(bytes, head.data, n);
    efs_export_free(session);
    build_free(&head);
    build_free(&b);
}

/* ---- refused imports ---- */

static void before_the_unnamed(struct build *b)
{
    uint32_t seed = 1;

    b->length = AT_DATA_STREAM;
    build_named(b, ":name:$DATA", 10);
    build_stream_header(b, 0, "::$DATA");
    build_data_segment(b, 0, 10, 512, 9);
    build_random(b, 512, &seed);
}

static void plain(struct build *b)
{
    build_stream_header(b, 1, ":name:$DATA");
    build_plain_segment(b, 3);
    build_bytes(b, "abc", 3);
}

static void name_of_the_efs(struct build *b)
{
    build_named(b, ":ntfs.efsinfo:$DATA", 10);
}

static void reserved_bytes(struct build *b)
{
    size_t at = b->length;

    build_named(b, ":name:$DATA", 10);
    put_u64(b, at + 0x10, 1);
}

static void slack_in_the_header(struct build *b)
{
    build_stream_header(b, 0, ":name:$DATA");
    put_u32(b, b->length - 0x1c - 22, 0x1c + 24);
    build_u16(b, 0);
}

static void odd_segment(struct build *b)
{
    size_t at = b->length;

    build_named(b, ":name:$DATA", 10);
    put_u32(b, at + 0x1c + 22 + 0x38, 1); /* EXTD flags: sparse */
}

static void too_large(struct build *b)
{
    build_named(b, ":name:$DATA", 65025);
}

static void second_segment(struct build *b)
{
    build_named(b, ":name:$DATA", 65024);
    build_data_segment(b, 65024, 512, 512, 9);
    build_zeros(b, 512);
}

static void too_many(struct build *b)
{
    char name[300];
    int i;

    for (i = 0; i < 300; i++)
    {
        snprintf(name, sizeof(name), ":%03d%0240d:$DATA", i, 0);
        build_named(b, name, 0);
    }
}

static void other_order(struct build *b)
{
    build_named(b, ":zeta:$DATA", 5);
    build_named(b, ":Alpha:$DATA", 5);
}

static void two_of_one_length(struct build *b)
{
    build_named(b, ":b:$DATA", 0);
    build_named(b, ":a:$DATA", 0);
}

static void no_data_stream(struct build *b)
{
    b->length = AT_DATA_STREAM;
}

/* Of a file that has one already: none does, but a mount may have its own view. */
static void one_more(struct build *b)
{
    ntfs_mount_put("user.alien", "", 0);
    build_named(b, ":name:$DATA", 0);
}

static void one_less(struct build *b)
{
    mount.loses = true;
    build_named(b, ":name:$DATA", 0);
}

static void odd_file_header(struct build *b)
{
    put_u32(b, 0x10, 1);
}

static const struct { void (*change)(struct build *b); const char *why; } refused[] =
{
    { before_the_unnamed, "before the unnamed one" },
    { plain, "isn't encrypted" },
    { name_of_the_efs, "a name that no attribute can have" },
    { reserved_bytes, "a name that no attribute can have" },
    { slack_in_the_header, "a name that no attribute can have" },
    { odd_segment, "isn't laid out" },
    { second_segment, "isn't laid out" },
    { too_large, "above 65,024 bytes" },
    { too_many, "too many named streams" },
    { other_order, "in another order" },
    { two_of_one_length, "in another order" },
    { one_more, "in another order" },
    { one_less, "in another order" },
    { no_data_stream, "without a data stream" },
    { odd_file_header, "reserved bytes" },
};

static void test_refused(void **state)
{
    struct efs_diag diag;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
    {
        struct build b = { 0 };

        ntfs_mount_on();
        build_file_stream(&b, 5000, 1);
        refused[i].change(&b);
        memset(&diag, 0, sizeof(diag));
        assert_int_equal(import(in_dir("file"), &b, 50000, false, &diag), EFS_ERR_UNREPRESENTABLE);
        if (!strstr(diag.rule, refused[i].why)) fail_msg("%s: not for \"%s\"", diag.rule, refused[i].why);
        assert_true(diag.offset > 0 || refused[i].change == odd_file_header);
        assert_int_equal(count_entries(), 0);
        build_free(&b);
    }
}

/* What NTFS-3G says of a stream that it can't keep, and what is the disk's fault. */
static void test_refused_by_mount(void **state)
{
    static const struct { int err; enum efs_error code; } answers[] =
    {
        { EINVAL, EFS_ERR_UNREPRESENTABLE }, { EEXIST, EFS_ERR_UNREPRESENTABLE }, { E2BIG, EFS_ERR_UNREPRESENTABLE },
        { ERANGE, EFS_ERR_UNREPRESENTABLE }, { ENAMETOOLONG, EFS_ERR_UNREPRESENTABLE }, { ENOSPC, EFS_ERR_DISK_FULL },
        { EIO, EFS_ERR_IO },
    };
    struct build b = { 0 };
    size_t i;

    (void)state;
    build_file_stream(&b, 5000, 1);
    build_named(&b, ":a:$DATA", 10);
    build_named(&b, ":b:$DATA", 10); /* the first one ends where this begins */
    for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
    {
        ntfs_mount_on();
        mount.set_err = answers[i].err;
        assert_int_equal(import(in_dir("file"), &b, 5000, false, NULL), answers[i].code);
        assert_int_equal(count_entries(), 0);
    }
    ntfs_mount_on();
    mount.list_err = EIO;
    assert_int_equal(import(in_dir("file"), &b, 5000, false, NULL), EFS_ERR_IO);
    assert_int_equal(count_entries(), 0);
    build_free(&b);
}

/* A genuine $EFS file takes no data: what has a second name can't be rewritten. */
static void test_two_names(void **state)
{
    struct build b = { 0 };
    struct efs_diag diag = { 0 };

    (void)state;
    build_file_stream(&b, 5000, 1);
    write_plain(in_dir("file"), "text");
    assert_int_equal(link(in_dir("file"), in_dir("second")), 0);
    assert_int_equal(import(in_dir("file"), &b, 5000, false, &diag), EFS_ERR_UNREPRESENTABLE);
    assert_non_null(strstr(diag.rule, "several names"));
    assert_content(in_dir("second"), "text");
    assert_int_equal(count_entries(), 2);
    build_free(&b);
}

/* ---- exports ---- */

static void test_exports(void **state)
{
    static const struct { const char *name; size_t length; unsigned int padding; int get_err; enum efs_error code;
                          } streams[] =
    {
        { "user.a", 0, 0, 0, EFS_OK },
        { "user.a", 514, 511, 0, EFS_OK },
        { "user.a", 514, 0, 0, EFS_OK },
        { "security.a", 3, 0, 0, EFS_OK }, /* not a stream */
        { "user.a", 1, 0, 0, EFS_ERR_CORRUPT },
        { "user.a", 2, 0, 0, EFS_ERR_CORRUPT },
        { "user.a", 512, 0, 0, EFS_ERR_CORRUPT },
        { "user.a", 514, 512, 0, EFS_ERR_CORRUPT },
        { "user.\xff", 514, 0, 0, EFS_ERR_CORRUPT },
        { "user.a", 514, 0, EIO, EFS_ERR_IO },
        { "user.a", 514, 0, ENODATA, EFS_ERR_IO }, /* it went meanwhile */
    };
    struct build b = { 0 };
    uint8_t value[514];
    size_t i;

    (void)state;
    build_file_stream(&b, 5000, 1);
    assert_int_equal(import(in_dir("file"), &b, 5000, false, NULL), EFS_OK);
    assert_exports(in_dir("file"), &b, 1000); /* without any */
    for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
    {
        struct build out = { 0 }, want = { 0 };

        memset(value, 0, sizeof(value));
        if (streams[i].length > 1)
        {
            value[streams[i].length - 2] = (uint8_t)streams[i].padding;
            value[streams[i].length - 1] = (uint8_t)(streams[i].padding >> 8);
        }
        ntfs_mount_on();
        ntfs_mount_put(streams[i].name, value, streams[i].length);
        mount.get_err = streams[i].get_err;
        assert_int_equal(export(in_dir("file"), &out, 1000), streams[i].code);
        build_bytes(&want, b.data, b.length);
        if (!strcmp(streams[i].name, "user.a")) build_stream_header(&want, 0, ":a:$DATA");
        if (streams[i].length == 514)
        {
            build_data_segment(&want, 0, 512 - streams[i].padding, 512, 9);
            build_zeros(&want, 512);
        }
        if (!streams[i].code)
        {
            assert_int_equal(out.length, want.length);
            assert_memory_equal(out.data, want.data, out.length);
        }
        build_free(&out);
        build_free(&want);
    }
    ntfs_mount_on();
    ntfs_mount_put("user.a", value, 0);
    mount.list_err = EACCES;
    assert_int_equal(export(in_dir("file"), &b, 1000), EFS_ERR_ACCESS);
    build_free(&b);
}

/* Those of a directory are plain, as Windows says of them. */
static void test_directory(void **state)
{
    struct build b = { 0 }, out = { 0 };
    struct efs_export *session;
    uint8_t *value = calloc(1, 65536);
    uint32_t seed = 3;
    size_t bare, n;

    (void)state;
    assert_non_null(value);
    build_directory_stream(&b, 1);
    bare = b.length;
    assert_int_equal(import(in_dir("dir"), &b, 5000, true, NULL), EFS_OK);
    build_stream_header(&b, 1, ":a:$DATA");
    build_plain_segment(&b, 65536);
    n = b.length;
    build_random(&b, 65536, &seed);
    ntfs_mount_put("user.a", b.data + n, 65536);
    build_stream_header(&b, 1, ":b:$DATA");
    ntfs_mount_put("user.b", "", 0);
    build_stream_header(&b, 1, ":c:$DATA");
    build_plain_segment(&b, 3);
    build_bytes(&b, "abc", 3);
    ntfs_mount_put("user.c", "abc", 3);
    assert_exports(in_dir("dir"), &b, 777);
    assert_int_equal(efs_export_begin(&session, open(in_dir("dir"), O_RDONLY), EFS_SESSION_DROP_NAMED, NULL), EFS_OK);
    assert_int_equal(efs_export_read(session, value, 65536, &n, NULL), EFS_OK);
    assert_int_equal(n, bare);
    efs_export_free(session);
    mount.get_err = E2BIG; /* longer than Linux lets anybody read */
    assert_int_not_equal(export(in_dir("dir"), &out, 1000), EFS_OK);
    free(value);
    build_free(&out);
    build_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_round_trip, begin, end),
        cmocka_unit_test_setup_teardown(test_refused, begin, end),
        cmocka_unit_test_setup_teardown(test_refused_by_mount, begin, end),
        cmocka_unit_test_setup_teardown(test_two_names, begin, end),
        cmocka_unit_test_setup_teardown(test_exports, begin, end),
        cmocka_unit_test_setup_teardown(test_directory, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
