/*
 * WriteEncryptedFileRaw on files: what the callback is offered, how it may answer, and that an import
 * is all or nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"

/* line 10 */
static void test_buffer(void)
{
    const WCHAR *name = test_path(L"file");
    struct source source;
    struct stream stream;

    build_stream(&stream, 2000000, 1);
    init_source(&source, &stream);
    source.chunk = 100000;
    check_code(restore_from(name, 0, &source), ERROR_SUCCESS);
    ok(source.min_buffer >= 0x40000, "a buffer of %lu bytes was offered\n", source.min_buffer);
    ok(source.max_buffer <= 0x100000, "a buffer of %lu bytes was offered\n", source.max_buffer);
    ok(source.calls == (stream.size + 99999) / 100000 + 1, "%lu calls\n", source.calls);
    check_export(name, &stream);
    remove_file(name);
    free_stream(&stream);
}

/* line 11: pieces of any length */
static void test_short_reads(void)
{
    static const DWORD chunks[] = { 1, 2, 3, 7, 19, 20, 21, 511, 513, 4096, 65535, 65536, 0, ~0u };
    const WCHAR *name = test_path(L"file");
    struct source source;
    struct stream stream;
    DWORD i;

    build_stream(&stream, 66000, 2);
    for (i = 0; i < ARRAY_SIZE(chunks); i++)
    {
        winetest_push_context("chunk %lu", chunks[i]);
        init_source(&source, &stream);
        source.chunk = chunks[i];
        check_code(restore_from(name, 0, &source), ERROR_SUCCESS);
        ok(source.pos == stream.size, "%lu bytes were taken\n", source.pos);
        check_export(name, &stream);
        remove_file(name);
        winetest_pop_context();
    }
    free_stream(&stream);
}

/* line 11: any value other than 0 aborts and comes back unchanged, and nothing has happened */
static void test_abort(void)
{
    static const DWORD codes[] = { ERROR_CANCELLED, 1, ERROR_HANDLE_EOF, ERROR_NO_MORE_ITEMS, 0x80004005, 0xffffffff,
                                   ERROR_NOT_EXPORT_FORMAT, ERROR_BUSY };
    static const DWORD places[] = { 0, 1, 0x14, 700, 60000 };
    const WCHAR *missing = test_path(L"missing"), *plain = test_path(L"plain"), *encrypted = test_path(L"encrypted");
    struct stream stream, other;
    struct source source;
    DWORD i, j;

    build_stream(&stream, 60000, 3);
    build_stream(&other, 2000, 4);
    make_file(plain, "stays", 0);
    check_code(restore_stream(encrypted, 0, &other), ERROR_SUCCESS);
    for (i = 0; i < ARRAY_SIZE(codes); i++)
    {
        for (j = 0; j < ARRAY_SIZE(places); j++)
        {
            winetest_push_context("code %#lx at %lu", codes[i], places[j]);
            init_source(&source, &stream);
            source.fail_at = places[j];
            source.fail_code = codes[i];
            check_code(restore_from(missing, 0, &source), codes[i]);
            check_missing(missing);
            source.pos = 0;
            check_code(restore_from(plain, 0, &source), codes[i]);
            check_plain(plain, "stays", 0);
            source.pos = 0;
            check_code(restore_from(encrypted, 0, &source), codes[i]);
            check_export(encrypted, &other);
            winetest_pop_context();
        }
    }
    /* also when everything was given, and only the end is missing */
    init_source(&source, &stream);
    source.fail_at = stream.size;
    source.fail_code = ERROR_CANCELLED;
    check_code(restore_from(missing, 0, &source), ERROR_CANCELLED);
    check_missing(missing);
    ok(count_entries(test_path(L"")) == 2, "something was left behind\n");
    remove_file(plain);
    remove_file(encrypted);
    free_stream(&stream);
    free_stream(&other);
}

