/*
 * Extended attributes: what NtSetEaFile sets, NtQueryEaFile gives (MS-FSCC 2.4.15, ntifs.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"
#include "helpers/nt_test.h"

#define NT_EA 7
#define NT_EA_IN_ALL 0x48 /* bytes */

#define NT_NO_MORE_EAS ((NTSTATUS)0x80000012)
#define NT_INVALID_EA_NAME ((NTSTATUS)0x80000013)
#define NT_EA_LIST_INCONSISTENT ((NTSTATUS)0x80000014)
#define NT_BUFFER_TOO_SMALL ((NTSTATUS)0xc0000023)
#define NT_EA_TOO_LARGE ((NTSTATUS)0xc0000050)
#define NT_NONEXISTENT_EA_ENTRY ((NTSTATUS)0xc0000051)
#define NT_NO_EAS_ON_FILE ((NTSTATUS)0xc0000052)
#define NT_NOT_FOUND ((NTSTATUS)0xc0000034)

#ifndef __WINESRC__ /* Wine's winternl.h has them */
NTSTATUS NTAPI NtQueryEaFile(HANDLE file, IO_STATUS_BLOCK *io, void *buffer, ULONG length, BOOLEAN single, void *list,
                             ULONG list_length, ULONG *index, BOOLEAN restart);
NTSTATUS NTAPI NtSetEaFile(HANDLE file, IO_STATUS_BLOCK *io, void *buffer, ULONG length);
#endif

#define FIXED 8 /* bytes of FILE_FULL_EA_INFORMATION before the name */

/* A list that is built, or was given. */
struct list
{
    BYTE  bytes[0x20000];
    ULONG length, last;
};

static void add(struct list *list, const char *name, const void *value, ULONG size)
{
    ULONG begin = (list->length + 3) & ~3u;
    BYTE *entry = list->bytes + begin;
    WORD length = (WORD)size;

    if (list->length)
    {
        ULONG next = begin - list->last;

        memcpy(list->bytes + list->last, &next, sizeof(next));
    }
    memset(entry, 0, FIXED);
    entry[5] = (BYTE)strlen(name);
    memcpy(entry + 6, &length, sizeof(length));
    memcpy(entry + FIXED, name, strlen(name) + 1);
    if (size) memcpy(entry + FIXED + strlen(name) + 1, value, size);
    list->last = begin;
    list->length = begin + FIXED + (ULONG)strlen(name) + 1 + size;
}

/* FILE_GET_EA_INFORMATION */
static void add_wanted(struct list *list, const char *name)
{
    ULONG begin = (list->length + 3) & ~3u, next = begin - list->last;
    BYTE *entry = list->bytes + begin;

    if (list->length) memcpy(list->bytes + list->last, &next, sizeof(next));
    memset(entry, 0, 4);
    entry[4] = (BYTE)strlen(name);
    memcpy(entry + 5, name, strlen(name) + 1);
    list->last = begin;
    list->length = begin + 5 + (ULONG)strlen(name) + 1;
}

static NTSTATUS set(HANDLE file, const char *name, const void *value, ULONG size)
{
    static struct list list;
    IO_STATUS_BLOCK io;

    list.length = 0;
    add(&list, name, value, size);
    return NtSetEaFile(file, &io, list.bytes, list.length);
}

/* All of the file's; the status. */
static NTSTATUS get(HANDLE file, struct list *list)
{
    IO_STATUS_BLOCK io = { .Information = 0 };
    NTSTATUS status = NtQueryEaFile(file, &io, list->bytes, sizeof(list->bytes), FALSE, NULL, 0, NULL, TRUE);

    list->length = status ? 0 : (ULONG)io.Information;
    return status;
}

/* The one of that name; NULL: there's none. */
static const BYTE *find(const struct list *list, const char *name)
{
    ULONG at = 0, next;

    for (; list->length; at += next)
    {
        const BYTE *entry = list->bytes + at;

        if (entry[5] == strlen(name) && !memcmp(entry + FIXED, name, entry[5] + 1)) return entry;
        next = get_ulong(entry);
        if (!next) break;
        ok(!(next % 4) && next < list->length - at, "next at %lu\n", next);
    }
    return NULL;
}

