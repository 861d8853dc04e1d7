/*
 * The import session: raw stream in, encrypted file out.
 *
 * A file begins in split form, and becomes a container when something comes that the split form can't hold
 * (store/forms). A stream that stays split is read once: its ciphertext goes from the caller's buffer to its place.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/session.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "efs/metadata.h"
#include "efs/plain.h"
#include "efs/target.h"
#include "store/forms/form.h"
#include "store/stage/stage.h"

struct efs_import
{
    bool                  drop_named;
    bool                  only_split, only_container;
    bool                  done;
    enum efs_error        err;               /* the first error, which stays; in.diag: what it was about */
    bool                  identified;        /* the $EFS is complete, and is one */
    uint64_t              segment_length;    /* of the last one, with its header */
    struct form_import    in;
    struct efs_raw_reader reader;            /* large arrays, as the end of `in`, which their own functions set up */
};

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
    memset(import, 0, offsetof(struct efs_import, in.maker));
    import->in.target = target;
    import->in.directory = directory;
    import->in.form = form_to_begin();
    import->drop_named = (flags & EFS_SESSION_DROP_NAMED) != 0;
    import->only_split = (flags & EFS_SESSION_ONLY_SPLIT) != 0;
    import->only_container = (flags & EFS_SESSION_ONLY_CONTAINER) != 0;
    efs_raw_reader_init(&import->reader);
    efs_layout_maker_init(&import->in.maker);
    *ret = import;
    return EFS_OK;
}

/* To the form that takes any stream, with all that was kept so far. */
static enum efs_error change_form(struct efs_import *import)
{
    const struct form *old = import->in.form;
    struct efs_stage *from = import->in.stage;
    enum efs_error err;

    if (import->only_split) return import->in.diag.code = EFS_ERR_UNREPRESENTABLE;
    import->in.stage = NULL;
    import->in.form = form_for_all();
    err = efs_stage_begin(&import->in.stage, import->in.target, import->in.directory, import->in.form, NULL, 0,
                          &import->in.diag);
    if (!err) err = old->replay(&import->in, from);
    efs_stage_free(from);
    return err;
}

/* All of the $EFS is there, for no segment of it can follow any more: is it one, and can the file system hold it? */
static enum efs_error complete_metadata(struct efs_import *import)
{
    enum efs_error err;
    uint32_t version;

    if (import->identified) return EFS_OK;
    err = efs_metadata_identify(import->in.metadata.bytes, import->in.metadata.length, &version, &import->in.diag);
    if (err)
    {
        import->in.diag.offset += import->in.metadata.position; /* right if it is in one segment */
        return err;
    }
    import->identified = true;
    if (import->in.stage) return EFS_OK;
    if (import->only_container) return change_form(import);
    err = efs_stage_begin(&import->in.stage, import->in.target, import->in.directory, import->in.form,
                          import->in.metadata.bytes, import->in.metadata.length, &import->in.diag);
    if (!err) import->in.form = import->in.stage->form; /* the file system's own of this kind */
    return err == FORM_UNFIT ? change_form(import) : err;
}

static enum efs_error see_stream(struct efs_import *import, const struct efs_raw_event *event)
{
    if (event->stream.metadata)
    {
        import->in.stream = FORM_METADATA;
        if ((import->in.metadata.bytes = malloc(EFS_METADATA_MAX))) return EFS_OK;
        return efs_fail(&import->in.diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    }
    if (event->stream.unnamed && import->in.directory)
        return efs_fail(&import->in.diag, EFS_ERR_TYPE, event->position,
                        "a file's stream, but the target is a directory");
    import->in.stream = event->stream.unnamed ? FORM_UNNAMED : FORM_NAMED;
    if (event->stream.unnamed) import->in.unnamed_seen = true;
    return complete_metadata(import);
}

static void see_segment(struct efs_import *import, const struct efs_raw_event *event)
{
    const struct efs_raw_segment *segment = &event->segment;

    import->segment_length = event->record_length + segment->data_length;
    import->in.size_before = import->in.data_size;
    if (import->in.stream == FORM_UNNAMED)
        import->in.data_size = segment->encrypted ? segment->offset + segment->bytes_in_stream
            : import->in.data_size + segment->data_length;
}

/* What an event says of the stream, whatever the form. */
static enum efs_error see_event(struct efs_import *import, const struct efs_raw_event *event)
{
    enum efs_error err;

