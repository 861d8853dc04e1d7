/*
 * What a user may set in the registry, read through ntdll: its functions can be called from any hook.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "settings.h"

#include "nt.h"

NTSTATUS WINAPI RtlOpenCurrentUser(ACCESS_MASK access, HANDLE *key); /* mingw-w64's headers lack it */

/* KEY_VALUE_PARTIAL_INFORMATION: TitleIndex, Type, DataLength, Data */
#define PARTIAL_CLASS       2
#define PARTIAL_TYPE        4
#define PARTIAL_DATA_LENGTH 8
#define PARTIAL_DATA        12

BOOL settings_guard(void)
{
    static WCHAR key_name[] = L"Software\\Wine\\EFS", value_name[] = L"Guard";
    static const WCHAR off[] = L"off";
    UNICODE_STRING name = { sizeof(key_name) - sizeof(WCHAR), sizeof(key_name), key_name };
    UNICODE_STRING value = { sizeof(value_name) - sizeof(WCHAR), sizeof(value_name), value_name };
    OBJECT_ATTRIBUTES attr = { 0 };
    BYTE info[PARTIAL_DATA + 64];
    HANDLE user, key;
    BOOL guard = TRUE;
    ULONG length, size;

    if (RtlOpenCurrentUser(KEY_READ, &user)) return TRUE;
    attr.Length = sizeof(attr);
    attr.RootDirectory = user;
    attr.ObjectName = &name;
    attr.Attributes = OBJ_CASE_INSENSITIVE;
    if (!NtOpenKey(&key, KEY_READ, &attr))
    {
        if (!NtQueryValueKey(key, &value, PARTIAL_CLASS, info, sizeof(info), &length) && get_ulong(info + PARTIAL_TYPE) == REG_SZ)
        {
            size = get_ulong(info + PARTIAL_DATA_LENGTH); /* with or without the terminating zero */
            if ((size == sizeof(off) || size == sizeof(off) - sizeof(WCHAR)) && RtlCompareMemory(info + PARTIAL_DATA, off, size) == size) guard = FALSE;
        }
        NtClose(key);
    }
    NtClose(user);
    return guard;
}
