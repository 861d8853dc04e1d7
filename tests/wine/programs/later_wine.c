/*
 * A program under a Wine that has reparse points, as 10.19 and later, simulated over one that hasn't: what ntdll
 * answers about one name is changed before advapi32.dll comes, so that its hooks stand over these answers. 64 bit.
 *
 * The name LINK shows as a reparse point of its own attributes; opened with FILE_OPEN_REPARSE_POINT it is the host's
 * file LINK~, otherwise TARGET, and to the host's path functions it is TARGET, too. FSCTL_SET_REPARSE_POINT makes what
 * the handle leads to show the attribute, and FSCTL_GET_REPARSE_POINT gives its data back.
 *
 * later_wine attributes LINK          how LINK shows by name and by handle
 * later_wine backup LINK FILE         BackupRead of LINK into FILE
 * later_wine restore FILE NEW         BackupWrite of FILE into the new file NEW, and its reparse data
 * later_wine restore-now FILE NEW     the same, under the Wine that is there
 * later_wine moved FILE NEW           a move
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define _WIN32_WINNT 0x0601
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
#include <winioctl.h>
#include <winternl.h>

#define JUMP_SIZE 14
#define NETWORK_OPEN 34
#define OPEN_ITSELF 0x00200000 /* FILE_OPEN_REPARSE_POINT */
#define NOT_A_REPARSE_POINT ((NTSTATUS)0xc0000275)
#define DATA_INVALID        ((NTSTATUS)0xc0000278)

typedef NTSTATUS (WINAPI *query_name_fn)(const OBJECT_ATTRIBUTES *attr, void *info);
typedef NTSTATUS (WINAPI *query_file_fn)(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class);
typedef NTSTATUS (WINAPI *control_fn)(HANDLE file, HANDLE event, void *apc, void *context, IO_STATUS_BLOCK *io,
                                      ULONG code, void *in, ULONG in_length, void *out, ULONG out_length);
typedef NTSTATUS (WINAPI *create_fn)(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                                     LARGE_INTEGER *size, ULONG attributes, ULONG sharing, ULONG disposition,
                                     ULONG options, void *ea, ULONG ea_length);
typedef NTSTATUS (WINAPI *open_fn)(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                                   ULONG sharing, ULONG options);

static query_name_fn query_name;
static query_file_fn query_file;
static control_fn control;
static create_fn create;
static open_fn open_file;

static const WCHAR *link_name; /* the last component; the files beside it are LINK~ and TARGET */
static HANDLE with_data;       /* what has reparse data, */
static BYTE data[0x4000];      /* of so many bytes */
static ULONG data_size;

/* FILE_NETWORK_OPEN_INFORMATION */
#define ATTRIBUTES 0x30

static void show(BYTE *info)
{
    ULONG attributes;

    memcpy(&attributes, info + ATTRIBUTES, sizeof(attributes));
    attributes = (attributes & ~FILE_ATTRIBUTE_NORMAL) | FILE_ATTRIBUTE_REPARSE_POINT;
    memcpy(info + ATTRIBUTES, &attributes, sizeof(attributes));
}

/* Is it LINK that is named? Then *other is what is asked in its place. */
static BOOL lead(const OBJECT_ATTRIBUTES *attr, BOOL itself, OBJECT_ATTRIBUTES *other, UNICODE_STRING *name,
                 WCHAR buffer[1024])
{
    ULONG units, length = link_name ? (ULONG)wcslen(link_name) : 0;

    if (!length || !attr || !attr->ObjectName) return FALSE;
    units = attr->ObjectName->Length / sizeof(WCHAR);
    if (units < length || units > 900 || memcmp(attr->ObjectName->Buffer + units - length, link_name, length * 2)
        || (units > length && attr->ObjectName->Buffer[units - length - 1] != '\\')) return FALSE;
    memcpy(buffer, attr->ObjectName->Buffer, units * sizeof(WCHAR));
    wcscpy(buffer + units - length, itself ? link_name : L"TARGET");
    if (itself) wcscat(buffer + units - length, L"~");
    RtlInitUnicodeString(name, buffer);
    *other = *attr;
    other->ObjectName = name;
    return TRUE;
}

static NTSTATUS WINAPI later_query_name(const OBJECT_ATTRIBUTES *attr, void *info)
{
    OBJECT_ATTRIBUTES other;
    UNICODE_STRING name;
    WCHAR buffer[1024];
    NTSTATUS status;

    if (!lead(attr, TRUE, &other, &name, buffer)) return query_name(attr, info);
    if (!(status = query_name(&other, info))) show(info);
    return status;
}

