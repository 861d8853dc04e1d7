/*
 * ntdll for the tests: where the classes have what, names, and functions that not every system has.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs_test.h"
#include "nt_test.h"

NTSTATUS (NTAPI *query_information_by_name)(OBJECT_ATTRIBUTES *attr, IO_STATUS_BLOCK *io, void *info, ULONG length,
                                            ULONG class);
NTSTATUS (NTAPI *query_directory_ex)(HANDLE dir, HANDLE event, void *apc, void *apc_context, IO_STATUS_BLOCK *io,
                                     void *info, ULONG length, ULONG class, ULONG flags, UNICODE_STRING *mask);

const struct nt_class nt_file_classes[] =
{
    { "FileBasicInformation", NT_BASIC, 0x20, NONE, NONE },
    { "FileStandardInformation", NT_STANDARD, NONE, 0x08, NONE },
    { "FileAllInformation", NT_ALL, 0x20, 0x30, NONE },
    { "FileEndOfFileInformation", NT_END_OF_FILE, NONE, 0x00, NONE },
    { "FileNetworkOpenInformation", NT_NETWORK_OPEN, 0x30, 0x28, NONE },
    { "FileAttributeTagInformation", NT_ATTRIBUTE_TAG, 0x00, NONE, NONE },
    { "FileStatInformation", NT_STAT, 0x38, 0x30, NONE },
    { "FileStatLxInformation", NT_STAT_LX, 0x38, 0x30, NONE },
    { 0 }
};

const struct nt_class nt_directory_classes[] =
{
    { "FileDirectoryInformation", NT_DIRECTORY, 0x38, 0x28, 0x40 },
    { "FileFullDirectoryInformation", NT_FULL_DIRECTORY, 0x38, 0x28, 0x44 },
    { "FileBothDirectoryInformation", NT_BOTH_DIRECTORY, 0x38, 0x28, 0x5e },
    { "FileIdBothDirectoryInformation", NT_ID_BOTH_DIRECTORY, 0x38, 0x28, 0x68 },
    { "FileIdFullDirectoryInformation", NT_ID_FULL_DIRECTORY, 0x38, 0x28, 0x50 },
    { "FileIdGlobalTxDirectoryInformation", NT_ID_GLOBAL_TX_DIRECTORY, 0x38, 0x28, 0x5c },
    { "FileIdExtdDirectoryInformation", NT_ID_EXTD_DIRECTORY, 0x38, 0x28, 0x58 },
    { "FileIdExtdBothDirectoryInformation", NT_ID_EXTD_BOTH_DIRECTORY, 0x38, 0x28, 0x72 },
    { 0 }
};

void load_nt(void)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    FARPROC proc;

    proc = GetProcAddress(ntdll, "NtQueryInformationByName");
    memcpy(&query_information_by_name, &proc, sizeof(proc));
    proc = GetProcAddress(ntdll, "NtQueryDirectoryFileEx");
    memcpy(&query_directory_ex, &proc, sizeof(proc));
}

void init_nt_name(struct nt_name *name, const WCHAR *path)
{
    memset(name, 0, sizeof(*name));
    name->allocated = RtlDosPathNameToNtPathName_U(path, &name->string, NULL, NULL);
    ok(name->allocated, "%s is no path\n", wine_dbgstr_w(path));
    name->attr.Length = sizeof(name->attr);
    name->attr.ObjectName = &name->string;
    name->attr.Attributes = OBJ_CASE_INSENSITIVE;
}

void init_nt_name_at(struct nt_name *name, HANDLE root, const WCHAR *relative)
{
    memset(name, 0, sizeof(*name));
    RtlInitUnicodeString(&name->string, relative);
    name->attr.Length = sizeof(name->attr);
    name->attr.RootDirectory = root;
    name->attr.ObjectName = &name->string;
    name->attr.Attributes = OBJ_CASE_INSENSITIVE;
}

void free_nt_name(struct nt_name *name)
{
    if (name->allocated) RtlFreeUnicodeString(&name->string);
}

HANDLE nt_open(const WCHAR *path, ACCESS_MASK access, ULONG options, NTSTATUS *status)
{
    struct nt_name name;
    IO_STATUS_BLOCK io;
    HANDLE file = NULL;

    init_nt_name(&name, path);
    *status = NtOpenFile(&file, access, &name.attr, &io, SHARE_ALL, options);
    free_nt_name(&name);
    return *status ? NULL : file;
}
