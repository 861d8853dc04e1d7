/*
 * $EFS of several users (MS-EFSR 2.2.2.1).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_TEST_METADATA_H
#define EFS_TEST_METADATA_H

#include "efs_test.h"
#include "efs_api.h"

#define THUMBPRINT_SIZE  20
#define METADATA_VERSION 0x08 /* offsets in the $EFS */
#define METADATA_ID      0x10
#define METADATA_DDF     0x40
#define METADATA_DRF     0x44
#define METADATA_MAX     262144
#define ENTRY_SIZE_MAX   0x400

struct user
{
    BYTE         thumbprint; /* each of its 20 bytes; 0: there is none */
    const WCHAR *display;    /* NULL: there is none */
    bool         sid;        /* S-1-5-21-1-2-3-THUMBPRINT, container and provider */
};

/* Into out, which has room for ENTRY_SIZE_MAX bytes a user and as much again. Returns the length in bytes. */
DWORD make_metadata_of(BYTE *out, DWORD seed, const struct user *users, DWORD user_count, const struct user *agents,
                       DWORD agent_count);

/* A file with that $EFS and 1000 bytes of data, or a directory. */
void restore_with(const WCHAR *path, ULONG flags, const BYTE *metadata, DWORD length);

/* The list holds just these users, and its structures lie as they should. */
void check_users_(const char *file, int line, const ENCRYPTION_CERTIFICATE_HASH_LIST *list, const struct user *users,
                  DWORD count);
#define check_users(list, users, count) check_users_(__FILE__, __LINE__, list, users, count)

/* What the file's own list says. */
void check_users_of_(const char *file, int line, const WCHAR *path, const struct user *users, DWORD count);
#define check_users_of(path, users, count) check_users_of_(__FILE__, __LINE__, path, users, count)

/* The file's $EFS is this one. */
void check_metadata_(const char *file, int line, const WCHAR *path, const BYTE *metadata, DWORD length);
#define check_metadata(path, metadata, length) check_metadata_(__FILE__, __LINE__, path, metadata, length)

/* A pointer that may not be read. */
void *bad_pointer(void);

#endif
