/*
 * The Unix half's calls about the file within a directory that holds the directory's own streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "efs/container.h"
#include "efs/store.h"
#include "efs/target.h"

void call_within(struct within_params *params)
{
    char name[EFS_CONTAINER_NAME_SIZE * 3];
    struct efs_target target;

    take_fd(params->fd);
    params->own = 0;
    if (params->name)
    {
        if (utf16_to_utf8(from_u64(params->name), params->name_units, name, sizeof(name)))
            params->own = efs_container_is_own(params->fd, name, strlen(name));
    }
    else if (!efs_target_open_fd(&target, params->fd, NULL))
    {
        /* all of the name: a beginning would be taken for one that was cut off */
        params->own = efs_is_container_name(target.name)
            && efs_container_is_own(target.dir_fd, target.name, strlen(target.name));
        efs_target_close(&target);
    }
    close(params->fd);
}

static enum efs_error remove_directory(struct remove_params *params, struct efs_diag *diag)
{
    struct stat st;

    if (fstat(params->fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if (!S_ISDIR(st.st_mode)) return efs_fail(diag, EFS_ERR_TYPE, 0, "no directory");
    if (params->remove && (st.st_dev != params->dev || st.st_ino != params->ino))
        return efs_fail(diag, EFS_ERR_CHANGED, 0, "another directory has the handle");
    params->dev = st.st_dev;
    params->ino = st.st_ino;
    return efs_directory_remove(params->fd, params->remove != 0, diag);
}

void call_remove(struct remove_params *params)
{
    struct efs_diag diag = { 0 };
    enum efs_error err;

    take_fd(params->fd);
    err = remove_directory(params, &diag);
    close(params->fd);
    answer(&params->result, err, &diag);
}
