/*
 * The genuine stream of a real Windows host, through import and export: what the store keeps of it, and
 * that the writer rebuilds it byte for byte.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lib/vector.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "efs/session.h"
#include "efs/target.h"

#define AT_CIPHERTEXT 0x514
#define DATA_SIZE     569

static void test_round_trip(void **state)
{
    char path[] = "efs-genuine-XXXXXX";
    size_t length, metadata_length, content_length, n;
    uint8_t *stream = read_vector("stream.efsraw", &length),
    *metadata = read_vector("efs-metadata.bin", &metadata_length);
    uint8_t attribute[1024], out[4096], *content;
    struct efs_import *import;
    struct efs_export *session;
    struct efs_target target;
    int fd = mkstemp(path);

    (void)state;
    assert_int_not_equal(fd, -1);
    close(fd);
    assert_int_equal(efs_target_open(&target, path, NULL), EFS_OK);
    assert_int_equal(efs_import_begin(&import, &target, false, 0, NULL), EFS_OK);
    assert_int_equal(efs_import_feed(import, stream, length, NULL), EFS_OK);
    assert_int_equal(efs_import_commit(import, NULL), EFS_OK);
    efs_import_free(import);
    efs_target_close(&target);

    /* the file: ciphertext, and the number of padding bytes */
    content = read_file(".", path, &content_length);
    assert_non_null(content);
    assert_int_equal(content_length, length - AT_CIPHERTEXT + 2);
    assert_memory_equal(content, stream + AT_CIPHERTEXT, length - AT_CIPHERTEXT);
    assert_int_equal(content[content_length - 2] | content[content_length - 1] << 8,
                     length - AT_CIPHERTEXT - DATA_SIZE);
    assert_int_equal(getxattr(path, EFS_STORE_XATTR, attribute, sizeof(attribute)), metadata_length);
    assert_memory_equal(attribute, metadata, metadata_length);

    assert_int_equal(efs_export_begin(&session, open(path, O_RDONLY), 0, NULL), EFS_OK);
    assert_int_equal(efs_export_read(session, out, sizeof(out), &n, NULL), EFS_OK);
    efs_export_free(session);
    assert_int_equal(n, length);
    assert_memory_equal(out, stream, n);

    assert_int_equal(unlink(path), 0);
    free(content);
    free(metadata);
    free(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_round_trip),
    };

    if (!have_vector()) return 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
