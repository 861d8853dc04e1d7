/*
 * The header of a .PFILE: what is known of Windows' own, and what may be written there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/metadata_sample.h"
#include "efs/pfile.h"

static uint8_t header[EFS_PFILE_HEADER];
static uint8_t metadata[EFS_METADATA_MAX];

static uint32_t make_metadata(void)
{
    size_t length;

    memset(metadata, 0, sizeof(metadata));
    assert_int_equal(efs_metadata_make(metadata, sizeof(metadata), 2, test_id, test_ddf, 2, test_drf, 1, &length),
                     EFS_OK);
    return (uint32_t)length;
}

/* Windows: 0x8000 and the size, and a Length of all that is before the data; without data both are $EFS' own. */
static void made(void **state)
{
    static const uint64_t sizes[] = { 0, 1, 15, 16, 17, 32, 33, 511, 512, 513, 32767, 32768, 70000,
                                      EFS_PFILE_SIZE_MAX };
    uint32_t length = make_metadata(), seen;
    uint64_t size;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
    {
        memset(header, 0xff, sizeof(header));
        assert_int_equal(efs_pfile_make(header, metadata, length, sizes[i], NULL), EFS_OK);
        assert_int_equal(load32_le(header), sizes[i] ? 0x1000 : length);
        assert_int_equal(load32_le(header + 0x0c), sizes[i] ? 0x8000 + sizes[i] : 0);
        assert_memory_equal(header + 0x10, metadata + 0x10, length - 0x10);
        assert_int_equal(header[length], 0);
        assert_int_equal(header[sizeof(header) - 1], 0);
        assert_int_equal(efs_pfile_stored(sizes[i]) % 16, 0);
        assert_in_range(efs_pfile_stored(sizes[i]) - sizes[i], 0, 15);
        assert_int_equal(efs_pfile_read(header, 0x1000 + efs_pfile_stored(sizes[i]), &seen, &size, NULL), EFS_OK);
        assert_int_equal(size, sizes[i]);
        assert_int_equal(seen, sizes[i] ? 0x1000 : length);
    }
}

static void not_made(void **state)
{
    struct efs_diag diag;
    uint32_t length = make_metadata();

    (void)state;
    assert_int_equal(efs_pfile_make(header, metadata, length, (uint64_t)EFS_PFILE_SIZE_MAX + 1, &diag),
                     EFS_ERR_UNREPRESENTABLE);
    store32_le(metadata, EFS_PFILE_HEADER + 8);
    assert_int_equal(efs_pfile_make(header, metadata, EFS_PFILE_HEADER + 8, 1, &diag), EFS_ERR_UNREPRESENTABLE);
    store32_le(metadata, length);
    store32_le(metadata + 8, 4);
    assert_int_equal(efs_pfile_make(header, metadata, length, 1, &diag), EFS_ERR_UNREPRESENTABLE);
    assert_int_equal(efs_pfile_make(header, metadata, 4, 1, &diag), EFS_ERR_METADATA);
}

static void refuses(void **state)
{
    struct efs_diag diag;
    uint32_t length = make_metadata(), seen;
    uint64_t size;

    (void)state;
    assert_int_equal(efs_pfile_make(header, metadata, length, 17, NULL), EFS_OK);
    assert_int_equal(efs_pfile_read(header, 0xfff, &seen, &size, &diag), EFS_ERR_CORRUPT);
    assert_int_equal(efs_pfile_read(header, 0x1011, &seen, &size, &diag), EFS_ERR_CORRUPT);
    assert_int_equal(diag.offset, 0x1010);
    /* a size that doesn't fit: all that is stored; whole units fit, too */
    assert_int_equal(efs_pfile_read(header, 0x1040, &seen, &size, &diag), EFS_OK);
    assert_int_equal(size, 0x40);
    assert_int_equal(efs_pfile_read(header, 0x1200, &seen, &size, &diag), EFS_OK);
    assert_int_equal(size, 17);
    store32_le(header + 0x0c, 17);
    assert_int_equal(efs_pfile_read(header, 0x1020, &seen, &size, &diag), EFS_OK);
    assert_int_equal(size, 32);
    store32_le(header, 0x1001);
    assert_int_equal(efs_pfile_read(header, 0x1020, &seen, &size, &diag), EFS_ERR_METADATA);
    store32_le(header, 0x10);
    assert_int_equal(efs_pfile_read(header, 0x1020, &seen, &size, &diag), EFS_ERR_METADATA);
    assert_int_equal(seen, 0);
    assert_int_equal(size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(made), cmocka_unit_test(not_made), cmocka_unit_test(refuses) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
