/*
 * A file on an NTFS-3G mount: what Windows would have on the volume itself. As split form, but that named streams are
 * attributes, and that no stream is kept which isn't the writer's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "form.h"

#include <string.h>

#include "store/ntfs.h"
#include "store/stage/stage.h"

/* ---- writing ---- */

static enum efs_error set_attribute(struct efs_stage *stage, struct efs_diag *diag)
{
    return xattr_set_metadata(stage->fd, stage->metadata, stage->metadata_length, diag);
}

/*
 * NTFS-3G makes a file a genuine EFS file at the moment when it gets its $EFS, and takes no data from then on.
 * Whether it will accept the metadata is found out on an empty file, which is then dropped.
 */
static enum efs_error begin_file(struct efs_stage *stage, mode_t mode, struct efs_diag *diag)
{
    enum efs_error err;

    stage->ntfs = true;
    stage_drop_file(stage);
    if ((err = stage_create_named(stage, mode, diag))) return err;
    err = set_attribute(stage, diag);
    stage_drop_file(stage);
    return err ? err : stage_create_named(stage, mode, diag);
}

static enum efs_error commit_directory(struct efs_stage *stage, uint64_t content_length, struct efs_diag *diag)
{
    enum efs_error err;

    (void)content_length;
    if (stage->layout)
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0,
                        "NTFS-3G: not the stream that Windows writes for a directory");
    if ((err = set_attribute(stage, diag)) || stage->target->exists) return err;
    return stage_install(stage, diag);
}

/* What Windows would write from the same file, and nothing else. */
static enum efs_error check_usual(struct form_import *import)
{
    if (!import->unusual) return EFS_OK;
    return efs_fail(&import->diag, EFS_ERR_UNREPRESENTABLE, import->unusual_position, import->unusual);
}

static enum efs_error event(struct form_import *import, const struct efs_raw_event *event)
{
    bool named = import->stream == FORM_NAMED;
    enum efs_error err = named ? ntfs3g_named_event(import, event) : split_event(import, event),
    refused = check_usual(import);

    return refused ? refused : err;
}

static enum efs_error finish(struct form_import *import)
{
    enum efs_error err;
    bool beyond;

    split_see_end(import, &beyond);
    if ((err = check_usual(import))) return err;
    return ntfs3g_named_finish(import);
}

static uint64_t content_length(const struct form_import *import)
{
    return import->data_size;
}

/* ---- reading ---- */

static enum efs_error open_ntfs3g(struct efs_stored *stored, struct xattr_value *metadata, struct efs_diag *diag)
{
    (void)metadata; /* it is the stored file's already */
    return ntfs_list_streams(stored->fd, &stored->streams, &stored->streams_length, diag);
}

static enum efs_error begin_export(struct form_export *export, bool drop_named, struct efs_diag *diag)
{
    const struct efs_stored *stored = export->stored;
    enum efs_error err;
    uint64_t named;

    export->length = efs_raw_stream_length(stored->metadata_length, stored->data_size, stored->directory);
    if (!stored->streams || drop_named) return EFS_OK;
    if (!(export->ntfs = ntfs3g_export_new(stored))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    err = ntfs3g_export_measure(export->ntfs, &named, diag);
    export->length += named;
    return err;
}

static void rewind_export(struct form_export *export)
{
    const struct efs_stored *stored = export->stored;

    efs_raw_writer_init(&export->writer, stored->metadata_length, stored->data_size, stored->directory);
    if (export->ntfs) ntfs3g_export_rewind(export->ntfs);
}

static enum efs_error next(struct form_export *export, struct efs_raw_piece *piece, struct efs_diag *diag)
{
    efs_raw_writer_next(&export->writer, piece);
    return piece->type == EFS_RAW_PIECE_END && export->ntfs ? ntfs3g_export_next(export->ntfs, piece, diag) : EFS_OK;
}

/* NTFS-3G replaces no $EFS. A file is written anew; a directory, all of whose names would have to move, isn't. */
static enum efs_error set_metadata(const struct efs_stored *stored, int fd, const uint8_t *metadata, uint32_t length,
                                   struct efs_diag *diag)
{
    if (stored->directory) return xattr_set_metadata(fd, metadata, length, diag);
    /* nothing is written for what is there already */
    return stored->metadata_length == length && !memcmp(stored->metadata, metadata, length) ? EFS_OK : FORM_UNFIT;
}

const struct form form_ntfs3g =
{
    .id = EFS_FORM_SPLIT,
    .name = "split",
    .description = "split (ciphertext, and $EFS in " EFS_STORE_XATTR ")",
    .attribute = XATTR_METADATA,
    .is_here = ntfs_is_mount,
    .begin_file = begin_file,
    .complete_file = set_attribute,
    .commit_directory = commit_directory,
    .event = event,
    .finish = finish,
    .content_length = content_length,
    .replay = split_replay,
    .open = open_ntfs3g,
    .begin_export = begin_export,
    .rewind = rewind_export,
    .next = next,
    .set_metadata = set_metadata,
};