static void check_ea_(int line, const struct list *list, const char *name, const void *value, ULONG size)
{
    const BYTE *entry = find(list, name);
    WORD length = 0;

    ok_(__FILE__, line)(entry != NULL, "no %s\n", name);
    if (!entry) return;
    memcpy(&length, entry + 6, sizeof(length));
    ok_(__FILE__, line)(!entry[4], "flags %#x\n", entry[4]);
    ok_(__FILE__, line)(length == size && !memcmp(entry + FIXED + strlen(name) + 1, value, size), "%s: %u bytes\n",
                        name, length);
}
#define check_ea(list, name, value, size) check_ea_(__LINE__, list, name, value, size)

static void check_status_(int line, NTSTATUS status, NTSTATUS expected)
{
    ok_(__FILE__, line)(status == expected, "status %#lx, not %#lx\n", status, expected);
}
#define check_status(status, expected) check_status_(__LINE__, status, expected)

static HANDLE make(const WCHAR *path, ACCESS_MASK access)
{
    HANDLE file = CreateFileW(path, access, SHARE_ALL, NULL, OPEN_ALWAYS, FILE_FLAG_BACKUP_SEMANTICS, NULL);

    check_call(file != INVALID_HANDLE_VALUE);
    return file;
}

static ULONG get_size(HANDLE file, ULONG class, ULONG at)
{
    BYTE info[0x400];
    IO_STATUS_BLOCK io;

    memset(info, 0xcc, sizeof(info));
    check_status(NtQueryInformationFile(file, &io, info, sizeof(info), class), 0);
    return get_ulong(info + at);
}

static void check_sizes(HANDLE file, ULONG size)
{
    ULONG ea = get_size(file, NT_EA, 0), all = get_size(file, NT_ALL, NT_EA_IN_ALL);

    ok(ea == size && all == size, "%lu and %lu bytes, not %lu\n", ea, all, size);
}

static void test_round_trip(const WCHAR *path)
{
    HANDLE file = make(path, GENERIC_READ | GENERIC_WRITE), second;
    static struct list list, got;
    BYTE value[1000];
    IO_STATUS_BLOCK io;
    DWORD i;

    for (i = 0; i < sizeof(value); i++) value[i] = (BYTE)(i * 7);
    check_status(get(file, &got), NT_NO_EAS_ON_FILE);
    io.Information = 1;
    check_status(NtQueryEaFile(file, &io, NULL, 0, TRUE, NULL, 0, NULL, FALSE), NT_NO_EAS_ON_FILE);
    memset(got.bytes, 0xcc, 8);
    check_status(NtQueryEaFile(file, &io, got.bytes, 4, TRUE, NULL, 0, NULL, FALSE), NT_NO_EAS_ON_FILE);
    ok(!memcmp(got.bytes, "\0\0\0\0\xcc", 5), "the buffer isn't cleared\n");
    ok(io.Information == 1, "%lu\n", (ULONG)io.Information);
    check_sizes(file, 0);

    list.length = 0;
    add(&list, "ONE", "1", 1);
    add(&list, "$TWO.2", value, sizeof(value));
    add(&list, "lower case", "\0\0", 2);
    io.Information = 1;
    check_status(NtSetEaFile(file, &io, list.bytes, list.length), 0);
    check_status(io.Status, 0);
    ok(!io.Information, "%lu\n", (ULONG)io.Information);
    check_status(get(file, &got), 0);
    check_ea(&got, "ONE", "1", 1);
    check_ea(&got, "$TWO.2", value, sizeof(value));
    check_ea(&got, "LOWER CASE", "\0\0", 2);
    check_sizes(file, got.length);
    second = make(path, GENERIC_READ);
    check_sizes(second, got.length);

    /* one that is there already, in other letters; one without a value goes */
    check_status(set(file, "one", "other", 5), 0);
    check_status(set(file, "$Two.2", "", 0), 0);
    check_status(set(file, "never was", "", 0), 0);
    check_status(get(second, &got), 0);
    check_ea(&got, "ONE", "other", 5);
    ok(!find(&got, "$TWO.2") && !find(&got, "one"), "it is still there\n");
    CloseHandle(second);
    check_status(set(file, "ONE", "", 0), 0);
    check_status(set(file, "LOWER CASE", "", 0), 0);
    check_status(get(file, &got), NT_NO_EAS_ON_FILE);
    CloseHandle(file);
}

