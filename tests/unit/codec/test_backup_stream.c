/*
 * The backup stream codec: random streams, split at random, come back as they were made; every rule is broken once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backup/security.h"
#include "backup/stream.h"
#include "lib/build.h"

#define SUBSTREAMS_MAX 8
#define ROUNDS         20000

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* The header by the description of WIN32_STREAM_ID, not by the codec. */
static void build_header(struct build *b, uint32_t id, uint32_t attributes, uint64_t size, const char *name)
{
    build_u32(b, id);
    build_u32(b, attributes);
    build_u64(b, size);
    build_u32(b, (uint32_t)(2 * strlen(name)));
    build_ascii16(b, name);
}

/* ---- random streams ---- */

struct part
{
    uint32_t id, attributes;
    uint64_t size, offset;
    char     name[20];
    size_t   header_at, data_at; /* in the whole */
};

static size_t build_parts(struct build *b, struct part *parts, uint32_t *seed)
{
    static const uint32_t ids[] = { 1, 1, 2, 3, 4, 4, 5, 7, 8, 9, 9, 10, 11 };
    size_t count = 1 + next_random(seed) % SUBSTREAMS_MAX, i;

    for (i = 0; i < count; i++)
    {
        struct part *part = &parts[i];
        bool block;

        memset(part, 0, sizeof(*part));
        part->id = ids[next_random(seed) % (sizeof(ids) / sizeof(ids[0]))];
        block = part->id == BSTREAM_SPARSE_BLOCK;
        part->attributes = next_random(seed);
        part->size = next_random(seed) % 4 ? next_random(seed) % 200 : 0;
        if (block) part->offset = (uint64_t)next_random(seed) << 30;
        if (part->id == BSTREAM_ALTERNATE)
            snprintf(part->name, sizeof(part->name), ":s%u%s", (unsigned int)(next_random(seed) % 1000),
                     next_random(seed) % 2 ? ":$DATA" : "");
        part->header_at = b->length;
        build_header(b, part->id, part->attributes, part->size + (block ? 8 : 0), part->name);
        if (block) build_u64(b, part->offset);
        part->data_at = b->length;
        build_random(b, (size_t)part->size, seed);
    }
    return count;
}

static void check_begin(const struct bstream_header *header, const struct part *part)
{
    size_t i;

    assert_int_equal(header->id, part->id);
    assert_int_equal(header->attributes, part->attributes);
    assert_int_equal(header->size, part->size);
    assert_int_equal(header->offset, part->offset);
    assert_int_equal(header->name_size, 2 * strlen(part->name));
    for (i = 0; i < strlen(part->name); i++)
    {
        assert_int_equal(header->name[2 * i], part->name[i]);
        assert_int_equal(header->name[2 * i + 1], 0);
    }
}

/* Reads the stream in random pieces, takes some of the data in smaller ones, leaves some out where skips is set. */
static void check_reader(const struct build *b, const struct part *parts, size_t count, bool skips, uint32_t *seed)
{
    struct bstream_reader reader;
    struct bstream_event event;
    size_t at = 0, i = 0, data = 0, most = 1 + next_random(seed) % 64;

    bstream_reader_init(&reader);
    while (at < b->length)
    {
        size_t piece = 1 + next_random(seed) % most, left = piece < b->length - at ? piece : b->length - at, n;
        const uint8_t *input = b->data + at;

        while (bstream_reader_next(&reader, &input, &left, &event) != BSTREAM_NEED_INPUT)
        {
            assert_true(event.type != BSTREAM_BAD && i < count);
            if (event.type == BSTREAM_BEGIN) check_begin(&event.header, &parts[i]);
            if (event.type == BSTREAM_BYTES)
            {
                assert_true(event.length > 0 && event.length <= left && event.bytes == input);
                assert_ptr_equal(event.bytes, b->data + parts[i].data_at + data);
                assert_int_equal(event.offset, parts[i].offset + data);
                n = 1 + next_random(seed) % event.length;
                assert_int_equal(bstream_reader_skip(&reader, n), n);
                input += n;
                left -= n;
                data += n;
            }
            if (event.type == BSTREAM_END)
            {
                assert_int_equal(data, parts[i].size);
                data = 0;
                i++;
            }
        }
        assert_int_equal(left, 0);
        at = (size_t)(input - b->data);
        if (skips && i < count && at >= parts[i].data_at && next_random(seed) % 4 == 0)
        {
            uint64_t want = next_random(seed) % 300, rest = parts[i].size - data;
            uint64_t skipped = bstream_reader_skip(&reader, want);

            assert_int_equal(skipped, want < rest ? want : rest);
            at += (size_t)skipped;
            data += (size_t)skipped;
        }
        assert_int_equal(reader.position, at);
    }
    at = 0;
    while (bstream_reader_next(&reader, &(const uint8_t *){ NULL }, &at, &event) == BSTREAM_END) i++;
    assert_int_equal(event.type, BSTREAM_NEED_INPUT);
    assert_int_equal(i, count);
    assert_true(bstream_reader_finish(&reader));
}

