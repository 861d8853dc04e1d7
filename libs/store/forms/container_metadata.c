/*
 * What a container's raw stream says of itself at its beginning.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "form.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "efs/metadata.h"
#include "efs/raw.h"

#define PIECE 16384 /* bytes read at once: most $EFS fit */

struct collector
{
    struct efs_raw_reader   reader;
    struct efs_raw_metadata metadata;
    uint8_t                 piece[PIECE];
    uint8_t                 bytes[EFS_METADATA_MAX];
};

/* All events of the piece, or those before the first stream that isn't the $EFS. */
static enum efs_error read_piece(struct collector *collector, size_t length, bool *end, struct efs_diag *diag)
{
    const uint8_t *input = collector->piece;
    struct efs_raw_event event;

    for (;;)
    {
        if (efs_raw_reader_next(&collector->reader, &input, &length, &event, diag))
            return efs_fail(diag, EFS_ERR_CORRUPT, diag ? diag->offset : 0,
                            diag ? diag->rule : "container: no raw stream");
        if (event.type == EFS_RAW_NEED_INPUT) return EFS_OK;
        if (event.type == EFS_RAW_STREAM && !event.stream.metadata)
        {
            *end = true;
            return EFS_OK;
        }
        efs_raw_metadata_add(&collector->metadata, &event);
    }
}

static enum efs_error keep(const struct efs_raw_metadata *metadata, struct efs_stored *stored, struct efs_diag *diag)
{
    uint32_t version;

    if (efs_metadata_identify(metadata->bytes, metadata->length, &version, NULL))
        return efs_fail(diag, EFS_ERR_CORRUPT, 0, "container: no raw stream with a $EFS");
    if (!(stored->metadata = malloc(metadata->length))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    memcpy(stored->metadata, metadata->bytes, metadata->length);
    stored->metadata_length = metadata->length;
    return EFS_OK;
}

enum efs_error container_read_metadata(struct efs_stored *stored, struct efs_diag *diag)
{
    struct collector *collector = calloc(1, sizeof(*collector)); /* so that the large arrays cost nothing */
    enum efs_error err = EFS_OK;
    uint64_t offset = 0;
    bool end = false;

    if (!collector) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    efs_raw_reader_init(&collector->reader);
    collector->metadata.bytes = collector->bytes;
    while (!err && !end && offset < stored->content_length)
    {
        size_t n = stored->content_length - offset < PIECE ? (size_t)(stored->content_length - offset) : PIECE;

        err = io_read_exactly(stored->fd, offset, collector->piece, n, diag);
        if (!err) err = read_piece(collector, n, &end, diag);
        offset += n;
    }
    if (!err) err = keep(&collector->metadata, stored, diag);
    free(collector);
    return err;
}
