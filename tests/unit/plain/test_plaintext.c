/*
 * Any part of the plaintext of encrypted files in each form, by one thread and by several, against what was encrypted.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/bytes.h"
#include "efs/container.h"
#include "efs/plaintext.h"
#include "lib/host.h"
#include "lib/wrap_fek.h"
#include "plain/extents.h"

#define SIZE_MAX_TEST 400000

static const struct efs_fek fek = { EFS_ALG_AES_256, 32, { 3, 1, 4, 1, 5, 9, 2, 6 } };
static struct efs_key *key;

static int load_key(void **state)
{
    (void)state;
    key = load_test_key("pkcs8.pem");
    return 0;
}

static int free_key(void **state)
{
    (void)state;
    efs_key_free(key);
    return 0;
}

/* ---- streams, and what they have to read as ---- */

static uint8_t expected[SIZE_MAX_TEST];

static uint8_t plain_byte(uint64_t offset, unsigned int seed)
{
    return (uint8_t)(offset * 7 + (offset >> 9) * 13 + seed + 1);
}

static void begin(struct build *b)
{
    uint8_t metadata[1024];
    uint32_t length = make_test_metadata(metadata, sizeof(metadata), &fek);

    build_file_header(b);
    build_stream_header(b, 0, NULL);
    build_plain_segment(b, length);
    build_bytes(b, metadata, length);
}

/*
 * A segment of blocks of these stored sizes, each at a multiple of 1 << shift behind `offset`; what is below `valid`
 * goes into `expected`.
 */
static void put_segment(struct build *b, uint64_t offset, uint32_t bytes, uint32_t valid, unsigned int shift,
                        const uint32_t *stored, unsigned int count, unsigned int seed)
{
    struct efs_cipher *cipher;
    uint64_t at = offset, i;
    uint32_t sum = 0;
    uint8_t *block;
    unsigned int n;

    assert_int_equal(efs_cipher_open(&cipher, &fek, NULL), EFS_OK);
    for (n = 0; n < count; n++) sum += stored[n];
    build_plain_segment(b, 0x1c + 4 * count + sum);
    build_u64(b, offset);
    build_u32(b, 0x1c + 4 * count);
    build_u32(b, bytes);
    build_u32(b, valid);
    build_u16(b, 0);
    build_u16(b, shift | shift << 8);
    build_u16(b, 12 | 1 << 8);
    build_u16(b, count);
    for (n = 0; n < count; n++) build_u32(b, stored[n]);
    for (n = 0; n < count; n++, at += (uint64_t)1 << shift)
    {
        block = malloc(stored[n] + 1);
        for (i = 0; i < stored[n]; i++)
        {
            block[i] = plain_byte(at + i, seed);
            if (at + i < offset + valid) expected[at + i] = block[i];
        }
        assert_int_equal(efs_cipher_encrypt(cipher, at, block, stored[n]), EFS_OK);
        build_bytes(b, block, stored[n]);
        free(block);
    }
    efs_cipher_close(cipher);
}

/* As Windows would write a stream of that size. */
static void put_usual(struct build *b, uint32_t size, unsigned int seed)
{
    uint32_t at, n, stored;
    unsigned int shift;

    for (at = 0; at < size; at += n)
    {
        n = size - at < 0x10000 ? size - at : 0x10000;
        stored = (n + 511) / 512 * 512;
        for (shift = 9; 1u << shift < stored;) shift++;
        put_segment(b, at, n, n, shift, &stored, 1, seed);
    }
}

/* Gaps, blocks of no size and of less than a unit, and a valid data length in the middle of one. */
static uint32_t put_odd(struct build *b)
{
    static const uint32_t some[] = { 4096, 0, 512, 4096, 2048 }, full[] = { 4096, 4096 }, end[] = { 1024 };

    put_segment(b, 0, 5 * 4096, 5 * 4096, 12, some, 5, 5);
    put_segment(b, 40960, 8192, 8192, 12, full, 2, 5);
    put_segment(b, 49152, 8192, 5000, 12, full, 2, 5);
    put_segment(b, 100352, 700, 700, 12, end, 1, 5);
    return 100352 + 700;
}

static void put_plain(struct build *b, uint32_t size)
{
    uint32_t at, i, n;

    for (at = 0; at < size; at += n)
    {
        n = size - at < 1000 ? size - at : 1000;
        build_plain_segment(b, n);
        for (i = at; i < at + n; i++)
        {
            uint8_t byte = expected[i] = plain_byte(i, 9);

            build_bytes(b, &byte, 1);
        }
    }
}

static struct efs_plaintext *open_imported(const struct build *stream, const char *form, bool unlock,
                                           struct efs_feks *feks)
{
    struct efs_plaintext *plaintext;
    struct efs_stored stored;

