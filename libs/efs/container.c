/*
 * The mark of a container.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/container.h"

#include <string.h>

#include "bytes.h"

/* u8 version, u8 flags, u16 and u32 reserved, u64 size */
#define AT_SIZE 8

void efs_container_mark_make(uint8_t out[EFS_CONTAINER_MARK_SIZE], uint64_t data_size)
{
    memset(out, 0, EFS_CONTAINER_MARK_SIZE);
    out[0] = EFS_CONTAINER_VERSION;
    store64_le(out + AT_SIZE, data_size);
}

bool efs_container_mark_read(const uint8_t *mark, size_t length, uint64_t *data_size)
{
    static const uint8_t start[AT_SIZE] = { EFS_CONTAINER_VERSION };

    if (length != EFS_CONTAINER_MARK_SIZE || memcmp(mark, start, sizeof(start))) return false;
    *data_size = load64_le(mark + AT_SIZE);
    return *data_size <= INT64_MAX;
}