/* More bytes than the buffer holds: nobody can tell what the program has overwritten. */
static void test_fake_size(void)
{
    static const DWORD places[] = { 0, 100, 60000 };
    const WCHAR *name = test_path(L"file");
    struct source source;
    struct stream stream;
    DWORD i;

    build_stream(&stream, 60000, 5);
    for (i = 0; i < ARRAY_SIZE(places); i++)
    {
        winetest_push_context("at %lu", places[i]);
        init_source(&source, &stream);
        source.fail_at = places[i];
        source.fake_size = true;
        check_code(restore_from(name, 0, &source), ERROR_INVALID_PARAMETER);
        check_missing(name);
        winetest_pop_context();
    }
    free_stream(&stream);
}

/* A stream that is broken is refused: at once where its beginning is, and without asking for much more further on. */
static void test_broken(void)
{
    static const DWORD chunks[] = { 1000, 65536, 100000, 0 };
    const WCHAR *name = test_path(L"file");
    const DWORD broken = 1500000;
    struct source source;
    struct stream stream;
    DWORD i;

    make_file(name, "stays", 0);
    build_stream(&stream, 4000000, 11);
    for (i = 0; i < ARRAY_SIZE(chunks); i++)
    {
        DWORD segment = broken - (broken - stream.first_segment) % 0x10200; /* its header */

        winetest_push_context("chunk %lu", chunks[i]);
        stream.data[segment + 5] ^= 0x20;
        init_source(&source, &stream);
        source.chunk = chunks[i];
        check_code(restore_from(name, 0, &source), ERROR_NOT_EXPORT_FORMAT);
        ok(source.pos >= segment && source.pos < broken + 2000000, "%lu bytes were taken\n", source.pos);
        check_plain(name, "stays", 0);
        stream.data[segment + 5] ^= 0x20;

        stream.data[5] ^= 0x20;
        init_source(&source, &stream);
        source.chunk = chunks[i];
        check_code(restore_from(name, 0, &source), ERROR_NOT_EXPORT_FORMAT);
        ok(source.calls == 1, "%lu calls\n", source.calls);
        check_plain(name, "stays", 0);
        stream.data[5] ^= 0x20;

        init_source(&source, &stream); /* an abort leaves what was given before unused */
        source.chunk = chunks[i];
        source.fail_at = 1900000;
        source.fail_code = ERROR_CANCELLED;
        check_code(restore_from(name, 0, &source), ERROR_CANCELLED);
        check_plain(name, "stays", 0);
        winetest_pop_context();
    }
    remove_file(name);
    free_stream(&stream);
}

/* line 14: [C] calls Write again, and its callback answers 0 at once */
static void test_second_write(void)
{
    const WCHAR *name = test_path(L"file");
    struct stream stream, nothing = { 0 };
    struct source source, empty;
    void *context;
    DWORD ret, i;

    build_stream(&stream, 70000, 6);
    context = open_import(name, 0);
    init_source(&source, &stream);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
    check_code(ret, ERROR_SUCCESS);
    for (i = 0; i < 2; i++)
    {
        init_source(&empty, &nothing);
        SetLastError(0xdeadbeef);
        ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &empty, context);
        check_code(ret, ERROR_SUCCESS);
        ok(empty.calls == 1, "%lu calls\n", empty.calls);
    }
    CloseEncryptedFileRaw(context);
    check_export(name, &stream);
    ok(count_entries(test_path(L"")) == 1, "something was left behind\n");
    remove_file(name);

    /* but on a fresh context an empty input is no stream */
    make_file(name, "stays", 0);
    context = open_import(name, 0);
    init_source(&empty, &nothing);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &empty, context);
    check_code(ret, ERROR_NOT_EXPORT_FORMAT);
    CloseEncryptedFileRaw(context);
    check_plain(name, "stays", 0);
    remove_file(name);
    free_stream(&stream);
}

