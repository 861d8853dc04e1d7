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
    struct efs_raw_reader reader;
    uint8_t               piece[PIECE];
};

/* Adds to the $EFS, whose length the reader limits. */
static enum efs_error collect(struct efs_stored *stored, const struct efs_raw_event *event, struct efs_diag *diag)
{
    uint8_t *grown = realloc(stored->metadata, stored->metadata_length + event->data_length);

    if (!grown) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    memcpy(grown + stored->metadata_length, event->data, event->data_length);
    stored->metadata = grown;
    stored->metadata_length += (uint32_t)event->data_length;
    return EFS_OK;
}

/* All events of the piece, or those before the first stream that isn't the $EFS. */
static enum efs_error read_piece(struct collector *collector, struct efs_stored *stored, size_t length, bool *end,
                                 struct efs_diag *diag)
{
    const uint8_t *input = collector->piece;
    struct efs_raw_event event;
    enum efs_error err;

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
        if (event.type == EFS_RAW_DATA && (err = collect(stored, &event, diag))) return err;
    }
}

enum efs_error container_read_metadata(struct efs_stored *stored, struct efs_diag *diag)
{
    struct collector *collector = calloc(1, sizeof(*collector)); /* so that the reader's arrays cost nothing */
    enum efs_error err = EFS_OK;
    uint64_t offset = 0;
    uint32_t version;
    bool end = false;

    if (!collector) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    efs_raw_reader_init(&collector->reader);
    while (!err && !end && offset < stored->content_length)
    {
        size_t n = stored->content_length - offset < PIECE ? (size_t)(stored->content_length - offset) : PIECE;

        err = io_read_exactly(stored->fd, offset, collector->piece, n, diag);
        if (!err) err = read_piece(collector, stored, n, &end, diag);
        offset += n;
    }
    if (!err && efs_metadata_identify(stored->metadata, stored->metadata_length, &version, NULL))
        err = efs_fail(diag, EFS_ERR_CORRUPT, 0, "container: no raw stream with a $EFS");
    free(collector);
    return err;
}
