/*
 * What a program creates with FILE_ATTRIBUTE_ENCRYPTED, or in an encrypted directory: encrypted, or refused.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_ENCRYPTED_NEW_H
#define WINEEFS_ENCRYPTED_NEW_H

#include "wine/nt.h"

/* Is it wanted? Windows encrypts no system files, whatever is asked for. */
static inline BOOL encrypted_new_is_wanted(ULONG attributes, ULONG disposition)
{
    return disposition != FILE_OPEN
        && (attributes & (FILE_ATTRIBUTE_ENCRYPTED | FILE_ATTRIBUTE_SYSTEM)) == FILE_ATTRIBUTE_ENCRYPTED;
}

/* Who encrypts what was just made, and is empty: a file, or a directory. Win32 code. None: all is refused. */
extern DWORD (*encrypted_new_encrypt)(HANDLE file);

struct encrypted_new /* what the program has asked for */
{
    OBJECT_ATTRIBUTES *attr;
    ULONG              access, sharing, disposition, options;
};

/*
 * Before NtCreateFile, of what is wanted: STATUS_ACCESS_DENIED for what would overwrite a file, and then write data
 * into it. That a handle can do only in a view.
 */
NTSTATUS encrypted_new_check(const struct encrypted_new *wanted);

/*
 * After it: encrypts what was made or overwritten, to which *file is a handle afterwards as before. Otherwise that is
 * closed, and what was made is removed. A volume that can't encrypt ignores the attribute, as Windows does.
 */
NTSTATUS encrypted_new_end(const struct encrypted_new *wanted, HANDLE *file, IO_STATUS_BLOCK *io);

#endif
