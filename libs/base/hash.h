/*
 * FNV-1a, 64 bits: tells one thing from another where nobody has a reason to make two alike.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_HASH_H
#define EFS_HASH_H

#include <stddef.h>
#include <stdint.h>

#define FNV1A_BEGIN 0xcbf29ce484222325u

static inline uint64_t fnv1a_add(uint64_t hash, const uint8_t *bytes, size_t length)
{
    size_t i;

    for (i = 0; i < length; i++) hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

#endif
