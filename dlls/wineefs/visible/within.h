/*
 * The file within an encrypted directory that holds the directory's own streams: Windows programs don't see it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_WITHIN_H
#define WINEEFS_WITHIN_H

#include "wine/nt.h"

/* Is it this entry of the directory? length: bytes of the name. known: how many of them are there; fewer where the
   buffer ends. */
BOOL within_is_entry(HANDLE dir, const BYTE *bytes, ULONG length, ULONG_PTR known);

/* Does the name lead to that file? For any other name this costs one comparison. */
BOOL within_is_named(const OBJECT_ATTRIBUTES *attr);

/* The status for a program that opens or creates that file. STATUS_SUCCESS: it is another one. */
NTSTATUS within_check_open(const OBJECT_ATTRIBUTES *attr, ULONG disposition);

/* Would this NtSetInformationFile (a rename or a link) put another file in that file's place? */
BOOL within_is_replaced(const BYTE *info, ULONG length, ULONG class);

#endif
