/*
 * efsraw export --pfile.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "export_pfile.h"

#include "efs/pfile.h"

/* What has been read so far. */
struct pfile_writer
{
    bool     current; /* the unnamed stream is being read */
    bool     file;          /* it has one, so it isn't a directory's */
    uint64_t size;          /* plain bytes */
    uint64_t at;            /* of the next stored byte in the stream */
    uint64_t end;           /* of the stored bytes of the segment that are needed */
};

static enum efs_error cannot(const struct efs_raw_event *event, const char *rule, struct efs_diag *diag)
{
    return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, event->position, rule);
}

static enum efs_error take_stream(struct pfile_writer *writer, const struct input *input,
                                  const struct efs_raw_event *event, struct efs_diag *diag)
{
    writer->current = false;
    if (event->stream.metadata) return EFS_OK;
    if (!event->stream.unnamed && !(input->flags & EFS_SESSION_DROP_NAMED))
        return cannot(event, ".PFILE: it has no room for named streams; --drop-named leaves them out", diag);
    if (!event->stream.unnamed) return EFS_OK;
    if (event->stream.plain) return cannot(event, ".PFILE: the content isn't encrypted", diag);
    writer->current = writer->file = true;
    return EFS_OK;
}

/* Each block has to be there in full, as without the key no zeros can be encrypted in its place. */
static enum efs_error take_segment(struct pfile_writer *writer, const struct efs_raw_event *event,
                                   struct efs_diag *diag)
{
    const struct efs_raw_segment *segment = &event->segment;
    uint64_t left = segment->bytes_in_stream, block = (uint64_t)1 << segment->unit_shift, wanted;
    unsigned int i;

    if (!writer->current) return EFS_OK;
    if (segment->offset != writer->size || segment->bytes_in_vdl != segment->bytes_in_stream)
        return cannot(event, ".PFILE: parts of the content aren't stored (holes), which it can't say", diag);
    for (i = 0; i < segment->block_count && left; i++, left -= wanted)
    {
        wanted = left < block ? left : block;
        if (efs_raw_block_size(segment, i) < efs_pfile_stored(wanted) ||
            (wanted < left && efs_raw_block_size(segment, i) != block))
            return cannot(event, ".PFILE: parts of the content aren't stored (holes), which it can't say", diag);
    }
    if (left) return cannot(event, ".PFILE: parts of the content aren't stored (holes), which it can't say", diag);
    writer->size += segment->bytes_in_stream;
    writer->at = segment->offset;
    writer->end = segment->offset + efs_pfile_stored(segment->bytes_in_stream);
    return EFS_OK;
}

static enum efs_error take_data(struct pfile_writer *writer, const struct efs_raw_event *event, struct output *output,
                                struct efs_diag *diag)
{
    uint64_t length = event->data_length, at = writer->at;

    if (!writer->current || at >= writer->end) return EFS_OK;
    if (length > writer->end - at) length = writer->end - at;
    writer->at += length;
    return output_write_at(output, EFS_PFILE_HEADER + at, event->data, (size_t)length, diag);
}

/* The header comes last: until the end it isn't known how long the file is. */
static enum efs_error finish(const struct pfile_writer *writer, const struct input *input, struct output *output,
                             bool *output_failed, struct efs_diag *diag)
{
    uint8_t header[EFS_PFILE_HEADER];
    const struct efs_raw_metadata *metadata = &input->metadata;
    enum efs_error error = EFS_OK;

    if (writer->file) error = efs_pfile_make(header, metadata->bytes, metadata->length, writer->size, diag);
    if (error) return error;
    *output_failed = true;
    if (!writer->file) return output_write(output, metadata->bytes, metadata->length, diag);
    error = output_write_at(output, 0, header, sizeof(header), diag);
    return error ? error : output_set_end(output, EFS_PFILE_HEADER + efs_pfile_stored(writer->size), diag);
}

enum efs_error write_pfile(struct input *input, struct output *output, bool *output_failed, struct efs_diag *diag)
{
    struct pfile_writer writer = { .current = false };
    struct efs_raw_event event;
    enum efs_error error;
    bool end = false;

    *output_failed = !output->stage;
    if (!output->stage) return efs_fail(diag, EFS_ERR_INVALID, 0, "a .PFILE can be written to a file only");
    while (!(error = input_next(input, &event, &end, diag)) && !end)
    {
        if (event.type == EFS_RAW_STREAM) error = take_stream(&writer, input, &event, diag);
        if (event.type == EFS_RAW_SEGMENT) error = take_segment(&writer, &event, diag);
        if (event.type == EFS_RAW_DATA)
        {
            error = take_data(&writer, &event, output, diag);
            *output_failed = error != EFS_OK;
        }
        if (error) return error;
    }
    return error ? error : finish(&writer, input, output, output_failed, diag);
}
