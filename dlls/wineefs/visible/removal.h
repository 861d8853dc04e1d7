/*
 * A directory whose own streams are in a file within it can be removed as if it were empty.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_REMOVAL_H
#define WINEEFS_REMOVAL_H

#include "wine/nt.h"

/* A handle that is being closed, and what is to follow. */
struct removal
{
    HANDLE  handle;      /* NULL: nothing */
    ULONG64 dev, ino;    /* of the directory: the handle may have become another's */
    BOOL    disposition; /* FILE_DISPOSITION_INFORMATION asked for it */
    BOOL    on_close;    /* FILE_DELETE_ON_CLOSE did */
    int     fd;
};

/* How many handles are waiting: 0 in nearly every process, always. */
extern LONG removal_count;

/* NtSetInformationFile for a disposition. */
NTSTATUS removal_set_disposition(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG length, ULONG class);
/* A handle that was opened with FILE_DELETE_ON_CLOSE. */
void removal_on_close(HANDLE file);

/*
 * Before the handle is closed, and after that. closed: FALSE if it couldn't be. moved: the handle to the same object
 * that the program has now instead; NULL: none.
 */
void removal_begin(struct removal *removal, HANDLE handle);
void removal_end(struct removal *removal, BOOL closed, HANDLE moved);

/* Does what waits for any handle to be closed, since the process ends. */
void removal_finish(void);

#endif
