/*
 * Taking users out of a $EFS of versions 1 to 3, and adding others.
 *
 * The entries that stay are copied as they are, so that what isn't understood in them stays, too. Around them the
 * layout is that of make.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/metadata.h"

#include <string.h>

#include "base/bytes.h"
#include "entry.h"
#include "format.h"

#define HASH_SIZE 16 /* of HEADER_HASH */

/* Of recovery agents: nothing changes. */
static const struct efs_metadata_change no_change;

static bool is_listed(const struct efs_bytes *thumbprint, const struct efs_bytes *list, uint32_t count)
{
    uint32_t i;

    if (!thumbprint->length) return false;
    for (i = 0; i < count; i++)
        if (list[i].length == thumbprint->length && !memcmp(list[i].data, thumbprint->data, thumbprint->length))
            return true;
    return false;
}

static bool is_dropped(const struct efs_key_entry *entry, const struct efs_metadata_change *change)
{
    return (change->drop_entry && entry->offset == change->drop_entry)
           || is_listed(&entry->thumbprint, change->drop, change->drop_count);
}

static uint32_t entry_length(const struct efs_metadata *metadata, const struct efs_key_entry *entry)
{
    return load32_le(metadata->bytes + entry->offset + ENTRY_LENGTH);
}

/* Appends the list, changed, at *at; counts alone while out is NULL. Returns the number of entries. */
static uint32_t put_list(uint8_t *out, uint64_t *at, const struct efs_metadata *metadata, enum efs_key_list list,
                         const struct efs_metadata_change *change)
{
    uint64_t start = *at;
    struct efs_key_entry entry;
    uint32_t cursor = 0, count = 0, length, i;

    *at += LIST_SIZE;
    while (efs_metadata_next(metadata, list, &cursor, &entry))
    {
        if (is_dropped(&entry, change)) continue;
        length = entry_length(metadata, &entry);
        if (out) memcpy(out + *at, metadata->bytes + entry.offset, length);
        *at += length;
        count++;
    }
    for (i = 0; i < change->add_count; i++)
    {
        if (out) metadata_entry_put(out + *at, &change->add[i]);
        *at += metadata_entry_size(&change->add[i]);
    }
    count += change->add_count;
    if (out) store32_le(out + start, count);
    return count;
}

static bool is_sound(const struct efs_metadata_change *change)
{
    uint32_t i;

    if (change->add_count > EFS_METADATA_USERS_MAX) return false;
    for (i = 0; i < change->add_count; i++)
        if (!metadata_entry_is_sound(&change->add[i])) return false;
    return true;
}

enum efs_error efs_metadata_change(uint8_t *out, size_t capacity, const struct efs_metadata *metadata,
                                   const struct efs_metadata_change *change, size_t *written, uint32_t *dropped)
{
    uint64_t ddf_end = EFS_METADATA_HEADER_SIZE, end;
    uint32_t left;

    *written = 0;
    *dropped = 0;
    if (metadata->opaque) return EFS_ERR_VERSION;
    if (!is_sound(change)) return EFS_ERR_INVALID;
    left = put_list(NULL, &ddf_end, metadata, EFS_DDF, change);
    if (!left || (change->add_count && left > EFS_METADATA_USERS_MAX)) return EFS_ERR_INVALID;
    end = ddf_end;
    if (metadata->list_offset[EFS_DRF]) put_list(NULL, &end, metadata, EFS_DRF, &no_change);
    end = (end + EFS_METADATA_ROUND - 1) / EFS_METADATA_ROUND * EFS_METADATA_ROUND;
    if (end > EFS_METADATA_MAX) return EFS_ERR_INVALID;
    *written = (size_t)end;
    if (end > capacity) return EFS_ERR_INVALID;

    memset(out, 0, (size_t)end);
    memcpy(out, metadata->bytes, EFS_METADATA_HEADER_SIZE);
    store32_le(out + HEADER_LENGTH, (uint32_t)end);
    /* Windows 2000 checks it, but no later Windows writes one: what isn't true any more goes. */
    memset(out + HEADER_HASH, 0, HASH_SIZE);
    store32_le(out + HEADER_DDF, EFS_METADATA_HEADER_SIZE);
    store32_le(out + HEADER_DRF, metadata->list_offset[EFS_DRF] ? (uint32_t)ddf_end : 0);
    ddf_end = EFS_METADATA_HEADER_SIZE;
    put_list(out, &ddf_end, metadata, EFS_DDF, change);
    if (metadata->list_offset[EFS_DRF]) put_list(out, &ddf_end, metadata, EFS_DRF, &no_change);
    *dropped = metadata->count[EFS_DDF] + change->add_count - left;
    return EFS_OK;
}

enum efs_error efs_metadata_drop_users(uint8_t *out, size_t capacity, const struct efs_metadata *metadata,
                                       const struct efs_bytes *thumbprints, uint32_t count, size_t *written,
                                       uint32_t *dropped)
{
    const struct efs_metadata_change change = { .drop = thumbprints, .drop_count = count };

    return efs_metadata_change(out, capacity, metadata, &change, written, dropped);
}
