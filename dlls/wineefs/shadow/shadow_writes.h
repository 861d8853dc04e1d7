/*
 * What changes a shadow copy, and is refused: the disk is write-protected.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_SHADOW_WRITES_H
#define WINEEFS_SHADOW_WRITES_H

#include "wine/nt.h"

/* Does a handle with this access let a program change something? */
BOOL shadow_is_write_access(ACCESS_MASK access);

/* NtCreateFile: would it? Otherwise access and disposition become those that can't. */
BOOL shadow_is_write(ACCESS_MASK *access, ULONG *disposition, ULONG options);

/* NtSetInformationFile: of a shadow copy's file, or one that would go there by a rename or a link. */
BOOL shadow_refuses_information(HANDLE file, const void *info, ULONG length, ULONG class);

/* NtFsControlFile */
BOOL shadow_refuses_control(HANDLE file, ULONG code);

#endif
