/*
 * What a file looks like to Windows programs: encrypted or not, and how long.
 *
 * The interface between the hooks and the Unix half's look at the host's file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_VIEW_H
#define WINEEFS_VIEW_H

#include "efs/probe.h"
#include "wine/nt.h"

struct view
{
    BOOL    encrypted;
    BOOL    directory;
    ULONG64 data_size; /* plain bytes */
};

/* The free filter: can it be encrypted, going by what Wine says of it? */
static inline BOOL view_is_candidate(ULONG attributes, ULONG64 size)
{
    return (attributes & FILE_ATTRIBUTE_DIRECTORY) || efs_is_candidate_size(size);
}

/* In attributes as Wine reported them: NORMAL stands for no other attribute. */
static inline void view_show_attribute(BYTE *attributes)
{
    put_ulong(attributes, (get_ulong(attributes) & ~(ULONG)FILE_ATTRIBUTE_NORMAL) | FILE_ATTRIBUTE_ENCRYPTED);
}

/* TRUE and *view filled if it is encrypted. FALSE if it isn't, or can't be looked at. */
BOOL view_by_handle(HANDLE file, struct view *view);
BOOL view_by_name(const OBJECT_ATTRIBUTES *attr, struct view *view);
/* Opens it past the guard, just to be looked at; NULL if it can't be. */
HANDLE view_open(const OBJECT_ATTRIBUTES *attr, ULONG options);
/* The slow way, which needs no path: options are those of an open that is about to happen. */
BOOL view_by_opening(const OBJECT_ATTRIBUTES *attr, ULONG options, struct view *view);

/* For many entries of one directory: the directory's Unix descriptor or -1, to be closed with view_close_directory. */
int  view_open_directory(HANDLE dir);
void view_close_directory(int fd);
BOOL view_by_entry(HANDLE dir, int fd, const WCHAR *name, ULONG length, struct view *view); /* length: bytes */

/* Can the volume of the handle hold EFS metadata? */
BOOL view_volume_by_handle(HANDLE file);

/* Makes the file an empty plain one. */
NTSTATUS view_strip(HANDLE file);

#endif
