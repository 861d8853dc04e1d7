/*
 * What the hooks stand on: the ways to ntdll's own functions, whether data is guarded, and what waits for kernel32.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "originals.h"

#include "wine/native.h"
#include "wine/settings.h"

struct nt_originals nt_original;

/* LDR_DATA_TABLE_ENTRY.Flags, and its bit that the loader sets when the DLL's own initialisation has succeeded */
#ifdef _WIN64
#define ENTRY_FLAGS 0x68
#else
#define ENTRY_FLAGS 0x34
#endif
#define FLAG_ATTACHED 0x00080000

NTSTATUS WINAPI LdrFindEntryForAddress(const void *address, const BYTE **entry); /* mingw-w64's headers lack it */

static BOOL installed;
static const BYTE *kernel32; /* the loader's entry for it, which lives as long as the process */
static void (*put_off)(void);

LONG hooks_pending;

NTSTATUS hooks_open_file(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, ULONG sharing, ULONG options)
{
    nt_open_file_fn open_file = nt_original.open_file ? nt_original.open_file : (nt_open_file_fn)NtOpenFile;
    IO_STATUS_BLOCK io;

    return open_file(file, access, attr, &io, sharing, options);
}

HANDLE hooks_open_drive(WCHAR letter)
{
    WCHAR path[] = L"\\??\\A:\\";
    UNICODE_STRING name = { sizeof(path) - sizeof(WCHAR), sizeof(path), path };
    OBJECT_ATTRIBUTES attr = { 0 };
    HANDLE dir;

    path[4] = letter;
    attr.Length = sizeof(attr);
    attr.ObjectName = &name;
    attr.Attributes = OBJ_CASE_INSENSITIVE;
    return hooks_open_file(&dir, FILE_READ_ATTRIBUTES | SYNCHRONIZE, &attr, SHARE_ALL,
                           FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT) ? NULL : dir;
}

NTSTATUS hooks_create_file(HANDLE *file, ACCESS_MASK access, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io,
                           ULONG attributes, ULONG sharing, ULONG disposition, ULONG options)
{
    nt_create_file_fn create = nt_original.create_file ? nt_original.create_file : (nt_create_file_fn)NtCreateFile;

    return create(file, access, attr, io, NULL, attributes, sharing, disposition, options, NULL, 0);
}

/* Wine doesn't delete a read-only file. */
static void remove_made(OBJECT_ATTRIBUTES *attr)
{
    BYTE DECLSPEC_ALIGN(8) basic[BASIC_SIZE] = { 0 };
    IO_STATUS_BLOCK io;
    HANDLE file;

    if (!NtDeleteFile(attr)) return;
    if (hooks_open_file(&file, FILE_WRITE_ATTRIBUTES | SYNCHRONIZE, attr, SHARE_ALL, FILE_SYNCHRONOUS_IO_NONALERT))
        return;
    put_ulong(basic + BASIC_ATTRIBUTES, FILE_ATTRIBUTE_NORMAL);
    NtSetInformationFile(file, &io, basic, sizeof(basic), (FILE_INFORMATION_CLASS)CLASS_BASIC);
    NtClose(file);
    NtDeleteFile(attr);
}

NTSTATUS hooks_take_back(HANDLE *file, OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io, NTSTATUS status)
{
    NtClose(*file);
    *file = NULL;
    if (io->Information == IO_CREATED) remove_made(attr);
    io->Information = 0;
    return io->Status = status;
}

NTSTATUS hooks_query_security(HANDLE file, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor,
                              ULONG length, ULONG *needed)
{
    nt_query_security_fn query = nt_original.query_security ? nt_original.query_security : NtQuerySecurityObject;

    return query(file, information, descriptor, length, needed);
}

NTSTATUS hooks_set_security(HANDLE file, SECURITY_INFORMATION information, PSECURITY_DESCRIPTOR descriptor)
{
    nt_set_security_fn set = nt_original.set_security ? nt_original.set_security : NtSetSecurityObject;

    return set(file, information, descriptor);
}

/* *state: 0: not asked for yet, else 1 + the answer */
static BOOL ask_once(LONG *state, BOOL (*ask)(void))
{
    if (!installed) return FALSE;
    /* Threads that come here at the same time all read the same answer. */
    if (!*state) InterlockedExchange(state, 1 + ask());
    return *state - 1;
}

BOOL hooks_guard(void)
{
    static LONG state;

    return ask_once(&state, settings_guard);
}

BOOL hooks_exact(void)
{
    static LONG state;

    return ask_once(&state, settings_exact);
}

void originals_stand(void)
{
    installed = TRUE;
}

void hooks_finish(void)
{
    if (kernel32 && !(get_ulong(kernel32 + ENTRY_FLAGS) & FLAG_ATTACHED)) return;
    if (InterlockedExchange(&hooks_pending, FALSE)) put_off();
}

void originals_put_off(void (*finish)(void))
{
    if (LdrFindEntryForAddress(native_find_module(L"kernel32.dll"), &kernel32)) kernel32 = NULL;
    put_off = finish;
    hooks_pending = TRUE;
    hooks_finish();
}