/* One after the other, by index, by name, in buffers that are too small. */
static void test_queries(void)
{
    static const char * const names[] = { "A", "BB", "CCC", "DDDD" };
    const WCHAR *path = test_path(L"queries");
    HANDLE file = make(path, GENERIC_READ | GENERIC_WRITE), other;
    static struct list list, got, all;
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    ULONG i, index, seen = 0;

    for (i = 0; i < ARRAY_SIZE(names); i++) check_status(set(file, names[i], names[i], (ULONG)strlen(names[i])), 0);
    check_status(get(file, &all), 0);

    /* after the last one there's no more, until it begins anew */
    status = NtQueryEaFile(file, &io, got.bytes, sizeof(got.bytes), FALSE, NULL, 0, NULL, FALSE);
    check_status(status, NT_NO_MORE_EAS);
    for (i = 0; i < 4; i++)
    {
        status = NtQueryEaFile(file, &io, got.bytes, sizeof(got.bytes), TRUE, NULL, 0, NULL, !i);
        check_status(status, 0);
        got.length = (ULONG)io.Information;
        ok(!get_ulong(got.bytes), "more than one\n");
        for (index = 0; index < 4; index++)
            if (find(&got, names[index])) seen |= 1u << index;
    }
    ok(seen == 15, "seen: %#lx\n", seen);
    status = NtQueryEaFile(file, &io, got.bytes, sizeof(got.bytes), TRUE, NULL, 0, NULL, FALSE);
    check_status(status, NT_NO_MORE_EAS);
    /* each handle has its own place */
    other = make(path, GENERIC_READ);
    status = NtQueryEaFile(other, &io, got.bytes, sizeof(got.bytes), FALSE, NULL, 0, NULL, FALSE);
    check_status(status, 0);
    ok(io.Information == all.length && !memcmp(got.bytes, all.bytes, all.length), "%lu\n", (ULONG)io.Information);
    CloseHandle(other);
    other = make(path, GENERIC_READ); /* probably of the same number */
    status = NtQueryEaFile(other, &io, got.bytes, sizeof(got.bytes), FALSE, NULL, 0, NULL, FALSE);
    check_status(status, 0);
    CloseHandle(other);

    for (index = 1; index <= 4; index++)
    {
        status = NtQueryEaFile(file, &io, got.bytes, sizeof(got.bytes), FALSE, NULL, 0, &index, FALSE);
        check_status(status, 0);
        got.length = (ULONG)io.Information;
        for (i = 0; get_ulong(got.bytes + i); i += get_ulong(got.bytes + i)) seen++;
    }
    ok(seen == 15 + 3 + 2 + 1, "%lu\n", seen - 15);
    index = 5;
    status = NtQueryEaFile(file, &io, got.bytes, sizeof(got.bytes), FALSE, NULL, 0, &index, TRUE);
    check_status(status, NT_NO_MORE_EAS);
    index = 6;
    status = NtQueryEaFile(file, &io, got.bytes, sizeof(got.bytes), FALSE, NULL, 0, &index, TRUE);
    check_status(status, NT_NONEXISTENT_EA_ENTRY);
    index = 0;
    status = NtQueryEaFile(file, &io, got.bytes, sizeof(got.bytes), FALSE, NULL, 0, &index, TRUE);
    check_status(status, NT_NONEXISTENT_EA_ENTRY);

    /* by name, in any case of letters; what isn't there has no value */
    list.length = 0;
    add_wanted(&list, "ccc");
    add_wanted(&list, "NONE");
    add_wanted(&list, "A");
    status = NtQueryEaFile(file, &io, got.bytes, sizeof(got.bytes), FALSE, list.bytes, list.length, NULL, FALSE);
    check_status(status, 0);
    got.length = (ULONG)io.Information;
    check_ea(&got, "CCC", "CCC", 3);
    check_ea(&got, "NONE", "", 0);
    check_ea(&got, "A", "A", 1);
    list.bytes[0] = 3; /* within itself */
    status = NtQueryEaFile(file, &io, got.bytes, sizeof(got.bytes), FALSE, list.bytes, list.length, NULL, FALSE);
    check_status(status, NT_EA_LIST_INCONSISTENT);
    list.length = 0;
    add_wanted(&list, "A:B");
    status = NtQueryEaFile(file, &io, got.bytes, sizeof(got.bytes), FALSE, list.bytes, list.length, NULL, FALSE);
    check_status(status, NT_INVALID_EA_NAME);

    /* every size of buffer: whole entries, and the rest by the next call */
    for (i = 0; i < all.length; i++)
    {
        memset(got.bytes, 0xcc, i + 8);
        status = NtQueryEaFile(file, &io, got.bytes, i, FALSE, NULL, 0, NULL, TRUE);
        if (i < 11) check_status(status, NT_BUFFER_TOO_SMALL);
        ok(status == NT_BUFFER_TOO_SMALL || status == NT_BUFFER_OVERFLOW, "%lu: %#lx\n", i, status);
        ok(got.bytes[i] == 0xcc, "%lu: beyond the buffer\n", i);
        if (status == NT_BUFFER_TOO_SMALL) continue;
        ok(io.Information <= i, "%lu bytes\n", (ULONG)io.Information);
        status = NtQueryEaFile(file, &io, got.bytes, sizeof(got.bytes), FALSE, NULL, 0, NULL, FALSE);
        check_status(status, 0);
        ok(io.Information < all.length, "%lu bytes\n", (ULONG)io.Information);
    }
    CloseHandle(file);
}

