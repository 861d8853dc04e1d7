/*
 * What a raw stream holds: read through to its end, with sizes counted and $EFS kept.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "scan.h"

#include <stdlib.h>
#include <string.h>

#include "efs/raw_writer.h"

/* The reader's limits on streams and names bound what this can take. */
static enum efs_error add_stream(struct scan *scan, const struct efs_raw_stream *stream, struct efs_diag *diag)
{
    struct scan_stream *streams, *added;

    streams = realloc(scan->streams, (scan->count + 1) * sizeof(*streams));
    if (!streams) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    scan->streams = streams;
    added = &streams[scan->count];
    memset(added, 0, sizeof(*added));
    added->name = malloc(stream->name_length + 1);
    if (!added->name) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    memcpy(added->name, stream->name, stream->name_length);
    added->name_length = stream->name_length;
    added->unnamed = stream->unnamed;
    added->plain = stream->plain;
    scan->count++;
    return EFS_OK;
}

static void add_segment(struct scan_stream *stream, const struct efs_raw_segment *segment)
{
    uint64_t size = segment->offset + segment->bytes_in_stream;
    uint64_t valid = segment->offset + segment->bytes_in_vdl;

    stream->segments++;
    stream->stored += segment->data_length;
    if (stream->plain)
    {
        stream->size = stream->valid = stream->stored;
        return;
    }
    stream->blocks += segment->block_count;
    if (size > stream->size) stream->size = size;
    if (valid > stream->valid) stream->valid = valid;
    if (segment->extended_flags & EFS_RAW_EXTENDED_SPARSE) stream->sparse = true;
}

enum efs_error scan_stream(struct scan *scan, struct input *input, struct efs_diag *diag)
{
    struct efs_raw_event event;
    enum efs_error error;
    bool end = false;

    memset(scan, 0, sizeof(*scan));
    while (!(error = input_next(input, &event, &end, diag)) && !end)
    {
        if (event.type == EFS_RAW_STREAM)
        {
            if (!event.stream.metadata) error = add_stream(scan, &event.stream, diag);
            if (error) return error;
        }
        else if (event.type == EFS_RAW_SEGMENT && !input->metadata.current && scan->count)
            add_segment(&scan->streams[scan->count - 1], &event.segment);
    }
    if (error) return error;
    scan->length = input->length;
    return efs_metadata_read(&scan->metadata, input->metadata.bytes, input->metadata.length, diag);
}

enum efs_error scan_encrypted(struct scan *scan, struct input *input, struct efs_diag *diag)
{
    const struct efs_stored *stored = &input->stored;
    struct efs_raw_stream unnamed =
    {
        .unnamed = true, .name = efs_raw_unnamed_name, .name_length = sizeof(efs_raw_unnamed_name),
    };
    enum efs_error error;

    /* What it is made of isn't clear from its size. */
    if (!efs_stored_is_canonical(stored)) return scan_stream(scan, input, diag);

    memset(scan, 0, sizeof(*scan));
    scan->length = efs_raw_stream_length(stored->metadata_length, stored->data_size, stored->directory);
    if (!stored->directory)
    {
        error = add_stream(scan, &unnamed, diag);
        if (error) return error;
        scan->streams[0].size = scan->streams[0].valid = stored->data_size;
        scan->streams[0].stored = efs_raw_padded(stored->data_size);
        scan->streams[0].segments = (stored->data_size + EFS_RAW_TRANSFER - 1) / EFS_RAW_TRANSFER;
        scan->streams[0].blocks = scan->streams[0].segments;
    }
    return efs_metadata_read(&scan->metadata, stored->metadata, stored->metadata_length, diag);
}

void scan_free(struct scan *scan)
{
    size_t i;

    for (i = 0; i < scan->count; i++) free(scan->streams[i].name);
    free(scan->streams);
    memset(scan, 0, sizeof(*scan));
}

const struct scan_stream *scan_unnamed(const struct scan *scan)
{
    size_t i;

    for (i = 0; i < scan->count; i++)
        if (scan->streams[i].unnamed) return &scan->streams[i];
    return NULL;
}