static void check_writer(const struct build *b, const struct part *parts, size_t count, uint32_t *seed)
{
    struct bstream_writer writer;
    uint8_t out[64];
    size_t at = 0, i, j, n;

    bstream_writer_init(&writer);
    assert_int_equal(bstream_writer_header(&writer, out, sizeof(out)), 0);
    for (i = 0; i < count; i++)
    {
        struct build name = { 0 };
        struct bstream_header header = { parts[i].id, parts[i].attributes, parts[i].size, parts[i].offset, 0, NULL };

        for (j = 0; j < strlen(parts[i].name); j++) build_u16(&name, (unsigned char)parts[i].name[j]);
        header.name = name.data;
        header.name_size = (uint32_t)name.length;
        assert_true(bstream_writer_begin(&writer, &header));
        assert_int_equal(bstream_writer_skip(&writer, 1), 0); /* not in a header */
        while ((n = bstream_writer_header(&writer, out, 1 + next_random(seed) % sizeof(out))))
        {
            assert_memory_equal(out, b->data + at, n);
            at += n;
        }
        assert_int_equal(at, parts[i].data_at);
        assert_int_equal(writer.left, parts[i].size);
        assert_int_equal(writer.offset, parts[i].offset);
        n = writer.left ? next_random(seed) % writer.left : 0;
        assert_int_equal(bstream_writer_skip(&writer, n), n);
        assert_int_equal(writer.offset, parts[i].offset + n);
        assert_int_equal(bstream_writer_skip(&writer, UINT64_MAX), parts[i].size - n);
        assert_int_equal(writer.left, 0);
        at += (size_t)parts[i].size;
        build_free(&name);
    }
    assert_int_equal(at, b->length);
}

static void test_random(void **state)
{
    uint32_t seed = 20260101;
    unsigned int i;

    (void)state;
    for (i = 0; i < ROUNDS; i++)
    {
        struct part parts[SUBSTREAMS_MAX];
        struct build b = { 0 };
        size_t count = build_parts(&b, parts, &seed);

        check_reader(&b, parts, count, false, &seed);
        check_reader(&b, parts, count, true, &seed);
        check_writer(&b, parts, count, &seed);
        build_free(&b);
    }
}

/* ---- rules ---- */

/* Fed byte by byte, so that what was consumed says where it was seen. NULL: it is good, and complete. */
static const char *read_all(const struct build *b, struct bstream_fault *fault)
{
    struct bstream_reader reader;
    struct bstream_event event;
    size_t at;

    bstream_reader_init(&reader);
    for (at = 0; at < b->length; at++)
    {
        const uint8_t *input = b->data + at;
        size_t left = 1;

        while (bstream_reader_next(&reader, &input, &left, &event) != BSTREAM_NEED_INPUT)
        {
            if (event.type == BSTREAM_BAD)
            {
                *fault = reader.fault;
                /* for ever */
                assert_int_equal(bstream_reader_next(&reader, &input, &left, &event), BSTREAM_BAD);
                assert_false(bstream_reader_finish(&reader));
                return fault->rule;
            }
            if (event.type == BSTREAM_BYTES && bstream_reader_skip(&reader, 1)) left--;
        }
    }
    if (!bstream_reader_finish(&reader)) *fault = reader.fault;
    return fault->rule;
}