    assert_int_equal(import(in_dir("f"), stream, 70000, false, NULL), EFS_OK);
    assert_int_equal(efs_stored_open(&stored, in_dir("f"), NULL), EFS_OK);
    assert_string_equal(efs_form_name(&stored), form);
    efs_stored_close(&stored);
    assert_int_equal(efs_plaintext_open(&plaintext, open(in_dir("f"), O_RDONLY), NULL), EFS_OK);
    if (unlock) assert_int_equal(efs_plaintext_unlock(plaintext, feks, NULL), EFS_OK);
    return plaintext;
}

/* ---- reading ---- */

struct reader
{
    struct efs_plaintext *plaintext;
    size_t                index;
    uint32_t              size, seed;
    bool                  wrong;
};

/* Some parts of the stream, each compared. Not by cmocka's means: it runs in threads, too. */
static void *read_parts(void *argument)
{
    struct reader *reader = argument;
    uint8_t *buffer = malloc(SIZE_MAX_TEST);
    uint32_t seed = reader->seed, offset, length;
    size_t got, want;
    int i;

    for (i = 0; i < 150 && !reader->wrong; i++)
    {
        seed = seed * 1664525 + 1013904223;
        offset = (seed >> 4) % (reader->size + 10);
        seed = seed * 1664525 + 1013904223;
        length = (seed >> 4) % (i % 3 ? 2000 : 150000);
        if (i % 4 == 0) offset &= ~511u;
        want = offset >= reader->size ? 0 : reader->size - offset < length ? reader->size - offset : length;
        memset(buffer, 0xee, length + 1);
        if (efs_plaintext_pread(reader->plaintext, reader->index, offset, buffer, length, &got, NULL) || got != want
            || memcmp(buffer, expected + offset, want) || buffer[length] != 0xee)
            reader->wrong = true;
    }
    free(buffer);
    return NULL;
}

static void assert_reads(struct efs_plaintext *plaintext, size_t index, uint32_t size)
{
    struct reader readers[4];
    pthread_t threads[4];
    uint8_t *all = malloc(SIZE_MAX_TEST);
    uint64_t data;
    size_t got, i;

    assert_int_equal(efs_plaintext_stream(plaintext, index)->size, size);
    assert_int_equal(efs_plaintext_pread(plaintext, index, 0, all, SIZE_MAX_TEST, &got, NULL), EFS_OK);
    assert_int_equal(got, size);
    assert_memory_equal(all, expected, size);
    for (i = 0; i < 4; i++)
    {
        readers[i] = (struct reader){ plaintext, index, size, (uint32_t)(index * 10 + i), false };
        assert_int_equal(pthread_create(&threads[i], NULL, read_parts, &readers[i]), 0);
    }
    for (i = 0; i < 4; i++)
    {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_false(readers[i].wrong);
    }
    /* what is said to be zeros is */
    for (i = 0; i < size; i = (size_t)data + 300)
    {
        data = efs_plaintext_find_data(plaintext, index, i);
        assert_true(data >= i && data <= size);
        while (i < data) assert_int_equal(expected[i++], 0);
    }
    free(all);
}

static void test_usual(void **state)
{
    static const uint32_t sizes[] = { 0, 1, 511, 512, 513, 65536, 65537, 200001 };
    struct efs_feks *feks;
    uint64_t unwrapped, known;
    size_t i;

    (void)state;
    assert_int_equal(efs_feks_new(&feks, key, NULL), EFS_OK);
    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
    {
        struct efs_plaintext *plaintext;
        struct build b = { 0 };

        memset(expected, 0, sizeof(expected));
        begin(&b);
        build_stream_header(&b, 0, "::$DATA");
        put_usual(&b, sizes[i], 1);
        plaintext = open_imported(&b, "split", true, feks);
        assert_int_equal(efs_plaintext_count(plaintext), 1);
        assert_reads(plaintext, 0, sizes[i]);
        efs_plaintext_close(plaintext);
        build_free(&b);
        unlink(in_dir("f"));
    }
    /* each file has a FEK of its own encryption */
    efs_feks_count(feks, &unwrapped, &known);
    assert_int_equal(unwrapped, i);
    assert_int_equal(known, 0);
    efs_feks_free(feks);
}

