/*
 * The file within an encrypted directory that holds the directory's own streams: Windows programs don't see it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_WITHIN_H
#define WINEEFS_WITHIN_H

#include "wine/nt.h"

/*
 * Takes it out of a listing of that directory. length: bytes that Wine filled in; name_length, name: where an entry has
 * them. Returns the bytes that are left, 0 if there was nothing else.
 */
ULONG_PTR within_hide(HANDLE dir, BYTE *info, ULONG_PTR length, ULONG name_length, ULONG name);

/* Does the name lead to that file? For any other name this costs one comparison. */
BOOL within_is_named(const OBJECT_ATTRIBUTES *attr);

/* The status for a program that opens or creates that file. STATUS_SUCCESS: it is another one. */
NTSTATUS within_check_open(const OBJECT_ATTRIBUTES *attr, ULONG disposition);

/* Would this NtSetInformationFile (a rename or a link) put another file in that file's place? */
BOOL within_is_replaced(const BYTE *info, ULONG length, ULONG class);

#endif