static void check_fault(struct build *b, uint64_t position, const char *word)
{
    struct bstream_fault fault = { 0 };

    if (!word) assert_null(read_all(b, &fault));
    else
    {
        assert_non_null(read_all(b, &fault));
        if (!strstr(fault.rule, word)) fail_msg("\"%s\" instead of one with \"%s\"", fault.rule, word);
        assert_int_equal(fault.position, position);
    }
    build_free(b);
}

static void test_rules(void **state)
{
    static const struct { uint32_t id; uint64_t size; const char *name; uint64_t position; const char *word; } cases[] =
    {
        { 0, 0, "", 4 + 20, "1 to 5 and 7 to 11" },
        { 6, 0, "", 4 + 20, "1 to 5 and 7 to 11" },
        { 12, 0, "", 4 + 20, "1 to 5 and 7 to 11" },
        { 0x41, 0, "", 4 + 20, "1 to 5 and 7 to 11" },
        { 0x101, 0, "", 4 + 20, "1 to 5 and 7 to 11" },
        { 0x80000001, 0, "", 4 + 20, "1 to 5 and 7 to 11" },
        { UINT32_MAX, 0, "", 4 + 20, "1 to 5 and 7 to 11" },
        { 1, 1ull << 63, "", 4 + 28, "not negative" },
        { 1, UINT64_MAX, "", 4 + 28, "not negative" },
        { 7, 1ull << 63, "", 4 + 28, "not negative" },
        { 3, 0x20101, "", 4 + 28, "type can have" },
        { 2, 0x10001, "", 4 + 28, "type can have" },
        { 8, 0x4001, "", 4 + 28, "type can have" },
        { 9, 7, "", 4 + 28, "begins with its offset" },
        { 1, 0, "x", 4 + 36, "have a name" },
        { 3, 0, ":x:$DATA", 4 + 36, "have a name" },
        { 4, 0, "", 4 + 36, "have a name" },
        { 4, 0, ":", 4 + 40, ":name:$DATA" },
        { 4, 0, "x", 4 + 40, ":name:$DATA" },
        { 4, 0, "::$DATA", 4 + 40, ":name:$DATA" },
        { 4, 0, ":$DATA:$DATA", 0, NULL },
        { 4, 0, ":a\\b", 4 + 40, ":name:$DATA" },
        { 4, 0, ":a/b:$DATA", 4 + 40, ":name:$DATA" },
        { 4, 0, ":a:b:$DATA", 4 + 40, ":name:$DATA" },
        { 4, 0, ":a:$INDEX_ALLOCATION", 4 + 40, ":name:$DATA" },
        { 5, 0, "anything", 0, NULL },
        { 11, 0, "anything", 0, NULL },
        { 7, 0, "", 0, NULL },
        { 3, 0, "", 0, NULL },
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        struct build b = { 0 };

        build_header(&b, BSTREAM_DATA, 0, 4, "");
        build_zeros(&b, 4);
        build_header(&b, cases[i].id, 0, cases[i].size, cases[i].name);
        check_fault(&b, cases[i].position, cases[i].word);
    }
}

static void test_names(void **state)
{
    char name[300];
    struct build b = { 0 };

    (void)state;
    memset(name, 'n', sizeof(name));
    name[0] = ':';
    name[256] = 0; /* 255 units */
    build_header(&b, BSTREAM_ALTERNATE, 0, 0, name);
    check_fault(&b, 0, NULL);
    memset(&b, 0, sizeof(b));
    name[256] = 'n';
    name[257] = 0;
    build_header(&b, BSTREAM_ALTERNATE, 0, 0, name);
    check_fault(&b, 20, ":name:$DATA");

    memset(&b, 0, sizeof(b));
    build_header(&b, BSTREAM_OBJECT_ID, 0, 0, "");
    put_u32(&b, 16, 0x402);
    check_fault(&b, 16, "at most 1024");
    memset(&b, 0, sizeof(b));
    build_header(&b, BSTREAM_OBJECT_ID, 0, 0, "");
    put_u32(&b, 16, 0x3ff);
    check_fault(&b, 16, "16-bit units");
    memset(&b, 0, sizeof(b));
    build_header(&b, BSTREAM_OBJECT_ID, 0, 0, "");
    put_u32(&b, 16, 0x400);
    build_zeros(&b, 0x400);
    check_fault(&b, 0, NULL);
}

