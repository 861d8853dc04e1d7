/*
 * Split form: the content is ciphertext, $EFS an attribute, and a layout says where the raw stream isn't the writer's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "form.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "efs/metadata.h"
#include "efs/raw_writer.h"
#include "store/content.h"
#include "store/open_form.h"
#include "store/stage/stage.h"

/* ---- writing ---- */

static enum efs_error begin_file(struct efs_stage *stage, mode_t mode, struct efs_diag *diag)
{
    (void)mode;
    return xattr_set_metadata(stage->fd, stage->metadata, stage->metadata_length, diag);
}

static void list_attributes(const struct efs_stage *stage, struct xattr_value values[XATTR_COUNT])
{
    values[XATTR_METADATA].bytes = (uint8_t *)(uintptr_t)stage->metadata;
    values[XATTR_METADATA].length = stage->metadata_length;
    values[XATTR_LAYOUT].bytes = (uint8_t *)(uintptr_t)stage->layout;
    values[XATTR_LAYOUT].length = stage->layout_length;
}

static enum efs_error finish(struct form_import *import)
{
    bool beyond;
    size_t length;

    split_see_end(import, &beyond);
    if (beyond) return efs_fail(&import->diag, FORM_UNFIT, 0, "stored bytes beyond the stream's end");
    if (!import->unusual) return EFS_OK;
    length = efs_layout_maker_finish(&import->maker, import->metadata.bytes, import->metadata.length);
    return efs_stage_set_layout(import->stage, import->maker.value, (uint32_t)length, &import->diag);
}

static uint64_t content_length(const struct form_import *import)
{
    return import->data_size;
}

/* ---- reading ---- */

static bool probe(int fd, struct efs_probe *probe)
{
    ssize_t n = fgetxattr(fd, EFS_STORE_XATTR, NULL, 0);
    bool open;

    /* Linux has no attribute that is too long */
    if (n < EFS_METADATA_MIN) return n >= 0 || errno == ENODATA;
    probe->encrypted = true;
    /* A file whose padding count can't be read, or is no such count, is encrypted all the same: an export says what is
       wrong. */
    if (!probe->directory) content_read_length(fd, probe->data_size, &probe->data_size, &open, NULL);
    return false;
}

/* The layout that belongs to the $EFS. A directory may have another one's beside it, left by an import that was
   killed. */
static enum efs_error open_layout(struct efs_stored *stored, struct efs_diag *diag)
{
    static const enum store_xattr slots[] = { XATTR_LAYOUT, XATTR_LAYOUT2 };
    struct xattr_value value;
    enum efs_error err;
    size_t i;

    if (stored->open || stored->absent & 1u << XATTR_LAYOUT) return EFS_OK;
    for (i = 0; i < (stored->directory ? 2 : 1); i++)
    {
        err = xattr_get(stored->fd, slots[i], &value, diag);
        if (err == EFS_ERR_NOT_ENCRYPTED) continue;
        if (err) return err;
        /* A file's must belong to it: without it nobody knows what its holes are. */
        if (!stored->directory || efs_layout_is_of(value.bytes, value.length, stored->metadata,
                                                   stored->metadata_length))
        {
            stored->layout = value.bytes;
            stored->layout_length = value.length;
            return EFS_OK;
        }
        free(value.bytes);
    }
    return EFS_OK;
}

static enum efs_error open_split(struct efs_stored *stored, struct xattr_value *metadata, struct efs_diag *diag)
{
    (void)metadata; /* it is the stored file's already */
    return open_layout(stored, diag);
}

static enum efs_error begin_layout(struct form_export *export, const uint8_t *layout, uint32_t length,
                                   struct efs_diag *diag)
{
    const struct efs_stored *stored = export->stored;
    enum efs_error err;

    export->unchecked = true;
    if (!(export->layout = malloc(sizeof(*export->layout)))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    err = efs_layout_reader_init(export->layout, layout, length, stored->metadata,
                                 stored->metadata_length, efs_raw_padded(stored->content_length), diag);
    return err ? err : efs_layout_reader_measure(export->layout, stored->data_size, &export->length, diag);
}

/* What was never written has to be said in the stream, and so found first. */
static enum efs_error begin_open(struct form_export *export, struct efs_diag *diag)
{
    const struct efs_stored *stored = export->stored;
    enum efs_error err = open_form_make_layout(stored->fd, stored->data_size, stored->metadata,
                                               stored->metadata_length, &export->made, diag);

    if (err == FORM_UNFIT)
        return efs_fail(diag, EFS_ERR_CORRUPT, 0, "a view was killed while it wrote it; one with its key can close it");
    if (err || !export->made.bytes) return err;
    return begin_layout(export, export->made.bytes, export->made.length, diag);
}

static enum efs_error begin_export(struct form_export *export, bool drop_named, struct efs_diag *diag)
{
    const struct efs_stored *stored = export->stored;

    (void)drop_named;
    export->length = efs_raw_stream_length(stored->metadata_length, stored->data_size, stored->directory);
    /* a file has no other streams in this form */
    export->has_named = stored->layout && stored->directory;
    if (stored->open) return begin_open(export, diag);
    return stored->layout ? begin_layout(export, stored->layout, stored->layout_length, diag) : EFS_OK;
}

static void rewind_export(struct form_export *export)
{
    const struct efs_stored *stored = export->stored;

    efs_raw_writer_init(&export->writer, stored->metadata_length, stored->data_size, stored->directory);
    /* it has been read once without an error */
    if (export->layout)
        efs_layout_reader_init(export->layout, export->layout->value, export->layout->length, stored->metadata,
                               stored->metadata_length, export->layout->stored_limit, NULL);
}

static enum efs_error next(struct form_export *export, struct efs_raw_piece *piece, struct efs_diag *diag)
{
    if (export->layout) return efs_layout_reader_next(export->layout, piece, diag);
    efs_raw_writer_next(&export->writer, piece);
    return EFS_OK;
}

/* Where nothing else depends on the attribute, setting it is the one step. */
static enum efs_error set_metadata(const struct efs_stored *stored, int fd, const uint8_t *metadata, uint32_t length,
                                   struct efs_diag *diag)
{
    return stored->layout ? FORM_UNFIT : xattr_set_metadata(fd, metadata, length, diag);
}

const struct form form_split =
{
    .id = EFS_FORM_SPLIT,
    .name = "split",
    .description = "split (ciphertext, and $EFS in " EFS_STORE_XATTR ")",
    .attribute = XATTR_METADATA,
    .begin_file = begin_file,
    .list_attributes = list_attributes,
    .commit_directory = split_commit_directory,
    .event = split_event,
    .finish = finish,
    .content_length = content_length,
    .replay = split_replay,
    .probe = probe,
    .open = open_split,
    .begin_export = begin_export,
    .rewind = rewind_export,
    .next = next,
    .set_metadata = set_metadata,
};