static NTSTATUS WINAPI later_query_file(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class)
{
    NTSTATUS status = query_file(file, io, info, length, class);

    if (!status && class == NETWORK_OPEN && file == with_data) show(info);
    return status;
}

static NTSTATUS WINAPI later_create(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                                    LARGE_INTEGER *size, ULONG attributes, ULONG sharing, ULONG disposition,
                                    ULONG options, void *ea, ULONG ea_length)
{
    BOOL itself = (options & OPEN_ITSELF) != 0;
    OBJECT_ATTRIBUTES other;
    UNICODE_STRING name;
    WCHAR buffer[1024];
    NTSTATUS status;
    BOOL is_link = lead(attr, itself, &other, &name, buffer);

    status = create(file, access, is_link ? &other : attr, io, size, attributes, sharing, disposition, options, ea,
                    ea_length);
    if (status) return status;
    if (is_link && itself) with_data = *file;
    else if (*file == with_data) with_data = NULL; /* another one, of the same number */
    return status;
}

static NTSTATUS WINAPI later_open(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                                  ULONG sharing, ULONG options)
{
    BOOL itself = (options & OPEN_ITSELF) != 0;
    OBJECT_ATTRIBUTES other;
    UNICODE_STRING name;
    WCHAR buffer[1024];
    NTSTATUS status;
    BOOL is_link = lead(attr, itself, &other, &name, buffer);

    status = open_file(file, access, is_link ? &other : attr, io, sharing, options);
    if (status) return status;
    if (is_link && itself) with_data = *file;
    else if (*file == with_data) with_data = NULL; /* another one, of the same number */
    return status;
}

static NTSTATUS WINAPI later_control(HANDLE file, HANDLE event, void *apc, void *context, IO_STATUS_BLOCK *io,
                                     ULONG code, void *in, ULONG in_length, void *out, ULONG out_length)
{
    if (code == FSCTL_SET_REPARSE_POINT)
    {
        if (!in || in_length < 8 || in_length > sizeof(data)) return DATA_INVALID;
        memcpy(data, in, in_length);
        data_size = in_length;
        with_data = file;
        return io->Status = 0;
    }
    if (code != FSCTL_GET_REPARSE_POINT)
        return control(file, event, apc, context, io, code, in, in_length, out, out_length);
    if (file != with_data || out_length < data_size) return NOT_A_REPARSE_POINT;
    memcpy(out, data, data_size);
    io->Information = data_size;
    return io->Status = 0;
}

/* ---- under the hooks ---- */

static void put_jump(BYTE *p, const void *target)
{
    static const BYTE jump[6] = { 0xff, 0x25 };

    memcpy(p, jump, sizeof(jump));
    memcpy(p + sizeof(jump), &target, sizeof(target));
}

