/*
 * Directory listings by ntdll: every class, in one go and entry by entry, with masks and small buffers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/objects.h"
#include "helpers/nt_test.h"

#define ENTRY_NAME_LENGTH 0x3c
#define FLAG_RESTART 1 /* NtQueryDirectoryFileEx's SL_RESTART_SCAN */
#define FLAG_SINGLE 2  /* SL_RETURN_SINGLE_ENTRY */

struct listing
{
    struct answer answers[OBJECT_COUNT];
    bool found[OBJECT_COUNT];
    DWORD others; /* names that are none of the objects' */
    DWORD calls;
    NTSTATUS status; /* of the last call */
};

static HANDLE open_directory(void)
{
    NTSTATUS status;
    HANDLE dir = nt_open(test_path(L""), FILE_LIST_DIRECTORY | SYNCHRONIZE,
                         FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, &status);

    ok(!status, "NtOpenFile returned %#lx\n", status);
    return dir;
}

static void take_entry(const struct nt_class *class, const BYTE *entry, struct listing *listing)
{
    ULONG length = get_ulong(entry + ENTRY_NAME_LENGTH);
    DWORD i;

    for (i = 0; i < OBJECT_COUNT; i++)
    {
        if (length != lstrlenW(objects[i].name) * sizeof(WCHAR)
            || memcmp(entry + class->file_name, objects[i].name, length))
            continue;
        ok(!listing->found[i], "%s is listed twice\n", wine_dbgstr_w(objects[i].name));
        listing->found[i] = true;
        listing->answers[i].has_attributes = listing->answers[i].has_size = true;
        listing->answers[i].attributes = get_ulong(entry + class->attributes);
        listing->answers[i].size = get_ulong64(entry + class->end_of_file);
        return;
    }
    listing->others++;
}

/* The rest of the directory, or all of it with restart */
static void list(HANDLE dir, const struct nt_class *class, const WCHAR *mask, ULONG length, bool single, bool restart,
                 bool ex, struct listing *listing)
{
    union { LARGE_INTEGER align; BYTE bytes[0x2000]; } info;
    UNICODE_STRING mask_string;
    IO_STATUS_BLOCK io;
    ULONG at, i;

    memset(listing, 0, sizeof(*listing));
    if (mask) RtlInitUnicodeString(&mask_string, mask);
    for (;; restart = false)
    {
        memset(&info, 0xcc, sizeof(info));
        if (ex)
            listing->status = query_directory_ex(dir, NULL, NULL, NULL, &io, &info, length, class->class,
                                                 (restart ? FLAG_RESTART : 0) | (single ? FLAG_SINGLE : 0),
                                                 mask ? &mask_string : NULL);
        else
            listing->status = NtQueryDirectoryFile(dir, NULL, NULL, NULL, &io, &info, length, class->class, single,
                                                   mask ? &mask_string : NULL, restart);
        for (i = length; i < sizeof(info) && info.bytes[i] == 0xcc; i++) ;
        ok(i == sizeof(info), "byte %#lx was written of %#lx\n", i, length);
        if (listing->status) break;
        listing->calls++;
        for (at = 0;; at += get_ulong(info.bytes + at))
        {
            take_entry(class, info.bytes + at, listing);
            if (!get_ulong(info.bytes + at)) break;
            ok(!single, "there is a second entry\n");
        }
        if (listing->calls > 100) break;
    }
}

static bool is_in_mask(const struct object *object, const WCHAR *mask)
{
    if (!mask || !lstrcmpW(mask, L"*")) return true;
    if (!lstrcmpW(mask, L"ENC*")) return object->name[0] == 'e';
    return !lstrcmpW(mask, object->name);
}

