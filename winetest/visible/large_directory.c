/*
 * An encrypted directory with a stream that is too large for an attribute: whatever it is kept in, programs see an
 * empty directory, and can remove it.
 *
 * Each answer is compared with that of a plain directory which is empty, or has the same in it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"
#include "helpers/nt_test.h"

#define STREAM_SIZE 70000

#define FLAG_RESTART 1 /* NtQueryDirectoryFileEx's SL_RESTART_SCAN */
#define FLAG_SINGLE 2  /* SL_RETURN_SINGLE_ENTRY */

#define NT_DISPOSITION 13
#define NT_DISPOSITION_EX 64
#define DISPOSITION_DELETE 1
#define DISPOSITION_POSIX 2
#define NT_DIRECTORY_NOT_EMPTY ((NTSTATUS)0xc0000101)

#ifndef __WINESRC__ /* Wine's winternl.h has them */
NTSTATUS NTAPI NtDeleteFile(OBJECT_ATTRIBUTES *attr);
NTSTATUS NTAPI NtSetInformationFile(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length,
                                    FILE_INFORMATION_CLASS class);
#endif

static struct stream stream;

static const WCHAR *large_path(void) { return test_path(L"large"); }
static const WCHAR *plain_path(void) { return test_path(L"plain"); }

static void build_large(void)
{
    static const BYTE name[] = { ':', 0, 'l', 0, ':', 0, '$', 0, 'D', 0, 'A', 0, 'T', 0, 'A', 0 };
    BYTE segment[0x10] = { 0x80, 0x11, 1, 0, 'G', 0, 'U', 0, 'R', 0, 'E', 0 }; /* 0x11180: 70,000 bytes and itself */

    build_directory_stream(&stream, 1);
    append_stream_header(&stream, 1, name, sizeof(name));
    append_bytes(&stream, segment, sizeof(segment));
    append_bytes(&stream, NULL, STREAM_SIZE);
    memset(stream.data + stream.size - STREAM_SIZE, 'l', STREAM_SIZE);
}

/* Both, empty */
static void make_both(void)
{
    check_code(restore_stream(large_path(), CREATE_FOR_DIR, &stream), ERROR_SUCCESS);
    check_call(CreateDirectoryW(plain_path(), NULL));
}

static void remove_both(void)
{
    check_call(RemoveDirectoryW(large_path()));
    check_call(RemoveDirectoryW(plain_path()));
    ok(!count_entries(test_path(L"")), "something was left behind\n");
}

/* ---- listings ---- */

struct step
{
    NTSTATUS status;
    ULONG_PTR length;
    WCHAR names[200]; /* those that one call gave, each with a slash behind it */
};

static void take_step(HANDLE dir, const struct nt_class *class, const WCHAR *mask, ULONG length, ULONG flags, bool ex,
                      struct step *step)
{
    union { LARGE_INTEGER align; BYTE bytes[0x1000]; } info;
    ULONG at, name_length, name_length_at = class->class == NT_NAMES ? 0x08 : 0x3c;
    IO_STATUS_BLOCK io = { .Information = 0 };
    UNICODE_STRING string;
    WCHAR *out = step->names;

    memset(step, 0, sizeof(*step));
    memset(&info, 0xcc, sizeof(info));
    if (mask) RtlInitUnicodeString(&string, mask);
    if (ex) step->status = query_directory_ex(dir, NULL, NULL, NULL, &io, &info, length, class->class, flags,
                                              mask ? &string : NULL);
    else step->status = NtQueryDirectoryFile(dir, NULL, NULL, NULL, &io, &info, length, class->class,
                                             (flags & FLAG_SINGLE) != 0, mask ? &string : NULL,
                                             (flags & FLAG_RESTART) != 0);
    for (at = length; at < sizeof(info) && info.bytes[at] == 0xcc; at++) ;
    ok(at == sizeof(info), "byte %#lx was written of %#lx\n", at, length);
    if (step->status && step->status != NT_BUFFER_OVERFLOW) return;
    step->length = io.Information;
    for (at = 0;; at += get_ulong(info.bytes + at))
    {
        name_length = min(get_ulong(info.bytes + at + name_length_at), length - at - class->file_name);
        memcpy(out, info.bytes + at + class->file_name, name_length);
        out += name_length / sizeof(WCHAR);
        *out++ = '/';
        if (!get_ulong(info.bytes + at)) break;
    }
}

