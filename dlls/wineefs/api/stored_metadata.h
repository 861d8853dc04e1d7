/*
 * The $EFS of a file, by way of the Unix half.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_STORED_METADATA_H
#define WINEEFS_STORED_METADATA_H

#include <windows.h>

/*
 * The $EFS of an encrypted file or directory, *size bytes from the process heap. Win32 code: that of the file, if it
 * can't be opened; ERROR_FILE_NOT_ENCRYPTED; ERROR_FILE_CORRUPT; ERROR_NO_EFS without the Unix half. Others may have it
 * open.
 */
DWORD stored_metadata_get(const WCHAR *name, BYTE **metadata, DWORD *size);

/* The same of a file that guard_open has opened. */
DWORD stored_metadata_load(HANDLE file, BYTE **metadata, DWORD *size);

/* A file's $EFS that is going to be replaced: until then nobody else changes the file. */
struct stored_metadata
{
    HANDLE file;
    BYTE  *bytes;
    DWORD  size;
};

/* The same codes, and ERROR_SHARING_VIOLATION; ERROR_FILE_READ_ONLY. On failure nothing stays open. */
DWORD stored_metadata_open(const WCHAR *name, struct stored_metadata *metadata);
/* In one step. ERROR_NOT_SUPPORTED: this file system replaces none. */
DWORD stored_metadata_replace(const struct stored_metadata *metadata, const BYTE *new, DWORD size);
void stored_metadata_close(struct stored_metadata *metadata);

#endif
