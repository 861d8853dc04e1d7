/*
 * A copy of a user's key, in a file that a password protects.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "keys/pfx.h"

/* No security descriptor of Windows' says this mode to Wine: what is the user's is his group's, too. */
static enum efs_error write_out(int fd, const uint8_t *bytes, size_t length, struct efs_diag *diag)
{
    enum efs_error err;

    if (fchmod(fd, 0600)) return efs_fail_errno(diag, errno, 0, "fchmod");
    if ((err = io_write_all(fd, 0, bytes, length, diag))) return err;
    return fsync(fd) ? efs_fail_errno(diag, errno, 0, "fsync") : EFS_OK;
}

void call_save_pfx(struct save_pfx_params *params)
{
    struct efs_bytes key = { from_u64(params->pair.key.data), params->pair.key.length };
    struct efs_bytes certificate = { from_u64(params->pair.certificate.data), params->pair.certificate.length };
    int fd = take_fd(params->fd);
    uint8_t *pfx = malloc(PFX_MAX);
    struct efs_diag diag = { 0 };
    size_t length;
    enum efs_error err = pfx ? EFS_OK : efs_fail(&diag, EFS_ERR_NO_MEMORY, 0, "malloc");

    if (!err) err = pfx_make(pfx, &length, &key, &certificate, from_u64(params->password), &diag);
    if (!err) err = write_out(fd, pfx, length, &diag);
    free(pfx);
    close(fd);
    answer(&params->result, err, &diag);
}
