/*
 * lines 1 and 16: every class of ntdll's queries of one file, on encrypted and plain ones.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/objects.h"
#include "helpers/nt_test.h"

static void read_answer(const struct nt_class *class, const BYTE *info, struct answer *answer)
{
    if ((answer->has_attributes = class->attributes != NONE)) answer->attributes = get_ulong(info + class->attributes);
    if ((answer->has_size = class->end_of_file != NONE)) answer->size = get_ulong64(info + class->end_of_file);
}

/* A name, and relative to the directory */
static void init_name(struct nt_name *name, const WCHAR *path, const WCHAR *leaf, HANDLE root)
{
    if (root) init_nt_name_at(name, root, leaf);
    else init_nt_name(name, path);
}

static NTSTATUS query_by_name(const WCHAR *path, const WCHAR *leaf, HANDLE root, struct answer *basic,
                              struct answer *full)
{
    static const struct nt_class basic_class = { .attributes = 0x20, .end_of_file = NONE };
    static const struct nt_class full_class = { .attributes = 0x30, .end_of_file = 0x28 };
    union { LARGE_INTEGER align; BYTE bytes[0x38]; } info;
    struct nt_name name;
    NTSTATUS status, full_status;

    init_name(&name, path, leaf, root);
    status = NtQueryAttributesFile(&name.attr, (void *)&info);
    if (!status) read_answer(&basic_class, info.bytes, basic);
    full_status = NtQueryFullAttributesFile(&name.attr, (void *)&info);
    if (!full_status) read_answer(&full_class, info.bytes, full);
    free_nt_name(&name);
    ok(status == full_status, "got %#lx and %#lx\n", status, full_status);
    return status;
}

static void test_attributes(HANDLE root)
{
    struct answer basic, full, twin_basic, twin_full;
    NTSTATUS status, twin_status;
    DWORD i;

    for (i = 0; i < OBJECT_COUNT; i++)
    {
        winetest_push_context("%s, %s", root ? "relative" : "absolute", wine_dbgstr_w(objects[i].name));
        status = query_by_name(object_path(&objects[i]), objects[i].name, root, &basic, &full);
        twin_status = query_by_name(twin_path(&objects[i]), objects[i].twin, root, &twin_basic, &twin_full);
        ok(status == twin_status, "got %#lx, expected %#lx\n", status, twin_status);
        ok(!status || root, "got %#lx\n", status); /* Wine 8 finds no relative names there */
        if (!status && !twin_status)
        {
            winetest_push_context("basic");
            check_answer(&objects[i], &basic, &twin_basic);
            winetest_pop_context();
            winetest_push_context("full");
            check_answer(&objects[i], &full, &twin_full);
            winetest_pop_context();
        }
        winetest_pop_context();
    }
}

static NTSTATUS query_handle(const WCHAR *path, const WCHAR *leaf, HANDLE root, const struct nt_class *class,
                             struct answer *answer)
{
    union { LARGE_INTEGER align; BYTE bytes[0x1000]; } info;
    struct nt_name name;
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    HANDLE file;

    init_name(&name, path, leaf, root);
    status = NtOpenFile(&file, FILE_READ_ATTRIBUTES | SYNCHRONIZE, &name.attr, &io, SHARE_ALL,
                        FILE_SYNCHRONOUS_IO_NONALERT);
    free_nt_name(&name);
    ok(!status, "NtOpenFile returned %#lx\n", status);
    if (status) return status;
    status = NtQueryInformationFile(file, &io, &info, sizeof(info), class->class);
    if (!status) read_answer(class, info.bytes, answer);
    NtClose(file);
    return status;
}

static void test_classes(HANDLE root)
{
    const struct nt_class *class;
    DWORD i;

    for (class = nt_file_classes; class->name; class++)
    {
        for (i = 0; i < OBJECT_COUNT; i++)
        {
            const struct object *object = &objects[i];
            struct answer answer = { 0 }, twin = { 0 };
            NTSTATUS status, twin_status;

            winetest_push_context("%s, %s, %s", class->name, root ? "relative" : "absolute",
                                  wine_dbgstr_w(object->name));
            twin_status = query_handle(twin_path(object), object->twin, root, class, &twin);
            status = query_handle(object_path(object), object->name, root, class, &answer);
            ok(status == twin_status, "got %#lx, expected %#lx\n", status, twin_status);
            if (!twin_status) check_answer(object, &answer, &twin);
            winetest_pop_context();
        }
    }
}

