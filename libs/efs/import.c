/*
 * The import session: raw stream in, encrypted file out.
 *
 * The store keeps exactly those streams that the writer would produce again. So each record is compared
 * with the one the writer makes for its place; what differs is well-formed but can't be kept (yet), and
 * is refused while the target is still untouched.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/session.h"

#include <stdlib.h>
#include <string.h>

#include "efs/metadata.h"
#include "efs/raw.h"

struct efs_import
{
    struct efs_target    *target;
    bool                  directory;
    bool                  data_seen;       /* the unnamed stream has begun */
    bool                  done;
    uint8_t              *metadata;        /* $EFS */
    uint32_t              metadata_length;
    uint32_t              metadata_have;
    uint64_t              metadata_position; /* of the $EFS in the raw stream */
    uint64_t              data_size;       /* plain bytes so far */
    uint64_t              write_offset;    /* where the next stored bytes go */
    struct efs_stage     *stage;
    enum efs_error        err;             /* the first error, which stays */
    struct efs_diag       diag;            /* what it was about */
    struct efs_raw_reader reader;
};

enum efs_error efs_import_begin(struct efs_import **ret, struct efs_target *target, bool directory, struct efs_diag *diag)
{
    struct efs_import *import;

    *ret = NULL;
    if (target->exists && target->directory != directory)
        return efs_fail(diag, EFS_ERR_TYPE, 0, directory ? "the target is a file" : "the target is a directory");
    /* calloc, so that the reader's large arrays cost no memory before they are used */
    import = calloc(1, sizeof(*import));
    if (!import) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    import->target = target;
    import->directory = directory;
    efs_raw_reader_init(&import->reader);
    *ret = import;
    return EFS_OK;
}

static enum efs_error unrepresentable(struct efs_import *import, const struct efs_raw_event *event, const char *rule)
{
    return efs_fail(&import->diag, EFS_ERR_UNREPRESENTABLE, event->position, rule);
}

static bool is_record(const struct efs_raw_event *event, const uint8_t *expected, size_t length)
{
    return event->record_length == length && !memcmp(event->record, expected, length);
}

/* All of the $EFS is there, for no segment of it can follow any more: is it one, and can the file system hold it? */
static enum efs_error take_metadata(struct efs_import *import)
{
    enum efs_error err;
    uint32_t version;

    if (import->stage) return EFS_OK;
    err = efs_metadata_identify(import->metadata, import->metadata_length, &version, &import->diag);
    if (err)
    {
        import->diag.offset += import->metadata_position;
        return err;
    }
    return efs_stage_begin(&import->stage, import->target, import->directory, import->metadata, import->metadata_length,
                           &import->diag);
}

static enum efs_error take_file_header(struct efs_import *import, const struct efs_raw_event *event)
{
    uint8_t expected[EFS_RAW_FILE_HEADER_SIZE];

    if (!is_record(event, expected, efs_raw_make_file_header(expected)))
        return unrepresentable(import, event, "file header: reserved bytes are not 0");
    return EFS_OK;
}

static enum efs_error take_stream(struct efs_import *import, const struct efs_raw_event *event)
{
    uint8_t expected[EFS_RAW_STREAM_HEADER_FIXED + sizeof(efs_raw_unnamed_name)];
    size_t length;

    if (event->stream.metadata)
    {
        length = efs_raw_make_stream_header(expected, sizeof(expected), 0, efs_raw_metadata_name, sizeof(efs_raw_metadata_name));
        if (!is_record(event, expected, length))
            return unrepresentable(import, event, "metadata stream header: not as Windows writes it");
        return EFS_OK;
    }
    if (!event->stream.unnamed) return unrepresentable(import, event, "a named stream");
    if (import->directory)
        return efs_fail(&import->diag, EFS_ERR_TYPE, event->position, "a file's stream, but the target is a directory");
    length = efs_raw_make_stream_header(expected, sizeof(expected), 0, efs_raw_unnamed_name, sizeof(efs_raw_unnamed_name));
    if (!is_record(event, expected, length))
        return unrepresentable(import, event, "data stream header: not as Windows writes it");
    import->data_seen = true;
    return take_metadata(import);
}

static enum efs_error take_metadata_segment(struct efs_import *import, const struct efs_raw_event *event)
{
    uint8_t expected[EFS_RAW_SEGMENT_HEADER_SIZE];
    uint32_t length = (uint32_t)event->segment.data_length;

