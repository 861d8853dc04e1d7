/*
 * The raw stream writer: the order of the records, one piece after the other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/raw.h"
#include "efs/raw_writer.h"

enum
{
    WRITE_FILE_HEADER,
    WRITE_METADATA_STREAM,
    WRITE_METADATA_SEGMENT,
    WRITE_METADATA,
    WRITE_DATA_STREAM,
    WRITE_DATA_SEGMENT,
    WRITE_DATA,
    WRITE_END,
};

void efs_raw_writer_init(struct efs_raw_writer *writer, uint32_t metadata_length, uint64_t data_size, bool directory)
{
    writer->state = WRITE_FILE_HEADER;
    writer->directory = directory;
    writer->metadata_length = metadata_length;
    writer->data_size = directory ? 0 : data_size;
    writer->offset = 0;
}

void efs_raw_writer_init_segments(struct efs_raw_writer *writer, uint64_t data_size)
{
    efs_raw_writer_init(writer, 0, data_size, false);
    writer->state = data_size ? WRITE_DATA_SEGMENT : WRITE_END;
}

static void piece_bytes(struct efs_raw_writer *writer, struct efs_raw_piece *piece, size_t length)
{
    piece->type = EFS_RAW_PIECE_BYTES;
    piece->bytes = writer->bytes;
    piece->length = (uint32_t)length;
}

static uint32_t segment_bytes(const struct efs_raw_writer *writer)
{
    uint64_t left = writer->data_size - writer->offset;

    return left < EFS_RAW_TRANSFER ? (uint32_t)left : EFS_RAW_TRANSFER;
}

void efs_raw_writer_next(struct efs_raw_writer *writer, struct efs_raw_piece *piece)
{
    uint32_t bytes;

    piece->bytes = NULL;
    piece->offset = 0;
    piece->length = 0;
    switch (writer->state)
    {
    case WRITE_FILE_HEADER:
        piece_bytes(writer, piece, efs_raw_make_file_header(writer->bytes));
        writer->state = WRITE_METADATA_STREAM;
        break;
    case WRITE_METADATA_STREAM:
        piece_bytes(writer, piece, efs_raw_make_stream_header(writer->bytes, sizeof(writer->bytes), 0,
                                                              efs_raw_metadata_name, sizeof(efs_raw_metadata_name)));
        writer->state = WRITE_METADATA_SEGMENT;
        break;
    case WRITE_METADATA_SEGMENT:
        piece_bytes(writer, piece, efs_raw_make_plain_segment(writer->bytes, writer->metadata_length));
        writer->state = WRITE_METADATA;
        break;
    case WRITE_METADATA:
        piece->type = EFS_RAW_PIECE_METADATA;
        piece->length = writer->metadata_length;
        writer->state = writer->directory ? WRITE_END : WRITE_DATA_STREAM;
        break;
    case WRITE_DATA_STREAM:
        piece_bytes(writer, piece, efs_raw_make_stream_header(writer->bytes, sizeof(writer->bytes), 0,
                                                              efs_raw_unnamed_name, sizeof(efs_raw_unnamed_name)));
        writer->state = writer->data_size ? WRITE_DATA_SEGMENT : WRITE_END;
        break;
    case WRITE_DATA_SEGMENT:
        piece_bytes(writer, piece, efs_raw_make_data_segment(writer->bytes, writer->offset, segment_bytes(writer)));
        writer->state = WRITE_DATA;
        break;
    case WRITE_DATA:
        bytes = segment_bytes(writer);
        piece->type = EFS_RAW_PIECE_DATA;
        piece->offset = writer->offset;
        piece->length = (uint32_t)efs_raw_padded(bytes);
        writer->offset += bytes;
        writer->state = writer->offset < writer->data_size ? WRITE_DATA_SEGMENT : WRITE_END;
        break;
    default:
        piece->type = EFS_RAW_PIECE_END;
        break;
    }
}

uint64_t efs_raw_stream_length(uint32_t metadata_length, uint64_t data_size, bool directory)
{
    uint64_t length = EFS_RAW_FILE_HEADER_SIZE + EFS_RAW_STREAM_HEADER_FIXED + sizeof(efs_raw_metadata_name)
                      + EFS_RAW_SEGMENT_HEADER_SIZE + metadata_length;
    uint64_t stored, segments;

    if (directory) return length;
    stored = efs_raw_padded(data_size);
    segments = (data_size + EFS_RAW_TRANSFER - 1) / EFS_RAW_TRANSFER;
    return length + EFS_RAW_STREAM_HEADER_FIXED + sizeof(efs_raw_unnamed_name)
           + segments * EFS_RAW_DATA_SEGMENT_SIZE + stored;
}
