/*
 * What is in the substreams of a backup stream: lists of extended attributes, reparse data, runs of zeros; and which
 * substreams may follow each other. Built byte by byte by the descriptions of the formats; every rule is broken once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backup/content.h"
#include "lib/build.h"

/* ---- extended attributes ---- */

/* next: 0 for the last one */
static void build_ea(struct build *b, uint32_t next, unsigned int flags, const char *name, const char *value)
{
    const uint8_t bytes[] = { (uint8_t)flags, (uint8_t)strlen(name) };

    build_u32(b, next);
    build_bytes(b, bytes, 2);
    build_u16(b, (unsigned int)strlen(value));
    build_bytes(b, name, strlen(name) + 1);
    build_bytes(b, value, strlen(value));
}

static void test_ea_list(void **state)
{
    struct bstream_fault fault;
    struct build b = { 0 };
    struct bea ea;
    size_t at = 0;

    (void)state;
    build_ea(&b, 16, 0, "ONE", "12");   /* 14 bytes */
    build_zeros(&b, 2);
    build_ea(&b, 12, BEA_NEED, "T", ""); /* 10 bytes */
    build_zeros(&b, 2);
    build_ea(&b, 0, 0, "three four", "the value");
    build_zeros(&b, 3);
    assert_true(bea_next(b.data, b.length, &at, &ea, &fault));
    assert_int_equal(at, 16);
    assert_int_equal(ea.flags, 0);
    assert_int_equal(ea.name_length, 3);
    assert_memory_equal(ea.name, "ONE", 3);
    assert_int_equal(ea.value_length, 2);
    assert_memory_equal(ea.value, "12", 2);
    assert_true(bea_next(b.data, b.length, &at, &ea, &fault));
    assert_int_equal(ea.flags, BEA_NEED);
    assert_int_equal(ea.value_length, 0);
    assert_true(bea_next(b.data, b.length, &at, &ea, &fault));
    assert_memory_equal(ea.value, "the value", 9);
    assert_int_equal(at, b.length);
    assert_false(bea_next(b.data, b.length, &at, &ea, &fault));
    assert_null(fault.rule);
    at = 0;
    assert_false(bea_next(b.data, 0, &at, &ea, &fault));
    assert_null(fault.rule);
    build_free(&b);
}

static void refuse_eas(struct build *b, size_t length, size_t position)
{
    struct bstream_fault fault;
    struct bea ea;
    size_t at = 0;

    while (bea_next(b->data, length, &at, &ea, &fault)) assert_in_range(at, 1, length);
    assert_non_null(fault.rule);
    assert_int_equal(fault.position, position);
}

static void test_bad_eas(void **state)
{
    static const uint32_t nexts[] = { 4, 12, 13, 14, 15, 17, 40, 44, 0x80000000, 0xffffffff, 0xfffffff0 };
    struct build b = { 0 };
    size_t i;

    (void)state;
    build_ea(&b, 16, 0, "ONE", "12");
    build_zeros(&b, 2);
    build_ea(&b, 0, 0, "THREE FOUR", "value"); /* 24 bytes */
    for (i = 0; i < sizeof(nexts) / sizeof(nexts[0]); i++)
    {
        put_u32(&b, 0, nexts[i]);
        refuse_eas(&b, b.length, 0);
    }
    put_u32(&b, 0, 16);
    for (i = 17; i < b.length; i++) refuse_eas(&b, i, i < 24 ? 16 : 21);
    put_u32(&b, 0, 0); /* the last one, and something behind it */
    refuse_eas(&b, b.length, 14);
    put_u32(&b, 0, 16);
    b.data[4] = 1;
    refuse_eas(&b, b.length, 4);
    b.data[4] = 0;
    b.data[5] = 0;
    refuse_eas(&b, b.length, 8);
    b.data[5] = 255;
    refuse_eas(&b, b.length, 5);
    b.data[5] = 3;
    put_u16(&b, 6, 0xffff);
    refuse_eas(&b, b.length, 5);
    put_u16(&b, 6, 2);
    b.data[9] = ':';
    refuse_eas(&b, b.length, 8);
    b.data[9] = 0;
    refuse_eas(&b, b.length, 8);
    b.data[9] = 'N';
    b.data[11] = 'X'; /* no NUL */
    refuse_eas(&b, b.length, 8);
    build_free(&b);
}

