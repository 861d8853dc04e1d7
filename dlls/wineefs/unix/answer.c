/*
 * What every call does: takes its descriptor over, and answers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <fcntl.h>
#include <stdio.h>

int take_fd(int fd)
{
    if (fd != -1) fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

ntstatus answer(struct unix_result *result, enum efs_error err, const struct efs_diag *diag)
{
    result->error = err;
    if (err)
    {
        result->sys_errno = diag->sys_errno;
        result->offset = diag->offset;
        snprintf(result->rule, sizeof(result->rule), "%s", diag->rule ? diag->rule : "");
    }
    return CALL_DONE;
}
