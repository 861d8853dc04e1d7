/*
 * kernel32's BackupRead, BackupWrite and BackupSeek, which are stubs in Wine 8.0 to 10.0.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_BACKUP_H
#define WINEEFS_BACKUP_H

#include "backup/stream.h"
#include "wine/blob.h"
#include "wine/nt.h"

/* Looks for the functions, once, when the DLL is loaded; by ntdll alone. */
void backup_find(void);
/* Replaces the stubs, once, when kernel32 is initialised. Takes none of the loader's locks. */
void backup_install(void);

/* ---- backup_read.c and backup_write.c: one backup or restore; all return Win32 codes ---- */

struct backup_reader;
struct backup_writer;

struct backup_reader *backup_reader_create(BOOL security);
void backup_reader_destroy(struct backup_reader *reader);
/* Fills the buffer as far as there is something; *got is 0 at the end. */
DWORD backup_reader_read(struct backup_reader *reader, HANDLE file, BYTE *buffer, ULONG length, ULONG *got);
UINT64 backup_reader_skip(struct backup_reader *reader, UINT64 length);

struct backup_writer *backup_writer_create(BOOL security);
void backup_writer_destroy(struct backup_writer *writer);
/* *taken: bytes of the buffer that were dealt with, also on failure. */
DWORD backup_writer_write(struct backup_writer *writer, HANDLE file, const BYTE *buffer, ULONG length, ULONG *taken);
DWORD backup_writer_skip(struct backup_writer *writer, HANDLE file, UINT64 length, UINT64 *skipped);
/* ERROR_INVALID_DATA if the stream isn't complete. */
DWORD backup_writer_finish(struct backup_writer *writer);

/* ---- backup_file.c: what they want of a file, by Wine's own calls; all return Win32 codes ---- */

struct backup_file_info
{
    DWORD  attributes;
    UINT64 size;      /* bytes */
    UINT64 allocated; /* bytes on the disk */
    ULONG  ea_size;   /* bytes; 0: it has no extended attributes */
};

DWORD backup_file_query(HANDLE file, struct backup_file_info *info);
/* The flags of its volume, FILE_SUPPORTS_... */
ULONG backup_file_volume(HANDLE file);
/* *got is 0 at the end of the file. */
DWORD backup_file_read(HANDLE file, UINT64 offset, BYTE *buffer, ULONG length, ULONG *got);
DWORD backup_file_write(HANDLE file, UINT64 offset, const BYTE *buffer, ULONG length, ULONG *written);
DWORD backup_file_set_end(HANDLE file, UINT64 end);

/* Nothing there: success, and an empty blob. */
DWORD backup_file_get_ea(HANDLE file, ULONG size, struct blob *blob);
DWORD backup_file_get_reparse(HANDLE file, struct blob *blob);

DWORD backup_file_set_ea(HANDLE file, const struct blob *blob);
DWORD backup_file_set_reparse(HANDLE file, const struct blob *blob);

#endif
