/*
 * The data of a file that BackupWrite restores: where it goes, and what of it becomes a hole.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_BACKUP_DATA_H
#define WINEEFS_BACKUP_DATA_H

#include "backup_direct.h"
#include "backup/content.h"

struct backup_data
{
    BOOL                 begun;
    struct bholes        holes;
    struct backup_direct direct;
};

void backup_data_init(struct backup_data *data);
void backup_data_close(struct backup_data *data);

/* The header of BACKUP_DATA, or of a sparse block. ERROR_DIRECTORY, ERROR_ACCESS_DENIED: a directory and an encrypted
   file have none. */
DWORD backup_data_begin(struct backup_data *data, HANDLE file, const struct bstream_header *header);
/* *taken: bytes that were dealt with, at least 1 unless it fails */
DWORD backup_data_write(struct backup_data *data, HANDLE file, UINT64 offset, const BYTE *bytes, ULONG length,
                        ULONG *taken);
/* All of the substream was taken, or passed over. */
DWORD backup_data_end(struct backup_data *data, HANDLE file, const struct bstream_header *header);

#endif
