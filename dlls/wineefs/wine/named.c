/*
 * Which file a name leads to, by the way that Wine takes first: the name as it is, below the drive's link.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "named.h"

#include "unixcall.h"

#ifdef _WIN64

#define DRIVE_UNITS 6 /* of \??\X: */

/* These are opened in another way than by what the name leads to, or need the handle's descriptor in any case. */
#define OTHER_WAYS (FILE_OPEN_BY_FILE_ID | FILE_OPEN_REPARSE_POINT | FILE_DELETE_ON_CLOSE | FILE_DIRECTORY_FILE)

/* Nanoseconds. A folder on the way that is exchanged, and exchanged back within this time, isn't noticed. */
#define SOON 1000000

/* The folder of the drives' links, with its slash: written by one thread, before the length is. */
static char folder[NAMED_PATH_SIZE];
static ULONG folder_length;

/* What Wine says where drive C is: FOLDER/c:/. The folder's length; 0: it is anything else. */
static ULONG find_folder(char path[NAMED_PATH_SIZE])
{
    static const char end[] = "/dosdevices/c:";
    WCHAR drive[] = L"\\??\\C:\\";
    UNICODE_STRING name = { sizeof(drive) - sizeof(WCHAR), sizeof(drive), drive };
    OBJECT_ATTRIBUTES attr = { 0 };
    ULONG length = 0;

    attr.Length = sizeof(attr);
    attr.ObjectName = &name;
    attr.Attributes = OBJ_CASE_INSENSITIVE;
    if (!unixcall_get_nt_path(&attr, path, NAMED_PATH_SIZE)) return 0;
    while (path[length]) length++;
    if (length && path[length - 1] == '/') length--;
    if (length < sizeof(end) - 1 || memcmp(path + length - (sizeof(end) - 1), end, sizeof(end) - 1)) return 0;
    return length - 2;
}

/* 0: it isn't known. Asked once. */
static ULONG learn_folder(void)
{
    static LONG asked;
    char path[NAMED_PATH_SIZE];
    ULONG length;

    /* another thread may be about to write it */
    if (asked || InterlockedExchange(&asked, TRUE)) return 0;
    length = find_folder(path);
    memcpy(folder, path, length);
    __atomic_store_n(&folder_length, length, __ATOMIC_RELEASE);
    return length;
}

static ULONG get_folder(void)
{
    ULONG length = __atomic_load_n(&folder_length, __ATOMIC_ACQUIRE);

    return length ? length : learn_folder();
}

/* Is the component that begins here `.` or `..`? */
static BOOL is_dots(const WCHAR *name, ULONG units)
{
    ULONG dots = 0;

    while (dots < units && dots < 3 && name[dots] == '.') dots++;
    return (dots == 1 || dots == 2) && (dots == units || name[dots] == '\\');
}

/* Names of Linux have other rules for what is left out here, or Wine's code page decides. */
static BOOL put_path(char *path, ULONG room, const WCHAR *name, ULONG units)
{
    ULONG i;

    if (units >= room) return FALSE;
    for (i = 0; i < units; i++)
    {
        if (name[i] < ' ' || name[i] > '~' || name[i] == '/' || name[i] == ':') return FALSE;
        if (name[i] == '\\' && is_dots(name + i + 1, units - i - 1)) return FALSE;
        path[i] = name[i] == '\\' ? '/' : (char)name[i];
    }
    path[units] = 0;
    return TRUE;
}

static BOOL find_path(struct named *named, const UNICODE_STRING *name)
{
    static const WCHAR prefix[] = L"\\??\\";
    ULONG units = name->Length / sizeof(WCHAR), length;
    WCHAR letter;

    if (units <= DRIVE_UNITS || !name->Buffer || memcmp(name->Buffer, prefix, sizeof(prefix) - sizeof(WCHAR)))
        return FALSE;
    letter = name->Buffer[4] | 0x20;
    if (letter < 'a' || letter > 'z' || name->Buffer[5] != ':' || name->Buffer[6] != '\\') return FALSE;
    if (!(length = get_folder())) return FALSE;
    memcpy(named->path, folder, length);
    named->path[length++] = (char)letter;
    named->path[length++] = ':';
    return put_path(named->path + length, length < NAMED_PATH_SIZE ? NAMED_PATH_SIZE - length : 0,
                    name->Buffer + DRIVE_UNITS, units - DRIVE_UNITS);
}

void named_begin(struct named *named, const OBJECT_ATTRIBUTES *attr, ULONG options)
{
    named_none(named);
    if ((options & OTHER_WAYS) || attr->RootDirectory || !attr->ObjectName || !unixcall_is_available()) return;
    if (!find_path(named, attr->ObjectName)) return;
    named->before.path = (UINT_PTR)named->path;
    unixcall_identify(&named->before);
}

BOOL named_is_plain(const struct named *named)
{
    struct identify_params after = { 0 };

    if (!named->before.plain) return FALSE;
    after.path = named->before.path;
    unixcall_identify(&after);
    return after.plain && after.dev == named->before.dev && after.ino == named->before.ino
        && after.changed == named->before.changed && after.at - named->before.at <= SOON;
}

#else

/* Wine shows a 32-bit program other folders than the names say. */
void named_begin(struct named *named, const OBJECT_ATTRIBUTES *attr, ULONG options)
{
    (void)attr;
    (void)options;
    named_none(named);
}

BOOL named_is_plain(const struct named *named)
{
    return named->before.plain != 0;
}

#endif
