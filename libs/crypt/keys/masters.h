/*
 * Master keys that another tool has opened.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_MASTERS_H
#define EFS_KEYS_MASTERS_H

#include "base/identifiers.h"
#include "efs/keystore.h"

/* Its SHA-1, 20 bytes; NULL: it isn't among them. */
const uint8_t *find_master_key(const struct efs_key_secrets *secrets, const uint8_t guid[GUID_SIZE]);

#endif
