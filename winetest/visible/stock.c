/*
 * Every query once more, in a process without the drop-in: what it says is what the system says by itself.
 *
 * A child of this program, told to use the system's own advapi32.dll, writes down status, count and every byte
 * of each query, with buffers of many lengths. The same with the drop-in has to give the same bytes, but for the
 * ENCRYPTED bit and the length of encrypted files. On Windows there is no such child.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>

#include "helpers/objects.h"
#include "helpers/nt_test.h"

#define BLOCK 0x800

/* What is asked about: queries of the objects are compared byte by byte, of the others what the hooks look at */
#define QUERY_LISTING  1
#define QUERY_MISSING  2
#define QUERY_OBJECT   100
#define QUERY_ODDITY   1000 /* pipes and such: may have other numbers and times in each process */

struct record
{
    ULONG    query;       /* what is asked about */
    ULONG    class, length;
    NTSTATUS status;
    ULONG    information;
    BYTE     block[BLOCK]; /* filled with 0xcc before */
};

static struct record *records;
static DWORD record_count, record_capacity;

static struct record *add_record(ULONG query, ULONG class, ULONG length)
{
    struct record *record;

    if (record_count == record_capacity)
    {
        record_capacity = record_capacity * 2 + 1000;
        records = realloc(records, record_capacity * sizeof(*records));
    }
    record = &records[record_count++];
    memset(record, 0, sizeof(*record));
    memset(record->block, 0xcc, BLOCK);
    record->query = query;
    record->class = class;
    record->length = length;
    return record;
}

/* Enough first, which tells whether the class is known at all; then around what blocks have. ~0: the end */
static ULONG next_length(ULONG length, NTSTATUS status)
{
    if (length == BLOCK) return status == NT_INVALID_INFO_CLASS || status == NT_NOT_IMPLEMENTED ? ~0u : 0;
    if (length < 0x80) return length + 4;
    return length < 0x100 ? 0x100 : ~0u;
}

static void query_handle(ULONG query, HANDLE file)
{
    struct record *record;
    IO_STATUS_BLOCK io;
    ULONG class, length;

    for (class = 0; class < 80; class++)
    {
        if (class == 22) continue; /* FileStreamInformation: stock Wine tells of no streams */
        for (length = BLOCK; length != ~0u; length = next_length(length, record->status))
        {
            record = add_record(query, class, length);
            io.Information = 0xdead;
            record->status = NtQueryInformationFile(file, &io, record->block, length, class);
            record->information = (ULONG)io.Information;
        }
    }
    for (class = 0; class < 12; class++)
    {
        for (length = BLOCK; length != ~0u; length = next_length(length, record->status))
        {
            record = add_record(query, 1000 + class, length);
            io.Information = 0xdead;
            record->status = NtQueryVolumeInformationFile(file, &io, record->block, length, class);
            record->information = (ULONG)io.Information;
            /* free space comes and goes */
            if (class == 3 || class == 6 || class == 7) memset(record->block, 0, BLOCK);
        }
    }
}

static void query_name(ULONG query, const OBJECT_ATTRIBUTES *attr)
{
    struct record *record = add_record(query, 2000, 0);

    record->status = NtQueryAttributesFile(attr, (void *)record->block);
    record = add_record(query, 2001, 0);
    record->status = NtQueryFullAttributesFile(attr, (void *)record->block);
}

static void list_directory(ULONG query, HANDLE dir)
{
    static const ULONG lengths[] = { BLOCK, 0, 0x20, 0x40, 0x48, 0x60, 0x68, 0x70, 0x80, 0x100, 0x200 };
    struct record *record;
    IO_STATUS_BLOCK io;
    ULONG class, i, single, calls;

    for (class = 0; class < 80; class++)
    {
        for (i = 0; i < ARRAY_SIZE(lengths); i++)
        {
            for (single = 0; single < 2; single++)
            {
                for (calls = 0; calls < 20; calls++)
                {
                    record = add_record(query, 3000 + class, lengths[i]);
                    io.Information = 0xdead;
                    record->status = NtQueryDirectoryFile(dir, NULL, NULL, NULL, &io, record->block, lengths[i], class,
                                                          (BOOLEAN)single, NULL, !calls);
                    record->information = (ULONG)io.Information;
                    if (record->status) break;
                }
                if (record->status == NT_INVALID_INFO_CLASS || record->status == NT_NOT_IMPLEMENTED) break;
            }
            if (record->status == NT_INVALID_INFO_CLASS || record->status == NT_NOT_IMPLEMENTED) break;
        }
    }
}

