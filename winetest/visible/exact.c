/*
 * Security descriptors of files: what NtSetSecurityObject sets, NtQuerySecurityObject gives. On Wine with the setting
 * Security=exact, in a child of this program.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>

#include "helpers/efs_test.h"
#include "helpers/nt_test.h"

#include <aclapi.h>
#include <sddl.h>

#define EFS_KEY L"Software\\Wine\\EFS"
#define ALL (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION)

#define ALICE L"S-1-5-21-1-2-3-1105"
#define STAFF L"S-1-5-21-1-2-3-1201"
/* somebody is denied, one may everything, others read, and what children inherit keeps its generic right */
#define LIST L"D:P(D;;DC;;;S-1-5-21-1-2-3-1106)(A;;FA;;;" ALICE L")(A;OICIIO;GA;;;CO)(A;;FR;;;WD)"

#ifndef __WINESRC__ /* Wine's winternl.h has them */
NTSTATUS NTAPI NtQuerySecurityObject(HANDLE file, SECURITY_INFORMATION parts, PSECURITY_DESCRIPTOR descriptor,
                                     ULONG length, ULONG *needed);
NTSTATUS NTAPI NtSetSecurityObject(HANDLE file, SECURITY_INFORMATION parts, PSECURITY_DESCRIPTOR descriptor);
#endif

#define NT_BUFFER_TOO_SMALL ((NTSTATUS)0xc0000023)
#define NT_UNKNOWN_REVISION ((NTSTATUS)0xc0000058)

static PSECURITY_DESCRIPTOR parse(const WCHAR *text)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;

    check_call(ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &descriptor, NULL));
    return descriptor;
}

static HANDLE open_for(const WCHAR *path, DWORD access)
{
    HANDLE file = CreateFileW(path, access, SHARE_ALL, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);

    ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    return file;
}

static void set_text(HANDLE file, SECURITY_INFORMATION parts, const WCHAR *text, NTSTATUS expected)
{
    PSECURITY_DESCRIPTOR descriptor = parse(text);
    NTSTATUS status = NtSetSecurityObject(file, parts, descriptor);

    ok(status == expected, "%s: got %#lx, expected %#lx\n", wine_dbgstr_w(text), status, expected);
    LocalFree(descriptor);
}

static void check_text(HANDLE file, SECURITY_INFORMATION parts, const WCHAR *expected)
{
    BYTE buffer[4096];
    NTSTATUS status;
    WCHAR *text;
    ULONG needed;

    status = NtQuerySecurityObject(file, parts, buffer, sizeof(buffer), &needed);
    ok(!status, "got %#lx\n", status);
    if (status) return;
    check_call(ConvertSecurityDescriptorToStringSecurityDescriptorW(buffer, SDDL_REVISION_1, parts, &text, NULL));
    ok(!lstrcmpW(text, expected), "got %s, expected %s\n", wine_dbgstr_w(text), wine_dbgstr_w(expected));
    LocalFree(text);
}

static void test_parts(const WCHAR *path)
{
    HANDLE file = open_for(path, READ_CONTROL | WRITE_DAC | WRITE_OWNER), other;
    PSECURITY_DESCRIPTOR named;
    ACL *acl = NULL;
    DWORD err;

    set_text(file, DACL_SECURITY_INFORMATION, LIST, NT_SUCCESS_);
    check_text(file, DACL_SECURITY_INFORMATION, LIST);
    /* by handles that can't ask for the parts that aren't set */
    other = open_for(path, WRITE_OWNER);
    set_text(other, OWNER_SECURITY_INFORMATION, L"O:" ALICE, NT_SUCCESS_);
    set_text(other, GROUP_SECURITY_INFORMATION, L"G:" STAFF, NT_SUCCESS_);
    CloseHandle(other);
    check_text(file, ALL, L"O:" ALICE L"G:" STAFF LIST);
    check_text(file, OWNER_SECURITY_INFORMATION, L"O:" ALICE);
    check_text(file, GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, L"G:" STAFF LIST);
    set_text(file, DACL_SECURITY_INFORMATION | OWNER_SECURITY_INFORMATION, L"O:" STAFF L"D:(A;;FA;;;WD)", NT_SUCCESS_);
    check_text(file, ALL, L"O:" STAFF L"G:" STAFF L"D:(A;;FA;;;WD)");
    /* generic rights become those of files, but where they are to be inherited */
    set_text(file, DACL_SECURITY_INFORMATION, L"D:(A;;GR;;;WD)(A;OICIIO;GR;;;WD)", NT_SUCCESS_);
    check_text(file, DACL_SECURITY_INFORMATION, L"D:(A;;FR;;;WD)(A;OICIIO;GR;;;WD)");

    err = GetNamedSecurityInfoW((WCHAR *)path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &acl, NULL,
                                &named);
    ok(!err, "got %lu\n", err);
    ok(!err && acl && acl->AceCount == 2, "not the list\n");
    if (!err) LocalFree(named);
    CloseHandle(file);
}

