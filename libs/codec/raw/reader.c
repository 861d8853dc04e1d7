/*
 * The raw stream reader: an incremental parser for the EFSRPC Raw Data Format (MS-EFSR 2.2.3). A record's header
 * is gathered in the reader, its data is handed out from the caller's input. Nothing here trusts a length: each is
 * checked before it decides how much is gathered or skipped.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/raw.h"

#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "efs/metadata.h"
#include "efs/raw_writer.h"
#include "format.h"

enum
{
    READ_FILE_HEADER,
    READ_RECORD,        /* length and signature, which tell the kinds of record apart */
    READ_STREAM_HEADER,
    READ_SEGMENT_HEADER,
    READ_ENCRYPTION,    /* the fixed part of the encryption header, which holds its length */
    READ_ENCRYPTION_REST,
    READ_DATA,
    READ_FAILED,
};

#define RECORD_PREFIX 12 /* u32 Length and the signature */

void efs_raw_reader_init(struct efs_raw_reader *reader)
{
    /* not the big arrays: they are written before they are read */
    memset(reader, 0, offsetof(struct efs_raw_reader, stream_ids));
    reader->state = READ_FILE_HEADER;
    reader->want = EFS_RAW_FILE_HEADER_SIZE;
}

/* offset: in the record's header. */
static enum efs_error broken(struct efs_raw_reader *reader, uint64_t offset, const char *rule)
{
    reader->state = READ_FAILED;
    return efs_fail(&reader->diag, EFS_ERR_FORMAT, reader->record_start + offset, rule);
}

static void await_record(struct efs_raw_reader *reader)
{
    if (reader->metadata) reader->metadata_seen = reader->metadata_length != 0;
    reader->state = READ_RECORD;
    reader->record_start = reader->position;
    reader->have = 0;
    reader->want = RECORD_PREFIX;
}

static enum efs_error read_file_header(struct efs_raw_reader *reader)
{
    /* Is it a raw stream of the one known version? */
    if (load32_le(reader->header) != RAW_VERSION) return broken(reader, 0, "file header: unknown version");
    if (memcmp(reader->header + 4, raw_file_signature, sizeof(raw_file_signature)))
        return broken(reader, 4, "file header: no signature \"ROBS\"");
    return EFS_OK;
}

/* Which kind of record is this, and how long is its header? */
static enum efs_error read_record(struct efs_raw_reader *reader)
{
    uint32_t length = load32_le(reader->header);

    if (!memcmp(reader->header + 4, raw_stream_signature, sizeof(raw_stream_signature)))
    {
        /* Can it hold its fixed part, and is it within what a name can need? */
        if (length < EFS_RAW_STREAM_HEADER_FIXED) return broken(reader, 0, "stream header: Length below 28");
        if (length > EFS_RAW_STREAM_HEADER_MAX) return broken(reader, 0, "stream header: Length above 4096");
        reader->state = READ_STREAM_HEADER;
        reader->want = length;
        return EFS_OK;
    }
    if (!memcmp(reader->header + 4, raw_segment_signature, sizeof(raw_segment_signature)))
    {
        /* Does it belong to a stream? */
        if (!reader->stream_count && !reader->metadata)
            return broken(reader, 4, "segment header: before the first stream header");
        if (length < EFS_RAW_SEGMENT_HEADER_SIZE) return broken(reader, 0, "segment header: Length below 16");
        reader->state = READ_SEGMENT_HEADER;
        reader->want = EFS_RAW_SEGMENT_HEADER_SIZE;
        return EFS_OK;
    }
    return broken(reader, 4, "record: neither a stream's nor a segment's signature");
}

static bool is_data_type(const uint8_t *type, uint32_t units)
{
    static const char expected[] = "$DATA";
    uint32_t i;

    if (units != sizeof(expected) - 1) return false;
    for (i = 0; i < units; i++)
    {
        uint16_t c = load16_le(type + 2 * (size_t)i);

        if (c >= 'a' && c <= 'z') c = (uint16_t)(c - 'a' + 'A');
        if (c != (unsigned char)expected[i]) return false;
    }
    return true;
}

/*
 * Checks a stream name of `length` bytes of UTF-16LE, in the form that FileStreamInformation has:
 * "::$DATA" or ":name:$DATA". Tells whether it is the unnamed stream, and gives a hash of the name
 * between the colons. Returns NULL, or the rule that the name breaks.
 */
