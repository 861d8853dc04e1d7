/*
 * Files of many sizes, split anywhere: what comes out is what went in.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"

static void check_size(DWORD size, DWORD chunk, DWORD seed)
{
    const WCHAR *name = test_path(L"file");
    struct source source;
    struct stream stream;

    winetest_push_context("size %lu, chunk %ld, seed %lu", size, (LONG)chunk, seed);
    build_stream(&stream, size, seed);
    init_source(&source, &stream);
    source.chunk = chunk;
    source.seed = seed;
    check_code(restore_from(name, 0, &source), ERROR_SUCCESS);
    ok(source.pos == stream.size, "%lu of %lu bytes were taken\n", source.pos, stream.size);
    check_export(name, &stream);
    remove_file(name);
    free_stream(&stream);
    winetest_pop_context();
}

static void test_boundaries(void)
{
    static const DWORD sizes[] = { 0, 1, 2, 510, 511, 512, 513, 1023, 1024, 4095, 4096, 4097, 65023, 65024, 65025,
                                   65535, 65536, 65537, 131071, 131072, 131073, 200001, 1048576, 3333333 };
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(sizes); i++)
    {
        check_size(sizes[i], 0, i);
        check_size(sizes[i], ~0u, i);
        if (sizes[i] <= 1024) check_size(sizes[i], 1, i);
    }
}

static void test_random(void)
{
    DWORD i, state = GetTickCount();

    trace("seed %#lx\n", state);
    for (i = 0; i < 60; i++)
    {
        DWORD bits = next_random(&state) % 22; /* all orders of magnitude alike */
        check_size(next_random(&state) % (1u << bits), i & 1 ? ~0u : next_random(&state) % 70000 + 100,
                   next_random(&state));
    }
}

static void test_large(void)
{
    check_size(winetest_interactive ? 200000001 : 30000001, 0, 1);
    check_size(winetest_interactive ? 199999999 : 20000000, ~0u, 2);
}

/* One name again and again, longer and shorter: nothing of the old content shows. */
static void test_rewrite(void)
{
    static const DWORD sizes[] = { 100000, 0, 700000, 1, 65536, 65537, 0, 512 };
    const WCHAR *name = test_path(L"rewritten");
    struct stream stream;
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(sizes); i++)
    {
        winetest_push_context("size %lu", sizes[i]);
        build_stream(&stream, sizes[i], i + 50);
        check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
        check_export(name, &stream);
        free_stream(&stream);
        winetest_pop_context();
    }
    remove_file(name);
}

START_TEST(bigdata)
{
    begin_tests("bigdata");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    unseen("programs: what they restore is what they saved; that each byte comes back is reasoned")
    {
        test_boundaries();
        test_random();
        test_large();
        test_rewrite();
        ok(!count_entries(test_path(L"")), "something was left behind\n");
    }
    end_tests();
}
