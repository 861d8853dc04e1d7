/*
 * What is created in an encrypted directory: encrypted, or refused, but for what Windows' own rules leave plain.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_INHERIT_H
#define WINEEFS_INHERIT_H

#include "wine/nt.h"

/*
 * Something was created in an encrypted directory, by NtCreateFile with these attributes and options: has it to be
 * encrypted? Not with the guard off, not a system file, and nothing that a program restores, of which standard error
 * gets a line.
 */
BOOL inherit_is_wanted(ULONG attributes, ULONG options);

/* The refusal of what would be plain, STATUS_ACCESS_DENIED; standard error gets a line that says why. */
NTSTATUS inherit_refuse(void);

#endif