static const char *check_name(const uint8_t *name, uint32_t length, bool *unnamed, uint64_t *id)
{
    uint64_t hash = FNV1A_BEGIN;
    uint32_t units = length / 2, end;

    if (length % 2) return "stream name: odd length";
    /* MS-EFSR 2.2.3.2 says that it is terminated, Windows 10 doesn't: both are right */
    if (units && !load16_le(name + 2 * (size_t)(units - 1))) units--;
    if (!units || load16_le(name) != ':') return "stream name: no colon at its start";

    for (end = 1; end < units; end++)
    {
        uint16_t c = load16_le(name + 2 * (size_t)end);

        if (c == ':') break;
        if (!c || c == '/' || c == '\\') return "stream name: a character that no stream name has";
        hash = fnv1a_add(hash, name + 2 * (size_t)end, 2);
    }
    if (end - 1 > EFS_RAW_NAME_MAX) return "stream name: longer than 255 characters";
    *unnamed = end == 1;

    /* Is it a data stream? The type may be left out where there is a name. */
    if (end == units ? *unnamed : !is_data_type(name + 2 * (size_t)(end + 1), units - end - 1))
        return "stream name: its type isn't $DATA";
    *id = hash;
    return NULL;
}

static enum efs_error read_stream_header(struct efs_raw_reader *reader, struct efs_raw_stream *stream)
{
    uint32_t length = load32_le(reader->header);
    uint64_t id;
    uint32_t i;
    const char *rule;

    stream->flag = load32_le(reader->header + 0x0c);
    stream->name_length = load32_le(reader->header + 0x18);
    stream->name = reader->header + EFS_RAW_STREAM_HEADER_FIXED;

    /* Does the name end inside the header? */
    if (stream->name_length > length - EFS_RAW_STREAM_HEADER_FIXED)
        return broken(reader, 0x18, "stream header: NameLength reaches beyond Length");

    stream->metadata = stream->name_length == sizeof(efs_raw_metadata_name)
                       && !memcmp(stream->name, efs_raw_metadata_name, sizeof(efs_raw_metadata_name));
    if (stream->metadata)
    {
        /* Is it the first, and the only one? */
        if (reader->metadata || reader->stream_count)
            return broken(reader, 0x1c, "stream header: a second metadata stream");
        reader->metadata = true;
        reader->plain = true;
        stream->plain = stream->unnamed = false;
        return EFS_OK;
    }

    /* Has the metadata come before it, complete? */
    if (!reader->metadata_seen) return broken(reader, 0x1c, "stream header: a data stream before the metadata");
    reader->metadata = false;

    if ((rule = check_name(stream->name, stream->name_length, &stream->unnamed, &id)))
        return broken(reader, 0x1c, rule);

    /* Has the stream been there already? */
    for (i = 0; i < reader->stream_count; i++)
        if (reader->stream_ids[i] == id) return broken(reader, 0x1c, "stream header: a second stream of this name");
    if (reader->stream_count == EFS_RAW_STREAMS_MAX) return broken(reader, 0, "stream header: more than 8192 streams");
    reader->stream_ids[reader->stream_count++] = id;

    stream->plain = reader->plain = (stream->flag & EFS_RAW_STREAM_PLAIN) != 0;
    reader->next_offset = 0;
    return EFS_OK;
}

/* A segment without encryption header: all after the segment header is data. */
static enum efs_error read_plain_segment(struct efs_raw_reader *reader, struct efs_raw_segment *segment)
{
    memset(segment, 0, sizeof(*segment));
    segment->data_length = load32_le(reader->header) - EFS_RAW_SEGMENT_HEADER_SIZE;
    if (!reader->metadata) return EFS_OK;

    reader->metadata_length += segment->data_length;
    /* Is all of the $EFS, over all its segments, within Windows' limit (MS-EFSR, note 7)? */
    if (reader->metadata_length > EFS_METADATA_MAX)
        return broken(reader, 0, "segment header: more than 262144 bytes of metadata");
    return EFS_OK;
}

/* Is there room for the encryption header, as long as it says it is? */
static enum efs_error read_encryption_length(struct efs_raw_reader *reader, uint32_t *length)
{
    const uint8_t *encryption = reader->header + EFS_RAW_SEGMENT_HEADER_SIZE;
    uint32_t room = load32_le(reader->header) - EFS_RAW_SEGMENT_HEADER_SIZE;

    *length = load32_le(encryption + 0x08);
    if (*length < EFS_RAW_ENCRYPTION_FIXED + 4u * load16_le(encryption + 0x1a))
        return broken(reader, 0x18, "encryption header: Length too short for the block sizes");
    if (*length > room) return broken(reader, 0x18, "encryption header: Length reaches beyond the segment");
    if (*length > EFS_RAW_ENCRYPTION_MAX) return broken(reader, 0x18, "encryption header: Length above 0x50000");
    return EFS_OK;
}

