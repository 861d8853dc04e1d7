/*
 * Memory for passwords and keys: out of the swap where the limits allow that, out of core files, wiped when it is
 * freed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_SECRET_H
#define EFS_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct efs_secret
{
    uint8_t *bytes;    /* NULL while there is none; whole pages of its own */
    size_t   length;   /* bytes in use, the caller's affair */
    size_t   capacity; /* bytes */
};

/* Zeros. False: out of memory, and *secret is empty. */
bool efs_secret_allocate(struct efs_secret *secret, size_t capacity);
/* Wipes it; may be called again. */
void efs_secret_free(struct efs_secret *secret);
/*
 * Wipes what calls that have returned left on the stack, to a depth of 64 KiB. Libraries work with secrets there, and
 * don't always clean up: GnuTLS' derivation of PKCS#12's keys leaves the password, as UTF-16.
 */
void efs_secret_wipe_stack(void);

#endif
