/*
 * The one table from the engine's errors to errno values.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "errors.h"

#include <errno.h>
#include <stddef.h>

static const int table[EFS_ERROR_COUNT] =
{
    [EFS_ERR_FORMAT] = EIO,
    [EFS_ERR_METADATA] = EIO,
    /* of versions 4 to 6 the keys are somebody else's */
    [EFS_ERR_VERSION] = EACCES,
    [EFS_ERR_UNREPRESENTABLE] = EFBIG,
    [EFS_ERR_NOT_ENCRYPTED] = EIO,
    [EFS_ERR_CORRUPT] = EIO,
    [EFS_ERR_TYPE] = EISDIR,
    [EFS_ERR_NOT_FOUND] = ENOENT,
    [EFS_ERR_PATH_NOT_FOUND] = ENOENT,
    [EFS_ERR_EXISTS] = EEXIST,
    [EFS_ERR_CHANGED] = ESTALE,
    [EFS_ERR_ACCESS] = EACCES,
    [EFS_ERR_VOLUME] = ENOTSUP,
    [EFS_ERR_READ_ONLY_VOLUME] = EROFS,
    [EFS_ERR_DISK_FULL] = ENOSPC,
    [EFS_ERR_IO] = EIO,
    [EFS_ERR_KEY_FILE] = EACCES,
    [EFS_ERR_PASSWORD] = EACCES,
    [EFS_ERR_NO_KEY] = EACCES,
    [EFS_ERR_ALGORITHM] = EACCES,
    [EFS_ERR_INVALID] = EINVAL,
    [EFS_ERR_NO_MEMORY] = ENOMEM,
    [EFS_ERR_TOO_MANY_FILES] = EMFILE,
};

int errno_of(const struct efs_diag *diag)
{
    if (diag->sys_errno) return diag->sys_errno;
    return (size_t)diag->code < EFS_ERROR_COUNT && table[diag->code] ? table[diag->code] : EIO;
}