    if (event->type == EFS_RAW_STREAM && (err = see_stream(import, event))) return err;
    if (event->type == EFS_RAW_SEGMENT) see_segment(import, event);
    efs_raw_metadata_add(&import->in.metadata, event);
    return EFS_OK;
}

static enum efs_error take_event(struct efs_import *import, const struct efs_raw_event *event)
{
    enum efs_error err;

    if ((err = see_event(import, event))) return err;
    if (import->drop_named && import->in.stream == FORM_NAMED) return EFS_OK;
    err = import->in.form->event(&import->in, event);
    if (err == FORM_UNFIT && !(err = change_form(import))) err = import->in.form->event(&import->in, event);
    if (err) return err;
    import->in.kept += event->record_length + event->data_length;
    return EFS_OK;
}

/* The first error ends the session, and the staging file with it. */
static enum efs_error finish_call(struct efs_import *import, struct efs_diag *diag)
{
    if (import->err)
    {
        efs_stage_free(import->in.stage);
        import->in.stage = NULL;
        /* There is no other form left to try. */
        if (import->err == FORM_UNFIT) import->err = import->in.diag.code = EFS_ERR_VOLUME;
        if (diag) *diag = import->in.diag;
    }
    return import->err;
}

/*
 * What is queued is in the caller's memory. It came before the place where the stream is found to be broken, and so
 * does its error. Any other error has ended the import already.
 */
static enum efs_error flush_stage(struct efs_import *import)
{
    struct efs_diag later = import->in.diag;
    enum efs_error err;

    if (!import->in.stage || (import->err && import->err != EFS_ERR_FORMAT)) return import->err;
    err = efs_stage_flush(import->in.stage, &import->in.diag);
    if (err == FORM_UNFIT) err = change_form(import); /* which queues nothing */
    if (err) return err;
    import->in.diag = later;
    return import->err;
}

enum efs_error efs_import_feed(struct efs_import *import, const void *data, size_t length, struct efs_diag *diag)
{
    const uint8_t *input = data;
    struct efs_raw_event event;

    if (!import->err && import->done)
        import->err = efs_fail(&import->in.diag, EFS_ERR_INVALID, 0, "the import has ended");
    while (!import->err)
    {
        import->err = efs_raw_reader_next(&import->reader, &input, &length, &event, &import->in.diag);
        if (import->err || event.type == EFS_RAW_NEED_INPUT) break;
        import->in.position = import->reader.position;
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
    enum efs_error err = import->in.form->finish ? import->in.form->finish(&import->in) : EFS_OK;

    if (err) return err;
    return efs_stage_commit(import->in.stage, import->in.form->content_length(&import->in), import->in.data_size,
                            &import->in.diag);
}

static enum efs_error complete(struct efs_import *import)
{
    enum efs_error err;

    if (import->done) return efs_fail(&import->in.diag, EFS_ERR_INVALID, 0, "the import has ended");
    import->done = true;
    if ((err = efs_raw_reader_finish(&import->reader, &import->in.diag))) return err;
    import->in.position = import->reader.position;
    if ((err = complete_metadata(import))) return err;
    err = commit_stage(import);
    /* The layout may be too large; so may what has to be carried over from the target, together with it. */
    if (err != FORM_UNFIT || import->in.form->takes_all) return err;
    return (err = change_form(import)) ? err : commit_stage(import);
}

enum efs_error efs_import_commit(struct efs_import *import, struct efs_diag *diag)
{
    if (!import->err) import->err = complete(import);
    if (!import->err)
    {
        efs_stage_free(import->in.stage);
        import->in.stage = NULL;
    }
    return finish_call(import, diag);
}

enum efs_error efs_import_judge(const struct efs_import *import, struct efs_diag *diag)
{
    struct efs_metadata metadata;

    return efs_metadata_read(&metadata, import->in.metadata.bytes, import->in.metadata.length, diag);
}

const char *efs_import_stage_name(const struct efs_import *import)
{
    return import->in.stage && !import->in.directory ? efs_plain_name(import->in.stage) : "";
}

void efs_import_free(struct efs_import *import)
{
    if (!import) return;
    efs_stage_free(import->in.stage);
    free(import->in.metadata.bytes);
    free(import->in.ntfs);
    free(import);
}
