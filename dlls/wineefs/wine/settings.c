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

/* Is the value a string, and this one? */
static BOOL is_set(const WCHAR *value, const WCHAR *text)
{
    static WCHAR key_name[] = L"Software\\Wine\\EFS";
    UNICODE_STRING name = { sizeof(key_name) - sizeof(WCHAR), sizeof(key_name), key_name }, value_name, wanted;
    OBJECT_ATTRIBUTES attr = { 0 };
    BYTE info[PARTIAL_DATA + 64];
    HANDLE user, key;
    BOOL set = FALSE;
    ULONG length, size;

    if (RtlOpenCurrentUser(KEY_READ, &user)) return FALSE;
    RtlInitUnicodeString(&value_name, value);
    RtlInitUnicodeString(&wanted, text);
    attr.Length = sizeof(attr);
    attr.RootDirectory = user;
    attr.ObjectName = &name;
    attr.Attributes = OBJ_CASE_INSENSITIVE;
    if (!NtOpenKey(&key, KEY_READ, &attr))
    {
        if (!NtQueryValueKey(key, &value_name, PARTIAL_CLASS, info, sizeof(info), &length)
            && get_ulong(info + PARTIAL_TYPE) == REG_SZ)
        {
            size = get_ulong(info + PARTIAL_DATA_LENGTH); /* The length may count a terminating zero, or not. */
            set = (size == wanted.Length || size == wanted.Length + sizeof(WCHAR))
                && RtlCompareMemory(info + PARTIAL_DATA, text, size) == size;
        }
        NtClose(key);
    }
    NtClose(user);
    return set;
}

BOOL settings_guard(void)
{
    return !is_set(L"Guard", L"off");
}

BOOL settings_holes(void)
{
    return is_set(L"Holes", L"blocks");
}

BOOL settings_exact(void)
{
    return is_set(L"Security", L"exact");
}
