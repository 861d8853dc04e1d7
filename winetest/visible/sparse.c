/*
 * Sparse files: the attribute in every query, where there is data, and how it becomes zeros.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "helpers/efs_test.h"
#include "helpers/nt_test.h"

#include <winioctl.h>

#define MEGA 0x100000
#define NT_BUFFER_TOO_SMALL ((NTSTATUS)0xc0000023)

#define NT_INVALID_PARAMETER ((NTSTATUS)0xc000000d)

/* FILE_ALLOCATED_RANGE_BUFFER, FILE_ZERO_DATA_INFORMATION */
struct range { ULONGLONG start, length; };
struct zeros { ULONGLONG start, end; };

static void set_sparse(HANDLE file, BOOLEAN sparse)
{
    DWORD got;

    check_call(DeviceIoControl(file, FSCTL_SET_SPARSE, &sparse, sizeof(sparse), NULL, 0, &got, NULL));
}

static void write_at(HANDLE file, ULONG offset, DWORD size)
{
    static BYTE bytes[0x20000];
    DWORD written;

    memset(bytes, 'x', sizeof(bytes));
    SetFilePointer(file, (LONG)offset, NULL, FILE_BEGIN);
    check_call(WriteFile(file, bytes, size, &written, NULL));
}

/* 4 MiB, with 64 KiB of data at 1 MiB and at 3 MiB */
static HANDLE make(const WCHAR *path, BOOL sparse)
{
    HANDLE file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              CREATE_ALWAYS, 0, NULL);

    check_call(file != INVALID_HANDLE_VALUE);
    if (sparse) set_sparse(file, TRUE);
    write_at(file, 1 * MEGA, 0x10000);
    write_at(file, 3 * MEGA, 0x10000);
    SetFilePointer(file, 4 * MEGA, NULL, FILE_BEGIN);
    check_call(SetEndOfFile(file));
    return file;
}

/* ---- the attribute ---- */

static void check_shown(const char *what, DWORD attributes, BOOL sparse)
{
    DWORD wanted = FILE_ATTRIBUTE_ARCHIVE | (sparse ? FILE_ATTRIBUTE_SPARSE_FILE : 0);

    ok(attributes == wanted || (!sparse && attributes == FILE_ATTRIBUTE_NORMAL), "%s: %#lx\n", what, attributes);
}

static void check_entry(const WCHAR *path, BOOL sparse)
{
    WIN32_FIND_DATAW found;
    HANDLE find = FindFirstFileW(path, &found);

    check_call(find != INVALID_HANDLE_VALUE);
    if (find == INVALID_HANDLE_VALUE) return;
    check_shown("FindFirstFile", found.dwFileAttributes, sparse);
    ok(found.nFileSizeLow == 4 * MEGA, "%lu bytes\n", found.nFileSizeLow);
    FindClose(find);
}

static void check_attribute(const WCHAR *path, HANDLE file, BOOL sparse)
{
    union { LARGE_INTEGER align; BYTE bytes[0x1000]; } info;
    BY_HANDLE_FILE_INFORMATION by_handle;
    WIN32_FILE_ATTRIBUTE_DATA data;
    const struct nt_class *class;
    IO_STATUS_BLOCK io;
    NTSTATUS status;

    check_shown("GetFileAttributes", GetFileAttributesW(path), sparse);
    check_call(GetFileAttributesExW(path, GetFileExInfoStandard, &data));
    check_shown("GetFileAttributesEx", data.dwFileAttributes, sparse);
    ok(data.nFileSizeLow == 4 * MEGA, "%lu bytes\n", data.nFileSizeLow);
    check_call(GetFileInformationByHandle(file, &by_handle));
    check_shown("GetFileInformationByHandle", by_handle.dwFileAttributes, sparse);
    check_entry(path, sparse);
    for (class = nt_file_classes; class->name; class++)
    {
        if (class->attributes == NONE) continue;
        status = NtQueryInformationFile(file, &io, &info, sizeof(info), class->class);
        if (!status) check_shown(class->name, get_ulong(info.bytes + class->attributes), sparse);
    }
}

static void test_attribute(void)
{
    const WCHAR *path = test_path(L"sparse");
    HANDLE file = make(path, FALSE);

    check_attribute(path, file, FALSE); /* holes of the host's own say nothing */
    set_sparse(file, TRUE);
    check_attribute(path, file, TRUE);
    CloseHandle(file);
    check_entry(path, TRUE);

    /* it goes with the file, and stays while others change */
    check_call(SetFileAttributesW(path, FILE_ATTRIBUTE_READONLY));
    ok((GetFileAttributesW(path) & ~FILE_ATTRIBUTE_ARCHIVE) == (FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_SPARSE_FILE),
       "%#lx\n", GetFileAttributesW(path));
    check_call(SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL));
    check_call(MoveFileW(path, test_path(L"moved")));
    check_entry(test_path(L"moved"), TRUE);
    remove_file(test_path(L"moved"));

    /* an empty one, as a restore makes it */
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    set_sparse(file, TRUE);
    ok(GetFileAttributesW(path) & FILE_ATTRIBUTE_SPARSE_FILE, "%#lx\n", GetFileAttributesW(path));
    CloseHandle(file);
    remove_file(path);
}

