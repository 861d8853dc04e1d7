/*
 * What a user may set in the registry.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_SETTINGS_H
#define WINEEFS_SETTINGS_H

#include <windows.h>

#include "vss/snapshot.h"

/* HKEY_CURRENT_USER\\Software\\Wine\\EFS, value "Guard": "off" leaves data access to encrypted files alone. */
BOOL settings_guard(void);
/* The same key, value "Holes": "blocks" makes BackupRead leave out the holes of every file, not only of those marked as
   sparse. */
BOOL settings_holes(void);
/* The same key, value "Security": "exact" keeps the security descriptors that any program sets. */
BOOL settings_exact(void);
/* The same key, value "VSS": "live" makes no snapshots, "off" no shadow copies at all. */
enum efs_snapshot_choice settings_vss(void);
/* The same key, value "SnapshotCommand": the command line that makes and removes snapshots, in UTF-8. FALSE: none. */
BOOL settings_snapshot_command(char command[EFS_SNAPSHOT_COMMAND_SIZE]);

#endif
