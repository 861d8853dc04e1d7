/*
 * Opens master keys by whatever the user knows: password, hashes of it, older passwords in CREDHIST, a domain's backup
 * key.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_UNLOCK_H
#define EFS_KEYS_UNLOCK_H

#include "pieces.h"

#define OLD_PASSWORDS_MAX 64 /* that are taken out of all histories */

struct unlocker
{
    struct pieces                *pieces;
    const struct efs_key_secrets *secrets;
    const struct rsa_key *const  *backups; /* domain backup keys */
    size_t                        backup_count;
    uint64_t                      budget;  /* EFS_KEYSTORE_ROUNDS_MAX, see dpapi_derive */
    struct efs_secret             memory;  /* holds what follows */
    struct password_hashes       *current; /* nothing in it: no password is known */
    struct password_hashes       *old;     /* OLD_PASSWORDS_MAX */
    size_t                        old_count;
    bool                          histories_read;
};

/* EFS_ERR_INVALID: the secrets can't be right. */
enum efs_error unlocker_begin(struct unlocker *unlocker, struct pieces *pieces, const struct efs_key_secrets *secrets,
                              struct efs_diag *diag);
void unlocker_end(struct unlocker *unlocker);

/* master->masterkey is there afterwards, or master->diag says why not; each is tried once. EFS_ERR_NO_MEMORY alone is
   returned. */
enum efs_error unlock_master(struct unlocker *unlocker, struct piece *master, struct efs_diag *diag);

#endif
