/*
 * The stage: the whole of an import's result, before anybody sees it. Whether it is a file or a directory, and in which form.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stage.h"

#include <errno.h>
#include <sys/xattr.h>

#include "store/ntfs.h"

enum efs_error efs_stage_begin(struct efs_stage **ret, struct efs_target *target, bool directory, enum efs_form form,
                               const uint8_t *metadata, uint32_t metadata_length, struct efs_diag *diag)
{
    struct efs_stage *stage;
    enum efs_error err;

    *ret = NULL;
    if ((err = stage_new(&stage, target, directory, diag))) return err;
    stage->form = form;
    stage->metadata = metadata;
    stage->metadata_length = metadata_length;
    /* A directory in split form has no data: all of it happens at commit. */
    if (!directory) err = stage_begin_file(stage, diag);
    else err = form == EFS_FORM_CONTAINER ? stage_begin_within(stage, diag) : EFS_OK;
    if (err) efs_stage_free(stage);
    else *ret = stage;
    return err;
}

bool efs_stage_is_canonical(const struct efs_stage *stage)
{
    return stage->late;
}

enum efs_error efs_stage_set_layout(struct efs_stage *stage, const uint8_t *layout, uint32_t length, struct efs_diag *diag)
{
    stage->layout = layout;
    stage->layout_length = length;
    /* a directory gets all its attributes at commit */
    return stage->directory ? EFS_OK : xattr_set(stage->fd, XATTR_LAYOUT, layout, length, diag);
}

enum efs_error efs_stage_set_stream(struct efs_stage *stage, const char *attribute, const uint8_t *value, size_t length, struct efs_diag *diag)
{
    enum efs_error err = efs_stage_flush(stage, diag);

    if (err) return err;
    if (!fsetxattr(stage->fd, attribute, value, length, XATTR_CREATE)) return EFS_OK;
    if (errno == EINVAL || errno == EEXIST || errno == E2BIG || errno == ERANGE || errno == ENAMETOOLONG)
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "NTFS-3G doesn't take this named stream");
    return efs_fail_errno(diag, errno, 0, "set named stream");
}

enum efs_error efs_stage_list_streams(const struct efs_stage *stage, char **attributes, size_t *length, struct efs_diag *diag)
{
    return ntfs_list_streams(stage->fd, attributes, length, diag);
}

static enum efs_error commit_file(struct efs_stage *stage, uint64_t content_length, uint64_t data_size, struct efs_diag *diag)
{
    enum efs_error err = stage_close_content(stage, content_length, data_size, diag);

    return err ? err : stage_install(stage, diag);
}

enum efs_error efs_stage_commit(struct efs_stage *stage, uint64_t content_length, uint64_t data_size, struct efs_diag *diag)
{
    struct efs_diag own;

    if (!diag) diag = &own;
    if (stage->within) return stage_commit_within(stage, content_length, diag);
    return stage->directory ? stage_commit_directory(stage, diag) : commit_file(stage, content_length, data_size, diag);
}

void efs_stage_free(struct efs_stage *stage)
{
    if (!stage) return;
    if (stage->directory) stage_free_within(stage);
    stage_free_file(stage);
}
