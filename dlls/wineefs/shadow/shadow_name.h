/*
 * Names that lead into a shadow copy of a drive (docs/vss.md).
 *
 * Programs write \\?\GLOBALROOT\Device\HarddiskVolumeShadowCopyN, or leave GLOBALROOT\Device\ out. Wine finds the
 * snapshot behind a name that nobody else uses, by a link among the drives: EFS_SNAPSHOT_LINK. Without the hooks no
 * name leads there, and so there's no way past the check that nothing is written.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_SHADOW_NAME_H
#define WINEEFS_SHADOW_NAME_H

#include "shadow_marks.h"

#define SHADOW_NAME_UNITS 320 /* longer names need memory of their own */

struct shadow_name
{
    OBJECT_ATTRIBUTES attr; /* by which Wine finds it: to be used where the structure is */
    UNICODE_STRING    name;
    USHORT            mark; /* which shadow copy it is in, for a handle to it */
    void             *allocated;
    WCHAR             buffer[SHADOW_NAME_UNITS];
};

/* FALSE for nearly every name, with hardly a cost. TRUE: shadow_name_read has to be asked. */
static inline BOOL shadow_is_candidate(const OBJECT_ATTRIBUTES *attr)
{
    const UNICODE_STRING *name = attr ? attr->ObjectName : NULL;
    WCHAR c;

    if (!attr) return FALSE;
    if (attr->RootDirectory) return shadow_marks && shadow_get_mark(attr->RootDirectory);
    if (!name || name->Length < 24 * sizeof(WCHAR) || !name->Buffer) return FALSE;
    /* \??\GLOBALROOT, \??\HarddiskVolume, \??\wine-efs; \Device\Harddisk. Not the drives of these letters. */
    c = (name->Buffer[1] == '?' ? name->Buffer[4] : name->Buffer[8]) | 0x20;
    return (c == 'g' || c == 'h' || c == 'w') && name->Buffer[5] != ':';
}

/*
 * Of a candidate: TRUE, and shadow_name_free has to follow, if it leads into a shadow copy, whether there is one or
 * not. Without memory the name isn't changed.
 */
BOOL shadow_name_read(struct shadow_name *shadow, const OBJECT_ATTRIBUTES *attr);
void shadow_name_free(struct shadow_name *shadow);

/*
 * Where the part of a DOS path ends that names the shadow copy, in units, without a backslash behind it; 0: it leads
 * into none.
 */
ULONG shadow_name_root(const WCHAR *path);

#endif