static void test_sizes(const WCHAR *path)
{
    HANDLE file = open_for(path, READ_CONTROL | WRITE_DAC);
    ULONG needed, exact, i;
    NTSTATUS status;
    BYTE *buffer;

    set_text(file, DACL_SECURITY_INFORMATION, LIST, NT_SUCCESS_);
    status = NtQuerySecurityObject(file, DACL_SECURITY_INFORMATION, NULL, 0, &exact);
    ok(status == NT_BUFFER_TOO_SMALL, "got %#lx\n", status);
    for (i = 0; i <= exact; i++)
    {
        buffer = malloc(i + 1);
        buffer[i] = 0xcc;
        needed = 0;
        status = NtQuerySecurityObject(file, DACL_SECURITY_INFORMATION, buffer, i, &needed);
        ok(status == (i < exact ? NT_BUFFER_TOO_SMALL : NT_SUCCESS_), "%lu bytes: got %#lx\n", i, status);
        ok(needed == exact, "%lu bytes: %lu needed, not %lu\n", i, needed, exact);
        ok(buffer[i] == 0xcc, "%lu bytes: written beyond\n", i);
        free(buffer);
    }
    CloseHandle(file);
}

static void test_rights(const WCHAR *path)
{
    HANDLE file = open_for(path, READ_CONTROL | WRITE_DAC | WRITE_OWNER), other;
    SECURITY_DESCRIPTOR descriptor;
    NTSTATUS status;
    ULONG needed;
    BYTE byte;

    set_text(file, ALL, L"O:" ALICE L"G:" STAFF LIST, NT_SUCCESS_);
    other = open_for(path, READ_CONTROL | WRITE_OWNER);
    set_text(other, DACL_SECURITY_INFORMATION, L"D:(A;;FA;;;WD)", NT_ACCESS_DENIED);
    set_text(other, ALL, L"O:" STAFF L"G:" STAFF L"D:(A;;FA;;;WD)", NT_ACCESS_DENIED);
    CloseHandle(other);
    other = open_for(path, WRITE_DAC | GENERIC_WRITE);
    set_text(other, OWNER_SECURITY_INFORMATION, L"O:" STAFF, NT_ACCESS_DENIED);
    set_text(other, GROUP_SECURITY_INFORMATION, L"G:" ALICE, NT_ACCESS_DENIED);
    CloseHandle(other);
    other = open_for(path, WRITE_DAC);
    status = NtQuerySecurityObject(other, DACL_SECURITY_INFORMATION, &byte, 1, &needed);
    ok(status == NT_ACCESS_DENIED, "got %#lx\n", status);
    CloseHandle(other);
    set_text(file, SACL_SECURITY_INFORMATION, L"S:(AU;SAFA;FA;;;WD)", NT_ACCESS_DENIED);

    check_call(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    status = NtSetSecurityObject(file, OWNER_SECURITY_INFORMATION, &descriptor);
    ok(status != NT_SUCCESS_, "no owner was set\n");
    descriptor.Revision = 2;
    status = NtSetSecurityObject(file, DACL_SECURITY_INFORMATION, &descriptor);
    ok(status == NT_UNKNOWN_REVISION, "got %#lx\n", status);
    check_text(file, ALL, L"O:" ALICE L"G:" STAFF LIST);
    CloseHandle(file);
}

static void test_audit(const WCHAR *path)
{
    TOKEN_PRIVILEGES privileges = { .PrivilegeCount = 1, .Privileges[0].Attributes = SE_PRIVILEGE_ENABLED };
    HANDLE file, token;

    check_call(OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token));
    check_call(LookupPrivilegeValueW(NULL, L"SeSecurityPrivilege", &privileges.Privileges[0].Luid));
    AdjustTokenPrivileges(token, FALSE, &privileges, 0, NULL, NULL);
    CloseHandle(token);
    file = CreateFileW(path, READ_CONTROL | WRITE_DAC | WRITE_OWNER | ACCESS_SYSTEM_SECURITY, SHARE_ALL, NULL,
                       OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
    {
        skip("no right to system access lists\n");
        return;
    }
    set_text(file, SACL_SECURITY_INFORMATION, L"S:(AU;SAFA;FA;;;WD)", NT_SUCCESS_);
    check_text(file, SACL_SECURITY_INFORMATION, L"S:(AU;SAFA;FA;;;WD)");
    set_text(file, DACL_SECURITY_INFORMATION, LIST, NT_SUCCESS_);
    check_text(file, DACL_SECURITY_INFORMATION, LIST);
    check_text(file, SACL_SECURITY_INFORMATION, L"S:(AU;SAFA;FA;;;WD)");
    CloseHandle(file);
}

static void test_null_list(const WCHAR *path)
{
    HANDLE file = open_for(path, READ_CONTROL | WRITE_DAC);
    SECURITY_DESCRIPTOR descriptor;
    BOOL present, defaulted;
    BYTE buffer[1024];
    ULONG needed;
    ACL *acl;

    check_call(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    check_call(SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE));
    ok(!NtSetSecurityObject(file, DACL_SECURITY_INFORMATION, &descriptor), "a list that is NULL is refused\n");
    ok(!NtQuerySecurityObject(file, DACL_SECURITY_INFORMATION, buffer, sizeof(buffer), &needed), "no answer\n");
    check_call(GetSecurityDescriptorDacl(buffer, &present, &acl, &defaulted));
    ok(present && !acl, "present %d, list %p\n", present, (void *)acl);
    CloseHandle(file);
}

static void test_created(void)
{
    SECURITY_ATTRIBUTES attributes = { sizeof(attributes), parse(L"O:" ALICE L"G:" STAFF LIST), FALSE };
    SECURITY_ATTRIBUTES others = { sizeof(others), parse(L"D:(A;;FA;;;WD)"), FALSE };
    const WCHAR *path = test_path(L"created"), *dir = test_path(L"dir");
    HANDLE file = CreateFileW(path, GENERIC_WRITE, SHARE_ALL, &attributes, CREATE_NEW, 0, NULL);
    DWORD written;

    ok(file != INVALID_HANDLE_VALUE, "CreateFile failed: %lu\n", GetLastError());
    check_call(WriteFile(file, "text", 4, &written, NULL));
    CloseHandle(file);
    file = open_for(path, READ_CONTROL);
    check_text(file, ALL, L"O:" ALICE L"G:" STAFF LIST);
    CloseHandle(file);
    /* what is there already keeps its own */
    file = CreateFileW(path, READ_CONTROL, SHARE_ALL, &others, OPEN_ALWAYS, 0, NULL);
    check_text(file, ALL, L"O:" ALICE L"G:" STAFF LIST);
    CloseHandle(file);
    check_call(CreateDirectoryW(dir, &attributes));
    file = open_for(dir, READ_CONTROL);
    check_text(file, ALL, L"O:" ALICE L"G:" STAFF LIST);
    CloseHandle(file);
    check_call(RemoveDirectoryW(dir));
    remove_file(path);
    LocalFree(attributes.lpSecurityDescriptor);
    LocalFree(others.lpSecurityDescriptor);
}

/* What has no file is as ever. */
static void test_others(void)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    PSECURITY_DESCRIPTOR list = parse(L"D:(A;;0x1f0003;;;WD)");

    check_call(SetKernelObjectSecurity(event, DACL_SECURITY_INFORMATION, list));
    check_text(event, DACL_SECURITY_INFORMATION, L"D:(A;;0x1f0003;;;WD)");
    CloseHandle(event);
    LocalFree(list);
}

