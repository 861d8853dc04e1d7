/*
 * Sets and shows security descriptors, in the language of SDDL (owner, group, DACL).
 *
 *   security set FILE SDDL       what the text has
 *   security get FILE            prints it
 *   security file FILE SDDL      makes it with that descriptor
 *   security dir DIR SDDL
 *   security attributes FILE NUMBER
 *   security refused FILE SDDL   by a handle without the right: prints the error of setting and of asking
 *
 * Several of them, one after the other, with "--" between them. Exit status 1, and a line on standard error: the
 * function that failed, and its error.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define _WIN32_WINNT 0x0601
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <sddl.h>

#define ALL (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION)

static int fail(const char *what)
{
    fprintf(stderr, "%s: error %lu\n", what, GetLastError());
    return 1;
}

static PSECURITY_DESCRIPTOR parse(const WCHAR *text)
{
    PSECURITY_DESCRIPTOR descriptor;

    if (ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &descriptor, NULL))
        return descriptor;
    exit(fail("SDDL"));
}

static SECURITY_INFORMATION parts_of(const WCHAR *text)
{
    return (wcsstr(text, L"O:") ? OWNER_SECURITY_INFORMATION : 0) | (wcsstr(text, L"G:") ? GROUP_SECURITY_INFORMATION
        : 0) | (wcsstr(text, L"D:") ? DACL_SECURITY_INFORMATION : 0);
}

static int set(const WCHAR *name, const WCHAR *text)
{
    return SetFileSecurityW(name, parts_of(text), parse(text)) ? 0 : fail("SetFileSecurity");
}

static int get(const WCHAR *name)
{
    BYTE buffer[65536];
    DWORD needed;
    WCHAR *text;

    if (!GetFileSecurityW(name, ALL, buffer, sizeof(buffer), &needed)) return fail("GetFileSecurity");
    if (!ConvertSecurityDescriptorToStringSecurityDescriptorW(buffer, SDDL_REVISION_1, ALL, &text, NULL))
        return fail("text");
    printf("%ls\n", text);
    return 0;
}

static int make(const WCHAR *name, const WCHAR *text, BOOL directory)
{
    SECURITY_ATTRIBUTES attributes = { sizeof(attributes), parse(text), FALSE };
    HANDLE file;

    if (directory) return CreateDirectoryW(name, &attributes) ? 0 : fail("CreateDirectory");
    file = CreateFileW(name, GENERIC_WRITE, 0, &attributes, CREATE_NEW, 0, NULL);
    return file != INVALID_HANDLE_VALUE && CloseHandle(file) ? 0 : fail("CreateFile");
}

static int refused(const WCHAR *name, const WCHAR *text)
{
    HANDLE file = CreateFileW(name, FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0,
                              NULL);
    BYTE buffer[1024];
    DWORD needed, error;

    if (file == INVALID_HANDLE_VALUE) return fail("CreateFile");
    error = SetKernelObjectSecurity(file, parts_of(text), parse(text)) ? 0 : GetLastError();
    printf("set %lu, ", error);
    error = GetKernelObjectSecurity(file, ALL, buffer, sizeof(buffer), &needed) ? 0 : GetLastError();
    printf("get %lu\n", error);
    return 0;
}

static int run(int argc, WCHAR **argv)
{
    if (argc == 3 && !wcscmp(argv[1], L"get")) return get(argv[2]);
    if (argc != 4) return 2;
    if (!wcscmp(argv[1], L"set")) return set(argv[2], argv[3]);
    if (!wcscmp(argv[1], L"file")) return make(argv[2], argv[3], FALSE);
    if (!wcscmp(argv[1], L"dir")) return make(argv[2], argv[3], TRUE);
    if (!wcscmp(argv[1], L"refused")) return refused(argv[2], argv[3]);
    if (!wcscmp(argv[1], L"attributes"))
        return SetFileAttributesW(argv[2], (DWORD)_wtoi(argv[3])) ? 0 : fail("SetFileAttributes");
    return 2;
}

int wmain(int argc, WCHAR **argv)
{
    int i, status = 0;

    while (!status && argc > 1)
    {
        for (i = 1; i < argc && wcscmp(argv[i], L"--"); i++);
        status = run(i, argv);
        argc -= i;
        argv += i;
    }
    return status;
}