/* In a full one a call may give fewer names than there is room for: the hidden one's is left. */
static void compare_full(const struct nt_class *class, const WCHAR *mask, ULONG length, ULONG flags, ULONG first,
                         bool ex)
{
    NTSTATUS status, end = NT_SUCCESS_;
    WCHAR names[2][400];
    struct step step;
    DWORD i, j;
    HANDLE dir;

    for (i = 0; i < 2; i++)
    {
        dir = nt_open(i ? plain_path() : large_path(), FILE_LIST_DIRECTORY | SYNCHRONIZE,
                      FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, &status);
        for (j = names[i][0] = 0; j < 20; j++)
        {
            take_step(dir, class, mask, length, flags | (!j ? first : 0), ex, &step);
            if (step.status) break;
            ok(!(flags & FLAG_SINGLE) || !wcschr(wcschr(step.names, '/') + 1, '/'), "got %s\n",
               wine_dbgstr_w(step.names));
            lstrcatW(names[i], step.names);
        }
        if (i) ok(step.status == end, "got %#lx, expected %#lx\n", end, step.status);
        end = step.status;
        NtClose(dir);
    }
    ok(!lstrcmpW(names[0], names[1]), "got %s, expected %s\n", wine_dbgstr_w(names[0]), wine_dbgstr_w(names[1]));
}

/* The same calls on both, beyond the end and once more from the start. */
static void compare(const struct nt_class *class, const WCHAR *mask, ULONG length, ULONG flags, ULONG first, bool ex)
{
    struct step large, plain;
    HANDLE handles[2];
    NTSTATUS status;
    DWORD i, ends = 0;

    handles[0] = nt_open(large_path(), FILE_LIST_DIRECTORY | SYNCHRONIZE,
                         FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, &status);
    handles[1] = nt_open(plain_path(), FILE_LIST_DIRECTORY | SYNCHRONIZE,
                         FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, &status);
    for (i = 0; i < 20 && ends < 4; i++)
    {
        ULONG now = flags | (!i ? first : ends == 2 ? FLAG_RESTART : 0);

        if (ends == 2) ends++;
        take_step(handles[0], class, mask, length, now, ex, &large);
        take_step(handles[1], class, mask, length, now, ex, &plain);
        ok(large.status == plain.status, "call %lu: got %#lx, expected %#lx\n", i, large.status, plain.status);
        ok(!lstrcmpW(large.names, plain.names), "call %lu: got %s, expected %s\n", i, wine_dbgstr_w(large.names),
           wine_dbgstr_w(plain.names));
        ok(large.length == plain.length, "call %lu: got %lu bytes, expected %lu\n", i, (DWORD)large.length,
           (DWORD)plain.length);
        if (plain.status && plain.status != NT_BUFFER_OVERFLOW) ends++;
    }
    NtClose(handles[0]);
    NtClose(handles[1]);
}

static void test_class(const struct nt_class *class, bool full)
{
    static const WCHAR * const masks[] = { NULL, L"*", L".*", L".efs*", L"*efs*", L".efs-directory-????????????????",
                                           L"*-*", L"z*", L"a-1", L".efs-directory-0123456789abcdef" };
    ULONG lengths[] = { 0x1000, 0x100, class->file_name + 80, class->file_name + 20, class->file_name + 2 };
    DWORD i, j, flags;

    for (i = 0; i < ARRAY_SIZE(masks); i++)
        for (j = 0; j < ARRAY_SIZE(lengths); j++)
            for (flags = 0; flags < 8; flags++)
            {
                bool ex = flags & 1;

                if (ex && !query_directory_ex) continue;
                winetest_push_context("%s, mask %s, length %#lx, flags %lu", class->name, wine_dbgstr_w(masks[i]),
                                      lengths[j], flags);
                if (!full) compare(class, masks[i], lengths[j], flags & 2 ? FLAG_SINGLE : 0,
                                   flags & 4 ? FLAG_RESTART : 0, ex);
                /* where a name ends with the buffer, another one like it can't be told from it */
                else if (j < 3)
                    compare_full(class, masks[i], lengths[j], flags & 2 ? FLAG_SINGLE : 0, flags & 4 ? FLAG_RESTART : 0,
                                 ex);
                winetest_pop_context();
            }
}

static void test_listings(bool full)
{
    static const struct nt_class names = { "FileNamesInformation", NT_NAMES, NONE, NONE, 0x0c };
    const struct nt_class *class;

    test_class(&names, full);
    for (class = nt_directory_classes; class->name; class++) test_class(class, full);
}