static void test_information_by_name(void)
{
    union { LARGE_INTEGER align; BYTE bytes[0x100]; } info;
    struct answer answer, twin;
    const struct nt_class *class = nt_file_classes;
    struct nt_name name;
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    DWORD i;

    if (!query_information_by_name)
    {
        skip("there is no NtQueryInformationByName\n");
        return;
    }
    while (class->class != NT_STAT) class++;
    for (i = 0; i < OBJECT_COUNT; i++)
    {
        winetest_push_context("%s", wine_dbgstr_w(objects[i].name));
        init_nt_name(&name, twin_path(&objects[i]));
        status = query_information_by_name(&name.attr, &io, &info, sizeof(info), NT_STAT);
        free_nt_name(&name);
        ok(!status, "got %#lx\n", status);
        read_answer(class, info.bytes, &twin);
        init_nt_name(&name, object_path(&objects[i]));
        status = query_information_by_name(&name.attr, &io, &info, sizeof(info), NT_STAT);
        free_nt_name(&name);
        ok(!status, "got %#lx\n", status);
        read_answer(class, info.bytes, &answer);
        check_answer(&objects[i], &answer, &twin);
        winetest_pop_context();
    }
}

/* The block of the encrypted file is that of the plain one, byte for byte, bar what has to differ: of any
 * length, with the same status, and nothing behind its end. */
static void compare_block(const struct object *object, HANDLE file, HANDLE twin, const struct nt_class *class,
                          ULONG length)
{
    union { LARGE_INTEGER align; BYTE bytes[0x300]; } info, expected;
    IO_STATUS_BLOCK io, twin_io;
    NTSTATUS status, twin_status;
    ULONG attributes, i, last = ~0u;

    memset(&info, 0xcc, sizeof(info));
    memset(&expected, 0xcc, sizeof(expected));
    io.Information = twin_io.Information = 0xdead;
    twin_status = NtQueryInformationFile(twin, &twin_io, &expected, length, class->class);
    status = NtQueryInformationFile(file, &io, &info, length, class->class);
    ok(status == twin_status, "length %#lx: got %#lx, expected %#lx\n", length, status, twin_status);
    ok(io.Information == twin_io.Information, "length %#lx: got %lu, expected %lu\n", length, (ULONG)io.Information,
       (ULONG)twin_io.Information);
    if (twin_status && twin_status != NT_BUFFER_OVERFLOW)
    {
        for (i = 0; i < sizeof(info) && info.bytes[i] == 0xcc; i++) ;
        for (last = 0; last < sizeof(info) && expected.bytes[last] == 0xcc; last++) ;
        ok(i == last, "length %#lx: byte %#lx was written, %#lx for the plain one\n", length, i, last);
        return;
    }
    for (i = length; i < sizeof(info) && info.bytes[i] == 0xcc; i++) ;
    ok(i == sizeof(info), "length %#lx: byte %#lx was written\n", length, i);
    /* what holds the metadata may count too */
    if (class->class == NT_STANDARD) memcpy(&expected, &info, 8);
    if (class->attributes != NONE && object->encrypted)
    {
        attributes = (get_ulong(expected.bytes + class->attributes) & ~(ULONG)FILE_ATTRIBUTE_NORMAL)
            | FILE_ATTRIBUTE_ENCRYPTED;
        memcpy(expected.bytes + class->attributes, &attributes, sizeof(attributes));
    }
    for (i = 0; i < sizeof(info); i++)
        if (info.bytes[i] != expected.bytes[i]) break;
    ok(i == sizeof(info), "length %#lx: byte %#lx is %#x, expected %#x\n", length, i,
       i < sizeof(info) ? info.bytes[i] : 0, i < sizeof(info) ? expected.bytes[i] : 0);
}