/* A stub of Wine's: mov r10,rcx; mov eax,number; test byte ptr [address],1: 16 bytes, which work anywhere. */
static BOOL hook(const char *function, const void *later, void *original)
{
    BYTE *code = (BYTE *)(ULONG_PTR)GetProcAddress(GetModuleHandleA("ntdll.dll"), function);
    BYTE *way = VirtualAlloc(NULL, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    DWORD old;

    if (!code || !way || code[0] != 0x4c || code[3] != 0xb8 || code[8] != 0xf6) return FALSE;
    if (!VirtualProtect(code, 32, PAGE_EXECUTE_READWRITE, &old)) return FALSE;
    memcpy(way, code, 16);
    put_jump(way + 16, code + 16);
    memcpy(original, &way, sizeof(way));
    put_jump(code, later);
    return VirtualProtect(code, 31, old, &old);
}

static BOOL begin(void)
{
    return hook("NtQueryFullAttributesFile", later_query_name, &query_name)
        && hook("NtQueryInformationFile", later_query_file, &query_file)
        && hook("NtFsControlFile", later_control, &control) && hook("NtCreateFile", later_create, &create)
        && hook("NtOpenFile", later_open, &open_file) && LoadLibraryA("advapi32.dll");
}

/* ---- what is asked ---- */

static const char *kind(DWORD attributes)
{
    if (attributes == INVALID_FILE_ATTRIBUTES) return "missing";
    if (attributes & FILE_ATTRIBUTE_REPARSE_POINT)
        return attributes & FILE_ATTRIBUTE_ENCRYPTED ? "encrypted link" : "link";
    return attributes & FILE_ATTRIBUTE_ENCRYPTED ? "encrypted" : "plain";
}

static HANDLE open_as(const WCHAR *name, DWORD access, DWORD disposition)
{
    return CreateFileW(name, access, 7, NULL, disposition, FILE_FLAG_BACKUP_SEMANTICS, NULL);
}

/* CreateFile of Wine 8.0 forgets FILE_FLAG_OPEN_REPARSE_POINT. */
static HANDLE open_itself(const WCHAR *name, DWORD access)
{
    NTSTATUS (NTAPI *open)(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *, ULONG, ULONG)
        = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtOpenFile");
    WCHAR nt_name[1024] = L"\\??\\";
    OBJECT_ATTRIBUTES attr;
    UNICODE_STRING string;
    IO_STATUS_BLOCK io;
    HANDLE file;

    RtlInitUnicodeString(&string, wcscat(nt_name, name));
    InitializeObjectAttributes(&attr, &string, 0, NULL, NULL);
    return open(&file, access | SYNCHRONIZE, &attr, &io, 7, OPEN_ITSELF | FILE_SYNCHRONOUS_IO_NONALERT) ? NULL : file;
}

static DWORD by_handle(HANDLE file)
{
    BYTE info[0x38] = { 0 };
    IO_STATUS_BLOCK io;
    DWORD attributes;

    if (NtQueryInformationFile(file, &io, info, sizeof(info), (FILE_INFORMATION_CLASS)NETWORK_OPEN))
        return INVALID_FILE_ATTRIBUTES;
    CloseHandle(file);
    memcpy(&attributes, info + ATTRIBUTES, sizeof(attributes));
    return attributes;
}

static int show_attributes(const WCHAR *name)
{
    printf("by name: %s\n", kind(GetFileAttributesW(name)));
    printf("by handle: %s\n", kind(by_handle(open_itself(name, FILE_READ_ATTRIBUTES))));
    printf("through it: %s\n", kind(by_handle(open_as(name, FILE_READ_ATTRIBUTES, OPEN_EXISTING))));
    return 0;
}

static int backup(const WCHAR *name, const WCHAR *stream)
{
    static const BYTE link[] = { 0x0c, 0, 0, 0xa0, 24, 0, 0, 0, 0, 0, 6, 0, 6, 0, 6, 0, 1, 0, 0, 0,
                                 'A', 0, 'B', 0, 'C', 0, 'A', 0, 'B', 0, 'C', 0 };
    HANDLE from = open_itself(name, GENERIC_READ);
    HANDLE to = open_as(stream, GENERIC_WRITE, CREATE_ALWAYS);
    void *context = NULL;
    BYTE buffer[4096];
    DWORD got, done;

    memcpy(data, link, sizeof(link));
    data_size = sizeof(link);
    with_data = from;
    do
        if (!BackupRead(from, buffer, sizeof(buffer), &got, FALSE, FALSE, &context)
            || !WriteFile(to, buffer, got, &done, NULL)) return (int)GetLastError();
    while (got);
    BackupRead(from, NULL, 0, &got, TRUE, FALSE, &context);
    return 0;
}

static int restore(const WCHAR *stream, const WCHAR *name)
{
    HANDLE from = open_as(stream, GENERIC_READ, OPEN_EXISTING);
    HANDLE to = open_as(name, GENERIC_READ | GENERIC_WRITE, CREATE_NEW);
    void *context = NULL;
    BYTE buffer[4096];
    DWORD got, done;
    ULONG i;

    while (ReadFile(from, buffer, sizeof(buffer), &got, NULL) && got)
        if (!BackupWrite(to, buffer, got, &done, FALSE, FALSE, &context))
        {
            printf("error %lu\n", GetLastError());
            return 0;
        }
    BackupWrite(to, NULL, 0, &done, TRUE, FALSE, &context);
    for (i = 0; i < data_size; i++) printf("%02x", data[i]);
    printf("\n");
    return 0;
}

int wmain(int argc, WCHAR **argv)
{
    if (argc < 3) return 2;
    if (!wcscmp(argv[1], L"restore-now")) return restore(argv[2], argv[3]);
    if (!begin()) return 3;
    if (!wcscmp(argv[1], L"restore")) return restore(argv[2], argv[3]);
    if (wcscmp(argv[1], L"moved")) link_name = wcsrchr(argv[2], '\\') + 1;
    if (!wcscmp(argv[1], L"attributes")) return show_attributes(argv[2]);
    if (!wcscmp(argv[1], L"backup")) return backup(argv[2], argv[3]);
    /* A Wine that makes reparse points knows by itself whether a name is taken. */
    if (!wcscmp(argv[1], L"moved")) return MoveFileExW(argv[2], argv[3], 0) ? 0 : (int)GetLastError();
    return 2;
}