static void check_listing(const struct listing *listing, const WCHAR *mask)
{
    const struct answer *twin;
    DWORD i, j;

    ok(listing->status == NT_NO_MORE_FILES, "got %#lx\n", listing->status);
    for (i = 0; i < OBJECT_COUNT; i++)
    {
        bool expected = is_in_mask(&objects[i], mask);

        winetest_push_context("%s", wine_dbgstr_w(objects[i].name));
        ok(listing->found[i] == expected, expected ? "it is missing\n" : "it is there\n");
        for (j = 0; j < OBJECT_COUNT; j++)
            if (!lstrcmpW(objects[j].name, objects[i].twin)) break;
        twin = &listing->answers[j];
        if (listing->found[i] && listing->found[j]) check_answer(&objects[i], &listing->answers[i], twin);
        else if (listing->found[i])
        {
            ok(!(listing->answers[i].attributes & FILE_ATTRIBUTE_ENCRYPTED) == !objects[i].encrypted,
               "got attributes %#lx\n", listing->answers[i].attributes);
            if (!objects[i].directory)
                ok(listing->answers[i].size == objects[i].size, "got size %lu\n", (DWORD)listing->answers[i].size);
        }
        winetest_pop_context();
    }
}

static bool is_supported(const struct nt_class *class, bool ex)
{
    HANDLE dir = open_directory();
    struct listing listing;

    list(dir, class, NULL, 0x2000, false, true, ex, &listing);
    NtClose(dir);
    if (listing.status == NT_NO_MORE_FILES) return true;
    /* INVALID_INFO_CLASS, NOT_IMPLEMENTED, INVALID_PARAMETER */
    ok(listing.status == NT_INVALID_INFO_CLASS || listing.status == NT_NOT_IMPLEMENTED
       || listing.status == (NTSTATUS)0xc000000d, "got %#lx\n", listing.status);
    return false;
}

static void test_class(const struct nt_class *class, bool ex)
{
    static const WCHAR * const masks[] = { NULL, L"*", L"ENC*", L"encrypted", L"encrypted empty",
                                           L"encrypted directory", L"plain" };
    static const ULONG lengths[] = { 0x2000, 0x200, 0x100 };
    struct listing listing;
    HANDLE dir;
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(masks) * ARRAY_SIZE(lengths) * 2; i++)
    {
        const WCHAR *mask = masks[i / 2 / ARRAY_SIZE(lengths)];
        ULONG length = lengths[i / 2 % ARRAY_SIZE(lengths)];
        bool single = i & 1;

        winetest_push_context("mask %s, length %#lx%s", wine_dbgstr_w(mask), length, single ? ", single" : "");
        dir = open_directory();
        list(dir, class, mask, length, single, false, ex, &listing);
        check_listing(&listing, mask);
        if (!mask || !lstrcmpW(mask, L"*"))
            ok(listing.others == 2, "%lu other names\n", listing.others); /* "." and ".." */
        else ok(!listing.others, "%lu other names\n", listing.others);
        if (!mask && length == 0x100 && !single) ok(listing.calls > 1, "%lu calls\n", listing.calls);
        /* the same once more */
        list(dir, class, mask, length, single, true, ex, &listing);
        check_listing(&listing, mask);
        NtClose(dir);
        winetest_pop_context();
    }
}

/* An entry that doesn't fit is asked for again; what was given of it is as for any file. */
static void test_too_small(const struct nt_class *class)
{
    static const WCHAR * const names[] = { L"encrypted empty", L"plain empty" };
    union { LARGE_INTEGER align; BYTE bytes[0x200]; } info;
    NTSTATUS status[2];
    UNICODE_STRING mask;
    IO_STATUS_BLOCK io;
    ULONG length, i, j;
    HANDLE dir;

    for (length = 0; length < (ULONG)class->file_name + 40; length++)
    {
        for (i = 0; i < 2; i++)
        {
            dir = open_directory();
            /* the same length, so that it ends alike */
            RtlInitUnicodeString(&mask, i ? L"plain empty" : L"encrypted");
            memset(&info, 0xcc, sizeof(info));
            status[i] = NtQueryDirectoryFile(dir, NULL, NULL, NULL, &io, &info, length, class->class, TRUE, &mask,
                                             TRUE);
            for (j = length; j < sizeof(info) && info.bytes[j] == 0xcc; j++) ;
            ok(j == sizeof(info), "%s: byte %#lx was written of %#lx\n", wine_dbgstr_w(names[i]), j, length);
            NtClose(dir);
        }
        /* as far as the name, lengths don't matter */
        if (length <= (ULONG)class->file_name)
            ok(status[0] == status[1], "length %#lx: got %#lx, expected %#lx\n", length, status[0], status[1]);
    }
}

