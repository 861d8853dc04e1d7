/*
 * Who can decrypt a file: adding and removing users, which are the entries of the DDF of its $EFS (MS-EFSR 2.2.2.1).
 * The file's own key stays, and its data isn't touched; but on NTFS-3G, and as a container, the file is written anew.
 * Each change is one step: whatever happens, the file has the old users or the new ones.
 *
 * Part of the library efs-plain; needs efs-crypto.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_USERS_H
#define EFS_USERS_H

#include <stdbool.h>
#include <stdint.h>

#include "efs/certificate.h"
#include "efs/error.h"
#include "efs/key.h"

struct efs_users_changed
{
    uint32_t added;   /* certificates that were new to it */
    uint32_t removed; /* entries that went */
};

/*
 * Makes the encrypted file or directory of fd (open for reading, stays the caller's) one that these certificates' keys
 * open, too. key: one that opens it now. remove_old: the user's entry that the key opened goes in the same step, and
 * those of all certificates that the key has, but for `certificates` themselves; a recovery agent's stays. Where there
 * is nothing to change, nothing is written. The time of the last change stays. Errors: of efs_stored_open_fd,
 * efs_metadata_read, efs_key_unwrap, efs_certificate_wrap and efs_replace_metadata; EFS_ERR_INVALID: too many users.
 * count: of the certificates.
 */
enum efs_error efs_users_add(int fd, const struct efs_key *key, const struct efs_certificate * const *certificates,
                             uint32_t count, bool remove_old, struct efs_users_changed *changed,
                             struct efs_diag *diag);
/* The same of a file whose place is known, which no path need lead to; it stays the caller's. NULL: it isn't known. */
struct efs_target;
enum efs_error efs_users_add_at(int fd, struct efs_target *target, const struct efs_key *key,
                                const struct efs_certificate * const *certificates, uint32_t count, bool remove_old,
                                struct efs_users_changed *changed, struct efs_diag *diag);

/*
 * Takes the user with that thumbprint out (SHA-1 of his certificate, length: bytes, 20); no key is needed. Who has
 * decrypted the file before may know its key still.
 * Errors: EFS_ERR_NOT_FOUND: there is none; EFS_ERR_INVALID: nobody would be left; as above.
 */
enum efs_error efs_users_remove(int fd, const uint8_t *thumbprint, uint32_t length, struct efs_diag *diag);

#endif
