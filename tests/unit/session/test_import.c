/*
 * Import and export sessions on a real file system: what comes back is what went in, and what is refused
 * leaves the target, and the directory, as they were.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/host.h"
#include "lib/metadata_sample.h"

static void test_round_trips(void **state)
{
    static const uint64_t sizes[] = { 0, 1, 511, 512, 513, 1023, 65023, 65024, 65535, 65536, 65537, 200001, 3000000 };
    static const size_t pieces[] = { 1, 2, 17, 600, 16384, 70000, 10000000 };
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++)
        {
            struct build b = { 0 }, host = { 0 }, content = { 0 };
            uint8_t metadata[BUILD_METADATA_SIZE + 1];

            if (pieces[j] < 10 && sizes[i] > 100000) continue;
            build_file_stream(&b, sizes[i], (uint32_t)(i * 100 + j));
            assert_int_equal(import(in_dir("file"), &b, pieces[j], false, NULL), EFS_OK);
            assert_exports(in_dir("file"), &b, pieces[j]);

            build_host_content(&host, &b, sizes[i]);
            read_file(in_dir("file"), &content);
            assert_int_equal(content.length, host.length);
            if (host.length) assert_memory_equal(content.data, host.data, host.length);
            assert_int_equal(getxattr(in_dir("file"), EFS_STORE_XATTR, metadata, sizeof(metadata)),
                             BUILD_METADATA_SIZE);
            assert_memory_equal(metadata, b.data + AT_METADATA, BUILD_METADATA_SIZE);
            assert_int_equal(count_entries(), 1);
            if (j % 2) assert_int_equal(unlink(in_dir("file")), 0); /* else the next one replaces it */
            build_free(&b);
            build_free(&host);
            build_free(&content);
        }
}

static void test_directory(void **state)
{
    struct build b = { 0 }, file = { 0 };

    (void)state;
    build_directory_stream(&b, 1);
    build_file_stream(&file, 100, 1);

    assert_int_equal(import(in_dir("new"), &b, 100, true, NULL), EFS_OK);
    assert_exports(in_dir("new"), &b, 100);

    assert_int_equal(mkdir(in_dir("old"), 0750), 0);
    write_plain(in_dir("old/child"), "x");
    assert_int_equal(import(in_dir("old"), &b, 100, true, NULL), EFS_OK);
    assert_exports(in_dir("old"), &b, 100);
    assert_content(in_dir("old/child"), "x");

    /* over its own metadata */
    build_free(&b);
    build_directory_stream(&b, 2);
    assert_int_equal(import(in_dir("old"), &b, 100, true, NULL), EFS_OK);
    assert_exports(in_dir("old"), &b, 100);

    /* the wrong kind, both ways */
    write_plain(in_dir("plain"), "text");
    assert_int_equal(import(in_dir("plain"), &b, 100, true, NULL), EFS_ERR_TYPE);
    assert_int_equal(import(in_dir("old"), &file, 100, false, NULL), EFS_ERR_TYPE);
    assert_int_equal(import(in_dir("old"), &file, 100, true, NULL), EFS_ERR_TYPE);
    assert_int_equal(import(in_dir("missing"), &file, 100, true, NULL), EFS_ERR_TYPE);
    assert_content(in_dir("plain"), "text");
    assert_exports(in_dir("old"), &b, 100);
    assert_int_equal(count_entries(), 3);
    build_free(&b);
    build_free(&file);
}

/* What is refused, and where. */
struct refusal
{
    const char    *name;
    void         (*change)(struct build *b);
    enum efs_error err;
};

static void c_truncated(struct build *b) { b->length -= 1; }
static void c_text(struct build *b) { memset(b->data, 'A', b->length); }
static void c_empty(struct build *b) { b->length = 0; }
static void c_metadata_only(struct build *b) { b->length = AT_DATA_STREAM; }
static void c_broken_late(struct build *b) { b->data[b->length - 1024 - 0x200 + 5] ^= 1; }
static void c_trailing(struct build *b) { build_zeros(b, 12); }
static void c_reserved(struct build *b) { b->data[0x0c] = 1; }
static void c_fill(struct build *b) { b->data[AT_DATA - 1] = 1; }
static void c_metadata_flag(struct build *b) { put_u32(b, AT_METADATA_STREAM + 0x0c, 1); }
static void c_metadata_reserved(struct build *b) { put_u32(b, AT_METADATA_SEGMENT + 0x0c, 1); }
static void c_plain(struct build *b) { put_u32(b, AT_DATA_STREAM + 0x0c, 1); }
static void c_sparse(struct build *b) { put_u32(b, AT_ENCRYPTION + 0x28, 1); }
static void c_vdl(struct build *b) { put_u32(b, AT_ENCRYPTION + 0x10, 5); }
static void c_cluster(struct build *b) { b->data[AT_ENCRYPTION + 0x18] = 9; }
static void c_named(struct build *b) { build_stream_header(b, 0, ":name:$DATA"); }
static void c_gap(struct build *b) { put_u64(b, AT_ENCRYPTION + 3 * (0x200 + 0x10000), 0x40000); }
static void c_version(struct build *b) { put_u32(b, AT_METADATA + 8, 99); }
/* the $EFS in two segments, the first of which is no $EFS by itself */
static void c_metadata_split(struct build *b)
{
    struct build tail = { 0 };

    build_bytes(&tail, b->data + AT_METADATA + 100, b->length - AT_METADATA - 100);
    put_u32(b, AT_METADATA_SEGMENT, 0x10 + 100);
    b->length = AT_METADATA + 100;
    build_plain_segment(b, BUILD_METADATA_SIZE - 100);
    build_bytes(b, tail.data, tail.length);
    build_free(&tail);
}
static void c_metadata_length(struct build *b) { put_u32(b, AT_METADATA, BUILD_METADATA_SIZE + 8); }
static void c_small_after_short(struct build *b)
{
    build_data_segment(b, 200000 + 192, 512, 512, 9);
    build_zeros(b, 512);
}

