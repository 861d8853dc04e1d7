/*
 * The $EFS, out of the events of a raw stream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/raw.h"

#include <string.h>

void efs_raw_metadata_add(struct efs_raw_metadata *metadata, const struct efs_raw_event *event)
{
    if (event->type == EFS_RAW_STREAM) metadata->current = event->stream.metadata;
    if (!metadata->current) return;
    if (event->type == EFS_RAW_SEGMENT && !metadata->segments++)
        metadata->position = event->position + event->record_length;
    if (event->type != EFS_RAW_DATA) return;
    memcpy(metadata->bytes + metadata->length, event->data, event->data_length);
    metadata->length += (uint32_t)event->data_length;
}