static void test_add_eas(void **state)
{
    static const uint8_t bytes[] = "value";
    struct bea first = { .name_length = 3, .name = (const uint8_t *)"ONE", .value_length = 2, .value = bytes };
    struct bea second = { .flags = BEA_NEED, .name_length = 1, .name = (const uint8_t *)"B" };
    size_t length = 0, last = SIZE_MAX;
    uint8_t list[64];
    struct build b = { 0 };

    (void)state;
    build_ea(&b, 16, 0, "ONE", "va");
    build_zeros(&b, 2);
    build_ea(&b, 0, BEA_NEED, "B", "");
    memset(list, 0xee, sizeof(list));
    assert_false(bea_add(list, 13, &length, &last, &first));
    assert_int_equal(length, 0);
    assert_true(bea_add(list, 14, &length, &last, &first));
    assert_false(bea_add(list, 15, &length, &last, &second));
    assert_false(bea_add(list, 25, &length, &last, &second));
    assert_int_equal(list[0], 0);
    assert_true(bea_add(list, 26, &length, &last, &second));
    assert_int_equal(length, b.length);
    assert_memory_equal(list, b.data, length);
    build_free(&b);
}

/* ---- reparse data ---- */

static void build_link(struct build *b, uint32_t tag, const char *target, const char *shown, bool relative)
{
    size_t names = 2 * (strlen(target) + strlen(shown)), fixed = tag == BREPARSE_SYMLINK ? 12 : 8;

    build_u32(b, tag);
    build_u16(b, (unsigned int)(fixed + names));
    build_u16(b, 0);
    build_u16(b, (unsigned int)(2 * strlen(shown)));
    build_u16(b, (unsigned int)(2 * strlen(target)));
    build_u16(b, 0);
    build_u16(b, (unsigned int)(2 * strlen(shown)));
    if (tag == BREPARSE_SYMLINK) build_u32(b, relative);
    build_ascii16(b, shown);
    build_ascii16(b, target);
}

static void check_name(const uint8_t *name, size_t length, const char *text)
{
    struct build b = { 0 };

    build_ascii16(&b, text);
    assert_int_equal(length, b.length);
    if (length) assert_memory_equal(name, b.data, length);
    build_free(&b);
}

static void test_links(void **state)
{
    struct breparse reparse;
    struct bstream_fault fault;
    struct build b = { 0 };

    (void)state;
    build_link(&b, BREPARSE_SYMLINK, "..\\target", "shown", true);
    assert_true(breparse_read(b.data, b.length, &reparse, &fault));
    assert_int_equal(reparse.tag, BREPARSE_SYMLINK);
    assert_true(reparse.relative);
    check_name(reparse.target, reparse.target_length, "..\\target");
    check_name(reparse.shown, reparse.shown_length, "shown");
    b.length = 0;
    build_link(&b, BREPARSE_MOUNT_POINT, "\\??\\C:\\x", "", true);
    assert_true(breparse_read(b.data, b.length, &reparse, &fault));
    assert_false(reparse.relative);
    check_name(reparse.target, reparse.target_length, "\\??\\C:\\x");
    check_name(reparse.shown, reparse.shown_length, "");
    /* any other one: its data is nobody's business */
    b.length = 0;
    build_u32(&b, 0x8000001b);
    build_u32(&b, 3);
    build_bytes(&b, "abc", 3);
    assert_true(breparse_read(b.data, b.length, &reparse, &fault));
    assert_int_equal(reparse.length, 3);
    b.length = 0;
    build_u32(&b, 0x00000123);
    build_u32(&b, 3);
    build_zeros(&b, 16);
    build_bytes(&b, "abc", 3);
    assert_true(breparse_read(b.data, b.length, &reparse, &fault));
    assert_memory_equal(reparse.data, "abc", 3);
    build_free(&b);
}

