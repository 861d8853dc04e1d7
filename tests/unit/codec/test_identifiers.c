/*
 * GUIDs and SIDs: the spellings of Windows, and everything that only looks like one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/identifiers.h"

/* The one that each DPAPI blob begins with. */
#define GUID_LOWER "df9d8cd0-1501-11d1-8c7a-00c04fc297eb"
static const uint8_t guid_bytes[GUID_SIZE] =
    { 0xd0, 0x8c, 0x9d, 0xdf, 0x01, 0x15, 0xd1, 0x11, 0x8c, 0x7a, 0x00, 0xc0, 0x4f, 0xc2, 0x97, 0xeb };

static void test_guid(void **state)
{
    static const char upper[] = "DF9D8CD0-1501-11D1-8C7A-00C04FC297EB";
    char text[GUID_TEXT + 1];
    uint8_t guid[GUID_SIZE];

    (void)state;
    assert_true(guid_from_text(guid, GUID_LOWER, GUID_TEXT));
    assert_memory_equal(guid, guid_bytes, GUID_SIZE);
    memset(guid, 0, sizeof(guid));
    assert_true(guid_from_text(guid, upper, GUID_TEXT));
    assert_memory_equal(guid, guid_bytes, GUID_SIZE);
    guid_to_text(text, guid);
    assert_string_equal(text, GUID_LOWER);
}

/* Each character in turn is one that may not be there: the neighbours of the digits, and a digit where the hyphen
   belongs. */
static void test_no_guid(void **state)
{
    static const char bad[] = "/:@G`g-";
    char text[GUID_TEXT + 2] = GUID_LOWER "0";
    uint8_t guid[GUID_SIZE];
    size_t i, j;

    (void)state;
    assert_false(guid_from_text(guid, text, GUID_TEXT - 1));
    assert_false(guid_from_text(guid, text, GUID_TEXT + 1));
    assert_false(guid_from_text(guid, text, 0));
    for (i = 0; i < GUID_TEXT; i++)
    {
        char old = text[i];

        for (j = 0; bad[j]; j++)
        {
            text[i] = old == '-' && bad[j] == '-' ? '0' : bad[j];
            if (guid_from_text(guid, text, GUID_TEXT)) fail_msg("accepted: %.36s", text);
        }
        text[i] = old;
    }
    assert_true(guid_from_text(guid, text, GUID_TEXT));
}

static void test_wide_guid(void **state)
{
    uint8_t wide[2 * GUID_TEXT] = { 0 }, guid[GUID_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < GUID_TEXT; i++) wide[2 * i] = (uint8_t)GUID_LOWER[i];
    assert_true(guid_from_wide(guid, wide));
    assert_memory_equal(guid, guid_bytes, GUID_SIZE);
    /* U+0164 is no 'd', U+00E4 none either */
    wide[1] = 1;
    assert_false(guid_from_wide(guid, wide));
    wide[1] = 0;
    wide[0] |= 0x80;
    assert_false(guid_from_wide(guid, wide));
    wide[0] = 'x';
    assert_false(guid_from_wide(guid, wide));
}

static void test_sid(void **state)
{
    static const uint8_t user[] = { 1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 0x15, 0xcd, 0x5b, 7,
                                    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0x80, 0xe8, 3, 0, 0 };
    static const uint8_t bare[] = { 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };
    static const uint8_t high[] = { 1, 1, 0, 1, 2, 3, 4, 5, 7, 0, 0, 0 };
    char text[SID_TEXT_MAX], longest[SID_TEXT_MAX] = "S-1-0xFFFFFFFFFFFF";
    uint8_t most[8 + 4 * 16];
    unsigned int i;

    (void)state;
    assert_true(sid_to_text(text, user, sizeof(user)));
    assert_string_equal(text, "S-1-5-21-123456789-4294967295-2147483648-1000");
    assert_true(sid_to_text(text, bare, sizeof(bare)));
    assert_string_equal(text, "S-1-4294967295");
    /* from 2^32 on in hexadecimal */
    assert_true(sid_to_text(text, high, sizeof(high)));
    assert_string_equal(text, "S-1-0x000102030405-7");
    /* as many as there may be, the largest of all; and one more */
    memset(most, 0xff, sizeof(most));
    most[0] = 1;
    most[1] = 15;
    for (i = 0; i < 15; i++) strcat(longest, "-4294967295");
    assert_true(sid_to_text(text, most, 8 + 4 * 15));
    assert_string_equal(text, longest);
    most[1] = 16;
    assert_false(sid_to_text(text, most, sizeof(most)));
}

static void test_no_sid(void **state)
{
    uint8_t sid[16] = { 1, 1, 0, 0, 0, 0, 0, 5, 18 };
    char text[SID_TEXT_MAX];
    size_t length;

    (void)state;
    for (length = 0; length <= sizeof(sid); length++) assert_int_equal(sid_to_text(text, sid, length), length == 12);
    sid[0] = 2;
    assert_false(sid_to_text(text, sid, 12));
    sid[0] = 0;
    assert_false(sid_to_text(text, sid, 12));
}

static void test_sid_names(void **state)
{
    static const char * const bad[] =
    {
        "", "S", "S-1-", "X-1-5-18", "S-2-5-18", "S+1-5-18", "s-1_5-18", "S-1--5", "S-1-5-", "S-1-5--18", "S-1-5-1a",
        "S-1-5-/",
        "S-1-5-:", "S-1-5 18", "S-1-5-18_Classes", "S-1-5-18\n", "../S-1-5-18", "S-1-5/18",
    };
    char text[SID_TEXT_MAX], name[SID_TEXT_MAX + 1];
    size_t i;

    (void)state;
    assert_true(sid_from_name(text, "S-1-5-18"));
    assert_string_equal(text, "S-1-5-18");
    assert_true(sid_from_name(text, "s-1-5-21-1-2-3-1000"));
    assert_string_equal(text, "S-1-5-21-1-2-3-1000");
    assert_true(sid_from_name(text, "S-1-5"));
    assert_true(sid_from_name(text, "S-1-0-9"));
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (sid_from_name(text, bad[i])) fail_msg("accepted: %s", bad[i]);
    /* the longest name that has room with its NUL, and the next one */
    memset(name, '1', sizeof(name));
    memcpy(name, "S-1-", 4);
    name[SID_TEXT_MAX - 1] = 0;
    assert_true(sid_from_name(text, name));
    assert_string_equal(text, name);
    name[SID_TEXT_MAX - 1] = '1';
    name[SID_TEXT_MAX] = 0;
    assert_false(sid_from_name(text, name));
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_guid),
        cmocka_unit_test(test_no_guid),
        cmocka_unit_test(test_wide_guid),
        cmocka_unit_test(test_sid),
        cmocka_unit_test(test_no_sid),
        cmocka_unit_test(test_sid_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
