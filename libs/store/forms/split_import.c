/*
 * The split form of an import: ciphertext to its place, all else into the layout.
 *
 * Each record is compared with the one that the writer makes for its place. A stream without a difference needs no
 * layout; it is recorded all the same, for only its end tells.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "form.h"

#include <string.h>

#include "store/staging.h"

static bool is_record(const struct efs_raw_event *event, const uint8_t *expected, size_t length)
{
    return event->record_length == length && !memcmp(event->record, expected, length);
}

static void note_unusual(struct form_import *import, uint64_t position, const char *what)
{
    if (import->unusual) return;
    import->unusual = what;
    import->unusual_position = position;
}

static enum efs_error too_large(struct form_import *import, const struct efs_raw_event *event)
{
    return efs_fail(&import->diag, FORM_UNFIT, event->position, "the layout of the stream is too large");
}

static enum efs_error put_record(struct form_import *import, const struct efs_raw_event *event)
{
    return efs_layout_put_bytes(&import->maker, event->record, event->record_length) ? EFS_OK
        : too_large(import, event);
}

static enum efs_error take_file_header(struct form_import *import, const struct efs_raw_event *event)
{
    uint8_t expected[EFS_RAW_FILE_HEADER_SIZE];
    size_t length = efs_raw_make_file_header(expected);

    if (!is_record(event, expected, length))
        note_unusual(import, event->position, "file header: reserved bytes are not 0");
    return put_record(import, event);
}

static enum efs_error take_stream(struct form_import *import, const struct efs_raw_event *event)
{
    uint8_t expected[EFS_RAW_STREAM_HEADER_FIXED + sizeof(efs_raw_unnamed_name)];
    size_t length;

    if (import->stream == FORM_NAMED)
    {
        note_unusual(import, event->position, "a named stream");
        if (!import->directory) return efs_fail(&import->diag, FORM_UNFIT, event->position, "a named stream");
        return put_record(import, event);
    }
    if (import->stream == FORM_METADATA)
    {
        length = efs_raw_make_stream_header(expected, sizeof(expected), 0, efs_raw_metadata_name,
                                            sizeof(efs_raw_metadata_name));
        if (!is_record(event, expected, length))
            note_unusual(import, event->position, "metadata stream header: not as Windows writes it");
        return put_record(import, event);
    }
    length = efs_raw_make_stream_header(expected, sizeof(expected), 0, efs_raw_unnamed_name,
                                        sizeof(efs_raw_unnamed_name));
    if (!is_record(event, expected, length))
        note_unusual(import, event->position, "data stream header: not as Windows writes it");
    if (event->stream.plain)
        return efs_fail(&import->diag, FORM_UNFIT, event->position, "an unnamed stream that isn't encrypted");
    return put_record(import, event);
}

static enum efs_error take_metadata_segment(struct form_import *import, const struct efs_raw_event *event)
{
    uint8_t expected[EFS_RAW_SEGMENT_HEADER_SIZE];
    size_t length = efs_raw_make_plain_segment(expected, (uint32_t)event->segment.data_length);

    if (import->metadata.segments > 1) note_unusual(import, event->position, "metadata in more than one segment");
    if (!is_record(event, expected, length))
        note_unusual(import, event->position, "metadata segment header: reserved bytes are not 0");
    return put_record(import, event);
}

/* Where the first and the last stored byte of a segment go. False if it stores nothing. */
static bool stored_range(const struct efs_raw_segment *segment, uint64_t *start, uint64_t *end)
{
    bool any = false;
    uint32_t i;

    for (i = 0; i < segment->block_count; i++)
    {
        uint64_t at = segment->offset + ((uint64_t)i << segment->unit_shift);
        uint32_t size = efs_raw_block_size(segment, i);

        if (!size) continue;
        if (!any) *start = at;
        *end = at + size;
        any = true;
    }
    return any;
}

static enum efs_error take_data_segment(struct form_import *import, const struct efs_raw_event *event)
{
    const struct efs_raw_segment *segment = &event->segment;
    uint64_t start, end;

    if (!efs_raw_is_canonical_segment(event, import->size_before))
        note_unusual(import, event->position, "data segment: not laid out as Windows does it for an ordinary file "
                                              "(sparse, valid data length, other unit or segmentation)");
    if (stored_range(segment, &start, &end))
    {
        /* Bytes beyond a segment's part of the stream may be where the next one's belong. */
        if (start < import->stored_end)
            return efs_fail(&import->diag, FORM_UNFIT, event->position, "segments that overlap");
        import->stored_end = end;
    }
    if (!efs_layout_put_segment(&import->maker, event->record, event->record_length, segment))
        return too_large(import, event);
    import->segment = *segment; /* its block sizes stay valid until its data has been reported */
    import->block = import->block_done = 0;
    return EFS_OK;
}

/* Stored bytes of the unnamed stream: each run of whole blocks in one piece. They are the caller's, until this feed
   ends. */
static enum efs_error write_blocks(struct form_import *import, const struct efs_raw_event *event)
{
    const struct efs_raw_segment *segment = &import->segment;
    const uint8_t *data = event->data;
    size_t left = event->data_length;
    enum efs_error err;

    while (left)
    {
        uint64_t at = segment->offset + ((uint64_t)import->block << segment->unit_shift) + import->block_done;
        size_t run = 0;
        bool whole = true;

        while (run < left && import->block < segment->block_count && whole)
        {
            uint32_t size = efs_raw_block_size(segment, import->block), rest = size - import->block_done;

            if (rest > left - run)
            {
                import->block_done += (uint32_t)(left - run);
                run = left;
                break;
            }
            run += rest;
            whole = size == (uint32_t)1 << segment->unit_shift; /* a hole isn't */
            import->block++;
            import->block_done = 0;
        }
        if (run && (err = efs_stage_queue(import->stage, at, data, run, &import->diag))) return err;
        data += run;
        left -= run;
    }
    return EFS_OK;
}

static enum efs_error take_data(struct form_import *import, const struct efs_raw_event *event)
{
    if (import->stream == FORM_METADATA)
        return efs_layout_put_metadata(&import->maker, event->data_length) ? EFS_OK : too_large(import, event);
    if (import->stream == FORM_UNNAMED) return write_blocks(import, event);
    return efs_layout_put_bytes(&import->maker, event->data, event->data_length) ? EFS_OK : too_large(import, event);
}

enum efs_error split_event(struct form_import *import, const struct efs_raw_event *event)
{
    switch (event->type)
    {
    case EFS_RAW_FILE_HEADER:
        return take_file_header(import, event);
    case EFS_RAW_STREAM:
        return take_stream(import, event);
    case EFS_RAW_SEGMENT:
        if (import->stream == FORM_METADATA) return take_metadata_segment(import, event);
        if (import->stream == FORM_UNNAMED) return take_data_segment(import, event);
        return put_record(import, event);
    default: /* EFS_RAW_DATA: there are no others */
        return take_data(import, event);
    }
}

void split_see_end(struct form_import *import, bool *beyond)
{
    if (!import->directory && !import->unnamed_seen)
        note_unusual(import, import->position, "a file's stream without a data stream");
    *beyond = import->stored_end > efs_raw_padded(import->data_size);
    if (*beyond) note_unusual(import, import->position, "stored bytes beyond the stream's end");
}
