/*
 * Reading the store: files that were changed behind our back, and files that never were encrypted.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/session.h"

static char path[64];

static int make_file(void **state)
{
    int fd;

    (void)state;
    strcpy(path, "efs-stored-XXXXXX");
    fd = mkstemp(path);
    if (fd == -1) return -1;
    return close(fd);
}

static int drop_file(void **state)
{
    (void)state;
    return unlink(path);
}

/* A file of `size` bytes that ends in `padding`, with `length` bytes of what may pass for a $EFS. */
static void shape(off_t size, unsigned int padding, size_t length)
{
    static uint8_t metadata[65536];
    const uint8_t tail[2] = { (uint8_t)padding, (uint8_t)(padding >> 8) };

    memset(metadata, 0, sizeof(metadata));
    metadata[0] = (uint8_t)length;
    metadata[1] = (uint8_t)(length >> 8);
    metadata[8] = 2;
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(truncate(path, size), 0);
    if (size >= 2)
    {
        int fd = open(path, O_WRONLY);

        assert_int_equal(pwrite(fd, tail, 2, size - 2), 2);
        close(fd);
    }
    removexattr(path, EFS_STORE_XATTR);
    if (length) assert_int_equal(setxattr(path, EFS_STORE_XATTR, metadata, length, 0), 0);
}

static enum efs_error look(uint64_t *data_size)
{
    struct efs_diag diag = { 0 };
    struct efs_stored stored;
    enum efs_error err = efs_stored_open(&stored, path, &diag);

    if (err)
    {
        assert_int_equal(diag.code, err);
        assert_non_null(diag.rule);
        assert_int_equal(stored.fd, -1);
        return err;
    }
    *data_size = stored.data_size;
    efs_stored_close(&stored);
    return EFS_OK;
}

static void test_shapes(void **state)
{
    static const struct { off_t size; unsigned int padding; size_t length; enum efs_error err; uint64_t data_size;
                          } cases[] =
    {
        { 0, 0, 0x55, EFS_OK, 0 },
        { 514, 0, 0x55, EFS_OK, 512 },
        { 514, 511, 0x55, EFS_OK, 1 },
        { 1026, 455, 600, EFS_OK, 569 },
        /* never encrypted */
        { 0, 0, 0, EFS_ERR_NOT_ENCRYPTED, 0 },
        { 514, 0, 0, EFS_ERR_NOT_ENCRYPTED, 0 },
        { 100, 0, 0, EFS_ERR_NOT_ENCRYPTED, 0 },
        /* data that doesn't fit */
        { 1, 0, 0x55, EFS_ERR_CORRUPT, 0 },
        { 2, 0, 0x55, EFS_ERR_CORRUPT, 0 },
        { 512, 0, 0x55, EFS_ERR_CORRUPT, 0 },
        { 513, 0, 0x55, EFS_ERR_CORRUPT, 0 },
        { 515, 0, 0x55, EFS_ERR_CORRUPT, 0 },
        { 514, 512, 0x55, EFS_ERR_CORRUPT, 0 },
        { 514, 0xffff, 0x55, EFS_ERR_CORRUPT, 0 },
        /* metadata that isn't any */
        { 514, 0, 1, EFS_ERR_CORRUPT, 0 },
        { 514, 0, 0x54, EFS_ERR_CORRUPT, 0 },
    };
    uint64_t data_size = 0;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        enum efs_error err;

        shape(cases[i].size, cases[i].padding, cases[i].length);
        err = look(&data_size);
        if (err != cases[i].err) fail_msg("case %zu: %d, expected %d", i, err, cases[i].err);
        if (!err) assert_int_equal(data_size, cases[i].data_size);
    }

    /* a $EFS that says it is longer than it is */
    shape(514, 0, 100);
    assert_int_equal(setxattr(path, EFS_STORE_XATTR, "\377\0\0\0\0\0\0\0\2\0\0\0", 12, 0), 0);
    assert_int_equal(look(&data_size), EFS_ERR_CORRUPT);
}

static void test_no_file(void **state)
{
    struct efs_stored stored;

    (void)state;
    assert_int_equal(efs_stored_open(&stored, "no such file", NULL), EFS_ERR_NOT_FOUND);
    assert_int_equal(efs_stored_open(&stored, "no such directory/file", NULL), EFS_ERR_NOT_FOUND);
    assert_int_equal(efs_stored_open(&stored, "/dev/null", NULL), EFS_ERR_NOT_ENCRYPTED);
    /* a FIFO must not block */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(efs_stored_open(&stored, path, NULL), EFS_ERR_NOT_ENCRYPTED);
}

/* The file becomes shorter while it is exported: an error, and nothing made up in place of the data. */
static void test_shrinks(void **state)
{
    struct efs_export *session;
    struct efs_diag diag = { 0 };
    uint8_t buffer[4096];
    size_t length;

    (void)state;
    shape(65536 + 2, 0, 0x55);
    assert_int_equal(efs_export_begin(&session, open(path, O_RDONLY), 0, NULL), EFS_OK);
    assert_int_equal(efs_export_read(session, buffer, sizeof(buffer), &length, NULL), EFS_OK);
    assert_int_equal(length, sizeof(buffer));
    assert_int_equal(truncate(path, 8000), 0);
    assert_int_equal(efs_export_read(session, buffer, sizeof(buffer), &length, &diag), EFS_OK);
    assert_int_equal(efs_export_read(session, buffer, sizeof(buffer), &length, &diag), EFS_ERR_CORRUPT);
    assert_int_equal(length, 0);
    efs_export_free(session);
}

/* A second reading gives the same bytes, from wherever the first one stopped. */
static void test_rewind(void **state)
{
    struct efs_export *session;
    uint8_t first[3000], second[3000];
    size_t length, n;

    (void)state;
    shape(1026, 455, 600);
    assert_int_equal(efs_export_begin(&session, open(path, O_RDONLY), 0, NULL), EFS_OK);
    assert_int_equal(efs_export_read(session, first, sizeof(first), &length, NULL), EFS_OK);
    assert_int_equal(length, efs_export_length(session));
    assert_int_equal(efs_export_read(session, second, sizeof(second), &n, NULL), EFS_OK);
    assert_int_equal(n, 0);
    efs_export_rewind(session);
    assert_int_equal(efs_export_read(session, second, 100, &n, NULL), EFS_OK);
    efs_export_rewind(session);
    assert_int_equal(efs_export_read(session, second, sizeof(second), &n, NULL), EFS_OK);
    assert_int_equal(n, length);
    assert_memory_equal(second, first, n);
    efs_export_free(session);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_shapes, make_file, drop_file),
        cmocka_unit_test_setup_teardown(test_no_file, make_file, drop_file),
        cmocka_unit_test_setup_teardown(test_shrinks, make_file, drop_file),
        cmocka_unit_test_setup_teardown(test_rewind, make_file, drop_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
