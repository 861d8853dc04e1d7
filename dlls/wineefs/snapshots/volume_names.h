/*
 * Names of volumes, for those who make shadow copies and read them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_VOLUME_NAMES_H
#define WINEEFS_VOLUME_NAMES_H

/* Once, when the DLL is loaded; by ntdll alone. */
void volume_names_install(void);

#endif