static void test_lengths(void)
{
    const struct nt_class *class;
    NTSTATUS status;
    DWORD i, length;

    for (i = 0; i < OBJECT_COUNT; i++)
    {
        const struct object *object = &objects[i];
        HANDLE file = nt_open(object_path(object), FILE_READ_ATTRIBUTES | SYNCHRONIZE, FILE_SYNCHRONOUS_IO_NONALERT,
                              &status);
        HANDLE twin = nt_open(twin_path(object), FILE_READ_ATTRIBUTES | SYNCHRONIZE, FILE_SYNCHRONOUS_IO_NONALERT,
                              &status);

        winetest_push_context("%s", wine_dbgstr_w(object->name));
        ok(file && twin, "the files can't be opened: %#lx\n", status);
        for (class = nt_file_classes; class->name; class++)
        {
            /* the others have times, numbers or names: see stock.c */
            if (class->class != NT_STANDARD && class->class != NT_END_OF_FILE && class->class != NT_ATTRIBUTE_TAG)
                continue;
            winetest_push_context("%s", class->name);
            for (length = 0; length <= 0x100; length += length < 0x60 ? 1 : 8)
                compare_block(object, file, twin, class, length);
            winetest_pop_context();
        }
        NtClose(file);
        NtClose(twin);
        winetest_pop_context();
    }
}

/* What can't be asked can't be asked of an encrypted file either. */
static void test_errors(void)
{
    static const WCHAR * const names[] = { L"missing", L"missing\\file", L"encrypted\\file", L"encrypted empty\\file" };
    static const WCHAR * const twins[] = { L"missing", L"missing\\file", L"plain\\file", L"plain empty\\file" };
    union { LARGE_INTEGER align; BYTE bytes[0x1000]; } info;
    struct nt_name name, twin;
    IO_STATUS_BLOCK io;
    NTSTATUS status, expected;
    HANDLE file;
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(names); i++)
    {
        winetest_push_context("%s", wine_dbgstr_w(names[i]));
        init_nt_name(&name, test_path(names[i]));
        init_nt_name(&twin, test_path(twins[i]));
        expected = NtQueryFullAttributesFile(&twin.attr, (void *)&info);
        ok(expected, "there is such a file\n");
        status = NtQueryFullAttributesFile(&name.attr, (void *)&info);
        ok(status == expected, "got %#lx, expected %#lx\n", status, expected);
        expected = NtQueryAttributesFile(&twin.attr, (void *)&info);
        status = NtQueryAttributesFile(&name.attr, (void *)&info);
        ok(status == expected, "got %#lx, expected %#lx\n", status, expected);
        free_nt_name(&name);
        free_nt_name(&twin);
        winetest_pop_context();
    }

    file = nt_open(object_path(&objects[0]), READ_CONTROL, 0, &status);
    ok(!status, "NtOpenFile returned %#lx\n", status);
    status = NtQueryInformationFile(file, &io, &info, sizeof(info), 0);
    ok(status == NT_INVALID_INFO_CLASS || status == NT_NOT_IMPLEMENTED, "class 0: got %#lx\n", status);
    NtClose(file);
    status = NtQueryInformationFile((HANDLE)0xdead, &io, &info, sizeof(info), NT_BASIC);
    ok(status == NT_INVALID_HANDLE, "got %#lx\n", status);
    status = NtQueryInformationFile((HANDLE)0xdead, &io, &info, sizeof(info), NT_ALL);
    ok(status == NT_INVALID_HANDLE, "got %#lx\n", status);
}

START_TEST(nt_queries)
{
    HANDLE root;
    NTSTATUS status;

    begin_tests("nt-queries");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    load_nt();
    unseen("programs: what they restore is what they saved")
        make_objects();
    root = nt_open(test_path(L""), FILE_READ_ATTRIBUTES | FILE_TRAVERSE, FILE_DIRECTORY_FILE, &status);
    check_call(root != NULL);
    unseen("documented: MS-FSCC 2.4; that nothing else differs from a plain file is reasoned")
    {
        test_attributes(NULL);
        test_attributes(root);
        test_classes(NULL);
        test_classes(root);
    }
    NtClose(root);
    unseen("documented: MS-FSCC 2.4; that nothing else differs from a plain file is reasoned")
        test_information_by_name();
    unseen("reasoned: statuses and lengths are those of a plain file")
    {
        test_lengths();
        test_errors();
    }
    unseen("reasoned: queries change nothing")
        check_objects();
    remove_objects();
    end_tests();
}
