/*
 * Volumes that are open as devices.
 *
 * GetVolumeInformation opens \??\C: and asks that. Such a handle is to an object of Wine's mount manager, behind
 * which there is no file of the host; the drive that has the same object leads to the root directory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "volume.h"

#include "unixcall.h"

#define OBJECT_NAME 1 /* ObjectNameInformation: a UNICODE_STRING, and its characters behind it */
#define NAME_UNITS  260

static BOOL is_same(const WCHAR *a, const WCHAR *b)
{
    while (*a && *a == *b)
    {
        a++;
        b++;
    }
    return *a == *b;
}

int volume_open_root(HANDLE device)
{
    union { UNICODE_STRING string; BYTE bytes[sizeof(UNICODE_STRING) + (NAME_UNITS + 1) * sizeof(WCHAR)]; } name;
    WCHAR drive[] = L"A:", root[] = L"\\\\?\\A:\\", target[NAME_UNITS];
    DWORD error = GetLastError(); /* who calls ntdll finds it as it was */
    HANDLE dir = INVALID_HANDLE_VALUE;
    int fd = -1;

    if (NtQueryObject(device, OBJECT_NAME, &name, sizeof(name) - sizeof(WCHAR), NULL) || !name.string.Buffer) return -1;
    name.string.Buffer[name.string.Length / sizeof(WCHAR)] = 0;
    for (; drive[0] <= 'Z' && dir == INVALID_HANDLE_VALUE; drive[0]++)
    {
        if (!QueryDosDeviceW(drive, target, NAME_UNITS) || !is_same(target, name.string.Buffer)) continue;
        root[4] = drive[0];
        dir = CreateFileW(root, FILE_READ_ATTRIBUTES, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                          FILE_FLAG_BACKUP_SEMANTICS, NULL);
    }
    if (dir != INVALID_HANDLE_VALUE)
    {
        if (unixcall_get_fd(dir, 0, &fd)) fd = -1;
        CloseHandle(dir);
    }
    SetLastError(error);
    return fd;
}