static void test_write_after_failure(void)
{
    const WCHAR *name = test_path(L"file");
    struct source source;
    struct stream stream;
    void *context;
    DWORD ret;

    build_stream(&stream, 70000, 7);
    context = open_import(name, 0);

    init_source(&source, &stream); /* aborted */
    source.fail_at = 30000;
    source.fail_code = ERROR_CANCELLED;
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
    check_code(ret, ERROR_CANCELLED);

    init_source(&source, &stream); /* truncated */
    source.size = 30000;
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
    check_code(ret, ERROR_NOT_EXPORT_FORMAT);
    check_missing(name);

    init_source(&source, &stream); /* from the first byte on */
    source.chunk = 5000;
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw(IMPORT_CALLBACK, &source, context);
    check_code(ret, ERROR_SUCCESS);
    CloseEncryptedFileRaw(context);
    check_export(name, &stream);
    remove_file(name);
    free_stream(&stream);
}

/* line 12 */
static void test_targets(void)
{
    WCHAR name[MAX_PATH];
    struct stream stream, shorter;

    build_stream(&stream, 5000, 8);
    build_stream(&shorter, 10, 9);

    /* [W]: empty, with the SYSTEM attribute */
    make_file(test_path(L"system"), "", FILE_ATTRIBUTE_SYSTEM);
    check_code(restore_stream(test_path(L"system"), OVERWRITE_HIDDEN, &stream), ERROR_SUCCESS);
    check_export(test_path(L"system"), &stream);
    remove_file(test_path(L"system"));

    /* [P] */
    check_call(GetTempFileNameW(test_path(L""), L"efs", 0, name));
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    check_export(name, &stream);

    /* an encrypted one, by a shorter one and back */
    check_code(restore_stream(name, 0, &shorter), ERROR_SUCCESS);
    check_export(name, &shorter);
    check_code(restore_stream(name, 0, &stream), ERROR_SUCCESS);
    check_export(name, &stream);
    remove_file(name);

    ok(!count_entries(test_path(L"")), "something was left behind\n");
    free_stream(&stream);
    free_stream(&shorter);
}

/* A new target's name is taken by somebody else while the import runs: the other's file stays. */
struct taker
{
    struct source source;
    const WCHAR  *name;
};

static DWORD WINAPI take_name(PBYTE data, PVOID context, PULONG length)
{
    struct taker *taker = context;
    HANDLE file = CreateFileW(taker->name, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);

    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
    return import_callback(data, &taker->source, length);
}

static void test_name_taken(void)
{
    struct stream stream;
    struct taker taker;
    void *context;
    DWORD ret;

    build_stream(&stream, 1000, 1);
    init_source(&taker.source, &stream);
    taker.name = test_path(L"file");
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(taker.name, CREATE_FOR_IMPORT, &context);
    check_code(ret, ERROR_SUCCESS);
    SetLastError(0xdeadbeef);
    ret = WriteEncryptedFileRaw((PFE_IMPORT_FUNC)take_name, &taker, context);
    /* Windows makes the file when it is opened, so there nobody else can */
    check_code(ret, ERROR_FILE_EXISTS);
    CloseEncryptedFileRaw(context);
    SetLastError(0xdeadbeef);
    ret = OpenEncryptedFileRawW(taker.name, 0, &context);
    check_code(ret, ERROR_FILE_NOT_ENCRYPTED);
    remove_file(taker.name);
    free_stream(&stream);
}

START_TEST(import)
{
    begin_tests("import");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    unseen("ours: the target is made when the stream is complete; Windows makes it at Open")
        test_name_taken();
    unseen("programs: burp copies 32,031 bytes unseen, AlphaFS allocates what is offered")
        test_buffer();
    unseen("programs: they give pieces of any length")
        test_short_reads();
    unseen("programs: AlphaFS, Open Salamander and JNA want their code back; that the target stays is ours")
        test_abort();
    unseen("ours: the buffer is overrun already, and the import ends")
        test_fake_size();
    unseen("ours: MS-ERREF has the code; when it comes, and that the target stays, is a choice")
        test_broken();
    unseen("programs: Bacula writes once more, though MS-EFSR has one Write for each Open")
        test_second_write();
    unseen("ours: after a Write that failed another may come; MS-EFSR has one for each Open")
        test_write_after_failure();
    unseen("programs: wimlib's empty SYSTEM file, pywin32's temporary one")
        test_targets();
    end_tests();
}
