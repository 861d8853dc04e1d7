/*
 * Puts the pieces of a source together: which certificate has which key, and does it open?
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_RESOLVE_H
#define EFS_KEYS_RESOLVE_H

#include "unlock.h"

struct keystore_entry
{
    struct efs_keystore_entry public;
    struct rsa_key           *key;
};

struct keystore_entries
{
    struct keystore_entry *list;
    size_t                 count, capacity;
};

/* The strings of the entries point into the pieces, which must stay. EFS_ERR_NO_MEMORY alone is returned. */
enum efs_error resolve_pieces(struct keystore_entries *entries, struct unlocker *unlocker, struct efs_diag *diag);
void keystore_entries_free(struct keystore_entries *entries);

#endif
