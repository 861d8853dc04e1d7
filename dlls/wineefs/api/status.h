/*
 * What a file is to EFS: what FileEncryptionStatus tells, and what EncryptFile and DecryptFile go by.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_STATUS_H
#define WINEEFS_STATUS_H

#include <windows.h>

struct file_status
{
    DWORD attributes;
    BOOL  encrypted;
    BOOL  mounted;     /* it is in a view of efsmount */
    BOOL  root;        /* the root directory of a volume */
    BOOL  system_dir;  /* the Windows directory, or something in it */
    BOOL  supported;   /* the file system can hold the metadata */
    BOOL  disabled;    /* by the Desktop.ini of the directory, or of a file's directory */
};

static inline BOOL file_status_is_read_only(const struct file_status *status)
{
    /* A directory's attribute means something else. */
    return (status->attributes & FILE_ATTRIBUTE_READONLY) && !(status->attributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* Win32 code: why the file can't be opened, ERROR_NO_EFS without the Unix half. */
DWORD file_status_get(const WCHAR *name, struct file_status *status);

#endif