static void refuse_reparse(const struct build *b, size_t length)
{
    struct bstream_fault fault;
    struct breparse reparse;

    assert_false(breparse_read(b->data, length, &reparse, &fault));
    assert_non_null(fault.rule);
    assert_in_range(fault.position, 0, length);
}

static void test_bad_links(void **state)
{
    struct build b = { 0 };
    size_t i, at;

    (void)state;
    build_link(&b, BREPARSE_SYMLINK, "ab", "c", false);
    for (i = 0; i < b.length; i++) refuse_reparse(&b, i);
    for (at = 8; at < 16; at += 2)
        for (i = 1; i < 0x10000; i += i < 12 ? 1 : 4093)
        {
            uint16_t old = (uint16_t)(b.data[at] | b.data[at + 1] << 8);

            if ((i % 2 || i > 6) && (put_u16(&b, at, (unsigned int)i), true)) refuse_reparse(&b, b.length);
            put_u16(&b, at, old);
        }
    put_u16(&b, 4, 8); /* as long as it says, but without the flags */
    refuse_reparse(&b, 16);
    b.length = 0;
    build_u32(&b, 0x00000123);
    build_u32(&b, 0);
    build_zeros(&b, 15);
    refuse_reparse(&b, b.length);
    build_free(&b);
}

/* ---- holes ---- */

#define FILE_MAX (40 * BHOLES_MIN)

/* A file that is written in pieces has the same bytes, and what is a hole was never written. */
static void check_holes(const uint8_t *data, size_t size, size_t piece, uint64_t *written)
{
    static uint8_t file[FILE_MAX];
    struct bholes holes;
    size_t at = 0, length, n, done;
    enum bholes_step step;
    uint64_t place;

    memset(file, 0, sizeof(file));
    bholes_init(&holes, 0);
    *written = 0;
    while (at < size)
    {
        length = size - at < piece ? size - at : piece;
        step = bholes_next(&holes, at, data + at, length, &place, &n);
        assert_in_range(n, 1, step == BHOLES_ZEROS ? BHOLES_MIN : length);
        done = n > 100 ? n - n / 3 : n; /* as a write that is short */
        if (step != BHOLES_PASS) *written += done;
        if (step == BHOLES_WRITE) memcpy(file + place, data + at, done);
        if (step == BHOLES_ZEROS) assert_true(place + n == at);
        bholes_done(&holes, step, place, done);
        if (step != BHOLES_ZEROS) at += done;
    }
    assert_memory_equal(file, data, size);
}

static void test_holes(void **state)
{
    static const size_t pieces[] = { 1000, 4096, 0x8000, 0xffff, 0x10000, 0x10001, 0x100000, FILE_MAX };
    static uint8_t data[FILE_MAX];
    uint64_t written;
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
    {
        memset(data, 0, sizeof(data));
        check_holes(data, sizeof(data), pieces[i], &written);
        assert_int_equal(written, 0);
        memset(data, 'x', 100);
        memset(data + 20 * BHOLES_MIN + 7, 'y', 100);
        check_holes(data, sizeof(data), pieces[i], &written);
        assert_in_range(written, 200, 5 * BHOLES_MIN);
        for (j = 0; j < sizeof(data); j += 1000) data[j] = 'z'; /* no run is long enough */
        check_holes(data, sizeof(data) - 999, pieces[i], &written);
        assert_true(written == sizeof(data) - 999 || written >= sizeof(data) - 2000);
    }
}

