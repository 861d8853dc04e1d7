/*
 * The file within an encrypted directory that holds the directory's own streams: Windows programs don't see it.
 *
 * Only a name of its form is looked at on the host, where the directory's mark says whether it is the one
 * (docs/representation.md).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "within.h"

#include "view.h"
#include "wine/native.h"
#include "wine/unixcall.h"

#define NAME_UNITS 31 /* .efs-directory- and 16 hexadecimal digits */

/* Are the first `units` of a name like those of such a file? Wine finds names in any case. */
static BOOL begins_alike(const WCHAR *name, ULONG units)
{
    static const WCHAR prefix[] = L".efs-directory-";
    ULONG i;

    for (i = 0; i < units; i++)
    {
        WCHAR c = name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i];

        if (i < ARRAYSIZE(prefix) - 1 ? c != prefix[i] : (c < '0' || c > '9') && (c < 'a' || c > 'f')) return FALSE;
    }
    return TRUE;
}

static BOOL ask(int fd, const WCHAR *name, ULONG units)
{
    struct within_params params = { 0 };

    params.fd = fd;
    params.name = (UINT_PTR)name;
    params.name_units = units;
    unixcall_within(&params);
    return params.own != 0;
}

BOOL within_is_entry(HANDLE dir, const BYTE *bytes, ULONG length, ULONG_PTR known)
{
    WCHAR name[NAME_UNITS];
    int fd;

    if (length != sizeof(name)) return FALSE;
    memcpy(name, bytes, min(known, length));
    if (!begins_alike(name, (ULONG)(min(known, length) / sizeof(WCHAR))) || unixcall_get_fd(dir, 0, &fd)) return FALSE;
    return ask(fd, name, (ULONG)(min(known, length) / sizeof(WCHAR)));
}

/* Is the name's last component like that of such a file? */
static BOOL ends_alike(const UNICODE_STRING *name)
{
    ULONG units = name->Length / sizeof(WCHAR);

    if (!name->Buffer) return FALSE;
    while (units && name->Buffer[units - 1] == '\\') units--;
    if (units < NAME_UNITS || name->Buffer[units - NAME_UNITS] != '.') return FALSE;
    if (units > NAME_UNITS && name->Buffer[units - NAME_UNITS - 1] != '\\') return FALSE;
    return begins_alike(name->Buffer + units - NAME_UNITS, NAME_UNITS);
}

BOOL within_is_named(const OBJECT_ATTRIBUTES *attr)
{
    BOOL own = FALSE;
    HANDLE file;
    int fd;

    if (!attr || !attr->ObjectName || !ends_alike(attr->ObjectName)) return FALSE;
    if (!unixcall_is_available() || !(file = view_open(attr, FILE_OPEN_FOR_BACKUP_INTENT))) return FALSE;
    if (!unixcall_get_fd(file, 0, &fd)) own = ask(fd, NULL, 0);
    NtClose(file);
    return own;
}

NTSTATUS within_check_open(const OBJECT_ATTRIBUTES *attr, ULONG disposition)
{
    if (!within_is_named(attr)) return STATUS_SUCCESS;
    if (disposition == FILE_OPEN || disposition == FILE_OVERWRITE) return STATUS_OBJECT_NAME_NOT_FOUND;
    /* The file isn't seen, and yet its name is taken. */
    return disposition == FILE_CREATE ? STATUS_OBJECT_NAME_COLLISION : STATUS_ACCESS_DENIED;
}

BOOL within_is_replaced(const BYTE *info, ULONG length, ULONG class)
{
    OBJECT_ATTRIBUTES attr;
    UNICODE_STRING name;

    if (class != CLASS_RENAME && class != CLASS_RENAME_EX && class != CLASS_LINK && class != CLASS_LINK_EX)
        return FALSE;
    return native_read_target(info, length, &attr, &name) && within_is_named(&attr);
}