static void test_sparse(void **state)
{
    static const struct { uint64_t offset, size; const char *word; } cases[] =
    {
        { 1ull << 40, 8, NULL },
        { INT64_MAX, 8, NULL },
        { 1ull << 63, 8, "below 2^63" },
        { INT64_MAX, 9, "below 2^63" },
        { UINT64_MAX, 8, "below 2^63" },
    };
    struct build b = { 0 };
    size_t i;

    (void)state;
    /* programs with a context for each substream begin with one */
    build_header(&b, BSTREAM_SPARSE_BLOCK, 0, 8 + 4, "");
    build_u64(&b, 0x10000);
    build_zeros(&b, 4);
    check_fault(&b, 0, NULL);
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        memset(&b, 0, sizeof(b));
        build_header(&b, BSTREAM_DATA, BSTREAM_SPARSE, 0, "");
        build_header(&b, BSTREAM_SPARSE_BLOCK, BSTREAM_SPARSE, cases[i].size, "");
        build_u64(&b, cases[i].offset);
        build_zeros(&b, (size_t)cases[i].size - 8);
        check_fault(&b, 20 + 20, cases[i].word);
    }
}

/* Cut anywhere but between two substreams, it is seen to be. */
static void test_truncated(void **state)
{
    struct build b = { 0 };
    size_t cut, ends[4];
    int n = 0;

    (void)state;
    ends[n++] = 0;
    build_header(&b, BSTREAM_DATA, BSTREAM_SPARSE, 0, "");
    ends[n++] = b.length;
    build_header(&b, BSTREAM_SPARSE_BLOCK, BSTREAM_SPARSE, 8 + 5, "");
    build_u64(&b, 0x10000);
    build_zeros(&b, 5);
    ends[n++] = b.length;
    build_header(&b, BSTREAM_ALTERNATE, 0, 3, ":zone:$DATA");
    build_zeros(&b, 3);
    ends[n++] = b.length;
    for (cut = 0; cut <= b.length; cut++)
    {
        struct build head = { b.data, cut, cut };
        struct bstream_fault fault = { 0 };
        bool between = cut == ends[0] || cut == ends[1] || cut == ends[2] || cut == ends[3];

        read_all(&head, &fault);
        assert_int_equal(fault.rule == NULL, between);
        if (!between)
        {
            assert_non_null(strstr(fault.rule, "complete"));
            assert_int_equal(fault.position, cut);
        }
    }
    build_free(&b);
}

/* Who has read a block's header skips the data that it announces, with the offset. */
static void test_skip_block(void **state)
{
    struct bstream_header header = { BSTREAM_SPARSE_BLOCK, BSTREAM_SPARSE, 100, 0x5000, 0, NULL };
    struct bstream_writer writer;
    uint8_t out[64];
    unsigned int read;

    (void)state;
    bstream_writer_init(&writer);
    for (read = 0; read <= 28; read++)
    {
        assert_true(bstream_writer_begin(&writer, &header));
        assert_int_equal(bstream_writer_header(&writer, out, read), read);
        if (read < 20) assert_int_equal(bstream_writer_skip(&writer, 1000), 0);
        else
        {
            assert_int_equal(bstream_writer_skip(&writer, 10), 10);
            assert_int_equal(writer.left, 100 - (10 - (28 - read)));
            assert_int_equal(writer.offset, 0x5000 + 100 - writer.left);
            assert_int_equal(bstream_writer_skip(&writer, 1000), 108 - 10 - (read - 20));
            assert_int_equal(writer.left, 0);
            assert_int_equal(bstream_writer_header(&writer, out, sizeof(out)), 0);
        }
    }
}