static void test_layout(void **state)
{
    struct efs_plaintext *plaintext;
    struct build b = { 0 };
    struct efs_feks *feks;
    uint32_t size;

    (void)state;
    memset(expected, 0, sizeof(expected));
    assert_int_equal(efs_feks_new(&feks, key, NULL), EFS_OK);
    begin(&b);
    build_stream_header(&b, 0, "::$DATA");
    size = put_odd(&b);
    plaintext = open_imported(&b, "split", true, feks);
    assert_true(getxattr(in_dir("f"), EFS_STORE_LAYOUT, NULL, 0) > 0);
    assert_reads(plaintext, 0, size);
    assert_int_equal(efs_plaintext_find_data(plaintext, 0, 60000), 100352);
    efs_plaintext_close(plaintext);
    efs_feks_free(feks);
    build_free(&b);
}

static void test_container(void **state)
{
    static const uint8_t odd_name[] = { 'O', 0, 'd', 0, 'D', 0 }, none[] = { 'x', 0 };
    struct efs_plaintext *plaintext;
    struct build b = { 0 };
    struct efs_feks *feks;
    uint32_t odd_size;
    size_t index;

    (void)state;
    assert_int_equal(efs_feks_new(&feks, key, NULL), EFS_OK);
    begin(&b);
    build_stream_header(&b, 0, ":odd:$DATA");
    odd_size = put_odd(&b);
    build_stream_header(&b, 1, ":plain:$DATA");
    put_plain(&b, 12345);
    build_stream_header(&b, 0, "::$DATA");
    put_usual(&b, 300000, 2);
    build_stream_header(&b, 0, ":empty:$DATA");
    plaintext = open_imported(&b, "container", true, feks);
    assert_int_equal(efs_plaintext_count(plaintext), 4);
    memset(expected, 0, sizeof(expected));
    b.length = 0;
    put_usual(&b, 300000, 2);
    assert_true(efs_plaintext_find(plaintext, NULL, 0, &index));
    assert_int_equal(index, 0);
    assert_reads(plaintext, 0, 300000);
    memset(expected, 0, sizeof(expected));
    put_odd(&b);
    assert_true(efs_plaintext_find(plaintext, odd_name, sizeof(odd_name), &index));
    assert_int_equal(index, 1);
    assert_reads(plaintext, index, odd_size);
    memset(expected, 0, sizeof(expected));
    put_plain(&b, 12345);
    assert_false(efs_plaintext_stream(plaintext, 2)->encrypted);
    assert_reads(plaintext, 2, 12345);
    assert_int_equal(efs_plaintext_stream(plaintext, 3)->size, 0);
    assert_false(efs_plaintext_find(plaintext, none, sizeof(none), &index));
    efs_plaintext_close(plaintext);
    efs_feks_free(feks);
    build_free(&b);
}

/* ---- what can't be read ---- */

static void test_refused(void **state)
{
    struct efs_key *other = load_test_key("other.pem");
    struct efs_plaintext *plaintext;
    struct efs_diag diag = { 0 };
    struct build b = { 0 }, directory = { 0 };
    struct efs_feks *feks;
    uint8_t buffer[100];
    size_t got;
    int fd;

    (void)state;
    assert_int_equal(efs_feks_new(&feks, other, NULL), EFS_OK);
    begin(&b);
    build_stream_header(&b, 0, "::$DATA");
    put_usual(&b, 70000, 3);
    build_stream_header(&b, 0, ":n:$DATA");
    put_usual(&b, 700, 3);
    plaintext = open_imported(&b, "container", false, NULL);
    memset(buffer, 1, sizeof(buffer));
    assert_int_equal(efs_plaintext_pread(plaintext, 0, 5, buffer, 100, &got, &diag), EFS_ERR_NO_KEY);
    assert_int_equal(efs_plaintext_unlock(plaintext, feks, &diag), EFS_ERR_NO_KEY);
    efs_feks_free(feks);
    assert_int_equal(efs_feks_new(&feks, key, NULL), EFS_OK);
    assert_int_equal(efs_plaintext_unlock(plaintext, feks, NULL), EFS_OK);
    /* it becomes shorter */
    assert_int_equal(truncate(in_dir("f"), 3000), 0);
    assert_int_equal(efs_plaintext_pread(plaintext, 0, 1, buffer, 100, &got, &diag), EFS_OK);
    memset(buffer, 1, sizeof(buffer));
    assert_int_equal(efs_plaintext_pread(plaintext, 0, 60000, buffer, 100, &got, &diag), EFS_ERR_CORRUPT);
    assert_int_equal(buffer[0] + buffer[99] + got, 0);
    efs_plaintext_close(plaintext);

    assert_int_equal(import(in_dir("f"), &b, 70000, false, NULL), EFS_OK);
    fd = open(in_dir("f"), O_RDWR);
    assert_int_equal(pwrite(fd, "X", 1, (off_t)(b.length - 700)), 1); /* in the name of the last stream, or near it */
    assert_int_equal(pwrite(fd, "XXXX", 4, 0x2e), 4);
    assert_int_equal(efs_plaintext_open(&plaintext, fd, &diag), EFS_ERR_CORRUPT);
    write_plain(in_dir("p"), "plain");
    assert_int_equal(efs_plaintext_open(&plaintext, open(in_dir("p"), O_RDONLY), &diag), EFS_ERR_NOT_ENCRYPTED);
    build_directory_stream(&directory, 1);
    assert_int_equal(import(in_dir("d"), &directory, 1000, true, NULL), EFS_OK);
    assert_int_equal(efs_plaintext_open(&plaintext, open(in_dir("d"), O_RDONLY), &diag), EFS_ERR_TYPE);
    assert_null(plaintext);
    efs_feks_free(feks);
    efs_key_free(other);
    build_free(&b);
    build_free(&directory);
}

