/*
 * What vssapi.dll asks of wineefs.dll: shadow copies of this prefix's drives.
 *
 * For Windows alone. All return a Win32 code, but where they say otherwise.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_VSS_H
#define EFS_VSS_H

#include <windows.h>

#include "vss/snapshot.h"

/* The user's setting: enum efs_snapshot_choice. EFS_SNAPSHOT_OFF also where the Unix half is missing. */
DWORD __cdecl wineefs_snapshot_choice(void);

/* One set is made at a time in a prefix. *lock: for wineefs_snapshot_close. ERROR_FILE_EXISTS: another one is. */
DWORD __cdecl wineefs_snapshot_lock(int *lock);

/*
 * Makes the shadow copy of a drive: in are context, count, drive, id, set and volume. What it is is said on the debug
 * channel. *held: for wineefs_snapshot_close; while it is open, others see that it is in use. ERROR_DISK_FULL, or any.
 */
DWORD __cdecl wineefs_snapshot_make(struct efs_snapshot *snapshot, int *held);

/* The first one whose number is above `number`. FALSE: there is none. */
BOOL __cdecl wineefs_snapshot_next(DWORD number, struct efs_snapshot *snapshot);

DWORD __cdecl wineefs_snapshot_delete(DWORD number);

/* Removes what processes that have ended have left. */
void __cdecl wineefs_snapshot_reap(void);

void __cdecl wineefs_snapshot_close(int fd);

#endif
