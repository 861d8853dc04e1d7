/*
 * The import session: raw stream in, encrypted file out.
 *
 * A file begins in split form, and becomes a container when something comes that the split form can't hold. A stream
 * that stays split is read once: its ciphertext goes from the caller's buffer to its place.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "import.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "efs/metadata.h"

enum efs_error efs_import_begin(struct efs_import **ret, struct efs_target *target, bool directory, unsigned int flags,
                                struct efs_diag *diag)
{
    struct efs_import *import;

    *ret = NULL;
    if (target->exists && target->directory != directory)
        return efs_fail(diag, EFS_ERR_TYPE, 0, directory ? "the target is a file" : "the target is a directory");
    import = malloc(sizeof(*import));
    if (!import) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    /* not the large arrays, which come last: clearing them would be an eighth of a small file's import */
    memset(import, 0, offsetof(struct efs_import, reader));
    import->target = target;
    import->directory = directory;
    import->drop_named = (flags & EFS_SESSION_DROP_NAMED) != 0;
    import->only_split = (flags & EFS_SESSION_ONLY_SPLIT) != 0;
    import->only_container = (flags & EFS_SESSION_ONLY_CONTAINER) != 0;
    efs_raw_reader_init(&import->reader);
    efs_layout_maker_init(&import->maker);
    *ret = import;
    return EFS_OK;
}

/* All of the $EFS is there, for no segment of it can follow any more: is it one, and can the file system hold it? */
static enum efs_error complete_metadata(struct efs_import *import)
{
    enum efs_error err;
    uint32_t version;

    if (import->stage && import->form == EFS_FORM_SPLIT) return EFS_OK;
    err = efs_metadata_identify(import->metadata, import->metadata_length, &version, &import->diag);
    if (err)
    {
        import->diag.offset += import->metadata_position;
        return err;
    }
    if (import->stage) return EFS_OK;
    if (import->only_container) return import_become_container(import);
    err = efs_stage_begin(&import->stage, import->target, import->directory, EFS_FORM_SPLIT, import->metadata,
                          import->metadata_length, &import->diag);
    return err == EFS_ERR_LIMIT ? import_become_container(import) : err;
}

static enum efs_error see_stream(struct efs_import *import, const struct efs_raw_event *event)
{
    if (event->stream.metadata)
    {
        import->stream = IMPORT_METADATA;
        return EFS_OK;
    }
    if (event->stream.unnamed && import->directory)
        return efs_fail(&import->diag, EFS_ERR_TYPE, event->position, "a file's stream, but the target is a directory");
    import->stream = event->stream.unnamed ? IMPORT_UNNAMED : IMPORT_NAMED;
    if (event->stream.unnamed) import->unnamed_seen = true;
    return complete_metadata(import);
}

static void see_segment(struct efs_import *import, const struct efs_raw_event *event)
{
    const struct efs_raw_segment *segment = &event->segment;

    if (import->stream == IMPORT_METADATA && !import->metadata_segments++)
        import->metadata_position = event->position + event->record_length;
    import->segment_length = event->record_length + segment->data_length;
    import->size_before = import->data_size;
    if (import->stream == IMPORT_UNNAMED)
        import->data_size = segment->encrypted ? segment->offset + segment->bytes_in_stream : import->data_size + segment->data_length;
}

static enum efs_error see_metadata(struct efs_import *import, const struct efs_raw_event *event)
{
    /* the reader limits its length */
    if (!import->metadata && !(import->metadata = malloc(EFS_METADATA_MAX)))
        return efs_fail(&import->diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    memcpy(import->metadata + import->metadata_length, event->data, event->data_length);
    import->metadata_length += (uint32_t)event->data_length;
    return EFS_OK;
}

/* What an event says of the stream, whatever the form. */
static enum efs_error see_event(struct efs_import *import, const struct efs_raw_event *event)
{
    switch (event->type)
    {
    case EFS_RAW_STREAM:
        return see_stream(import, event);
    case EFS_RAW_SEGMENT:
        see_segment(import, event);
        return EFS_OK;
    case EFS_RAW_DATA:
        return import->stream == IMPORT_METADATA ? see_metadata(import, event) : EFS_OK;
    default:
        return EFS_OK;
    }
}

static enum efs_error take_event(struct efs_import *import, const struct efs_raw_event *event)
{
    enum efs_error err;