static void test_find(void)
{
    static const WCHAR * const masks[] = { L"*", L"*.*", L".efs*", L"*efs*", L".*", L"nothing" };
    WIN32_FIND_DATAW data;
    DWORD i, error[2];
    HANDLE find;

    ok(!count_entries(large_path()), "there is something in it\n");
    for (i = 0; i < ARRAY_SIZE(masks) * 2; i++)
    {
        SetLastError(0xdeadbeef);
        find = FindFirstFileW(test_path_in(i & 1 ? plain_path() : large_path(), masks[i / 2]), &data);
        error[i & 1] = find == INVALID_HANDLE_VALUE ? GetLastError() : 0;
        if (find != INVALID_HANDLE_VALUE) FindClose(find);
        if (i & 1) ok(error[0] == error[1], "%s: got %lu, expected %lu\n", wine_dbgstr_w(masks[i / 2]), error[0],
                      error[1]);
    }
}

/* The same in both; a name that is like the hidden one's is a name. */
static void test_full(void)
{
    static const WCHAR * const names[] = { L".a", L".efs-directory-0123456789abcdef", L".efs-directory-0123456789abcde",
                                           L"a-1", L"b-2" };
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(names); i++)
    {
        move_in(test_path_in(large_path(), names[i]), "stays");
        make_file(test_path_in(plain_path(), names[i]), "stays", 0);
    }
    test_listings(true);
    ok(count_entries(large_path()) == ARRAY_SIZE(names), "%lu entries\n", count_entries(large_path()));
    SetLastError(0xdeadbeef);
    ok(!RemoveDirectoryW(large_path()) && GetLastError() == ERROR_DIR_NOT_EMPTY, "got %lu\n", GetLastError());
    check_export(large_path(), &stream);
    for (i = 0; i < ARRAY_SIZE(names); i++)
    {
        /* Wine hides what begins with a dot */
        if (names[i][0] != '.') check_plain(test_path_in(large_path(), names[i]), "stays", 0);
        remove_file(test_path_in(large_path(), names[i]));
        remove_file(test_path_in(plain_path(), names[i]));
    }
    check_export(large_path(), &stream);
}

/* ---- removal ---- */

static void check_removed_(const char *file, int line)
{
    check_missing_(file, line, large_path());
    ok_(file, line)(!count_entries(test_path(L"")), "something was left behind\n");
}
#define check_removed() check_removed_(__FILE__, __LINE__)

static void restore_large(void)
{
    check_code(restore_stream(large_path(), CREATE_FOR_DIR, &stream), ERROR_SUCCESS);
}

static HANDLE open_large(ULONG options)
{
    NTSTATUS status;
    HANDLE dir = nt_open(large_path(), DELETE | SYNCHRONIZE, options | FILE_SYNCHRONOUS_IO_NONALERT, &status);

    ok(!status, "got %#lx\n", status);
    return dir;
}

static NTSTATUS set_disposition(HANDLE dir, ULONG class, ULONG flags)
{
    BYTE dispose = flags & DISPOSITION_DELETE;
    IO_STATUS_BLOCK io = { .Information = 0 };
    NTSTATUS status;

    io.Status = NT_INVALID_HANDLE;
    status = NtSetInformationFile(dir, &io, class == NT_DISPOSITION ? (void *)&dispose : &flags,
                                  class == NT_DISPOSITION ? 1 : sizeof(flags), class);
    ok(status || !io.Status, "got %#lx\n", io.Status);
    return status;
}

static bool has_class(ULONG class)
{
    HANDLE dir;
    NTSTATUS status;

    check_call(CreateDirectoryW(plain_path(), NULL));
    dir = nt_open(plain_path(), DELETE | SYNCHRONIZE, FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, &status);
    status = set_disposition(dir, class, 0);
    NtClose(dir);
    check_call(RemoveDirectoryW(plain_path()));
    return !status;
}

