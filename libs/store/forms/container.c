/*
 * Container form: the content is the raw stream as it came, and a mark says so. A directory's is a file within it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "form.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

#include "store/ntfs.h"
#include "store/stage/stage.h"

/* ---- writing ---- */

static enum efs_error set_mark(struct efs_stage *stage, uint64_t data_size, struct efs_diag *diag)
{
    efs_container_mark_make(stage->mark, data_size);
    return xattr_set(stage->fd, XATTR_CONTAINER, stage->mark, sizeof(stage->mark), diag);
}

static enum efs_error begin_file(struct efs_stage *stage, mode_t mode, struct efs_diag *diag)
{
    enum efs_error err;

    (void)mode;
    if ((err = ntfs_is_mount(stage->fd, &stage->ntfs, diag))) return err;
    if (stage->ntfs)
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "NTFS-3G: a stream that only a container could hold");
    return set_mark(stage, 0, diag);
}

static void list_attributes(const struct efs_stage *stage, struct xattr_value values[XATTR_COUNT])
{
    values[XATTR_CONTAINER].bytes = (uint8_t *)(uintptr_t)stage->mark;
    values[XATTR_CONTAINER].length = sizeof(stage->mark);
}

static enum efs_error event(struct form_import *import, const struct efs_raw_event *event)
{
    enum efs_error err = EFS_OK;

    if (event->record_length)
        err = efs_stage_write(import->stage, import->kept, event->record, event->record_length, &import->diag);
    if (!err && event->data_length)
        err = efs_stage_write(import->stage, import->kept + event->record_length, event->data, event->data_length,
                              &import->diag);
    return err;
}

static uint64_t content_length(const struct form_import *import)
{
    return import->kept;
}

/* ---- reading ---- */

static bool probe(int fd, struct efs_probe *probe)
{
    uint8_t mark[EFS_CONTAINER_MARK_SIZE];
    uint64_t size;
    ssize_t n;

    if (!probe->directory && !probe->data_size) return true; /* an empty file is no container */
    n = fgetxattr(fd, EFS_STORE_CONTAINER, mark, sizeof(mark));
    /* What has a mark, even one that can't be read, is a container: an export says what is wrong. */
    probe->encrypted = n >= 0 || errno == ERANGE;
    if (!probe->directory && n >= 0 && efs_container_mark_read(mark, (size_t)n, &size)) probe->data_size = size;
    return !probe->encrypted;
}

static enum efs_error open_container(struct efs_stored *stored, struct xattr_value *mark, struct efs_diag *diag)
{
    if (!efs_container_mark_read(mark->bytes, mark->length, &stored->data_size))
        return efs_fail(diag, EFS_ERR_CORRUPT, 0, EFS_STORE_CONTAINER ": not a mark of the known version");
    return container_read_metadata(stored, diag);
}

static enum efs_error begin_export(struct form_export *export, bool drop_named, struct efs_diag *diag)
{
    (void)drop_named;
    (void)diag;
    export->length = export->stored->content_length;
    export->unchecked = export->has_named = true;
    return EFS_OK;
}

static void rewind_export(struct form_export *export)
{
    export->position = 0;
}

/* One piece after the other of the content. */
static enum efs_error next(struct form_export *export, struct efs_raw_piece *piece, struct efs_diag *diag)
{
    uint64_t left = export->stored->content_length - export->position;

    (void)diag;
    memset(piece, 0, sizeof(*piece));
    piece->type = left ? EFS_RAW_PIECE_DATA : EFS_RAW_PIECE_END;
    piece->offset = export->position;
    piece->length = left < INT32_MAX ? (uint32_t)left : INT32_MAX;
    export->position += piece->length;
    return EFS_OK;
}

const struct form form_container =
{
    .id = EFS_FORM_CONTAINER,
    .name = "container",
    .description = "container (raw stream, marked by " EFS_STORE_CONTAINER ")",
    .attribute = XATTR_CONTAINER,
    .takes_all = true,
    .begin_file = begin_file,
    .close_file = set_mark,
    .list_attributes = list_attributes,
    .begin_directory = container_begin_directory,
    .commit_directory = container_commit_directory,
    .free_directory = container_free_directory,
    .event = event,
    .content_length = content_length,
    .probe = probe,
    .open = open_container,
    .begin_export = begin_export,
    .rewind = rewind_export,
    .next = next,
};
