/*
 * A plain file of the host's, by the steps of an import.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/plain.h"
#include "efs/target.h"

#include "base/io.h"
#include "store/ntfs.h"
#include "stage.h"

enum efs_error efs_plain_begin(struct efs_stage **ret, struct efs_target *target, struct efs_diag *diag)
{
    struct efs_stage *stage;
    enum efs_error err;

    *ret = NULL;
    if ((err = stage_new(&stage, target, false, diag))) return err;
    /* A directory's default list is masked by this mode: nobody else can use what it names. */
    if (!(err = stage_create_file(stage, 0600, diag))) err = ntfs_is_mount(stage->fd, &stage->ntfs, diag);
    if (err) efs_stage_free(stage);
    else *ret = stage;
    return err;
}

int efs_plain_fd(const struct efs_stage *stage)
{
    return stage->fd;
}

enum efs_error efs_plain_write(const struct efs_stage *stage, struct bholes *holes, uint64_t offset, const void *data,
                               size_t length, struct efs_diag *diag)
{
    static const uint8_t zeros[BHOLES_MIN];
    const uint8_t *bytes = data;
    enum efs_error err;
    enum bholes_step step;
    uint64_t at;
    size_t n;

    while (length)
    {
        step = bholes_next(holes, offset, bytes, length, &at, &n);
        if (step != BHOLES_PASS && (err = io_write_all(stage->fd, at, step == BHOLES_ZEROS ? zeros : bytes, n, diag)))
            return err;
        bholes_done(holes, step, at, n);
        if (step == BHOLES_ZEROS) continue;
        offset += n;
        bytes += n;
        length -= n;
    }
    return EFS_OK;
}

const char *efs_plain_name(const struct efs_stage *stage)
{
    return stage->name;
}

enum efs_error efs_plain_commit(struct efs_stage *stage, const struct efs_plain_end *end, struct efs_diag *diag)
{
    struct efs_diag own;
    enum efs_error err;

    if (!diag) diag = &own;
    err = stage_install_plain(stage, end, diag);
    /* There is no other form to try. */
    if (err == FORM_UNFIT) err = diag->code = EFS_ERR_VOLUME;
    return err;
}
