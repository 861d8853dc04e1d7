/*
 * Backup streams for the tests, read and made by the description of WIN32_STREAM_ID.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BACKUPS_H
#define BACKUPS_H

#include "efs_test.h"

#define HEADER_SIZE 20 /* WIN32_STREAM_ID without the name */

struct backup /* bytes that grow */
{
    BYTE *data;
    DWORD size, capacity;
};

void backup_append(struct backup *backup, const void *data, DWORD size);
void backup_free(struct backup *backup);
/* A header, and its name. */
void backup_header(struct backup *backup, DWORD id, DWORD attributes, ULONGLONG size, const WCHAR *name);
/* A whole substream. */
void backup_substream(struct backup *backup, DWORD id, DWORD attributes, const void *data, DWORD size);
void backup_sparse_block(struct backup *backup, ULONGLONG offset, const void *data, DWORD size);

/* Reads or writes all in pieces of `chunk` bytes, and ends it; what failed first. */
DWORD backup_read(HANDLE file, DWORD chunk, BOOL security, struct backup *backup);
DWORD backup_write(HANDLE file, DWORD chunk, BOOL security, const struct backup *backup);

/* The substream at *at, which is advanced; NULL at the end, or if what is there is none. Its data is at *data. */
const WIN32_STREAM_ID *backup_next(const struct backup *backup, DWORD *at, const BYTE **data);

/* A handle for backup; failures are counted. */
HANDLE backup_open_(const char *file, int line, const WCHAR *path, DWORD access, DWORD disposition);
#define backup_open(path, access, disposition) backup_open_(__FILE__, __LINE__, path, access, disposition)

/* A new file with this content; failures are counted. */
void backup_make(const WCHAR *path, const void *content, DWORD size);

/* Pseudo-random bytes. */
void backup_fill(BYTE *data, DWORD size, DWORD seed);

/* The file's owner, group and access list; to be freed. */
void *backup_security(HANDLE file, DWORD *size);
/* Is what was saved the descriptor that the file shows, but for an entry that denies nothing to S-1-5-88-3-MODE? */
bool backup_same_security(const void *saved, const void *shown);

#endif
