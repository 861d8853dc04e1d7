/*
 * The mark of a container.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/container.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

/* u8 version, u8 flags, u16 and u32 reserved, u64 size */
#define AT_SIZE 8
#define AT_ID   8 /* of a directory's, in the place of the size */

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

void efs_container_mark_make_within(uint8_t out[EFS_CONTAINER_MARK_SIZE], uint64_t id)
{
    memset(out, 0, EFS_CONTAINER_MARK_SIZE);
    out[0] = EFS_CONTAINER_WITHIN_VERSION;
    store64_le(out + AT_ID, id);
}

bool efs_container_mark_read_within(const uint8_t *mark, size_t length, uint64_t *id)
{
    static const uint8_t start[AT_ID] = { EFS_CONTAINER_WITHIN_VERSION };

    if (length != EFS_CONTAINER_MARK_SIZE || memcmp(mark, start, sizeof(start))) return false;
    *id = load64_le(mark + AT_ID);
    return true;
}

void efs_container_make_name(char name[EFS_CONTAINER_NAME_SIZE], uint64_t id)
{
    snprintf(name, EFS_CONTAINER_NAME_SIZE, EFS_CONTAINER_NAME_PREFIX "%016" PRIx64, id);
}

bool efs_is_container_name(const char *name)
{
    size_t prefix = strlen(EFS_CONTAINER_NAME_PREFIX);

    return !strncmp(name, EFS_CONTAINER_NAME_PREFIX, prefix) && strlen(name) == prefix + EFS_CONTAINER_NAME_DIGITS
           && strspn(name + prefix, "0123456789abcdef") == EFS_CONTAINER_NAME_DIGITS;
}
