/*
 * Names that lead into a shadow copy of a drive.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "shadow_name.h"

#include "wine/native.h"

#define DIGITS_MAX 4

struct prefix
{
    const char *text; /* in capitals */
    ULONG       units;
};

#define PREFIX(text) { text, sizeof(text) - 1 }

static const struct prefix nt_prefixes[] =
{
    PREFIX("\\??\\GLOBALROOT\\DEVICE\\HARDDISKVOLUMESHADOWCOPY"),
    PREFIX("\\??\\HARDDISKVOLUMESHADOWCOPY"),
    PREFIX("\\??\\WINE-EFS-SHADOWCOPY"),
    PREFIX("\\DEVICE\\HARDDISKVOLUMESHADOWCOPY"),
};

static const struct prefix dos_prefixes[] =
{
    PREFIX("\\\\?\\GLOBALROOT\\DEVICE\\HARDDISKVOLUMESHADOWCOPY"),
    PREFIX("\\\\.\\GLOBALROOT\\DEVICE\\HARDDISKVOLUMESHADOWCOPY"),
    PREFIX("\\\\?\\HARDDISKVOLUMESHADOWCOPY"),
    PREFIX("\\\\.\\HARDDISKVOLUMESHADOWCOPY"),
};

static const WCHAR host_prefix[] = L"\\??\\wine-efs-shadowcopy";

static BOOL begins(const WCHAR *name, ULONG units, const struct prefix *prefix)
{
    ULONG i;

    if (units <= prefix->units) return FALSE;
    for (i = 0; i < prefix->units; i++)
    {
        WCHAR c = name[i] >= 'a' && name[i] <= 'z' ? name[i] - 0x20 : name[i];

        if (c != (WCHAR)prefix->text[i]) return FALSE;
    }
    return TRUE;
}

/* Units up to behind the number, which begins after `at` of them; 0: that is none. */
static ULONG read_number(const WCHAR *name, ULONG units, ULONG at, USHORT *number)
{
    ULONG begin = at;

    *number = 0;
    while (at < units && at - begin < DIGITS_MAX && name[at] >= '0' && name[at] <= '9')
        *number = (USHORT)(*number * 10 + (name[at++] - '0'));
    if (at == begin || name[begin] == '0') return 0;
    return at == units || name[at] == '\\' ? at : 0;
}

static ULONG find_root(const WCHAR *name, ULONG units, const struct prefix *prefixes, unsigned int count,
                       USHORT *number)
{
    unsigned int i;

    for (i = 0; i < count; i++)
        if (begins(name, units, &prefixes[i])) return read_number(name, units, prefixes[i].units, number);
    return 0;
}

ULONG shadow_name_root(const WCHAR *path)
{
    ULONG units = 0;
    USHORT number;

    /* the longest that a prefix and a number can be, and one more */
    while (units < 64 && path[units]) units++;
    return find_root(path, units, dos_prefixes, ARRAYSIZE(dos_prefixes), &number);
}

static ULONG put_number(WCHAR *out, USHORT number)
{
    WCHAR digits[DIGITS_MAX + 1];
    ULONG count = 0, i;

    for (; number; number /= 10) digits[count++] = (WCHAR)('0' + number % 10);
    for (i = 0; i < count; i++) out[i] = digits[count - 1 - i];
    return count;
}

/* Always shorter than the name that the program gave, but for the backslash of a root that had none. */
static void put_name(struct shadow_name *shadow, USHORT number, const WCHAR *rest, ULONG units)
{
    WCHAR *out = shadow->name.Buffer, *p = out + ARRAYSIZE(host_prefix) - 1;

    memcpy(out, host_prefix, sizeof(host_prefix) - sizeof(WCHAR));
    p += put_number(p, number);
    *p++ = '\\';
    memcpy(p, rest, units * sizeof(WCHAR));
    p += units;
    shadow->name.Length = (USHORT)((p - out) * sizeof(WCHAR));
}

BOOL shadow_name_read(struct shadow_name *shadow, const OBJECT_ATTRIBUTES *attr)
{
    const UNICODE_STRING *name = attr->ObjectName;
    ULONG units = name ? name->Length / sizeof(WCHAR) : 0, root;
    USHORT number;

    shadow->attr = *attr;
    shadow->allocated = NULL;
    if (attr->RootDirectory)
    {
        shadow->mark = shadow_get_mark(attr->RootDirectory);
        if (units) shadow->mark &= (USHORT)~SHADOW_ROOT;
        return shadow->mark != 0;
    }
    if (!(root = find_root(name->Buffer, units, nt_prefixes, ARRAYSIZE(nt_prefixes), &number))) return FALSE;
    /* CopyN\\dir, as some programs put them together */
    while (root < units && name->Buffer[root] == '\\') root++;
    shadow->mark = root < units ? number : number | SHADOW_ROOT;
    shadow->name.Buffer = shadow->buffer;
    shadow->name.MaximumLength = sizeof(shadow->buffer);
    if (units + 2 > ARRAYSIZE(shadow->buffer))
    {
        /* it stays the name that it is, by which Wine may find nothing, and what it finds is read only all the same */
        if (!(shadow->allocated = native_allocate_at(0, (units + 2) * sizeof(WCHAR)))) return TRUE;
        shadow->name.Buffer = shadow->allocated;
        shadow->name.MaximumLength = 0xfffe;
    }
    put_name(shadow, number, name->Buffer + root, units - root);
    shadow->attr.ObjectName = &shadow->name;
    return TRUE;
}

void shadow_name_free(struct shadow_name *shadow)
{
    if (shadow->allocated) native_free(shadow->allocated);
}
