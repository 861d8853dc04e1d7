/*
 * What has alternate streams in files, and is renamed or removed: they follow.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_STREAM_FOLLOW_H
#define WINEEFS_STREAM_FOLLOW_H

#include "wine/nt.h"

/* NtSetInformationFile for a rename. */
NTSTATUS stream_rename(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class);

/* Does a reparse point that this Wine doesn't see have the name of a link that is about to be made? */
BOOL stream_is_link_taken(HANDLE file, const void *info, ULONG length);

/* The file behind the handle is going to be removed when that is closed. */
void stream_will_go(HANDLE file);

/* It was overwritten: its streams and extended attributes go. An NTSTATUS. */
NTSTATUS stream_clear(HANDLE file);

/* NtDeleteFile. */
NTSTATUS stream_delete(OBJECT_ATTRIBUTES *attr);

#endif
