/*
 * An encrypted file in another of the forms that it can have: an import of its own export.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#define CONVERT_BUFFER 262144 /* bytes */

static enum efs_error copy(struct efs_export *from, struct efs_import *to, struct efs_diag *diag)
{
    uint8_t *buffer = malloc(CONVERT_BUFFER);
    enum efs_error err = buffer ? EFS_OK : efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    size_t length = CONVERT_BUFFER;

    while (!err && length == CONVERT_BUFFER)
    {
        err = efs_export_read(from, buffer, CONVERT_BUFFER, &length, diag);
        if (!err) err = efs_import_feed(to, buffer, length, diag);
    }
    free(buffer);
    return err ? err : efs_import_commit(to, diag);
}

enum efs_error efs_convert(struct efs_target *target, int fd, enum efs_form form, struct efs_diag *diag)
{
    unsigned int flags = form == EFS_FORM_SPLIT ? EFS_SESSION_ONLY_SPLIT : EFS_SESSION_ONLY_CONTAINER;
    struct efs_export *from = NULL;
    struct efs_import *to = NULL;
    int source = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    enum efs_error err;

    if (source == -1) return efs_fail_errno(diag, errno, 0, "fcntl");
    err = efs_export_begin(&from, source, 0, diag);
    if (!err) err = efs_import_begin(&to, target, false, flags, diag);
    if (!err) err = copy(from, to, diag);
    efs_import_free(to);
    efs_export_free(from);
    return err;
}