static void query_path(ULONG query, const WCHAR *path, ACCESS_MASK access)
{
    struct nt_name name;
    NTSTATUS status;
    HANDLE file;

    init_nt_name(&name, path);
    query_name(query, &name.attr);
    free_nt_name(&name);
    file = nt_open(path, access, 0, &status);
    add_record(query, 4000, 0)->status = status;
    query_handle(query, file);
    if (file) NtClose(file);
}

/* What isn't a file, and files in odd states */
static void query_oddities(const WCHAR *dir)
{
    static const WCHAR * const devices[] = { L"NUL", L"CON", L"CONIN$", L"CONOUT$", L"COM1", L"PIPE\\",
                                             L"\\\\.\\MountPointManager", L"\\\\.\\C:", L"\\\\.\\Z:", L"C:\\", L"Z:\\",
                                             L"\\\\?\\unix\\dev\\null", L"Z:\\dev\\zero",
                                             L"Z:\\proc\\self\\status", L"Z:\\proc\\self" };
    const WCHAR *gone = test_path_in(dir, L"gone"), *file = test_path_in(dir, L"deleted");
    HANDLE read, write, handle;
    NTSTATUS status;
    DWORD i;

    for (i = 0; i < ARRAY_SIZE(devices); i++) query_path(QUERY_ODDITY + i, devices[i], FILE_READ_ATTRIBUTES);

    CreatePipe(&read, &write, NULL, 0);
    query_handle(QUERY_ODDITY + 100, read);
    query_handle(QUERY_ODDITY + 101, write);
    CloseHandle(read);
    CloseHandle(write);
    query_handle(QUERY_ODDITY + 102, GetCurrentProcess());
    query_handle(QUERY_ODDITY + 103, NULL);
    query_handle(QUERY_ODDITY + 104, (HANDLE)0xdeadbeef);

    CreateDirectoryW(gone, NULL);
    handle = nt_open(gone, FILE_LIST_DIRECTORY | DELETE | SYNCHRONIZE,
                     FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, &status);
    RemoveDirectoryW(gone);
    query_handle(QUERY_ODDITY + 105, handle);
    list_directory(QUERY_ODDITY + 105, handle);
    NtClose(handle);

    make_file(file, "", 0);
    handle = nt_open(file, FILE_READ_ATTRIBUTES | DELETE, 0, &status);
    DeleteFileW(file);
    query_handle(QUERY_ODDITY + 106, handle);
    NtClose(handle);
}

static void query_all(const WCHAR *dir)
{
    static const ACCESS_MASK accesses[] = { FILE_READ_ATTRIBUTES, READ_CONTROL, SYNCHRONIZE, DELETE };
    HANDLE handle, root;
    NTSTATUS status;
    struct nt_name name;
    DWORD i, j;

    root = nt_open(dir, FILE_LIST_DIRECTORY | SYNCHRONIZE, FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, &status);
    list_directory(QUERY_LISTING, root); /* first: it sets the directory's access time */
    for (i = 0; i < OBJECT_COUNT; i++)
    {
        for (j = 0; j < ARRAY_SIZE(accesses); j++)
            query_path(QUERY_OBJECT + i, test_path_in(dir, objects[i].name), accesses[j]);
        init_nt_name_at(&name, root, objects[i].name);
        query_name(QUERY_OBJECT + i, &name.attr);
        handle = nt_open(test_path_in(dir, objects[i].name), FILE_READ_ATTRIBUTES, FILE_OPEN_REPARSE_POINT, &status);
        query_handle(QUERY_OBJECT + i, handle);
        NtClose(handle);
    }
    NtClose(root);
    query_path(QUERY_MISSING, test_path_in(dir, L"missing"), FILE_READ_ATTRIBUTES);
    query_path(QUERY_MISSING, test_path_in(dir, L"missing\\file"), FILE_READ_ATTRIBUTES);
    query_path(QUERY_MISSING, test_path_in(dir, L"plain\\file"), FILE_READ_ATTRIBUTES);
    query_oddities(test_path_in(dir, L"..\\..")); /* not here, where it would change times */
}

static const struct object *find_object(const BYTE *name, ULONG length)
{
    DWORD i;

    for (i = 0; i < OBJECT_COUNT; i++)
        if (length == lstrlenW(objects[i].name) * sizeof(WCHAR) && !memcmp(name, objects[i].name, length))
            return &objects[i];
    return NULL;
}

