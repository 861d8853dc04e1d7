/*
 * CopyFile, and moves to another file system.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_COPY_FILE_H
#define WINEEFS_COPY_FILE_H

/* Looks for the functions, once, when the DLL is loaded; by ntdll alone. */
void copy_file_find(void);
/* Replaces them, once, when kernel32 is initialised. */
void copy_file_install(void);

#endif