static void test_volume(void)
{
    DWORD flags = 0;

    check_call(GetVolumeInformationW(L"C:\\", NULL, 0, NULL, NULL, &flags, NULL, 0));
    ok(flags & FILE_SUPPORTS_SPARSE_FILES, "%#lx\n", flags);
}

/* ---- where there is data ---- */

static NTSTATUS query(HANDLE file, const void *in, DWORD in_size, void *out, DWORD out_size, DWORD *count)
{
    IO_STATUS_BLOCK io = { .Information = 0 };
    NTSTATUS status = NtFsControlFile(file, NULL, NULL, NULL, &io, FSCTL_QUERY_ALLOCATED_RANGES, (void *)in, in_size,
                                      out, out_size);

    *count = (DWORD)(io.Information / sizeof(struct range));
    return status;
}

static void check_status_(int line, NTSTATUS status, NTSTATUS expected)
{
    ok_(__FILE__, line)(status == expected, "got %#lx, expected %#lx\n", status, expected);
}
#define check_status(status, expected) check_status_(__LINE__, status, expected)

static void check_range(const struct range *range, ULONGLONG start, ULONGLONG length)
{
    ok(range->start == start && range->length == length, "%#lx, %#lx bytes\n", (DWORD)range->start,
       (DWORD)range->length);
}