static void test_refused(void)
{
    /* ours, Wine's, Samba's */
    static const char * const hidden[] = { "DOSATTRIB", "efs.sparse", "NTFS.EFSINFO", "wine.sd", "DosStream.x:$DATA",
                                           "DosStream.x", "SAMBA_PAI" };
    static const char * const bad[] = { "", "a:b", "a\\b", "a/b", "a*", "a?", "a\"", "a<", "a>", "a|", "a,", "a+", "a=",
                                        "a[", "a]", "a;", "a\x01" };
    const WCHAR *path = test_path(L"refused");
    HANDLE file = make(path, GENERIC_READ | GENERIC_WRITE), other;
    static struct list list, got;
    static BYTE large[0xffff];
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    DWORD i;

    /* nothing of a list is set if one of it can't be */
    for (i = 0; i < ARRAY_SIZE(hidden); i++)
    {
        list.length = 0;
        add(&list, "GOOD", "1", 1);
        add(&list, hidden[i], "1", 1);
        status = NtSetEaFile(file, &io, list.bytes, list.length);
        ok(status == NT_ACCESS_DENIED || status == NT_INVALID_EA_NAME, "%s: %#lx\n", hidden[i], status);
    }
    for (i = 0; i < ARRAY_SIZE(bad); i++)
    {
        list.length = 0;
        add(&list, "GOOD", "1", 1);
        add(&list, bad[i], "1", 1);
        io.Information = 0;
        status = NtSetEaFile(file, &io, list.bytes, list.length);
        ok(status == NT_INVALID_EA_NAME, "%s: %#lx\n", bad[i], status);
        ok(io.Information == 16, "%s: at %lu\n", bad[i], (ULONG)io.Information);
    }
    list.length = 0;
    add(&list, "GOOD", "1", 1);
    for (i = 0; i < list.length; i++)
    {
        status = NtSetEaFile(file, &io, list.bytes, i);
        check_status(status, NT_EA_LIST_INCONSISTENT);
    }
    list.bytes[0] = 12; /* the next one is behind the end */
    status = NtSetEaFile(file, &io, list.bytes, list.length);
    check_status(status, NT_EA_LIST_INCONSISTENT);
    check_status(get(file, &got), NT_NO_EAS_ON_FILE);

    /* nothing of it is set if the last one finds no room, and what was there stays */
    check_status(set(file, "GOOD", "old", 3), 0);
    check_status(set(file, "GONE", "old", 3), 0);
    list.length = 0;
    add(&list, "good", "1", 1);
    add(&list, "NEW", "1", 1);
    add(&list, "GONE", "", 0);
    add(&list, "good", "2", 1);
    add(&list, "LARGE", large, sizeof(large));
    status = NtSetEaFile(file, &io, list.bytes, list.length);
    ok(!status || status == NT_EA_TOO_LARGE, "%#lx\n", status);
    check_status(get(file, &got), 0);
    if (status)
    {
        check_ea(&got, "GOOD", "old", 3);
        check_ea(&got, "GONE", "old", 3);
        ok(!find(&got, "NEW"), "it was set\n");
    }
    check_status(set(file, "GOOD", "", 0), 0);
    check_status(set(file, "GONE", "", 0), 0);

    /* more than the file system takes */
    status = set(file, "LARGE", large, sizeof(large));
    ok(!status || status == NT_EA_TOO_LARGE, "%#lx\n", status);

    /* rights */
    other = make(path, FILE_READ_EA | SYNCHRONIZE);
    check_status(set(other, "X", "1", 1), NT_ACCESS_DENIED);
    CloseHandle(other);
    other = make(path, FILE_WRITE_EA | SYNCHRONIZE);
    check_status(set(other, "X", "1", 1), 0);
    check_status(get(other, &got), NT_ACCESS_DENIED);
    CloseHandle(other);
    CloseHandle(file);
}