/* READONLY is no matter of descriptors. */
static void test_read_only(const WCHAR *path)
{
    HANDLE file;

    file = open_for(path, READ_CONTROL | WRITE_DAC);
    set_text(file, DACL_SECURITY_INFORMATION, LIST, NT_SUCCESS_);
    check_call(SetFileAttributesW(path, FILE_ATTRIBUTE_READONLY));
    check_text(file, DACL_SECURITY_INFORMATION, LIST);
    set_text(file, DACL_SECURITY_INFORMATION, L"D:(A;;FA;;;WD)", NT_SUCCESS_);
    ok(GetFileAttributesW(path) & FILE_ATTRIBUTE_READONLY, "isn't read-only any more\n");
    check_text(file, DACL_SECURITY_INFORMATION, L"D:(A;;FA;;;WD)");
    check_call(SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL));
    check_text(file, DACL_SECURITY_INFORMATION, L"D:(A;;FA;;;WD)");
    CloseHandle(file);
}

static void run_tests(void)
{
    const WCHAR *path = test_path(L"file");

    make_file(path, "text", 0);
    unseen("documented: NtSetSecurityObject, MS-DTYP; Windows may want a right to make others the owner")
        test_parts(path);
    unseen("documented: NtQuerySecurityObject")
        test_sizes(path);
    unseen("documented: the rights, MS-DTYP; the codes are reasoned")
        test_rights(path);
    unseen("documented: SeSecurityPrivilege")
        test_audit(path);
    unseen("documented: a list that is NULL lets everybody in")
        test_null_list(path);
    unseen("reasoned: READONLY is no matter of descriptors")
        test_read_only(path);
    remove_file(path);
    unseen("documented: SECURITY_ATTRIBUTES; Windows may want a right to make others the owner")
        test_created();
    unseen("reasoned: as a file")
        test_others();
}

