/*
 * Another $EFS for a file, and a $EFS with fewer users.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "session/replace.h"
#include "lib/host.h"
#include "lib/metadata_sample.h"

/* The stream with that $EFS in the place of its own. */
static void with_metadata(struct build *out, const struct build *stream, const uint8_t *metadata, uint32_t length)
{
    memset(out, 0, sizeof(*out));
    build_bytes(out, stream->data, AT_METADATA_SEGMENT);
    build_plain_segment(out, length);
    build_bytes(out, metadata, length);
    build_bytes(out, stream->data + AT_DATA_STREAM, stream->length - AT_DATA_STREAM);
}

typedef enum efs_error (*replace_fn)(int fd, const uint8_t *metadata, uint32_t length, struct efs_diag *diag);

static enum efs_error replace_any(int fd, const uint8_t *metadata, uint32_t length, struct efs_diag *diag)
{
    return efs_replace_metadata(fd, NULL, 0, metadata, length, diag);
}

static enum efs_error replace(replace_fn fn, const char *path, const uint8_t *metadata, uint32_t length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum efs_error err;

    assert_true(fd != -1);
    err = fn(fd, metadata, length, NULL);
    assert_int_equal(close(fd), 0);
    return err;
}

static const replace_fn ways[] = { replace_any, replace_by_rewriting };

/* Both ways give the same stream. */
static void test_replace(void **state)
{
    static const uint64_t sizes[] = { 0, 1, 512, 65536, 65537, 300000 };
    uint8_t *metadata = make_test(2);
    size_t i, way;

    (void)state;
    for (way = 0; way < sizeof(ways) / sizeof(ways[0]); way++)
        for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        {
            struct build stream = { 0 }, expected;

            build_file_stream(&stream, sizes[i], (uint32_t)i);
            with_metadata(&expected, &stream, metadata, TOTAL);
            assert_int_equal(import(in_dir("file"), &stream, 5000, false, NULL), EFS_OK);
            assert_int_equal(replace(ways[way], in_dir("file"), metadata, TOTAL), EFS_OK);
            assert_exports(in_dir("file"), &expected, 5000);
            assert_int_equal(count_entries(), 1);
            build_free(&stream);
            build_free(&expected);
        }
    free(metadata);
}

static void test_directory(void **state)
{
    uint8_t *metadata = make_test(2);
    struct build stream = { 0 }, expected;
    size_t way;

    (void)state;
    build_directory_stream(&stream, 1);
    with_metadata(&expected, &stream, metadata, TOTAL);
    for (way = 0; way < sizeof(ways) / sizeof(ways[0]); way++)
    {
        assert_int_equal(import(in_dir("directory"), &stream, 5000, true, NULL), EFS_OK);
        write_plain(in_dir("directory/file"), "text");
        assert_int_equal(replace(ways[way], in_dir("directory"), metadata, TOTAL), EFS_OK);
        assert_exports(in_dir("directory"), &expected, 5000);
        assert_content(in_dir("directory/file"), "text");
    }
    build_free(&stream);
    build_free(&expected);
    free(metadata);
}

/* Streams that aren't kept in the plain form: the one whose attribute this is */
static void test_forms(void **state)
{
    static const char *const attributes[] = { EFS_STORE_LAYOUT, EFS_STORE_CONTAINER };
    uint8_t *metadata = make_test(2), zeros[512] = { 0 };
    size_t form, way;

    (void)state;
    for (form = 0; form < 2; form++)
        for (way = 0; way < sizeof(ways) / sizeof(ways[0]); way++)
        {
            struct build stream = { 0 }, expected;

            build_file_stream(&stream, 0, 7);
            /* units of 4 KiB, of which Windows would use one of 512 bytes */
            build_data_segment(&stream, 0, 100, 512, 12);
            build_bytes(&stream, zeros, sizeof(zeros));
            if (form)
            {
                build_stream_header(&stream, 0, ":other:$DATA");
                build_data_segment(&stream, 0, 10, 512, 9);
                build_bytes(&stream, zeros, sizeof(zeros));
            }
            with_metadata(&expected, &stream, metadata, TOTAL);
            assert_int_equal(import(in_dir("file"), &stream, 5000, false, NULL), EFS_OK);
            assert_true(getxattr(in_dir("file"), attributes[form], NULL, 0) > 0);
            assert_int_equal(replace(ways[way], in_dir("file"), metadata, TOTAL), EFS_OK);
            assert_exports(in_dir("file"), &expected, 5000);
            assert_true(getxattr(in_dir("file"), attributes[form], NULL, 0) > 0);
            build_free(&stream);
            build_free(&expected);
        }
    assert_int_equal(count_entries(), 1);
    free(metadata);
}

