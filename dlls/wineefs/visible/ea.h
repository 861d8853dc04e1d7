/*
 * Extended attributes, which Wine hasn't got.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_EA_H
#define WINEEFS_EA_H

#include "wine/nt.h"

/* Bytes of all of them, as NtQueryEaFile gives them; 0: none. */
ULONG ea_get_size(HANDLE file);

/* Those that a file is created with: can it be a list of them? */
NTSTATUS ea_check_list(const BYTE *list, ULONG length, IO_STATUS_BLOCK *io);
/* Sets them, whatever rights the handle has; nothing happens where Wine's rules hold. */
NTSTATUS ea_set(HANDLE file, const BYTE *list, ULONG length);

/* How many handles are in the midst of a query: 0 in nearly every process; one is closed. */
extern LONG ea_scans;
void ea_forget_scan(HANDLE file);

#endif