static void read_extended(struct efs_raw_segment *segment, const uint8_t *extended, size_t room)
{
    /* Windows 7 and later write it, others leave zeros; anything else is fill. */
    segment->extended = room >= RAW_EXTENDED_SIZE
                        && !memcmp(extended, raw_extended_signature, sizeof(raw_extended_signature))
                        && load32_le(extended + 4) == RAW_EXTENDED_SIZE;
    segment->extended_flags = segment->extended ? load32_le(extended + 8) : 0;
}

static enum efs_error read_encryption(struct efs_raw_reader *reader, struct efs_raw_segment *segment)
{
    const uint8_t *encryption = reader->header + EFS_RAW_SEGMENT_HEADER_SIZE;
    uint32_t length = load32_le(encryption + 0x08);
    uint64_t unit, covered, sum = 0;
    unsigned int i;

    memset(segment, 0, sizeof(*segment));
    segment->encrypted = true;
    segment->offset = load64_le(encryption);
    segment->bytes_in_stream = load32_le(encryption + 0x0c);
    segment->bytes_in_vdl = load32_le(encryption + 0x10);
    segment->unit_shift = encryption[0x16];
    segment->chunk_shift = encryption[0x17];
    segment->cluster_shift = encryption[0x18];
    segment->block_count = load16_le(encryption + 0x1a);
    segment->block_sizes = encryption + EFS_RAW_ENCRYPTION_FIXED;
    segment->data_length = load32_le(reader->header) - EFS_RAW_SEGMENT_HEADER_SIZE - length;

    /* Is it one of the formats that NTFS has for encrypted data? */
    if (load16_le(encryption + 0x14)) return broken(reader, 0x24, "encryption header: CompressionFormat not 0");
    if (encryption[0x19] != RAW_ENCRYPTION_FORMAT_DEFAULT)
        return broken(reader, 0x29, "encryption header: EncryptionFormat not 1");

    /* Can the unit be computed? */
    if (segment->unit_shift < 9 || segment->unit_shift > 30)
        return broken(reader, 0x26, "encryption header: Data Unit Shift not 9 to 30");
    unit = (uint64_t)1 << segment->unit_shift;
    covered = unit * segment->block_count;

    /* Do the blocks lie on the cipher's units, within the file sizes that exist, and after the last segment's? */
    if (segment->offset % EFS_RAW_UNIT)
        return broken(reader, 0x10, "encryption header: Starting File Offset not a multiple of 512");
    if (segment->offset > INT64_MAX - covered)
        return broken(reader, 0x10, "encryption header: Starting File Offset too large");
    if (segment->offset < reader->next_offset)
        return broken(reader, 0x10, "encryption header: Starting File Offset before the end of the last segment");

    if (segment->bytes_in_stream > covered)
        return broken(reader, 0x1c, "encryption header: Bytes Within Stream Size above the size of the blocks");
    if (segment->bytes_in_vdl > segment->bytes_in_stream)
        return broken(reader, 0x20, "encryption header: Bytes Within VDL above Bytes Within Stream Size");

    for (i = 0; i < segment->block_count; i++)
    {
        uint32_t size = efs_raw_block_size(segment, i);

        if (size > unit)
            return broken(reader, 0x2c + 4 * (uint64_t)i, "encryption header: a block larger than the data unit");
        if (size % EFS_RAW_UNIT)
            return broken(reader, 0x2c + 4 * (uint64_t)i, "encryption header: a block size not a multiple of 512");
        sum += size;
    }
    /* Are the blocks all of what follows? */
    if (sum != segment->data_length)
        return broken(reader, 0, "segment header: Length isn't the sum of headers and blocks");

    read_extended(segment, segment->block_sizes + 4 * (size_t)segment->block_count,
                  length - EFS_RAW_ENCRYPTION_FIXED - 4 * (size_t)segment->block_count);
    reader->next_offset = segment->offset + segment->bytes_in_stream;
    return EFS_OK;
}

uint32_t efs_raw_block_size(const struct efs_raw_segment *segment, unsigned int i)
{
    return load32_le(segment->block_sizes + 4 * (size_t)i);
}

/* Sets up the event for a header that is complete and accepted. */
static void report(struct efs_raw_reader *reader, struct efs_raw_event *event, enum efs_raw_event_type type)
{
    event->type = type;
    event->position = reader->record_start;
    event->record = reader->header;
    event->record_length = reader->have;
}

static void begin_data(struct efs_raw_reader *reader, struct efs_raw_event *event)
{
    report(reader, event, EFS_RAW_SEGMENT);
    reader->data_left = event->segment.data_length;
    if (reader->data_left) reader->state = READ_DATA;
    else await_record(reader);
}

