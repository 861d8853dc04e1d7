/*
 * The keys of the user who runs the tests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_TEST_USER_KEYS_H
#define EFS_TEST_USER_KEYS_H

#include "efs_test.h"
#include <wincrypt.h>

#define SHARE_EVERYTHING (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define CERTIFICATE_HASH_SIZE 20

/* The thumbprint of the current one; false: none was chosen. */
bool get_current_key(BYTE hash[CERTIFICATE_HASH_SIZE]);
bool has_current_key(void);

/* The one user of the file is that of the current key, and there's no recovery agent. */
void check_current_user_(const char *file, int line, const WCHAR *path);
#define check_current_user(path) check_current_user_(__FILE__, __LINE__, path)

/* Do users of the file, in this order, have these thumbprints? */
void check_hashes_(const char *file, int line, const WCHAR *path, bool agents,
                   const BYTE (*hashes)[CERTIFICATE_HASH_SIZE], DWORD count);
#define check_hashes(path, agents, hashes, count) check_hashes_(__FILE__, __LINE__, path, agents, hashes, count)

/* The DER of one of the user's certificates, up to `room` bytes; 0: there's none with that thumbprint. */
DWORD get_certificate(const BYTE hash[CERTIFICATE_HASH_SIZE], BYTE *der, DWORD room);
/* Takes it out of the user's store, its private key stays; puts it back with that. */
void hide_certificate(const BYTE hash[CERTIFICATE_HASH_SIZE]);
void show_certificate(void);

#endif
