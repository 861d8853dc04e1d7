/*
 * Volumes that are open as devices.
 *
 * GetVolumeInformation opens \??\C: and asks that. Such a handle is to an object of Wine's mount manager, behind
 * which there is no file of the host; the drive that has the same object leads to the root directory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "volume.h"

#include "hooks.h"
#include "wine/unixcall.h"

#define OBJECT_NAME 1 /* ObjectNameInformation: a UNICODE_STRING, and its characters behind it */
#define NAME_UNITS  260

#define SYMBOLIC_LINK_QUERY 1

/* mingw-w64's headers lack them */
NTSTATUS WINAPI NtOpenSymbolicLinkObject(HANDLE *link, ACCESS_MASK access, const OBJECT_ATTRIBUTES *attr);
NTSTATUS WINAPI NtQuerySymbolicLinkObject(HANDLE link, UNICODE_STRING *target, ULONG *length);

static BOOL is_same(const WCHAR *a, const WCHAR *b)
{
    while (*a && *a == *b)
    {
        a++;
        b++;
    }
    return *a == *b;
}

/* What the drive's name stands for, as a terminated string; FALSE if there is no such drive. */
static BOOL get_drive_target(WCHAR letter, WCHAR *target)
{
    WCHAR path[] = L"\\??\\A:";
    UNICODE_STRING name = { sizeof(path) - sizeof(WCHAR), sizeof(path), path };
    UNICODE_STRING result = { 0, (NAME_UNITS - 1) * sizeof(WCHAR), target };
    OBJECT_ATTRIBUTES attr = { 0 };
    NTSTATUS status;
    HANDLE link;

    path[4] = letter;
    attr.Length = sizeof(attr);
    attr.ObjectName = &name;
    attr.Attributes = OBJ_CASE_INSENSITIVE;
    if (NtOpenSymbolicLinkObject(&link, SYMBOLIC_LINK_QUERY, &attr)) return FALSE;
    status = NtQuerySymbolicLinkObject(link, &result, NULL);
    NtClose(link);
    if (status) return FALSE;
    target[result.Length / sizeof(WCHAR)] = 0;
    return TRUE;
}

int volume_open_root(HANDLE device)
{
    union { UNICODE_STRING string; BYTE bytes[sizeof(UNICODE_STRING) + (NAME_UNITS + 1) * sizeof(WCHAR)]; } name;
    WCHAR letter, target[NAME_UNITS];
    HANDLE dir = NULL;
    int fd = -1;

    if (NtQueryObject(device, OBJECT_NAME, &name, sizeof(name) - sizeof(WCHAR), NULL) || !name.string.Buffer) return -1;
    name.string.Buffer[name.string.Length / sizeof(WCHAR)] = 0;
    for (letter = 'A'; letter <= 'Z' && !dir; letter++)
        if (get_drive_target(letter, target) && is_same(target, name.string.Buffer)) dir = hooks_open_drive(letter);
    if (!dir) return -1;
    if (unixcall_get_fd(dir, 0, &fd)) fd = -1;
    NtClose(dir);
    return fd;
}
