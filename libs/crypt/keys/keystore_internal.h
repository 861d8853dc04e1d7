/*
 * What is in an open source of keys.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_KEYSTORE_INTERNAL_H
#define EFS_KEYS_KEYSTORE_INTERNAL_H

#include "resolve.h"

struct efs_keystore
{
    enum efs_keystore_kind  kind;
    struct pieces           pieces;
    struct keystore_entries entries;
};

#endif