/* NtQueryDirectoryFile on a handle that can't list: as before */
static void test_errors(void)
{
    union { LARGE_INTEGER align; BYTE bytes[0x200]; } info;
    IO_STATUS_BLOCK io;
    NTSTATUS status, expected;
    HANDLE file, twin;

    file = nt_open(object_path(&objects[0]), FILE_READ_ATTRIBUTES, 0, &status);
    twin = nt_open(twin_path(&objects[0]), FILE_READ_ATTRIBUTES, 0, &status);
    expected = NtQueryDirectoryFile(twin, NULL, NULL, NULL, &io, &info, sizeof(info), NT_DIRECTORY, FALSE, NULL, FALSE);
    ok(expected, "a file can be listed\n");
    status = NtQueryDirectoryFile(file, NULL, NULL, NULL, &io, &info, sizeof(info), NT_DIRECTORY, FALSE, NULL, FALSE);
    ok(status == expected, "got %#lx, expected %#lx\n", status, expected);
    NtClose(file);
    NtClose(twin);
    status = NtQueryDirectoryFile((HANDLE)0xdead, NULL, NULL, NULL, &io, &info, sizeof(info), NT_DIRECTORY, FALSE, NULL,
                                  FALSE);
    ok(status == NT_INVALID_HANDLE, "got %#lx\n", status);
}

/* Inside an encrypted directory entries are what they are. */
static void test_inside(void)
{
    const WCHAR *dir = object_path(&objects[2]), *plain = test_path(L"encrypted directory\\plain");
    const WCHAR *encrypted = test_path(L"encrypted directory\\encrypted");
    WIN32_FIND_DATAW data;
    DWORD count = 0;
    HANDLE find;

    move_in(plain, "plain");
    check_code(restore_stream(encrypted, 0, object_stream(&objects[0])), ERROR_SUCCESS);
    find = FindFirstFileW(test_path_in(dir, L"*"), &data);
    ok(find != INVALID_HANDLE_VALUE, "FindFirstFile failed: %lu\n", GetLastError());
    do
    {
        if (data.cFileName[0] != 'p' && data.cFileName[0] != 'e') continue;
        count++;
        ok(!(data.dwFileAttributes & FILE_ATTRIBUTE_ENCRYPTED) == (data.cFileName[0] == 'p'),
           "%s: got attributes %#lx\n", wine_dbgstr_w(data.cFileName), data.dwFileAttributes);
        ok(data.nFileSizeLow == (data.cFileName[0] == 'p' ? 5 : OBJECT_SIZE), "%s: got size %lu\n",
           wine_dbgstr_w(data.cFileName), data.nFileSizeLow);
    } while (FindNextFileW(find, &data));
    FindClose(find);
    ok(count == 2, "%lu entries\n", count);
    remove_file(plain);
    remove_file(encrypted);
}

START_TEST(listings)
{
    const struct nt_class *class;

    begin_tests("listings");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    load_nt();
    unseen("programs: what they restore is what they saved")
        make_objects();
    for (class = nt_directory_classes; class->name; class++)
    {
        winetest_push_context("%s", class->name);
        if (is_supported(class, false))
        {
            unseen("documented: MS-FSCC 2.4; that nothing else differs from a plain file is reasoned")
                test_class(class, false);
            unseen("reasoned: statuses and lengths are those of a plain file")
                test_too_small(class);
        }
        else skip("the system hasn't got it\n");
        if (!query_directory_ex) skip("there is no NtQueryDirectoryFileEx\n");
        else if (is_supported(class, true))
            unseen("documented: NtQueryDirectoryFileEx; that it answers as the other does is reasoned")
                test_class(class, true);
        winetest_pop_context();
    }
    unseen("reasoned: statuses are those of a plain file")
        test_errors();
    unseen("reasoned: a file shows what it is itself")
        test_inside();
    unseen("reasoned: queries change nothing")
        check_objects();
    remove_objects();
    end_tests();
}