/* ---- FEKs ---- */

static void test_feks(void **state)
{
    enum { MORE = EFS_FEKS_KEPT + 300 };
    const struct efs_fek *held, *again;
    static uint8_t first[1024], next[1024];
    struct efs_metadata metadata;
    struct efs_fek own = fek;
    struct efs_feks *feks;
    uint64_t unwrapped, known;
    uint32_t length;
    int i;

    (void)state;
    assert_int_equal(efs_feks_new(&feks, key, NULL), EFS_OK);
    length = make_test_metadata(first, sizeof(first), &fek);
    assert_int_equal(efs_metadata_read(&metadata, first, length, NULL), EFS_OK);
    assert_int_equal(efs_feks_hold(feks, &metadata, &held, NULL), EFS_OK);
    assert_memory_equal(held->key, fek.key, 32);
    for (i = 0; i < MORE; i++)
    {
        store32_le(own.key, (uint32_t)i);
        length = make_test_metadata(next, sizeof(next), &own);
        assert_int_equal(efs_metadata_read(&metadata, next, length, NULL), EFS_OK);
        assert_int_equal(efs_feks_hold(feks, &metadata, &again, NULL), EFS_OK);
        assert_memory_equal(again->key, own.key, 32);
        efs_feks_release(feks, again);
    }
    /* the last is known, and so is the one that is held, where it was */
    assert_int_equal(efs_feks_hold(feks, &metadata, &again, NULL), EFS_OK);
    assert_memory_equal(again->key, own.key, 32);
    efs_feks_release(feks, again);
    assert_int_equal(efs_metadata_read(&metadata, first, length, NULL), EFS_OK);
    assert_int_equal(efs_feks_hold(feks, &metadata, &again, NULL), EFS_OK);
    assert_ptr_equal(again, held);
    assert_memory_equal(again->key, fek.key, 32);
    efs_feks_count(feks, &unwrapped, &known);
    assert_int_equal(unwrapped, MORE + 1);
    assert_int_equal(known, 2);
    efs_feks_release(feks, held);
    efs_feks_release(feks, again);
    efs_feks_free(feks);
}

/* ---- extents ---- */

static void test_extents(void **state)
{
    struct extents extents = { 0 };
    uint64_t position, length;
    size_t budget = 3, i;

    (void)state;
    /* one run: pieces of 100 at every 150, of which the last is short */
    for (i = 0; i < 10; i++)
        assert_int_equal(extents_add(&extents, i * 100, i * 100 + (i < 9 ? 100 : 30), 1000 + i * 150, &budget),
                         EXTENTS_OK);
    assert_int_equal(extents.count, 1);
    assert_true(extents_find(&extents, 350, &position, &length));
    assert_int_equal(position, 1000 + 3 * 150 + 50);
    assert_int_equal(length, 50);
    assert_true(extents_find(&extents, 929, &position, &length));
    assert_int_equal(length, 1);
    assert_false(extents_find(&extents, 930, &position, &length));
    assert_true(length == UINT64_MAX);
    /* another distance, a gap, and no room for more */
    assert_int_equal(extents_add(&extents, 1000, 1100, 9000, &budget), EXTENTS_OK);
    assert_false(extents_find(&extents, 930, &position, &length));
    assert_int_equal(length, 70);
    assert_int_equal(extents_add(&extents, 2000, 2100, 5, &budget), EXTENTS_OK);
    assert_int_equal(extents_add(&extents, 2100, 2100, 7, &budget), EXTENTS_OK);
    assert_int_equal(extents_add(&extents, 3000, 3100, 7, &budget), EXTENTS_TOO_MANY);
    assert_int_equal(extents.count, 3);
    extents_free(&extents);
}

int main(void)
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown(test_usual, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_layout, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_container, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(test_refused, make_dir, drop_dir),
        cmocka_unit_test(test_feks),
        cmocka_unit_test(test_extents),
    };

    return cmocka_run_group_tests(tests, load_key, free_key);
}