    if ((err = see_event(import, event))) return err;
    if (import->drop_named && import->stream == IMPORT_NAMED) return EFS_OK;
    if (import->form == EFS_FORM_SPLIT)
    {
        err = import_split_event(import, event);
        if (err == EFS_ERR_LIMIT) err = import_become_container(import);
        if (err) return err;
    }
    if (import->form == EFS_FORM_CONTAINER && (err = import_container_event(import, event))) return err;
    import->kept += event->record_length + event->data_length;
    return EFS_OK;
}

/* The first error ends the session, and the staging file with it. */
static enum efs_error finish_call(struct efs_import *import, struct efs_diag *diag)
{
    if (import->err)
    {
        efs_stage_free(import->stage);
        import->stage = NULL;
        /* There is no other form left to try. */
        if (import->err == EFS_ERR_LIMIT) import->err = import->diag.code = EFS_ERR_VOLUME;
        if (diag) *diag = import->diag;
    }
    return import->err;
}

/*
 * What is queued is in the caller's memory. It came before the place where the stream is found to be broken, and so does its
 * error. Any other error has ended the import already.
 */
static enum efs_error flush_stage(struct efs_import *import)
{
    struct efs_diag later = import->diag;
    enum efs_error err;

    if (!import->stage || (import->err && import->err != EFS_ERR_FORMAT)) return import->err;
    err = efs_stage_flush(import->stage, &import->diag);
    if (err == EFS_ERR_LIMIT) err = import_become_container(import); /* a container queues nothing */
    if (err) return err;
    import->diag = later;
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
    import->err = flush_stage(import);
    return finish_call(import, diag);
}

size_t efs_import_best_length(const struct efs_import *import, size_t capacity)
{
    uint64_t rest = import->reader.data_left, more;

    if (rest > capacity) return capacity;
    /* The next ones are likely to be as long as this one. */
    more = import->segment_length ? (capacity - rest) / import->segment_length * import->segment_length : 0;
    return rest + more > capacity / 2 ? (size_t)(rest + more) : capacity;
}

static enum efs_error commit_stage(struct efs_import *import)
{
    uint64_t length = import->form == EFS_FORM_CONTAINER ? import->kept : import->data_size;

    return efs_stage_commit(import->stage, length, import->data_size, &import->diag);
}

static enum efs_error complete(struct efs_import *import)
{
    enum efs_error err;

    if (import->done) return efs_fail(&import->diag, EFS_ERR_INVALID, 0, "the import has ended");
    import->done = true;
    if ((err = efs_raw_reader_finish(&import->reader, &import->diag))) return err;
    if ((err = complete_metadata(import))) return err;
    if (import->form == EFS_FORM_SPLIT)
    {
        err = import_split_finish(import);
        /* The layout may be too large; so may what has to be carried over from the target, together with it. */
        if (!err) err = commit_stage(import);
        if (err != EFS_ERR_LIMIT) return err;
        if ((err = import_become_container(import))) return err;
    }
    return commit_stage(import);
}

enum efs_error efs_import_commit(struct efs_import *import, struct efs_diag *diag)
{
    if (!import->err) import->err = complete(import);
    if (!import->err)
    {
        efs_stage_free(import->stage);
        import->stage = NULL;
    }
    return finish_call(import, diag);
}

enum efs_error efs_import_judge(const struct efs_import *import, struct efs_diag *diag)
{
    struct efs_metadata metadata;

    return efs_metadata_read(&metadata, import->metadata, import->metadata_length, diag);
}

void efs_import_free(struct efs_import *import)
{
    if (!import) return;
    efs_stage_free(import->stage);
    free(import->metadata);
    free(import->ntfs);
    free(import);
}