static void test_refused(void **state)
{
    uint8_t *metadata = make_test(2), *other = make_test(3);
    struct build stream = { 0 };
    int fd;

    (void)state;
    build_file_stream(&stream, 1000, 1);
    write_plain(in_dir("plain"), "text");
    assert_int_equal(replace(replace_any, in_dir("plain"), metadata, TOTAL), EFS_ERR_NOT_ENCRYPTED);
    assert_int_equal(replace(replace_by_rewriting, in_dir("plain"), metadata, TOTAL), EFS_ERR_NOT_ENCRYPTED);
    assert_content(in_dir("plain"), "text");

    assert_int_equal(import(in_dir("file"), &stream, 5000, false, NULL), EFS_OK);
    fd = open(in_dir("file"), O_RDONLY | O_CLOEXEC);
    assert_true(fd != -1);
    /* not the present one */
    assert_int_equal(efs_replace_metadata(fd, other, TOTAL, metadata, TOTAL, NULL), EFS_ERR_CHANGED);
    assert_int_equal(efs_replace_metadata(fd, stream.data + AT_METADATA, BUILD_METADATA_SIZE - 8, metadata, TOTAL,
                                          NULL), EFS_ERR_CHANGED);
    /* nothing that a reader would take */
    assert_int_equal(efs_replace_metadata(fd, NULL, 0, metadata, TOTAL - 1, NULL), EFS_ERR_METADATA);
    assert_int_equal(efs_replace_metadata(fd, NULL, 0, stream.data + AT_METADATA, BUILD_METADATA_SIZE, NULL),
                     EFS_ERR_METADATA);
    assert_exports(in_dir("file"), &stream, 5000);
    /* the present one */
    assert_int_equal(efs_replace_metadata(fd, stream.data + AT_METADATA, BUILD_METADATA_SIZE, metadata, TOTAL, NULL),
                     EFS_OK);
    assert_int_equal(efs_replace_metadata(fd, metadata, TOTAL, other, TOTAL, NULL), EFS_OK);
    /* not the present one any more, of the same length */
    assert_int_equal(efs_replace_metadata(fd, metadata, TOTAL, other, TOTAL, NULL), EFS_ERR_CHANGED);
    assert_int_equal(close(fd), 0);
    build_free(&stream);
    free(metadata);
    free(other);
}

static enum efs_error make_empty(const char *path, bool directory, const uint8_t *metadata, uint32_t length)
{
    struct efs_target target;
    enum efs_error err;

    assert_int_equal(efs_target_open(&target, path, NULL), EFS_OK);
    err = efs_make_empty(&target, directory, metadata, length, NULL);
    efs_target_close(&target);
    return err;
}

static void test_make_empty(void **state)
{
    uint8_t *metadata = make_test(2);
    struct build stream = { 0 }, empty;

    (void)state;
    build_file_stream(&stream, 0, 1);
    with_metadata(&empty, &stream, metadata, TOTAL);
    assert_int_equal(make_empty(in_dir("new"), false, metadata, TOTAL), EFS_OK);
    assert_exports(in_dir("new"), &empty, 5000);
    write_plain(in_dir("plain"), "text");
    assert_int_equal(make_empty(in_dir("plain"), true, metadata, TOTAL), EFS_ERR_TYPE);
    assert_content(in_dir("plain"), "text");
    assert_int_equal(make_empty(in_dir("plain"), false, metadata, TOTAL), EFS_OK);
    assert_exports(in_dir("plain"), &empty, 5000);
    build_free(&stream);
    build_free(&empty);

    build_directory_stream(&stream, 1);
    with_metadata(&empty, &stream, metadata, TOTAL);
    assert_int_equal(make_empty(in_dir("directory"), true, metadata, TOTAL), EFS_OK);
    assert_exports(in_dir("directory"), &empty, 5000);
    assert_int_equal(make_empty(in_dir("directory"), false, metadata, TOTAL), EFS_ERR_TYPE);
    assert_exports(in_dir("directory"), &empty, 5000);
    assert_int_equal(count_entries(), 3);
    build_free(&stream);
    build_free(&empty);
    free(metadata);
}

/* ---- fewer users ---- */

#define THUMB(i) { test_thumbs + 20 * (i), 20 }

static void assert_dropped(const struct efs_bytes *thumbs, uint32_t count, const struct efs_key_entry *left,
                           uint32_t left_count)
{
    uint8_t *metadata = make_test(2), *out = malloc(TOTAL), *expected = malloc(TOTAL);
    struct efs_metadata parsed;
    size_t written, length;
    uint32_t dropped;

    assert_int_equal(efs_metadata_read(&parsed, metadata, TOTAL, NULL), EFS_OK);
    assert_int_equal(efs_metadata_drop_users(out, TOTAL, &parsed, thumbs, count, &written, &dropped), EFS_OK);
    assert_int_equal(dropped, 2 - left_count);
    /* what the writer makes of the entries that are left */
    assert_int_equal(efs_metadata_make(expected, TOTAL, 2, test_id, left, left_count, test_drf, 1, &length), EFS_OK);
    assert_int_equal(written, length);
    assert_memory_equal(out, expected, length);
    assert_int_equal(efs_metadata_read(&parsed, out, written, NULL), EFS_OK);
    free(metadata);
    free(out);
    free(expected);
}

