/*
 * Security descriptors alone, as the substreams that BackupRead gives first and BackupWrite takes. All return Win32
 * codes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSBACKUP_SECURITY_H
#define EFSBACKUP_SECURITY_H

#include "efsbackup.h"

struct security
{
    BYTE *bytes;  /* a WIN32_STREAM_ID and a self-relative descriptor, from the process heap; NULL: none */
    DWORD length; /* bytes */
};

void security_free(struct security *security);
/* What is behind the header. */
void *security_descriptor(const struct security *security);
/* That of a file or directory; READ_CONTROL. At most 128 KiB. */
DWORD security_read(HANDLE file, struct security *security);
/* WRITE_DAC, and WRITE_OWNER if it has an owner; what the user has no right to change stays, without an error. */
DWORD security_write(HANDLE file, const struct security *security);
/* A file that holds just one, and gets, or has, the bytes that are added to the sum. */
DWORD security_save(const struct security *security, const WCHAR *path, struct sum *sum);
DWORD security_load(const WCHAR *path, struct security *security, struct sum *sum);
/* One that lets nobody in but the user. */
DWORD security_make_private(struct security *security);

#endif
