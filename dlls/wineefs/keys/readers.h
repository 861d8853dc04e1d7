/*
 * Who will be able to decrypt what is encrypted now: a user, and the recovery agents.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_READERS_H
#define WINEEFS_READERS_H

#include "call/unixlib.h"
#include "wine/blob.h"

struct readers
{
    struct blob        user, policy; /* what is pointed into */
    struct key_readers pass;         /* for the Unix half */
};

/* The user with his current key, which is made if he has none. Win32 code; to be ended by readers_free, also on
   failure. */
DWORD readers_get(struct readers *readers);
/* The one of the user's certificates with this thumbprint (SHA-1, `size` bytes). ERROR_ACCESS_DENIED: he has none. */
DWORD readers_get_by(struct readers *readers, const BYTE *thumbprint, DWORD size);
void readers_free(struct readers *readers);

/* What a call with them has answered. Win32 code */
DWORD readers_error(const char *function, const struct key_readers *readers, const struct unix_result *result);

#endif
