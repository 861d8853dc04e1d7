/*
 * Functions of kernel32 that say which streams a file has.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_FIND_STREAM_H
#define WINEEFS_FIND_STREAM_H

/* Looks for Wine's; by ntdll alone. */
void find_stream_find(void);
/* Puts ours in their place. kernel32 is initialised. */
void find_stream_install(void);

#endif
