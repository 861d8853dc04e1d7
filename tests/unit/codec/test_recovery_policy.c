/*
 * The recovery policy: certificates of agents, and everything that is none.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "codec/efsinfo/recovery_policy.h"

#define SID_SIZE 12
#define KEY_SIZE(certificate) (32 + SID_SIZE + (certificate))

static uint8_t blob[65536];

/* A key as MS-GPEF 2.2.1.2 describes it, with a certificate of that many bytes, each of them `fill`. */
static size_t add_key(size_t at, uint32_t certificate, uint8_t fill)
{
    uint8_t *key = blob + at;

    memset(key, 0, KEY_SIZE(certificate));
    store32_le(key, KEY_SIZE(certificate));
    store32_le(key + 4, KEY_SIZE(certificate) - 4);
    store32_le(key + 8, 28);
    store32_le(key + 16, certificate);
    store32_le(key + 20, 28 + SID_SIZE);
    memset(key + 32, 0x51, SID_SIZE);
    memset(key + 32 + SID_SIZE, fill, certificate);
    return at + KEY_SIZE(certificate);
}

static size_t make(uint32_t count)
{
    size_t at = 8;
    uint32_t i;

    memcpy(blob, "\1\0\1\0", 4);
    store32_le(blob + 4, count);
    for (i = 0; i < count; i++) at = add_key(at, 100 + i, (uint8_t)(0xa0 + i));
    return at;
}

static void agents(void **state)
{
    struct efs_recovery_policy policy;
    struct efs_bytes certificate;
    uint32_t count, i;

    (void)state;
    for (count = 0; count < 4; count++)
    {
        size_t length = make(count), cursor = 0, j;

        /* what comes behind the last key isn't looked at */
        assert_int_equal(efs_recovery_policy_read(&policy, blob, length + (count & 1) * 8, NULL), EFS_OK);
        assert_int_equal(policy.count, count);
        for (i = 0; i < count; i++)
        {
            assert_true(efs_recovery_policy_next(&policy, &cursor, &certificate));
            assert_int_equal(certificate.length, 100 + i);
            for (j = 0; j < certificate.length; j++) assert_int_equal(certificate.data[j], 0xa0 + i);
        }
        assert_false(efs_recovery_policy_next(&policy, &cursor, &certificate));
        assert_false(efs_recovery_policy_next(&policy, &cursor, &certificate));
    }
}

static void cut(void **state)
{
    struct efs_recovery_policy policy;
    size_t length = make(3), n;

    (void)state;
    for (n = 0; n < length; n++)
    {
        struct efs_diag diag = { 0 };

        assert_int_equal(efs_recovery_policy_read(&policy, blob, n, &diag), EFS_ERR_FORMAT);
        assert_non_null(diag.rule);
        assert_true(diag.offset <= n);
    }
}

/* Field by field: what one says that can't be. */
static void refused(void **state)
{
    static const struct
    {
        size_t   at;
        uint32_t value;
    } bad[] =
    {
        { 0, 0x10002 }, { 0, 0 }, { 4, 501 }, { 4, UINT32_MAX }, { 4, 3 },
        { 8, 0 }, { 8, 31 }, { 8, UINT32_MAX }, { 8, KEY_SIZE(100) + 4 }, { 12, 0 }, { 12, KEY_SIZE(100) },
        { 24, 0 }, { 24, 101 }, { 24, UINT32_MAX },
        { 28, 0 }, { 28, 27 }, { 28, 28 + SID_SIZE + 1 }, { 28, UINT32_MAX }, { 28, KEY_SIZE(100) - 4 + 1 },
    };
    struct efs_recovery_policy policy;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        struct efs_diag diag = { 0 };
        size_t length = make(2);

        store32_le(blob + bad[i].at, bad[i].value);
        assert_int_equal(efs_recovery_policy_read(&policy, blob, length, &diag), EFS_ERR_FORMAT);
        assert_non_null(diag.rule);
    }
}

/* Any byte, any value: what is accepted can be walked, and stays within. */
static void any(void **state)
{
    struct efs_recovery_policy policy;
    struct efs_bytes certificate;
    size_t length = make(2), at;
    unsigned int value;

    (void)state;
    for (at = 0; at < length; at++)
        for (value = 0; value < 256; value += 5)
        {
            size_t cursor = 0;
            uint32_t n = 0;

            make(2);
            blob[at] = (uint8_t)value;
            if (efs_recovery_policy_read(&policy, blob, length, NULL)) continue;
            for (; efs_recovery_policy_next(&policy, &cursor, &certificate); n++)
                assert_true(certificate.data >= blob + 8 && certificate.data + certificate.length <= blob + length);
            assert_int_equal(n, policy.count);
        }
}

int main(void)
{
    static const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(agents),
        cmocka_unit_test(cut),
        cmocka_unit_test(refused),
        cmocka_unit_test(any),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