/* Wine keeps the rights that the mode of a file on the host can say. */
static bool lists_work(void)
{
    const WCHAR *path = test_path(L"probe");
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    PSECURITY_DESCRIPTOR list = parse(LIST), found = NULL;
    HANDLE file;
    DWORD revision;

    make_file(path, "", 0);
    file = open_for(path, READ_CONTROL | WRITE_DAC);
    NtSetSecurityObject(file, DACL_SECURITY_INFORMATION, list);
    GetSecurityInfo(file, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, NULL, NULL, &found);
    if (found) GetSecurityDescriptorControl(found, &control, &revision);
    LocalFree(found);
    LocalFree(list);
    CloseHandle(file);
    remove_file(path);
    return needs(control & SE_DACL_PROTECTED, "keeping an access list");
}

START_TEST(exact)
{
    STARTUPINFOA startup = { .cb = sizeof(startup) };
    char program[MAX_PATH], command[MAX_PATH + 20];
    PROCESS_INFORMATION process;
    char **argv;
    HKEY key;

    begin_tests("exact");
    if (winetest_get_mainargs(&argv) >= 3) run_tests();
    else if (!GetModuleHandleW(L"wineefs.dll"))
    {
        if (lists_work()) run_tests();
    }
    else
    {
        check_call(!RegCreateKeyExW(HKEY_CURRENT_USER, EFS_KEY, 0, NULL, 0, KEY_WRITE, NULL, &key, NULL));
        check_call(!RegSetValueExW(key, L"Security", 0, REG_SZ, (const BYTE *)L"exact", sizeof(L"exact")));
        GetModuleFileNameA(NULL, program, ARRAY_SIZE(program));
        sprintf(command, "\"%s\" exact child", program);
        check_call(CreateProcessA(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
        winetest_wait_child_process(process.hProcess);
        CloseHandle(process.hThread);
        CloseHandle(process.hProcess);
        check_call(!RegDeleteValueW(key, L"Security"));
        RegCloseKey(key);
    }
    end_tests();
}
