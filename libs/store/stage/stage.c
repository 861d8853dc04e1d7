/*
 * The stage: the whole of an import's result, before anybody sees it. Whether it is a file or a directory, and in which
 * form.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stage.h"

#include <errno.h>
#include <sys/stat.h>

#include "store/forms/form.h"

/* The file, empty, with what makes it an encrypted one. */
static enum efs_error begin_file(struct efs_stage *stage, struct efs_diag *diag)
{
    struct efs_target *target = stage->target;
    enum efs_error err;
    struct stat st;
    mode_t mode = 0666; /* less the umask */

    if (target->exists)
    {
        if (fstat(target->fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
        /* Nobody may read in the staging file what he can't read in the target. */
        mode = (st.st_mode & 0700) | 0600;
    }
    if ((err = stage_create_file(stage, mode, diag))) return err;
    if ((err = form_of_attribute(&stage->form, stage->form->attribute, stage->fd, diag))) return err;
    return stage->form->begin_file(stage, mode, diag);
}

enum efs_error efs_stage_begin(struct efs_stage **ret, struct efs_target *target, bool directory,
                               const struct form *form, const uint8_t *metadata, uint32_t metadata_length,
                               struct efs_diag *diag)
{
    struct efs_stage *stage;
    enum efs_error err;

    *ret = NULL;
    if ((err = stage_new(&stage, target, directory, diag))) return err;
    stage->form = form;
    stage->metadata = metadata;
    stage->metadata_length = metadata_length;
    if (!directory) err = begin_file(stage, diag);
    else err = stage->form->begin_directory ? stage->form->begin_directory(stage, diag) : EFS_OK;
    if (err) efs_stage_free(stage);
    else *ret = stage;
    return err;
}

static enum efs_error commit_file(struct efs_stage *stage, uint64_t content_length, uint64_t data_size,
                                  struct efs_diag *diag)
{
    enum efs_error err = stage_close_content(stage, content_length, data_size, diag);

    return err ? err : stage_install(stage, diag);
}

/* A directory that exists keeps its identity; a new one has its staging name until it is complete. */
static enum efs_error open_directory(struct efs_stage *stage, struct efs_diag *diag)
{
    enum efs_error err = stage->target->exists ? stage_open_directory(stage, diag)
        : stage_create_named(stage, 0777, diag);

    return err ? err : form_of_attribute(&stage->form, stage->form->attribute, stage->fd, diag);
}

static enum efs_error commit_directory(struct efs_stage *stage, uint64_t content_length, struct efs_diag *diag)
{
    enum efs_error err;

    /* What is begun has been opened. */
    if (!stage->form->begin_directory && (err = open_directory(stage, diag))) return err;
    return stage->form->commit_directory(stage, content_length, diag);
}

enum efs_error efs_stage_commit(struct efs_stage *stage, uint64_t content_length, uint64_t data_size,
                                struct efs_diag *diag)
{
    struct efs_diag own;

    if (!diag) diag = &own;
    return stage->directory ? commit_directory(stage, content_length, diag)
        : commit_file(stage, content_length, data_size, diag);
}

void efs_stage_free(struct efs_stage *stage)
{
    if (!stage) return;
    if (stage->directory && stage->form->free_directory) stage->form->free_directory(stage);
    stage_free_file(stage);
}