    if (import->metadata) return unrepresentable(import, event, "metadata in more than one segment");
    if (!is_record(event, expected, efs_raw_make_plain_segment(expected, length)))
        return unrepresentable(import, event, "metadata segment header: reserved bytes are not 0");
    if (!length) return unrepresentable(import, event, "an empty metadata segment");
    import->metadata = malloc(length); /* the reader has limited it to 262144 */
    if (!import->metadata) return efs_fail(&import->diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    import->metadata_length = length;
    import->metadata_position = event->position + event->record_length;
    return EFS_OK;
}

static enum efs_error take_data_segment(struct efs_import *import, const struct efs_raw_event *event)
{
    uint8_t expected[EFS_RAW_DATA_SEGMENT_SIZE];
    uint32_t bytes = event->segment.bytes_in_stream;

    /* Is it the segment that the writer would make here: the next one, after none but full ones? */
    if (!bytes || bytes > EFS_RAW_TRANSFER || import->data_size % EFS_RAW_TRANSFER
        || !is_record(event, expected, efs_raw_make_data_segment(expected, import->data_size, bytes)))
        return unrepresentable(import, event, "data segment: not laid out as Windows does it for an ordinary file "
                                              "(sparse, valid data length, other unit or segmentation)");
    import->write_offset = import->data_size;
    import->data_size += bytes;
    return EFS_OK;
}

static enum efs_error take_data(struct efs_import *import, const struct efs_raw_event *event)
{
    enum efs_error err;

    if (!import->data_seen)
    {
        memcpy(import->metadata + import->metadata_have, event->data, event->data_length);
        import->metadata_have += (uint32_t)event->data_length;
        return EFS_OK;
    }
    err = efs_stage_write(import->stage, import->write_offset, event->data, event->data_length, &import->diag);
    import->write_offset += event->data_length;
    return err;
}

static enum efs_error take_event(struct efs_import *import, const struct efs_raw_event *event)
{
    switch (event->type)
    {
    case EFS_RAW_FILE_HEADER:
        return take_file_header(import, event);
    case EFS_RAW_STREAM:
        return take_stream(import, event);
    case EFS_RAW_SEGMENT:
        return event->segment.encrypted ? take_data_segment(import, event) : take_metadata_segment(import, event);
    case EFS_RAW_DATA:
        return take_data(import, event);
    default:
        return EFS_OK;
    }
}

/* The first error ends the session, and the staging file with it. */
static enum efs_error finish_call(struct efs_import *import, struct efs_diag *diag)
{
    if (import->err)
    {
        efs_stage_abort(import->stage);
        import->stage = NULL;
        if (diag) *diag = import->diag;
    }
    return import->err;
}

enum efs_error efs_import_feed(struct efs_import *import, const void *data, size_t length, struct efs_diag *diag)
{
    const uint8_t *input = data;
    struct efs_raw_event event;

    if (!import->err && import->done) import->err = efs_fail(&import->diag, EFS_ERR_INVALID, 0, "the import has ended");
    while (!import->err)
    {
        import->err = efs_raw_reader_next(&import->reader, &input, &length, &event, &import->diag);
        if (import->err || event.type == EFS_RAW_NEED_INPUT) break;
        import->err = take_event(import, &event);
    }
    return finish_call(import, diag);
}

static enum efs_error complete(struct efs_import *import)
{
    struct efs_stage *stage;
    enum efs_error err;

    if (import->done) return efs_fail(&import->diag, EFS_ERR_INVALID, 0, "the import has ended");
    import->done = true;
    if ((err = efs_raw_reader_finish(&import->reader, &import->diag))) return err;
    /* Windows writes a data stream for every file; a stream without one is a directory's, or cut after its metadata. */
    if (!import->directory && !import->data_seen)
        return efs_fail(&import->diag, EFS_ERR_UNREPRESENTABLE, import->reader.position, "a file's stream without a data stream");
    if ((err = take_metadata(import))) return err;
    stage = import->stage;
    import->stage = NULL;
    return efs_stage_commit(stage, import->data_size, &import->diag);
}

enum efs_error efs_import_commit(struct efs_import *import, struct efs_diag *diag)
{
    if (!import->err) import->err = complete(import);
    return finish_call(import, diag);
}

void efs_import_free(struct efs_import *import)
{
    if (!import) return;
    efs_stage_abort(import->stage);
    free(import->metadata);
    free(import);
}