static void test_ranges(void)
{
    const struct range all = { 0, 100 * MEGA }, part = { MEGA + 0x8000, 2 * MEGA }, hole = { 0, MEGA },
        behind = { 50 * MEGA, 1 }, negative = { (ULONGLONG)-1, 1 }, too_long = { 0, (ULONGLONG)-1 };
    const WCHAR *path = test_path(L"sparse");
    HANDLE file = make(path, FALSE), other;
    struct range ranges[4];
    DWORD count;

    check_status(query(file, &all, sizeof(all), ranges, sizeof(ranges), &count), NT_SUCCESS_);
    ok(count == 1, "%lu ranges of a file without the mark\n", count);
    check_range(&ranges[0], 0, 4 * MEGA);

    set_sparse(file, TRUE);
    check_status(query(file, &all, sizeof(all), ranges, sizeof(ranges), &count), NT_SUCCESS_);
    ok(count == 2, "%lu ranges\n", count);
    check_range(&ranges[0], 1 * MEGA, 0x10000);
    check_range(&ranges[1], 3 * MEGA, 0x10000);
    check_status(query(file, &part, sizeof(part), ranges, sizeof(ranges), &count), NT_SUCCESS_);
    ok(count == 2, "%lu ranges of a part\n", count);
    check_range(&ranges[0], MEGA + 0x8000, 0x8000);
    check_range(&ranges[1], 3 * MEGA, 0x8000);
    check_status(query(file, &hole, sizeof(hole), ranges, sizeof(ranges), &count), NT_SUCCESS_);
    ok(!count, "%lu ranges of a hole\n", count);
    check_status(query(file, &behind, sizeof(behind), ranges, sizeof(ranges), &count), NT_SUCCESS_);
    ok(!count, "%lu ranges behind the end\n", count);

    /* as many as there is room for */
    check_status(query(file, &all, sizeof(all), ranges, sizeof(*ranges), &count), NT_BUFFER_OVERFLOW);
    ok(count == 1, "%lu ranges\n", count);
    check_range(&ranges[0], 1 * MEGA, 0x10000);
    check_status(query(file, &all, sizeof(all), ranges, sizeof(*ranges) - 1, &count), NT_BUFFER_TOO_SMALL);
    check_status(query(file, &all, sizeof(all) - 1, ranges, sizeof(ranges), &count), NT_INVALID_PARAMETER);
    check_status(query(file, NULL, 0, ranges, sizeof(ranges), &count), NT_INVALID_PARAMETER);
    check_status(query(file, &negative, sizeof(all), ranges, sizeof(ranges), &count), NT_INVALID_PARAMETER);
    check_status(query(file, &too_long, sizeof(all), ranges, sizeof(ranges), &count), NT_INVALID_PARAMETER);

    other = CreateFileW(path, FILE_READ_ATTRIBUTES, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    check_status(query(other, &all, sizeof(all), ranges, sizeof(ranges), &count), NT_ACCESS_DENIED);
    CloseHandle(other);
    CloseHandle(file);
    remove_file(path);
}

/* ---- zeros ---- */

static void check_refused_(int line, BOOL done, DWORD expected)
{
    DWORD err = GetLastError();

    ok_(__FILE__, line)(!done && err == expected, "got %d, error %lu\n", done, err);
}
#define check_refused(call, expected) check_refused_(__LINE__, call, expected)

static BOOL zero(HANDLE file, ULONGLONG start, ULONGLONG end)
{
    const struct zeros zeros = { start, end };
    DWORD got;

    return DeviceIoControl(file, FSCTL_SET_ZERO_DATA, (void *)&zeros, sizeof(zeros), NULL, 0, &got, NULL);
}

/* Are there 'x' from start to end? Zeros otherwise. */
static BOOL is_filled(HANDLE file, ULONG start, ULONG end, char with)
{
    static BYTE bytes[0x20000];
    DWORD got, i;

    SetFilePointer(file, (LONG)start, NULL, FILE_BEGIN);
    check_call(ReadFile(file, bytes, end - start, &got, NULL));
    if (got != end - start) return FALSE;
    for (i = 0; i < got; i++)
        if (bytes[i] != (BYTE)with) return FALSE;
    return TRUE;
}

static void test_zeros(BOOL sparse)
{
    const WCHAR *path = test_path(L"sparse");
    HANDLE file = make(path, sparse), other;
    const struct range all = { 0, 100 * MEGA };
    struct range ranges[8];
    DWORD count;

    winetest_push_context(sparse ? "sparse" : "without the mark");
    check_call(zero(file, MEGA + 0x1001, MEGA + 0x9fff));
    ok(is_filled(file, MEGA, MEGA + 0x1001, 'x'), "what is before isn't as it was\n");
    ok(is_filled(file, MEGA + 0x1001, MEGA + 0x9fff, 0), "there are no zeros\n");
    ok(is_filled(file, MEGA + 0x9fff, MEGA + 0x10000, 'x'), "what is behind isn't as it was\n");
    check_status(query(file, &all, sizeof(all), ranges, sizeof(ranges), &count), NT_SUCCESS_);
    ok(count == (sparse ? 3 : 1), "%lu ranges: 64 KiB were two of them, with a hole of 28 KiB between\n", count);

    /* it never makes a file longer */
    check_call(zero(file, 3 * MEGA, 50 * (ULONGLONG)MEGA));
    ok(is_filled(file, 3 * MEGA, 3 * MEGA + 0x10000, 0), "there are no zeros\n");
    ok(GetFileSize(file, NULL) == 4 * MEGA, "%lu bytes\n", GetFileSize(file, NULL));
    check_call(zero(file, 5 * MEGA, 6 * MEGA));
    check_call(zero(file, 5, 5));
    ok(GetFileSize(file, NULL) == 4 * MEGA, "%lu bytes\n", GetFileSize(file, NULL));

    check_refused(zero(file, 6, 5), ERROR_INVALID_PARAMETER);
    check_refused(zero(file, (ULONGLONG)-2, (ULONGLONG)-1), ERROR_INVALID_PARAMETER);
    other = CreateFileW(path, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
    check_refused(zero(other, MEGA, MEGA + 1), ERROR_ACCESS_DENIED);
    CloseHandle(other);
    ok(is_filled(file, MEGA, MEGA + 0x1001, 'x'), "a handle for reading has changed the file\n");
    CloseHandle(file);
    remove_file(path);
    winetest_pop_context();
}

/* A handle for overlapped I/O: whoever waits for the event gets it. */
static void test_overlapped(void)
{
    const struct range all = { 0, 100 * MEGA };
    const WCHAR *path = test_path(L"sparse");
    OVERLAPPED overlapped = { 0 };
    struct range ranges[4];
    HANDLE file;
    DWORD got;

    CloseHandle(make(path, TRUE));
    file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
    overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    check_call(DeviceIoControl(file, FSCTL_QUERY_ALLOCATED_RANGES, (void *)&all, sizeof(all), ranges, sizeof(ranges),
                               &got, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    check_call(GetOverlappedResult(file, &overlapped, &got, TRUE));
    ok(got == 2 * sizeof(*ranges), "%lu bytes\n", got);
    CloseHandle(overlapped.hEvent);
    CloseHandle(file);
    remove_file(path);
}

/* A file that was marked says so. */
static bool marks_work(void)
{
    const WCHAR *path = test_path(L"probe");
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    DWORD got;

    check_call(file != INVALID_HANDLE_VALUE);
    DeviceIoControl(file, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &got, NULL);
    CloseHandle(file);
    got = GetFileAttributesW(path);
    remove_file(path);
    return needs(got != INVALID_FILE_ATTRIBUTES && (got & FILE_ATTRIBUTE_SPARSE_FILE), "FSCTL_SET_SPARSE");
}

START_TEST(sparse)
{
    begin_tests("sparse");
    load_nt();
    if (marks_work())
    {
        unseen("documented: FSCTL_SET_SPARSE, MS-FSCC; how a restore makes it is reasoned")
            test_attribute();
        unseen("documented: GetVolumeInformation on FILE_SUPPORTS_SPARSE_FILES")
            test_volume();
        unseen("documented: FSCTL_QUERY_ALLOCATED_RANGES; where ranges begin is reasoned from the size of 64 KiB")
            test_ranges();
        unseen("documented: FSCTL_SET_ZERO_DATA; which ranges remain is reasoned, NTFS frees 64 KiB at a time")
        {
            test_zeros(TRUE);
            test_zeros(FALSE);
        }
        unseen("documented: DeviceIoControl on overlapped handles")
            test_overlapped();
    }
    end_tests();
}
