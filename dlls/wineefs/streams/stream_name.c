/*
 * Names of alternate streams, as programs write them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stream_name.h"

#include "patch/originals.h"

struct part
{
    const WCHAR *at;
    ULONG        units;
};

/* Is it this ASCII text, in any case of letters? */
static BOOL is_text(struct part part, const char *text)
{
    ULONG i;

    for (i = 0; i < part.units && text[i]; i++)
        if (RtlUpcaseUnicodeChar(part.at[i]) != (WCHAR)text[i]) return FALSE;
    return i == part.units && !text[i];
}

static struct part cut(const WCHAR *at, ULONG from, ULONG to)
{
    struct part part = { at + from, to - from };

    return part;
}

/*
 * Can a whole name lead to a file? What is right behind \??\ is a device, whose name may have a colon. A pipe's may,
 * too, and to open another pipe just to see would be noticed at its other end.
 */
static BOOL is_file_path(const WCHAR *name, ULONG last)
{
    static const char * const places[] = { "UNIX", "UNC" };
    static const WCHAR prefix[] = L"\\??\\";
    ULONG begin = ARRAYSIZE(prefix) - 1, end = begin;
    unsigned int i;

    if (last <= begin || memcmp(name, prefix, sizeof(prefix) - sizeof(WCHAR))) return FALSE;
    while (end < last && name[end] != '\\') end++;
    if (end == begin + 2 && name[begin + 1] == ':') return TRUE;
    for (i = 0; i < ARRAYSIZE(places); i++)
        if (is_text(cut(name, begin, end), places[i])) return TRUE;
    if (end - begin > 19 && is_text(cut(name, begin, begin + 19), "WINE-EFS-SHADOWCOPY")) return TRUE;
    return end - begin > 6 && is_text(cut(name, begin, begin + 6), "VOLUME");
}

/* The last component in its three parts; absent ones have no address. FALSE: there are more. */
static BOOL split_component(const WCHAR *name, ULONG units, struct part parts[3])
{
    unsigned int part = 0;
    ULONG i, begin = 0;

    memset(parts, 0, 3 * sizeof(*parts));
    for (i = 0; i <= units; i++)
    {
        if (i < units && name[i] != ':') continue;
        if (part == 3) return FALSE;
        parts[part++] = cut(name, begin, i);
        begin = i + 1;
    }
    return TRUE;
}

static enum stream_kind judge(const struct part parts[3], struct stream_name *split)
{
    split->directory = FALSE;
    if (parts[2].at && is_text(parts[2], "$INDEX_ALLOCATION"))
    {
        split->directory = TRUE;
        return !parts[1].units || is_text(parts[1], "$I30") ? STREAM_UNNAMED : STREAM_INVALID;
    }
    if (parts[2].at && !is_text(parts[2], "$DATA")) return STREAM_INVALID;
    if (parts[1].units) return STREAM_NAMED;
    return parts[2].at ? STREAM_UNNAMED : STREAM_INVALID;
}

enum stream_kind stream_name_split(const OBJECT_ATTRIBUTES *attr, struct stream_name *split)
{
    const UNICODE_STRING *name = attr->ObjectName;
    ULONG units = name->Length / sizeof(WCHAR), last = units;
    struct part parts[3];

    while (last && name->Buffer[last - 1] != '\\') last--;
    if (!attr->RootDirectory && !is_file_path(name->Buffer, last)) return STREAM_NONE;
    if (!split_component(name->Buffer + last, units - last, parts)) return STREAM_INVALID;
    /* A file without a name is the one of the handle, or the root of a drive: \??\C:\ */
    if (!parts[0].units && !(attr->RootDirectory ? !last : last == 7 && name->Buffer[5] == ':')) return STREAM_INVALID;

    split->name = parts[1].at;
    split->units = parts[1].units;
    split->owner_name = *name;
    split->owner_name.Length = split->owner_name.MaximumLength = (USHORT)((last + parts[0].units) * sizeof(WCHAR));
    split->owner = *attr;
    split->owner.ObjectName = &split->owner_name;
    return judge(parts, split);
}

BOOL stream_name_is_there(const OBJECT_ATTRIBUTES *attr)
{
    OBJECT_ATTRIBUTES copy = *attr;
    HANDLE file;

    if (hooks_open_file(&file, FILE_READ_ATTRIBUTES | SYNCHRONIZE, &copy, SHARE_ALL,
                        FILE_OPEN_FOR_BACKUP_INTENT | FILE_SYNCHRONOUS_IO_NONALERT)) return FALSE;
    NtClose(file);
    return TRUE;
}