static void test_drop(void **state)
{
    /* an agent, a part, nothing */
    static const struct efs_bytes none[] = { THUMB(2), { test_thumbs, 19 }, { NULL, 0 } },
        first[] = { THUMB(0) }, second[] = { THUMB(2), THUMB(1), THUMB(1) }, both[] = { THUMB(0), THUMB(1) };
    uint8_t *metadata = make_test(2), *out = malloc(TOTAL);
    struct efs_metadata parsed;
    uint32_t dropped;
    size_t written;

    (void)state;
    assert_dropped(NULL, 0, test_ddf, 2);
    assert_dropped(none, 3, test_ddf, 2);
    assert_dropped(first, 1, test_ddf + 1, 1);
    assert_dropped(second, 3, test_ddf, 1);

    assert_int_equal(efs_metadata_read(&parsed, metadata, TOTAL, NULL), EFS_OK);
    assert_int_equal(efs_metadata_drop_users(out, TOTAL, &parsed, both, 2, &written, &dropped), EFS_ERR_INVALID);
    assert_int_equal(written, 0);
    assert_int_equal(efs_metadata_drop_users(out, TOTAL - 1, &parsed, none, 3, &written, &dropped), EFS_ERR_INVALID);
    assert_int_equal(written, TOTAL);
    free(metadata);
    free(out);
}

/* Windows 2000's checksum isn't kept; a version that isn't understood isn't touched. */
static void test_drop_versions(void **state)
{
    static const struct efs_bytes first[] = { THUMB(0) };
    uint8_t *metadata = make_test(1), *out = malloc(TOTAL), opaque[0x60] = { [0] = sizeof(opaque), [8] = 4 };
    struct efs_metadata parsed;
    uint32_t dropped, i;
    size_t written;

    (void)state;
    memset(metadata + 0x20, 0xcc, 16);
    assert_int_equal(efs_metadata_read(&parsed, metadata, TOTAL, NULL), EFS_OK);
    assert_int_equal(efs_metadata_drop_users(out, TOTAL, &parsed, first, 1, &written, &dropped), EFS_OK);
    for (i = 0; i < 16; i++) assert_int_equal(out[0x20 + i], 0);
    assert_int_equal(load32_le(out + 8), 1);

    /* without recovery agents */
    assert_int_equal(efs_metadata_make(metadata, TOTAL, 2, test_id, test_ddf, 2, NULL, 0, &written), EFS_OK);
    assert_int_equal(efs_metadata_read(&parsed, metadata, written, NULL), EFS_OK);
    assert_int_equal(efs_metadata_drop_users(out, TOTAL, &parsed, first, 1, &written, &dropped), EFS_OK);
    assert_int_equal(efs_metadata_read(&parsed, out, written, NULL), EFS_OK);
    assert_int_equal(parsed.count[EFS_DDF], 1);
    assert_int_equal(load32_le(out + 0x44), 0);

    assert_int_equal(efs_metadata_read(&parsed, opaque, sizeof(opaque), NULL), EFS_OK);
    assert_int_equal(efs_metadata_drop_users(out, TOTAL, &parsed, first, 1, &written, &dropped), EFS_ERR_VERSION);
    free(metadata);
    free(out);
}

/* Whatever the reader accepts, what comes out is accepted, too, with as many users as it says. */
static void test_drop_hostile(void **state)
{
    static const struct efs_bytes first[] = { THUMB(0) };
    uint8_t *metadata = make_test(2), *out = malloc(TOTAL + 8);
    struct efs_metadata parsed, again;
    uint32_t dropped, accepted = 0;
    size_t i, written;
    unsigned int bit;

    (void)state;
    for (i = 0; i < TOTAL; i++)
        for (bit = 0; bit < 8; bit++)
        {
            metadata[i] ^= (uint8_t)(1u << bit);
            if (!efs_metadata_read(&parsed, metadata, TOTAL, NULL) && !parsed.opaque
                && !efs_metadata_drop_users(out, TOTAL + 8, &parsed, first, 1, &written, &dropped))
            {
                accepted++;
                assert_int_equal(efs_metadata_read(&again, out, written, NULL), EFS_OK);
                assert_int_equal(again.count[EFS_DDF] + dropped, parsed.count[EFS_DDF]);
                assert_int_equal(again.count[EFS_DRF], parsed.count[EFS_DRF]);
            }
            metadata[i] ^= (uint8_t)(1u << bit);
        }
    assert_true(accepted > 1000);
    free(metadata);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_replace, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_directory, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_forms, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_refused, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_make_empty, make_dir, drop_dir),
        cmocka_unit_test(test_drop),
        cmocka_unit_test(test_drop_versions),
        cmocka_unit_test(test_drop_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
