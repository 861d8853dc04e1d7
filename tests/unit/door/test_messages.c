/*
 * What a view and the programs in it say to each other: the attribute's text, the request and its answer, byte by byte.
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

#include "view/efs_view.h"

static bool reads(const char *text, struct efs_view_text *about)
{
    return efs_view_text_read(about, text, strlen(text));
}

static void test_text(void **state)
{
    struct efs_view_text about = { .encrypted = true, .open = true, .reachable = true, .file = { 0x802, 77, 0xfeed },
                                   .socket = "/run/user/1000/wine-efs/view-4711" }, again;
    static const char wanted[] = "1 encrypted open 802.4d.feed /run/user/1000/wine-efs/view-4711";
    char text[EFS_VIEW_TEXT_MAX];
    size_t length = efs_view_text_make(text, &about);

    (void)state;
    assert_int_equal(length, strlen(wanted));
    assert_memory_equal(text, wanted, length);
    assert_true(efs_view_text_read(&again, text, length));
    assert_true(again.encrypted && again.open && again.reachable);
    assert_memory_equal(&again.file, &about.file, sizeof(about.file));
    assert_string_equal(again.socket, about.socket);

    /* the longest that there can be */
    about.open = false;
    about.file = (struct efs_view_file){ UINT64_MAX, UINT64_MAX, UINT64_MAX };
    memset(about.socket, '/', sizeof(about.socket) - 1);
    about.socket[sizeof(about.socket) - 1] = 0;
    length = efs_view_text_make(text, &about);
    assert_true(efs_view_text_read(&again, text, length));
    assert_true(again.reachable && !again.open);
    assert_string_equal(again.socket, about.socket);
    assert_int_equal(again.file.generation, UINT64_MAX);

    /* what can't be a word is left out */
    snprintf(about.socket, sizeof(about.socket), "/run/my user/view-1");
    assert_int_equal(efs_view_text_make(text, &about), strlen("1 encrypted closed"));
    about.encrypted = about.reachable = false;
    assert_int_equal(efs_view_text_make(text, &about), strlen("1 plain closed"));
    assert_memory_equal(text, "1 plain closed", strlen("1 plain closed"));
}

static void test_text_read(void **state)
{
    static const char * const none[] =
    {
        "", " ", "1", "1 ", "1 plain", "1 plain ", "2 plain open", "11 plain open", "1  plain open", " 1 plain open",
        "1 encrypt open", "1 encrypted opened", "1 encrypted ope", "1\tplain open", "1 plain open\n",
    };
    static const char * const unreachable[] =
    {
        "1 plain open", "1 plain open ", "1 plain open 1.2.3", "1 plain open 1.2.3 ", "1 plain open 1.2.3  /s",
        "1 plain open 1.2 /s", "1 plain open 1..3 /s", "1 plain open .2.3 /s", "1 plain open 1.2. /s",
        "1 plain open 1.2.3.4 /s", "1 plain open 1.2.A /s", "1 plain open 1.2.-3 /s", "1 plain open 1.2.0x3 /s",
        "1 plain open 1.2.10000000000000000 /s", "1 plain open 1.2.3 s", "1 plain open 1.2.3 ./s",
        "1 plain open 1.2.3 /s\n", "1 plain open 1.2.3 /\xc3\xa9",
    };
    struct efs_view_text about;
    char text[EFS_VIEW_TEXT_MAX];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) assert_false(reads(none[i], &about));
    for (i = 0; i < sizeof(unreachable) / sizeof(unreachable[0]); i++)
    {
        assert_true(reads(unreachable[i], &about));
        assert_false(about.reachable);
    }
    assert_true(reads("1 plain open 1.2.3 /s", &about) && about.reachable);
    assert_true(reads("1 plain open 1.2.3 /s and more", &about) && about.reachable);
    assert_string_equal(about.socket, "/s");
    assert_true(reads("1 encrypted closed 00ff.2.3 /s", &about) && about.file.device == 0xff);
    /* one byte more than an address has room for */
    i = (size_t)snprintf(text, sizeof(text), "1 plain open 1.2.3 /%0*d", EFS_VIEW_SOCKET_MAX - 1, 0);
    assert_true(efs_view_text_read(&about, text, i) && !about.reachable);
    assert_true(efs_view_text_read(&about, text, i - 1) && about.reachable);
    /* a terminator is no part of it */
    assert_true(efs_view_text_read(&about, "1 plain open 1.2.3 /s\0x", 23) && !about.reachable);
}

static void test_request(void **state)
{
    static const uint8_t wanted[EFS_VIEW_REQUEST_SIZE] =
    {
        'E', 'F', 'S', 'v', 1, 0, 0, 0, 2, 8, 0, 0, 0, 0, 0, 0, 0x4d, 0, 0, 0, 0, 0, 0, 1, 0xed, 0xfe, 0, 0, 0, 0, 0, 0,
    };
    struct efs_view_request request = { EFS_VIEW_READ, { 0x802, UINT64_C(0x10000000000004d), 0xfeed } }, again;
    uint8_t bytes[EFS_VIEW_REQUEST_SIZE + 1] = { 0 };

    (void)state;
    efs_view_request_make(bytes, &request);
    assert_memory_equal(bytes, wanted, sizeof(wanted));
    assert_true(efs_view_request_read(&again, bytes, sizeof(wanted)));
    assert_int_equal(again.operation, EFS_VIEW_READ);
    assert_memory_equal(&again.file, &request.file, sizeof(request.file));
    assert_false(efs_view_request_read(&again, bytes, sizeof(wanted) - 1));
    assert_false(efs_view_request_read(&again, bytes, sizeof(wanted) + 1));
    assert_false(efs_view_request_read(&again, bytes, 0));
    bytes[3] = 'w';
    assert_false(efs_view_request_read(&again, bytes, sizeof(wanted)));
}

static void test_answer(void **state)
{
    uint8_t bytes[EFS_VIEW_ANSWER_SIZE + 1] = { 0 };
    int err = -1;

    (void)state;
    efs_view_answer_make(bytes, EBUSY);
    assert_memory_equal(bytes, "EFSv\x10\0\0\0", EFS_VIEW_ANSWER_SIZE);
    assert_true(efs_view_answer_read(&err, bytes, EFS_VIEW_ANSWER_SIZE));
    assert_int_equal(err, EBUSY);
    assert_false(efs_view_answer_read(&err, bytes, EFS_VIEW_ANSWER_SIZE - 1));
    assert_false(efs_view_answer_read(&err, bytes, EFS_VIEW_ANSWER_SIZE + 1));
    bytes[7] = 0x80; /* no errno value */
    assert_false(efs_view_answer_read(&err, bytes, EFS_VIEW_ANSWER_SIZE));
    bytes[7] = 0;
    bytes[0] = 'e';
    assert_false(efs_view_answer_read(&err, bytes, EFS_VIEW_ANSWER_SIZE));
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_read),
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
