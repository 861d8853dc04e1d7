/*
 * The data of a large file past Wine's NtReadFile and NtWriteFile.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_BACKUP_DIRECT_H
#define WINEEFS_BACKUP_DIRECT_H

#include "backup.h"

struct backup_direct
{
    HANDLE file; /* the last one; NULL: none yet */
    int    fd;   /* the Unix half's, of that file; negative: none */
};

void backup_direct_init(struct backup_direct *direct);
void backup_direct_close(struct backup_direct *direct);
/* As backup_file_read and backup_file_write. */
DWORD backup_direct_read(struct backup_direct *direct, HANDLE file, UINT64 offset, BYTE *buffer, ULONG length,
                         ULONG *got);
DWORD backup_direct_write(struct backup_direct *direct, HANDLE file, UINT64 offset, const BYTE *buffer, ULONG length,
                          ULONG *written);

#endif