/* With NtCreateFile. */
static NTSTATUS create_as(const WCHAR *path, ULONG attributes, ULONG disposition, struct list *list)
{
    struct nt_name name;
    IO_STATUS_BLOCK io;
    HANDLE file = NULL;
    NTSTATUS status;

    init_nt_name(&name, path);
    status = NtCreateFile(&file, FILE_READ_ATTRIBUTES | SYNCHRONIZE, &name.attr, &io, NULL, attributes, SHARE_ALL,
                          disposition, FILE_SYNCHRONOUS_IO_NONALERT, list->bytes, list->length);
    free_nt_name(&name);
    ok(!!status == !file, "%#lx, %p\n", status, file);
    if (file) CloseHandle(file);
    return status;
}

static NTSTATUS create(const WCHAR *path, ULONG disposition, struct list *list)
{
    return create_as(path, 0, disposition, list);
}

static void test_create(void)
{
    const WCHAR *path = test_path(L"created");
    static struct list list, got;
    HANDLE file;

    add(&list, "FIRST", "1", 1);
    check_status(create(path, FILE_CREATE, &list), 0);
    file = make(path, GENERIC_READ);
    check_status(get(file, &got), 0);
    check_ea(&got, "FIRST", "1", 1);
    CloseHandle(file);

    /* what is there already only gets them if it is overwritten */
    list.length = 0;
    add(&list, "SECOND", "2", 1);
    check_status(create(path, FILE_CREATE, &list), NT_NAME_COLLISION);
    check_status(create(path, FILE_OPEN_IF, &list), 0);
    file = make(path, GENERIC_READ);
    check_status(get(file, &got), 0);
    ok(!find(&got, "SECOND"), "it was set\n");
    CloseHandle(file);
    check_status(create(path, FILE_OVERWRITE, &list), 0);
    file = make(path, GENERIC_READ);
    check_status(get(file, &got), 0);
    check_ea(&got, "SECOND", "2", 1);
    ok(!find(&got, "FIRST"), "it is still there\n");
    CloseHandle(file);
    file = CreateFileW(path, GENERIC_READ, SHARE_ALL, NULL, CREATE_ALWAYS, 0, NULL);
    check_call(file != INVALID_HANDLE_VALUE);
    check_status(get(file, &got), NT_NO_EAS_ON_FILE);
    CloseHandle(file);

    /* no file without them */
    list.length = 0;
    add(&list, "DOSATTRIB", "1", 1);
    check_status(create(test_path(L"not"), FILE_CREATE, &list), NT_ACCESS_DENIED);
    check_missing(test_path(L"not"));
    check_status(create_as(test_path(L"not"), FILE_ATTRIBUTE_READONLY, FILE_CREATE, &list), NT_ACCESS_DENIED);
    check_missing(test_path(L"not"));
    list.bytes[0] = 1;
    check_status(create(test_path(L"not"), FILE_CREATE, &list), NT_EA_LIST_INCONSISTENT);
    check_missing(test_path(L"not"));
}

