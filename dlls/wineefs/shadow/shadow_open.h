/*
 * Opening something in a shadow copy: the name by which Wine finds it, no access that writes, and a marked handle.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_SHADOW_OPEN_H
#define WINEEFS_SHADOW_OPEN_H

#include "shadow_name.h"

struct shadow_open /* what NtCreateFile or NtOpenFile is to be called with */
{
    OBJECT_ATTRIBUTES *attr;
    ACCESS_MASK        access;
    ULONG              disposition, options;
    BOOL               created; /* the program wants it made if it isn't there */
    struct shadow_name name;
};

/*
 * Of a candidate (shadow_is_candidate). FALSE: it leads elsewhere, and nothing has happened. TRUE: shadow_open_end has
 * to follow; unless *status is STATUS_SUCCESS nothing is opened in between.
 */
BOOL shadow_open_begin(struct shadow_open *open, NTSTATUS *status);
/* status: of what was done in between, if it was. What the call returns. */
NTSTATUS shadow_open_end(struct shadow_open *open, HANDLE *file, IO_STATUS_BLOCK *io, NTSTATUS status);

/* The name for a query. FALSE: it leads elsewhere. TRUE: shadow_query_end has to follow. */
BOOL shadow_query_begin(struct shadow_name *shadow, const OBJECT_ATTRIBUTES **attr);
/* attributes: those of the answer, or NULL. The root isn't the mount point that Wine takes it for. */
void shadow_query_end(struct shadow_name *shadow, BYTE *attributes);
/* The same of a query by handle. */
void shadow_show_attributes(HANDLE file, BYTE *attributes);

/* The root directory of the drive that the shadow copy is of; NULL: the handle is to no shadow copy, or the drive has
   gone. */
HANDLE shadow_open_drive(HANDLE file);

#endif