/* Over what is there, zeros are written. */
static void test_no_holes(void **state)
{
    static const uint8_t zeros[2 * BHOLES_MIN];
    struct bholes holes;
    uint64_t at;
    size_t n;

    (void)state;
    bholes_init(&holes, 1000);
    assert_int_equal(bholes_next(&holes, 0, zeros, sizeof(zeros), &at, &n), BHOLES_WRITE);
    assert_int_equal(at, 0);
    assert_int_equal(n, sizeof(zeros));
    bholes_done(&holes, BHOLES_WRITE, 0, n);
    assert_int_equal(bholes_next(&holes, sizeof(zeros), zeros, sizeof(zeros), &at, &n), BHOLES_PASS);
    bholes_done(&holes, BHOLES_PASS, sizeof(zeros), n);
    /* back again */
    assert_int_equal(bholes_next(&holes, 5, zeros, 10, &at, &n), BHOLES_WRITE);
    assert_int_equal(bholes_next(&holes, UINT64_C(1) << 62, zeros, 10, &at, &n), BHOLES_PASS);
}

/* ---- order ---- */

static const char *next(struct bstream_order *order, uint32_t id, const char *name)
{
    struct bstream_header header = { .id = id };
    struct build b = { 0 };
    const char *rule;

    build_ascii16(&b, name);
    header.name = b.data;
    header.name_size = (uint32_t)b.length;
    rule = bstream_order_next(order, &header);
    build_free(&b);
    return rule;
}

static void test_order(void **state)
{
    static const uint32_t once[] =
        { BSTREAM_DATA, BSTREAM_EA, BSTREAM_SECURITY, BSTREAM_OBJECT_ID, BSTREAM_REPARSE };
    struct bstream_order *order = malloc(sizeof(*order));
    char name[32];
    size_t i;

    (void)state;
    assert_non_null(order);
    bstream_order_init(order);
    for (i = 0; i < sizeof(once) / sizeof(once[0]); i++) assert_null(next(order, once[i], ""));
    for (i = 0; i < sizeof(once) / sizeof(once[0]); i++) assert_non_null(next(order, once[i], ""));
    for (i = 0; i < 3; i++)
    {
        assert_null(next(order, BSTREAM_LINK, ""));
        assert_null(next(order, BSTREAM_SPARSE_BLOCK, ""));
        assert_false(order->alternate);
    }
    assert_null(next(order, BSTREAM_ALTERNATE, ":Name:$DATA"));
    assert_null(next(order, BSTREAM_EA + 100, "")); /* whatever else there is ends no stream */
    assert_null(next(order, BSTREAM_SPARSE_BLOCK, ""));
    assert_true(order->alternate);
    assert_non_null(next(order, BSTREAM_ALTERNATE, ":nAME"));
    assert_null(next(order, BSTREAM_ALTERNATE, ":other:$DATA"));
    /* a block may come first of all, but then no data: it would be cut off */
    bstream_order_init(order);
    assert_null(next(order, BSTREAM_SPARSE_BLOCK, ""));
    assert_null(next(order, BSTREAM_SECURITY, ""));
    assert_non_null(next(order, BSTREAM_DATA, ""));
    /* as many as a file can have */
    bstream_order_init(order);
    for (i = 0; i < BSTREAM_STREAMS_MAX; i++)
    {
        snprintf(name, sizeof(name), ":%zu:$DATA", i);
        assert_null(next(order, BSTREAM_ALTERNATE, name));
    }
    assert_non_null(next(order, BSTREAM_ALTERNATE, ":one more:$DATA"));
    assert_non_null(next(order, BSTREAM_DATA, ""));
    assert_null(next(order, BSTREAM_SPARSE_BLOCK, ""));
    free(order);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_ea_list),
        cmocka_unit_test(test_bad_eas),
        cmocka_unit_test(test_add_eas),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_bad_links),
        cmocka_unit_test(test_holes),
        cmocka_unit_test(test_no_holes),
        cmocka_unit_test(test_order),
    };

    return cmocka_run_group_tests_name("content of backup streams", tests, NULL, NULL);
}