/* Where the file system has no attributes, all is as without. */
static void test_no_attributes(void)
{
    const WCHAR *dir = env_path(L"EFS_TEST_NOXATTR_DIR"), *path;
    static struct list got, list;
    DWORD flags = 0;
    HANDLE file;

    check_call(GetVolumeInformationW(L"C:\\", NULL, 0, NULL, NULL, &flags, NULL, 0));
    ok(flags & FILE_SUPPORTS_EXTENDED_ATTRIBUTES, "%#lx\n", flags);
    if (!dir)
    {
        skip("EFS_TEST_NOXATTR_DIR names no file system without extended attributes\n");
        return;
    }
    path = test_path_in(dir, L"without");
    file = make(path, GENERIC_READ | GENERIC_WRITE);
    check_status(set(file, "X", "1", 1), NT_ACCESS_DENIED);
    check_status(get(file, &got), NT_NO_EAS_ON_FILE);
    check_sizes(file, 0);
    CloseHandle(file);
    remove_file(path);
    add(&list, "X", "1", 1);
    check_status(create(path, FILE_CREATE, &list), 0);
    remove_file(path);
}

/* Many handles, each in the midst of a query. */
static void test_many(void)
{
    static HANDLE files[600];
    const WCHAR *path = test_path(L"many");
    static struct list got;
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    DWORD i, refused = 0;

    for (i = 0; i < ARRAY_SIZE(files); i++)
    {
        files[i] = make(path, GENERIC_READ | GENERIC_WRITE);
        if (!i)
        {
            check_status(set(files[i], "A", "1", 1), 0);
            check_status(set(files[i], "B", "1", 1), 0);
        }
        check_status(get(files[i], &got), 0);
    }
    /* none that could go on for ever */
    for (i = 0; i < ARRAY_SIZE(files); i++)
    {
        status = NtQueryEaFile(files[i], &io, got.bytes, sizeof(got.bytes), TRUE, NULL, 0, NULL, FALSE);
        if (status == (NTSTATUS)0xc000009a) refused++; /* STATUS_INSUFFICIENT_RESOURCES */
        else check_status(status, NT_NO_MORE_EAS);
    }
    ok(refused < 100, "%lu\n", refused);
    for (i = 0; i < ARRAY_SIZE(files); i++) CloseHandle(files[i]);
    files[0] = make(path, GENERIC_READ);
    status = NtQueryEaFile(files[0], &io, got.bytes, sizeof(got.bytes), TRUE, NULL, 0, NULL, FALSE);
    check_status(status, 0);
    CloseHandle(files[0]);
}

static bool attributes_work(void)
{
    const WCHAR *path = test_path(L"probe");
    HANDLE file = make(path, GENERIC_READ | GENERIC_WRITE);
    NTSTATUS status = set(file, "NAME", "value", 5);

    CloseHandle(file);
    remove_file(path);
    return needs(!status, "NtSetEaFile");
}

START_TEST(ea)
{
    const WCHAR *dir;

    begin_tests("ea");
    if (!attributes_work())
    {
        end_tests();
        return;
    }
    dir = test_path(L"directory");
    unseen("documented: NtSetEaFile and NtQueryEaFile, ntifs.h; statuses at the ends are MS-FSA")
        test_round_trip(test_path(L"file"));
    check_call(CreateDirectoryW(dir, NULL));
    unseen("documented: NtSetEaFile and NtQueryEaFile, ntifs.h; statuses at the ends are MS-FSA")
    {
        test_round_trip(dir);
        test_queries();
    }
    unseen("ours: names that other systems keep for themselves; the form of a list is MS-FSCC 2.4.15")
        test_refused();
    unseen("documented: NtCreateFile on EaBuffer; which names are refused is ours")
        test_create();
    unseen("reasoned: as on FAT")
        test_no_attributes();
    unseen("reasoned: each handle has its own place in the list")
        test_many();
    end_tests();
}