static void test_disposition(ULONG class, ULONG flags)
{
    HANDLE dir, other;
    NTSTATUS status;

    if (!has_class(class))
    {
        skip("this system hasn't got class %lu\n", class);
        return;
    }
    restore_large();
    dir = open_large(FILE_DIRECTORY_FILE);
    status = set_disposition(dir, class, flags);
    ok(!status, "got %#lx\n", status);
    /* taken back, as often as the program wants */
    status = set_disposition(dir, class, 0);
    ok(!status, "got %#lx\n", status);
    NtClose(dir);
    check_export(large_path(), &stream);

    dir = open_large(FILE_DIRECTORY_FILE);
    status = set_disposition(dir, class, flags);
    ok(!status, "got %#lx\n", status);
    status = set_disposition(dir, class, 0);
    ok(!status, "got %#lx\n", status);
    status = set_disposition(dir, class, flags);
    ok(!status, "got %#lx\n", status);
    status = set_disposition(dir, class, flags);
    ok(!status, "got %#lx\n", status);
    check_call(DuplicateHandle(GetCurrentProcess(), dir, GetCurrentProcess(), &other, 0, FALSE,
                               DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    ok(GetFileAttributesW(large_path()) != INVALID_FILE_ATTRIBUTES || GetLastError() == ERROR_ACCESS_DENIED,
       "it has gone\n");
    NtClose(other);
    check_removed();

    /* without the right to */
    restore_large();
    dir = nt_open(large_path(), FILE_READ_ATTRIBUTES | SYNCHRONIZE, FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT,
                  &status);
    status = set_disposition(dir, class, flags);
    ok(status == NT_ACCESS_DENIED, "got %#lx\n", status);
    NtClose(dir);
    check_export(large_path(), &stream);

    /* something else in it */
    move_in(test_path(L"large\\child"), "stays");
    dir = open_large(FILE_DIRECTORY_FILE);
    status = set_disposition(dir, class, flags);
    ok(status == NT_DIRECTORY_NOT_EMPTY, "got %#lx\n", status);
    NtClose(dir);
    check_export(large_path(), &stream);
    check_plain(test_path(L"large\\child"), "stays", 0);
    remove_file(test_path(L"large\\child"));
    check_call(RemoveDirectoryW(large_path()));
    check_removed();
}

static void test_delete_on_close(void)
{
    struct nt_name name;
    NTSTATUS status;
    HANDLE dir;
    DWORD i;

    for (i = 0; i < 2; i++)
    {
        restore_large();
        dir = open_large(FILE_DELETE_ON_CLOSE | (i ? FILE_DIRECTORY_FILE : FILE_OPEN_FOR_BACKUP_INTENT));
        NtClose(dir);
        check_removed();
    }
    restore_large();
    dir = CreateFileW(large_path(), DELETE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                      FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    ok(dir != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    move_in(test_path(L"large\\child"), "stays");
    CloseHandle(dir);
    check_export(large_path(), &stream);
    check_plain(test_path(L"large\\child"), "stays", 0);

    init_nt_name(&name, large_path());
    NtDeleteFile(&name.attr);
    check_export(large_path(), &stream);
    check_plain(test_path(L"large\\child"), "stays", 0);
    remove_file(test_path(L"large\\child"));
    status = NtDeleteFile(&name.attr);
    ok(!status, "got %#lx\n", status);
    check_removed();
    status = NtDeleteFile(&name.attr);
    ok(status, "it was deleted twice\n");
    free_nt_name(&name);
}

/* Far more handles than any program has at once */
static void test_many(void)
{
    HANDLE handles[80];
    NTSTATUS status;
    DWORD i, taken = 0;

    restore_large();
    for (i = 0; i < ARRAY_SIZE(handles); i++)
    {
        handles[i] = open_large(FILE_DIRECTORY_FILE);
        status = set_disposition(handles[i], NT_DISPOSITION, DISPOSITION_DELETE);
        taken += !status;
    }
    ok(taken, "none was taken\n");
    for (i = 0; i < ARRAY_SIZE(handles); i++) NtClose(handles[i]);
    check_removed();
}

/* It goes with the directory, and isn't copied. */
static void test_moves(void)
{
    restore_large();
    check_call(MoveFileW(large_path(), test_path(L"moved")));
    check_export(test_path(L"moved"), &stream);
    check_call(CreateDirectoryW(plain_path(), NULL));
    check_call(MoveFileW(test_path(L"moved"), test_path(L"plain\\large")));
    check_export(test_path(L"plain\\large"), &stream);
    SetLastError(0xdeadbeef);
    ok(!RemoveDirectoryW(plain_path()) && GetLastError() == ERROR_DIR_NOT_EMPTY, "got %lu\n", GetLastError());
    check_export(test_path(L"plain\\large"), &stream);
    check_call(RemoveDirectoryW(test_path(L"plain\\large")));
    check_call(RemoveDirectoryW(plain_path()));
    check_removed();
}

START_TEST(large_directory)
{
    begin_tests("large_directory");
    if (!raw_streams_work())
    {
        end_tests();
        return;
    }
    load_nt();
    build_large();
    unseen("reasoned: an alternate stream of a directory is no entry of it")
    {
        make_both();
        test_listings(false);
        test_find();
        test_full();
        remove_both();
    }
    unseen("reasoned: an alternate stream goes with its directory")
    {
        test_disposition(NT_DISPOSITION, DISPOSITION_DELETE);
        test_disposition(NT_DISPOSITION_EX, DISPOSITION_DELETE);
        test_disposition(NT_DISPOSITION_EX, DISPOSITION_DELETE | DISPOSITION_POSIX);
        test_delete_on_close();
        test_many();
        test_moves();
    }
    free_stream(&stream);
    end_tests();
}
