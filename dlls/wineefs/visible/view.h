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
    BOOL    sparse;    /* marked as such by a program */
    BOOL    mounted;   /* encrypted, in a view of efsmount, which shows plaintext: to be seen, but not to be guarded */
    ULONG64 data_size; /* plain bytes */
};

#define VIEW_BLOCK 512 /* of st_blocks, which Wine makes a size of */

/* The free filter: is there anything to see, going by what Wine says of it? Encrypted files have certain sizes, or, in
 * a view of efsmount, an odd number of blocks (include/view/efs_view.h). A sparse one has holes, or is still empty. A
 * marked file without any hole doesn't show as sparse: not one of its bytes would be kept or copied otherwise.
 * allocated: bytes on the disk. */
static inline BOOL view_is_candidate(ULONG attributes, ULONG64 size, ULONG64 allocated)
{
    return (attributes & FILE_ATTRIBUTE_DIRECTORY) || efs_is_candidate_size(size) || allocated < size
        || (allocated & VIEW_BLOCK);
}

/* Sets what the view has in attributes as Wine reported them, where NORMAL stands for no other attribute. */
static inline void view_show_attributes(BYTE *attributes, const struct view *view)
{
    ULONG old = get_ulong(attributes), more = view->encrypted ? FILE_ATTRIBUTE_ENCRYPTED : 0;

    if (view->sparse && !(old & FILE_ATTRIBUTE_DIRECTORY)) more |= FILE_ATTRIBUTE_SPARSE_FILE;
    if (more) put_ulong(attributes, (old & ~(ULONG)FILE_ATTRIBUTE_NORMAL) | more);
}

/* TRUE if it is encrypted. FALSE if it isn't, or can't be looked at. *view is filled in any case. */
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

/* What the volume of the handle can hold: VOLUME_... flags of unixlib.h */
ULONG view_volume_by_handle(HANDLE file);

/* Encrypts what is empty, or a directory, in a view of efsmount (VOLUME_VIEW). A handle to a file, the only one there
 * may be, writes encrypted data from then on. Win32 code; ERROR_NOT_SUPPORTED: it has data. */
DWORD view_encrypt(HANDLE file);

/* Makes the file an empty plain one. */
NTSTATUS view_strip(HANDLE file);

#endif
