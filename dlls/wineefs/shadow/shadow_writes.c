/*
 * What changes a shadow copy, and is refused.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "shadow_writes.h"

#include "shadow_name.h"
#include "wine/native.h"

#include <winioctl.h>

#define WRITE_ACCESS (FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES | FILE_DELETE_CHILD \
                      | DELETE | WRITE_DAC | WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL)

/* FILE_INFORMATION_CLASS that only the handle itself is changed by (MS-FSCC 2.4) */
#define CLASS_POSITION     14
#define CLASS_MODE         16
#define CLASS_PIPE         23
#define CLASS_PIPE_REMOTE  25
#define CLASS_COMPLETION   30
#define CLASS_NOTIFICATION 41
#define CLASS_PRIORITY     43
#define CLASS_REPLACE_PORT 61

BOOL shadow_is_write_access(ACCESS_MASK access)
{
    return (access & WRITE_ACCESS) != 0;
}

BOOL shadow_is_write(ACCESS_MASK *access, ULONG *disposition, ULONG options)
{
    if (shadow_is_write_access(*access) || (options & FILE_DELETE_ON_CLOSE)) return TRUE;
    if (*disposition != FILE_OPEN && *disposition != FILE_OPEN_IF) return TRUE;
    *disposition = FILE_OPEN;
    /* all that can be had */
    if (*access & MAXIMUM_ALLOWED) *access = (*access & ~(ACCESS_MASK)MAXIMUM_ALLOWED) | GENERIC_READ | GENERIC_EXECUTE;
    return FALSE;
}

static BOOL is_of_handle(ULONG class)
{
    return class == CLASS_POSITION || class == CLASS_MODE || class == CLASS_COMPLETION || class == CLASS_NOTIFICATION
        || class == CLASS_PRIORITY || class == CLASS_REPLACE_PORT
        || (class >= CLASS_PIPE && class <= CLASS_PIPE_REMOTE);
}

BOOL shadow_refuses_information(HANDLE file, const void *info, ULONG length, ULONG class)
{
    struct shadow_name shadow;
    OBJECT_ATTRIBUTES attr;
    UNICODE_STRING name;

    if (shadow_is_marked(file)) return !is_of_handle(class);
    if (class != CLASS_RENAME && class != CLASS_RENAME_EX && class != CLASS_LINK && class != CLASS_LINK_EX)
        return FALSE;
    if (!native_read_target(info, length, &attr, &name) || !shadow_is_candidate(&attr)) return FALSE;
    if (!shadow_name_read(&shadow, &attr)) return FALSE;
    shadow_name_free(&shadow);
    return TRUE;
}

BOOL shadow_refuses_control(HANDLE file, ULONG code)
{
    static const ULONG controls[] =
    {
        FSCTL_SET_SPARSE, FSCTL_SET_ZERO_DATA, FSCTL_SET_REPARSE_POINT, FSCTL_DELETE_REPARSE_POINT,
        FSCTL_SET_COMPRESSION, FSCTL_SET_OBJECT_ID, FSCTL_SET_OBJECT_ID_EXTENDED, FSCTL_DELETE_OBJECT_ID,
        FSCTL_CREATE_OR_GET_OBJECT_ID, FSCTL_SET_ENCRYPTION,
    };
    unsigned int i;

    if (!shadow_is_marked(file)) return FALSE;
    if (code >> 14 & FILE_WRITE_ACCESS) return TRUE; /* CTL_CODE: what access it needs */
    for (i = 0; i < ARRAYSIZE(controls); i++)
        if (code == controls[i]) return TRUE;
    return FALSE;
}
