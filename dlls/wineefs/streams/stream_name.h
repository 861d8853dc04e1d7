/*
 * Names of alternate streams, as programs write them: FILE:NAME, FILE:NAME:$DATA, or :NAME relative to a handle
 * (MS-FSCC 2.1.5).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_STREAM_NAME_H
#define WINEEFS_STREAM_NAME_H

#include "wine/nt.h"

enum stream_kind
{
    STREAM_NONE,    /* the name of something else */
    STREAM_UNNAMED, /* FILE::$DATA: the file itself; DIRECTORY:$I30:$INDEX_ALLOCATION and the like */
    STREAM_NAMED,
    STREAM_INVALID, /* no file has such a name on Windows; the host may have one */
};

struct stream_name
{
    OBJECT_ATTRIBUTES owner; /* the file's own name: to be used where the structure is */
    UNICODE_STRING    owner_name;
    const WCHAR      *name;  /* of the stream, without colons and type */
    ULONG             units;
    BOOL              directory; /* STREAM_UNNAMED: it has to be one; else it has to be none */
};

/* STREAM_NONE with hardly a cost for nearly every name: has its last component a colon? */
static inline BOOL stream_name_is_candidate(const OBJECT_ATTRIBUTES *attr)
{
    const UNICODE_STRING *name = attr ? attr->ObjectName : NULL;
    ULONG i;

    if (!name || !name->Buffer) return FALSE;
    for (i = name->Length / sizeof(WCHAR); i && name->Buffer[i - 1] != '\\'; i--)
        if (name->Buffer[i - 1] == ':') return TRUE;
    return FALSE;
}

/* Of a candidate. *split is filled for the two kinds that have an owner. */
enum stream_kind stream_name_split(const OBJECT_ATTRIBUTES *attr, struct stream_name *split);

/* Has the host a file of all of that name, as Wine finds names? */
BOOL stream_name_is_there(const OBJECT_ATTRIBUTES *attr);

#endif