static void test_long_name(void **state)
{
    static const uint8_t name[BSTREAM_NAME_MAX + 2];
    struct bstream_header header = { BSTREAM_OBJECT_ID, 0, 0, 0, BSTREAM_NAME_MAX + 2, name };
    struct bstream_writer writer;

    (void)state;
    bstream_writer_init(&writer);
    assert_false(bstream_writer_begin(&writer, &header));
    header.name_size = BSTREAM_NAME_MAX;
    assert_true(bstream_writer_begin(&writer, &header));
}

/* ---- security descriptors ---- */

/* Owner S-1-5-32-544, group S-1-1-0, a DACL with two entries. */
static const uint8_t descriptor[] =
{
    1, 0, 0x04, 0x80, 20, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0,
    1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0,
    1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
    2, 0, 52, 0, 2, 0, 0, 0,
    0, 0, 24, 0, 0xff, 1, 0x1f, 0, 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0,
    0, 0, 20, 0, 0xa9, 0, 0x12, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
};

static void test_security(void **state)
{
    static const struct { size_t at; uint8_t value; } bad[] =
    {
        { 0, 2 }, { 3, 0 }, { 4, 21 }, { 4, 4 }, { 7, 1 }, { 8, 96 }, { 16, 96 }, { 19, 0x80 }, /* the descriptor */
        { 20, 2 }, { 21, 16 }, { 37, 15 },                                                       /* the SIDs */
        { 48, 1 }, { 48, 5 }, { 50, 53 }, { 50, 7 }, { 52, 3 }, { 53, 1 },                       /* the ACL */
        { 58, 0 }, { 58, 3 }, { 58, 23 }, { 58, 20 }, { 58, 28 }, { 82, 24 }, { 89, 2 },         /* its entries */
    };
    static const struct { size_t at; uint8_t value; } good[] = { { 56, 0xff }, { 1, 7 }, { 4, 0 }, { 16, 0 },
                                                                 { 12, 48 }, { 52, 1 } };
    uint8_t copy[sizeof(descriptor)];
    size_t i;

    (void)state;
    assert_int_equal(sizeof(descriptor), 100);
    assert_true(bsecurity_is_valid(descriptor, sizeof(descriptor)));
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        memcpy(copy, descriptor, sizeof(copy));
        copy[bad[i].at] = bad[i].value;
        if (bsecurity_is_valid(copy, sizeof(copy)))
            fail_msg("byte %u = %u is let through", (unsigned int)bad[i].at, bad[i].value);
    }
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
    {
        memcpy(copy, descriptor, sizeof(copy));
        copy[good[i].at] = good[i].value;
        if (!bsecurity_is_valid(copy, sizeof(copy)))
            fail_msg("byte %u = %u isn't let through", (unsigned int)good[i].at, good[i].value);
    }
    for (i = 0; i < sizeof(descriptor); i++)
    {
        uint8_t *exact = malloc(i ? i : 1); /* for the sanitizer */

        memcpy(exact, descriptor, i);
        assert_false(bsecurity_is_valid(exact, i));
        free(exact);
    }
}

/* Whatever the bytes: the sanitizer sees what reads beyond them. */
static void test_security_random(void **state)
{
    uint32_t seed = 5, i, j, accepted = 0;

    (void)state;
    for (i = 0; i < 300000; i++)
    {
        size_t length = sizeof(descriptor) - next_random(&seed) % 3;
        uint8_t *copy = malloc(length);

        memcpy(copy, descriptor, length);
        for (j = next_random(&seed) % 4; j; j--) copy[next_random(&seed) % length] = (uint8_t)next_random(&seed);
        accepted += bsecurity_is_valid(copy, length);
        free(copy);
    }
    assert_true(accepted > 1000 && accepted < 290000);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_skip_block),
        cmocka_unit_test(test_long_name),
        cmocka_unit_test(test_security),
        cmocka_unit_test(test_security_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