/* A header has all the bytes it asked for: what is it, does it need more? */
static enum efs_error complete_header(struct efs_raw_reader *reader, struct efs_raw_event *event)
{
    enum efs_error err;
    uint32_t length;

    switch (reader->state)
    {
    case READ_FILE_HEADER:
        if ((err = read_file_header(reader))) return err;
        report(reader, event, EFS_RAW_FILE_HEADER);
        await_record(reader);
        return EFS_OK;
    case READ_RECORD:
        return read_record(reader);
    case READ_STREAM_HEADER:
        if ((err = read_stream_header(reader, &event->stream))) return err;
        report(reader, event, EFS_RAW_STREAM);
        await_record(reader);
        return EFS_OK;
    case READ_SEGMENT_HEADER:
        if (reader->plain)
        {
            if ((err = read_plain_segment(reader, &event->segment))) return err;
            begin_data(reader, event);
            return EFS_OK;
        }
        if (load32_le(reader->header) < EFS_RAW_SEGMENT_HEADER_SIZE + EFS_RAW_ENCRYPTION_FIXED)
            return broken(reader, 0, "segment header: Length too short for an encryption header");
        reader->state = READ_ENCRYPTION;
        reader->want = EFS_RAW_SEGMENT_HEADER_SIZE + EFS_RAW_ENCRYPTION_FIXED;
        return EFS_OK;
    case READ_ENCRYPTION:
        if ((err = read_encryption_length(reader, &length))) return err;
        reader->state = READ_ENCRYPTION_REST;
        reader->want = EFS_RAW_SEGMENT_HEADER_SIZE + (size_t)length;
        return EFS_OK;
    default: /* READ_ENCRYPTION_REST */
        if ((err = read_encryption(reader, &event->segment))) return err;
        begin_data(reader, event);
        return EFS_OK;
    }
}

static void read_data(struct efs_raw_reader *reader, const uint8_t **input, size_t *length, struct efs_raw_event *event)
{
    size_t n = *length < reader->data_left ? *length : (size_t)reader->data_left;

    event->type = EFS_RAW_DATA;
    event->position = reader->position;
    event->record = NULL;
    event->record_length = 0;
    event->data = *input;
    event->data_length = n;
    *input += n;
    *length -= n;
    reader->position += n;
    reader->data_left -= n;
    if (!reader->data_left) await_record(reader);
}

enum efs_error efs_raw_reader_next(struct efs_raw_reader *reader, const uint8_t **input, size_t *length,
                                   struct efs_raw_event *event, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;
    size_t n;

    event->type = EFS_RAW_NEED_INPUT;
    event->data = NULL;
    event->data_length = 0;
    while (!err && event->type == EFS_RAW_NEED_INPUT && reader->state != READ_FAILED)
    {
        if (reader->state == READ_DATA)
        {
            if (!*length) break;
            read_data(reader, input, length, event);
            break;
        }
        n = reader->want - reader->have;
        if (n > *length) n = *length;
        if (n) /* the input of an empty call may be NULL */
        {
            memcpy(reader->header + reader->have, *input, n);
            reader->have += n;
            reader->position += n;
            *input += n;
            *length -= n;
        }
        if (reader->have < reader->want) break;
        err = complete_header(reader, event);
    }
    if (reader->state != READ_FAILED) return EFS_OK;
    if (diag) *diag = reader->diag;
    return reader->diag.code;
}

uint64_t efs_raw_reader_skip(struct efs_raw_reader *reader, uint64_t most)
{
    uint64_t n = most < reader->data_left ? most : reader->data_left;

    if (reader->state != READ_DATA || !n) return 0;
    reader->position += n;
    if (!(reader->data_left -= n)) await_record(reader);
    return n;
}

enum efs_error efs_raw_reader_finish(struct efs_raw_reader *reader, struct efs_diag *diag)
{
    static const char * const truncated[] =
    {
        [READ_FILE_HEADER] = "truncated in the file header",
        [READ_RECORD] = "truncated in a record's length and signature",
        [READ_STREAM_HEADER] = "truncated in a stream header",
        [READ_SEGMENT_HEADER] = "truncated in a segment header",
        [READ_ENCRYPTION] = "truncated in an encryption header",
        [READ_ENCRYPTION_REST] = "truncated in an encryption header",
        [READ_DATA] = "truncated in a segment's data",
    };

    if (reader->state != READ_FAILED)
    {
        bool between = reader->state == READ_RECORD && !reader->have;

        if (between && reader->metadata_seen) return EFS_OK;
        efs_fail(&reader->diag, EFS_ERR_FORMAT, reader->position,
                 between ? "ended before the metadata" : truncated[reader->state]);
        reader->state = READ_FAILED;
    }
    if (diag) *diag = reader->diag;
    return reader->diag.code;
}

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