static void make_encrypted(const struct object *object, BYTE *block, int attributes, int end_of_file)
{
    ULONG64 size = object->size;
    ULONG value;

    if (attributes != NONE)
    {
        value = (get_ulong(block + attributes) & ~(ULONG)FILE_ATTRIBUTE_NORMAL) | FILE_ATTRIBUTE_ENCRYPTED;
        memcpy(block + attributes, &value, sizeof(value));
    }
    if (end_of_file != NONE && !object->directory) memcpy(block + end_of_file, &size, sizeof(size));
}

/* What the stock record has to become; found: flags of a volume, with the drop-in */
static void expect(struct record *record, ULONG found)
{
    const struct nt_class *class;
    const struct object *object = record->query - QUERY_OBJECT < OBJECT_COUNT ? &objects[record->query - QUERY_OBJECT]
        : NULL;
    ULONG at, flags;

    if (record->status && record->status != NT_BUFFER_OVERFLOW) return;
    if (record->class == 1000 + NT_FS_ATTRIBUTE && object)
    {
        flags = get_ulong(record->block) | FILE_SUPPORTS_ENCRYPTION | FILE_SUPPORTS_SPARSE_FILES;
        /* they come with what is kept of plain files; ea.c and others look at them */
        flags |= found & (FILE_NAMED_STREAMS | FILE_SUPPORTS_EXTENDED_ATTRIBUTES);
        memcpy(record->block, &flags, sizeof(flags));
    }
    if (object && object->encrypted && record->class == 2000) make_encrypted(object, record->block, 0x20, NONE);
    if (object && object->encrypted && record->class == 2001) make_encrypted(object, record->block, 0x30, 0x28);
    for (class = nt_file_classes; class->name && object && object->encrypted; class++)
        if (record->class == class->class) make_encrypted(object, record->block, class->attributes, class->end_of_file);
    for (class = nt_directory_classes; class->name; class++)
    {
        if (record->class != 3000 + class->class) continue;
        for (at = 0;; at += get_ulong(record->block + at))
        {
            object = find_object(record->block + at + class->file_name, get_ulong(record->block + at + 0x3c));
            if (object && object->encrypted)
                make_encrypted(object, record->block + at, class->attributes, class->end_of_file);
            if (!get_ulong(record->block + at)) break;
        }
    }
}

#define STOCK_KEY L"Software\\Wine\\AppDefaults\\efs_stock.exe"

/* Programs of that name get Wine's own advapi32.dll. (An environment variable of a child wouldn't do it.) */
static void set_override(bool on)
{
    HKEY key;

    if (on)
    {
        check_call(!RegCreateKeyExW(HKEY_CURRENT_USER, STOCK_KEY L"\\DllOverrides", 0, NULL, 0, KEY_WRITE, NULL, &key,
                                    NULL));
        check_call(!RegSetValueExW(key, L"advapi32", 0, REG_SZ, (const BYTE *)L"builtin", sizeof(L"builtin")));
        RegCloseKey(key);
        return;
    }
    check_call(!RegDeleteKeyW(HKEY_CURRENT_USER, STOCK_KEY L"\\DllOverrides"));
    check_call(!RegDeleteKeyW(HKEY_CURRENT_USER, STOCK_KEY));
}

/* Starts this program without the drop-in; it leaves its records in a file. */
static bool run_stock(const WCHAR *dir, const WCHAR *output)
{
    STARTUPINFOW startup = { .cb = sizeof(startup) };
    PROCESS_INFORMATION process;
    WCHAR program[MAX_PATH], command[2048];
    DWORD code = 1;

    GetModuleFileNameW(NULL, program, ARRAY_SIZE(program));
    check_call(CopyFileW(program, test_path(L"efs_stock.exe"), TRUE));
    lstrcpyW(program, test_path(L"efs_stock.exe"));
    set_override(true);
    _snwprintf(command, ARRAY_SIZE(command), L"\"%ls\" stock \"%ls\" \"%ls\"", program, dir, output);
    check_call(CreateProcessW(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process));
    WaitForSingleObject(process.hProcess, 120000);
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    set_override(false);
    remove_file(program);
    ok(!code, "the child ended with %lu\n", code);
    return !code;
}