static const struct refusal refusals[] =
{
    { "truncated", c_truncated, EFS_ERR_FORMAT },
    { "text", c_text, EFS_ERR_FORMAT },
    { "empty", c_empty, EFS_ERR_FORMAT },
    { "broken in the last segment", c_broken_late, EFS_ERR_FORMAT },
    { "trailing bytes", c_trailing, EFS_ERR_FORMAT },
    { "unknown version", c_version, EFS_ERR_VERSION },
    { "metadata length", c_metadata_length, EFS_ERR_METADATA },
};

/* 200000 bytes: the last of four segments stores 3584 */
static void test_refused(void **state)
{
    size_t i;

    (void)state;
    write_plain(in_dir("plain"), "before");
    for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
    {
        struct efs_diag diag = { 0 };
        struct build b = { 0 };
        enum efs_error err;

        build_file_stream(&b, refusals[i].change == c_broken_late ? 65536 * 3 + 1024 : 200000, (uint32_t)i);
        refusals[i].change(&b);
        err = import(in_dir("missing"), &b, 5000, false, &diag);
        if (err != refusals[i].err)
            fail_msg("%s: %d (%s), expected %d", refusals[i].name, err, diag.rule, refusals[i].err);
        assert_int_equal(diag.code, err);
        assert_non_null(diag.rule);
        assert_int_equal(import(in_dir("plain"), &b, 5000, false, &diag), err);
        assert_content(in_dir("plain"), "before");
        assert_int_equal(count_entries(), 1);
        build_free(&b);
    }
}

/* What differs from the writer's stream, and is kept all the same. */
static const struct
{
    const char    *name;
    void         (*change)(struct build *b);
    enum efs_form  form;
} unusual[] =
{
    { "metadata alone", c_metadata_only, EFS_FORM_SPLIT },
    { "reserved bytes", c_reserved, EFS_FORM_SPLIT },
    { "fill bytes", c_fill, EFS_FORM_SPLIT },
    { "metadata flag", c_metadata_flag, EFS_FORM_SPLIT },
    { "reserved bytes of the metadata's segment", c_metadata_reserved, EFS_FORM_SPLIT },
    { "metadata in two segments", c_metadata_split, EFS_FORM_SPLIT },
    { "plain stream", c_plain, EFS_FORM_CONTAINER },
    { "sparse", c_sparse, EFS_FORM_SPLIT },
    { "valid data length", c_vdl, EFS_FORM_SPLIT },
    { "cluster shift", c_cluster, EFS_FORM_SPLIT },
    { "named stream", c_named, EFS_FORM_CONTAINER },
    { "gap", c_gap, EFS_FORM_SPLIT },
    { "segment after a short one", c_small_after_short, EFS_FORM_SPLIT },
};

static void test_unusual(void **state)
{
    size_t i;

    (void)state;
    write_plain(in_dir("plain"), "before");
    for (i = 0; i < sizeof(unusual) / sizeof(unusual[0]); i++)
    {
        struct build b = { 0 };
        struct efs_diag diag = { 0 };
        struct efs_stored stored;
        enum efs_error err;

        build_file_stream(&b, 200000, (uint32_t)i);
        unusual[i].change(&b);
        err = import(in_dir("plain"), &b, 5000, false, &diag);
        if (err) fail_msg("%s: %d (%s)", unusual[i].name, err, diag.rule);
        assert_exports(in_dir("plain"), &b, 3000);
        assert_int_equal(efs_stored_open(&stored, in_dir("plain"), NULL), EFS_OK);
        assert_int_equal(stored.form, unusual[i].form);
        if (unusual[i].form == EFS_FORM_SPLIT) assert_non_null(stored.layout);
        efs_stored_close(&stored);
        assert_int_equal(count_entries(), 1);
        build_free(&b);
    }
}

