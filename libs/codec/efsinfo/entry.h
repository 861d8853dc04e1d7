/*
 * Writing one entry of a key list: what making a $EFS and changing one share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_METADATA_ENTRY_H
#define EFS_METADATA_ENTRY_H

#include "efs/metadata.h"

/* Can it be written, so that the reader gives back exactly this? */
bool metadata_entry_is_sound(const struct efs_key_entry *entry);
/* Bytes of a sound one, at most 4 times EFS_METADATA_MAX. */
uint32_t metadata_entry_size(const struct efs_key_entry *entry);
/* `out` is zeroed. Returns the place behind the entry. */
uint8_t *metadata_entry_put(uint8_t *out, const struct efs_key_entry *entry);

#endif
