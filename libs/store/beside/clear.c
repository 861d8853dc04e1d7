/*
 * A file that is overwritten loses what it has beside its content.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/beside.h"
#include "efs/beside_attributes.h"

static enum efs_error remove_stream(void *context, const struct efs_stream_info *info, struct efs_diag *diag)
{
    enum efs_error err = efs_stream_remove(context, info, diag);

    return err == EFS_ERR_CHANGED ? EFS_OK : err; /* somebody else was faster */
}

static enum efs_error remove_ea(void *context, const struct bea *ea, struct efs_diag *diag)
{
    struct bea none = *ea;

    none.value_length = 0;
    return efs_ea_set(((const struct efs_owner *)context)->fd, &none, diag);
}

enum efs_error efs_beside_clear(const struct efs_owner *owner, struct efs_diag *diag)
{
    struct efs_owner copy = *owner;
    enum efs_error err = efs_streams_list(owner, remove_stream, &copy, diag);

    return err ? err : efs_eas_list(owner->fd, remove_ea, &copy, diag);
}