/* Versions 4 to 6 are kept without being understood. */
static void test_opaque_versions(void **state)
{
    int version;

    (void)state;
    for (version = 1; version <= 6; version++)
    {
        struct build b = { 0 };

        build_file_stream(&b, 1000, (uint32_t)version);
        put_u32(&b, AT_METADATA + 8, (uint32_t)version);
        if (version == 6) memcpy(b.data + AT_METADATA, ".pfile\2\0\0\0", 10);
        assert_int_equal(import(in_dir("file"), &b, 5000, false, NULL), EFS_OK);
        assert_exports(in_dir("file"), &b, 5000);
        build_free(&b);
    }
}

/* One target, several sessions: a retry after a failure, and a second import after a success. */
static void test_again(void **state)
{
    struct build b = { 0 }, other = { 0 };
    struct efs_import *session;
    struct efs_target target;

    (void)state;
    build_file_stream(&b, 1000, 1);
    build_file_stream(&other, 70000, 2);
    assert_int_equal(efs_target_open(&target, in_dir("new"), NULL), EFS_OK);

    assert_int_equal(efs_import_begin(&session, &target, false, 0, NULL), EFS_OK);
    assert_string_equal(efs_import_stage_name(session), "");
    assert_int_equal(efs_import_feed(session, b.data, b.length - 1, NULL), EFS_OK);
    /* nameless, where the host has such files */
    assert_true(strlen(efs_import_stage_name(session)) == 0 || efs_is_stage_name(efs_import_stage_name(session)));
    assert_int_equal(efs_import_commit(session, NULL), EFS_ERR_FORMAT);
    assert_int_equal(efs_import_feed(session, b.data, b.length, NULL), EFS_ERR_FORMAT);
    efs_import_free(session);
    assert_int_equal(count_entries(), 0);

    assert_int_equal(efs_import_begin(&session, &target, false, 0, NULL), EFS_OK);
    assert_int_equal(efs_import_feed(session, b.data, b.length, NULL), EFS_OK);
    assert_int_equal(efs_import_commit(session, NULL), EFS_OK);
    assert_int_equal(efs_import_commit(session, NULL), EFS_ERR_INVALID);
    assert_int_equal(efs_import_feed(session, b.data, 1, NULL), EFS_ERR_INVALID);
    efs_import_free(session);
    assert_exports(in_dir("new"), &b, 100);

    assert_int_equal(efs_import_begin(&session, &target, false, 0, NULL), EFS_OK);
    assert_int_equal(efs_import_feed(session, other.data, other.length, NULL), EFS_OK);
    assert_int_equal(efs_import_commit(session, NULL), EFS_OK);
    efs_import_free(session);
    assert_exports(in_dir("new"), &other, 100);

    /* given up half way */
    assert_int_equal(efs_import_begin(&session, &target, false, 0, NULL), EFS_OK);
    assert_int_equal(efs_import_feed(session, b.data, b.length - 5, NULL), EFS_OK);
    efs_import_free(session);
    assert_exports(in_dir("new"), &other, 100);
    assert_int_equal(count_entries(), 1);

    efs_target_close(&target);
    build_free(&b);
    build_free(&other);
}

/* Damage in the entries of the $EFS is kept, and told by the same judgement as everywhere. */
static void test_judge(void **state)
{
    struct build b = { 0 }, good = { 0 };
    struct efs_metadata read;
    uint8_t metadata[2048];
    unsigned int i;
    size_t length;

    (void)state;
    build_file_stream(&b, 1000, 1);
    assert_int_equal(efs_metadata_make(metadata, sizeof(metadata), 2, test_id, test_ddf, 2, test_drf, 1, &length),
                     EFS_OK);
    build_file_header(&good);
    build_stream_header(&good, 0, NULL);
    build_plain_segment(&good, length);
    build_bytes(&good, metadata, length);
    for (i = 0; i < 2; i++)
    {
        const struct build *stream = i ? &good : &b;
        struct efs_diag diag = { 0 }, want = { 0 };
        struct efs_import *session;
        struct efs_target target;
        enum efs_error err;

        assert_int_equal(efs_target_open(&target, in_dir("file"), NULL), EFS_OK);
        assert_int_equal(efs_import_begin(&session, &target, false, 0, NULL), EFS_OK);
        assert_int_equal(efs_import_feed(session, stream->data, stream->length, NULL), EFS_OK);
        assert_int_equal(efs_import_commit(session, NULL), EFS_OK);
        err = efs_import_judge(session, &diag);
        assert_int_equal(err, i ? EFS_OK : EFS_ERR_METADATA);
        if (!i)
        {
            assert_int_equal(efs_metadata_read(&read, b.data + AT_METADATA, BUILD_METADATA_SIZE, &want), err);
            assert_string_equal(diag.rule, want.rule);
            assert_int_equal(diag.offset, want.offset);
        }
        efs_import_free(session);
        efs_target_close(&target);
        assert_exports(in_dir("file"), stream, 5000);
    }
    build_free(&b);
    build_free(&good);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_round_trips, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_directory, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_refused, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_unusual, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_opaque_versions, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_again, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_judge, make_dir, drop_dir),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