/* In the child */
static void write_records(const WCHAR *dir, const char *output)
{
    FILE *file;

    ok(!GetModuleHandleW(L"wineefs.dll"), "the drop-in is here\n");
    query_all(dir);
    file = fopen(output, "r+b");
    ok(file && fwrite(records, sizeof(*records), record_count, file) == record_count, "can't write %s\n", output);
    if (file) fclose(file);
}

/* Attributes and end of file, where there are any */
static void compare_fields(const struct record *found, const struct record *expected)
{
    const struct nt_class *class;
    ULONG i;

    for (class = nt_file_classes; class->name; class++)
    {
        if (found->class != class->class) continue;
        if (class->attributes != NONE)
            ok(get_ulong(found->block + class->attributes) == get_ulong(expected->block + class->attributes),
               "got attributes %#lx, "
               "expected %#lx\n", get_ulong(found->block + class->attributes),
               get_ulong(expected->block + class->attributes));
        if (class->end_of_file != NONE)
            ok(get_ulong64(found->block + class->end_of_file) == get_ulong64(expected->block + class->end_of_file),
               "got size %lu, "
               "expected %lu\n", get_ulong(found->block + class->end_of_file),
               get_ulong(expected->block + class->end_of_file));
    }
    for (i = found->length; i < BLOCK && found->class < 2000; i++)
        if (found->block[i] != expected->block[i]) break;
    ok(i >= BLOCK || found->class >= 2000, "byte %#lx is written\n", i);
}

static void test_compare(const WCHAR *dir, const WCHAR *output)
{
    struct record *stock = NULL;
    DWORD count, i, j, failures = 0, size, bytes;
    HANDLE file;

    query_all(dir); /* sets access times that are older than the files */
    record_count = 0;
    if (!run_stock(dir, output)) return;
    query_all(dir);
    file = CreateFileW(output, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    size = GetFileSize(file, NULL);
    stock = malloc(size);
    check_call(ReadFile(file, stock, size, &bytes, NULL));
    CloseHandle(file);
    count = bytes / sizeof(*stock);
    ok(count == record_count, "%lu records without the drop-in, %lu with it\n", count, record_count);
    for (i = 0; i < min(count, record_count) && failures < 40; i++)
    {
        struct record *expected = &stock[i], *found = &records[i];

        expect(expected, get_ulong(found->block));
        winetest_push_context("record %lu: query %lu, class %lu, length %#lx", i, found->query, found->class,
                              found->length);
        ok(found->query == expected->query && found->class == expected->class && found->length == expected->length,
           "the queries differ\n");
        ok(found->status == expected->status, "got %#lx, expected %#lx\n", found->status, expected->status);
        ok(found->information == expected->information, "got %lu, expected %lu\n", found->information,
           expected->information);
        if (found->query >= QUERY_ODDITY) compare_fields(found, expected);
        else
        {
            for (j = 0; j < BLOCK && found->block[j] == expected->block[j]; j++) ;
            ok(j == BLOCK, "byte %#lx is %#x, expected %#x\n", j, j < BLOCK ? found->block[j] : 0,
               j < BLOCK ? expected->block[j] : 0);
            if (j < BLOCK) failures++;
        }
        winetest_pop_context();
    }
    trace("%lu records\n", record_count);
    free(stock);
}

START_TEST(stock)
{
    WCHAR output[MAX_PATH], dir[MAX_PATH];
    char **argv;

    load_nt();
    if (winetest_get_mainargs(&argv) >= 4)
    {
        MultiByteToWideChar(CP_ACP, 0, argv[2], -1, dir, ARRAY_SIZE(dir));
        not_windows("there is no such child on Windows")
            write_records(dir, argv[3]);
        return;
    }
    begin_tests("stock");
    if (!GetModuleHandleW(L"wineefs.dll")) skip("this is the system's own advapi32.dll\n");
    else not_windows("there is no such child on Windows")
    {
        check_call(CreateDirectoryW(test_path(L"outer"), NULL));
        lstrcpyW(dir, test_path(L"outer\\objects"));
        check_call(CreateDirectoryW(dir, NULL));
        lstrcpyW(output, test_path(L"records"));
        make_file(output, "", 0);
        make_objects_in(dir);
        ok(count_entries(dir) == OBJECT_COUNT && count_entries(test_path(L"outer")) == 1, "there is something else\n");
        test_compare(dir, output);
        remove_objects();
        check_call(RemoveDirectoryW(dir));
        remove_file(output);
    }
    free(records);
    end_tests();
}
