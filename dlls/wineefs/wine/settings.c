/*
 * What a user may set in the registry, read through ntdll: its functions can be called from any hook.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "settings.h"

#include "base/text.h"
#include "nt.h"

NTSTATUS WINAPI RtlOpenCurrentUser(ACCESS_MASK access, HANDLE *key); /* mingw-w64's headers lack it */

/* KEY_VALUE_PARTIAL_INFORMATION: TitleIndex, Type, DataLength, Data */
#define PARTIAL_CLASS       2
#define PARTIAL_TYPE        4
#define PARTIAL_DATA_LENGTH 8
#define PARTIAL_DATA        12

/* The bytes of a string's value, at most `capacity`; FALSE: there's no such string. */
static BOOL read_string(const WCHAR *value, BYTE *info, ULONG capacity, ULONG *size)
{
    static WCHAR key_name[] = L"Software\\Wine\\EFS";
    UNICODE_STRING name = { sizeof(key_name) - sizeof(WCHAR), sizeof(key_name), key_name }, value_name;
    OBJECT_ATTRIBUTES attr = { 0 };
    BOOL found = FALSE;
    HANDLE user, key;
    ULONG length;

    if (RtlOpenCurrentUser(KEY_READ, &user)) return FALSE;
    RtlInitUnicodeString(&value_name, value);
    attr.Length = sizeof(attr);
    attr.RootDirectory = user;
    attr.ObjectName = &name;
    attr.Attributes = OBJ_CASE_INSENSITIVE;
    if (!NtOpenKey(&key, KEY_READ, &attr))
    {
        found = !NtQueryValueKey(key, &value_name, PARTIAL_CLASS, info, capacity, &length)
            && get_ulong(info + PARTIAL_TYPE) == REG_SZ;
        if (found) *size = get_ulong(info + PARTIAL_DATA_LENGTH);
        NtClose(key);
    }
    NtClose(user);
    return found;
}

/* Is the value a string, and this one? */
static BOOL is_set(const WCHAR *value, const WCHAR *text)
{
    BYTE info[PARTIAL_DATA + 64];
    UNICODE_STRING wanted;
    ULONG size;

    RtlInitUnicodeString(&wanted, text);
    if (!read_string(value, info, sizeof(info), &size)) return FALSE;
    /* The length may count a terminating zero, or not. */
    return (size == wanted.Length || size == wanted.Length + sizeof(WCHAR))
        && RtlCompareMemory(info + PARTIAL_DATA, text, size) == size;
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

enum efs_snapshot_choice settings_vss(void)
{
    if (is_set(L"VSS", L"off")) return EFS_SNAPSHOT_OFF;
    return is_set(L"VSS", L"live") ? EFS_SNAPSHOT_ONLY_LIVE : EFS_SNAPSHOT_AUTO;
}

BOOL settings_snapshot_command(char command[EFS_SNAPSHOT_COMMAND_SIZE])
{
    BYTE info[PARTIAL_DATA + EFS_SNAPSHOT_COMMAND_SIZE * sizeof(WCHAR)];
    ULONG size;

    if (!read_string(L"SnapshotCommand", info, sizeof(info), &size)) return FALSE;
    size /= sizeof(WCHAR);
    while (size && !info[PARTIAL_DATA + 2 * size - 2] && !info[PARTIAL_DATA + 2 * size - 1]) size--;
    return size && utf16_to_utf8(info + PARTIAL_DATA, size, command, EFS_SNAPSHOT_COMMAND_SIZE);
}
