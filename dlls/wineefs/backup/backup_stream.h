/*
 * Alternate streams of plain files, for BackupRead and BackupWrite.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_BACKUP_STREAM_H
#define WINEEFS_BACKUP_STREAM_H

#include "backup.h"

struct backup_stream /* all zero: none is open */
{
    UINT64 object; /* the Unix half's */
    UINT64 size;   /* bytes; while it is written: as far as it is known to go */
};

/* Which there are: FILE_STREAM_INFORMATION, with the file's data. Empty: none are kept there. */
DWORD backup_stream_list(HANDLE file, struct blob *list);
/* name: as in such a list, length in bytes. ERROR_FILE_NOT_FOUND, ERROR_ACCESS_DENIED. */
DWORD backup_stream_open(struct backup_stream *stream, HANDLE file, const BYTE *name, ULONG length);
/* *got is 0 at its end. */
DWORD backup_stream_read(const struct backup_stream *stream, UINT64 offset, BYTE *buffer, ULONG length, ULONG *got);

/* The header of BACKUP_ALTERNATE_DATA. ERROR_INVALID_NAME, ERROR_FILENAME_EXCED_RANGE: there can't be one of that name
   here. */
DWORD backup_stream_begin(struct backup_stream *stream, HANDLE file, const struct bstream_header *header);
DWORD backup_stream_write(struct backup_stream *stream, UINT64 offset, const BYTE *bytes, ULONG length);
/* All of the substream, or of a block of it, was taken, or passed over. */
void  backup_stream_end(struct backup_stream *stream, const struct bstream_header *header);
/* It takes the place of the one of that name; before, nothing has changed. Closes it, also on failure. */
DWORD backup_stream_commit(struct backup_stream *stream);
void  backup_stream_close(struct backup_stream *stream);

#endif
