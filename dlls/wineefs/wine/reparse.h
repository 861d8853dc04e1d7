/*
 * Reparse points, which Wine has from 10.19 on: what an earlier one doesn't see of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_REPARSE_H
#define WINEEFS_REPARSE_H

#include "nt.h"

/* Does the status say that this Wine doesn't know a control of files? */
BOOL reparse_is_unknown(NTSTATUS status);

/*
 * What has just been made, and is open by that handle: if it stands beside a reparse point of its name, which this Wine
 * hasn't seen, it is removed again, and the name is taken. *encrypted: it stays, and is in an encrypted directory,
 * which is told by the same call, since every file that is made has to be asked about.
 */
BOOL reparse_undo(HANDLE file, BOOL *encrypted);

/*
 * Is a name in a directory, to which a file is about to be renamed or linked, a reparse point's that this Wine doesn't
 * see? fd: a descriptor of the directory, which is taken over; units: of UTF-16.
 */
BOOL reparse_has_name(HANDLE file, int fd, const WCHAR *name, ULONG units);

#endif
