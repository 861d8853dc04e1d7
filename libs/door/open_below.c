/*
 * What is below a file or a directory in a view.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "view/door.h"

#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "ask.h"

static enum efs_error check_writable(int fd, struct efs_diag *diag)
{
    struct statvfs fs;

    if (fstatvfs(fd, &fs)) return efs_fail_errno(diag, errno, 0, "fstatvfs");
    return fs.f_flag & ST_RDONLY ? efs_fail(diag, EFS_ERR_READ_ONLY_VOLUME, 0, "the view is read-only") : EFS_OK;
}

/* *socket: stays open, and is to be closed, if there is no error. */
static enum efs_error ask(const struct efs_view_text *about, enum efs_view_operation operation, int *socket,
                          int *below, struct efs_diag *diag)
{
    const struct efs_view_request request = { operation, about->file };
    enum efs_error err;

    if ((err = ask_connect(about, socket, diag))) return err;
    err = ask_send(*socket, &request, diag);
    if (!err) err = ask_receive(*socket, &about->file, below, diag);
    if (err) close(*socket);
    return err;
}

static enum efs_error ask_once(const struct efs_view_text *about, int *below, struct efs_diag *diag)
{
    enum efs_error err;
    int socket;

    if (!(err = ask(about, EFS_VIEW_READ, &socket, below, diag))) close(socket);
    return err;
}

enum efs_error door_open_below(int fd, int *below, struct efs_diag *diag)
{
    struct efs_view_text about;
    enum efs_error err;

    *below = -1;
    if (!door_is_in_view(fd)) return EFS_OK;
    if ((err = ask_read_attribute(fd, &about, diag))) return err;
    if (!about.encrypted) return efs_fail(diag, EFS_ERR_NOT_ENCRYPTED, 0, "a plain file of a view");
    return ask_once(&about, below, diag);
}

enum efs_error door_enter_below(int dir_fd, int *below, struct efs_diag *diag)
{
    struct efs_view_text about;
    enum efs_error err;

    *below = -1;
    if (!door_is_in_view(dir_fd)) return EFS_OK;
    if ((err = check_writable(dir_fd, diag)) || (err = ask_read_attribute(dir_fd, &about, diag))) return err;
    return ask_once(&about, below, diag);
}

enum efs_error door_claim(int fd, bool has_open, int *claim, int *below, struct efs_diag *diag)
{
    struct efs_view_text about;
    enum efs_error err;

    *claim = *below = -1;
    if ((err = check_writable(fd, diag)) || (err = ask_read_attribute(fd, &about, diag))) return err;
    err = ask(&about, has_open ? EFS_VIEW_CLAIM_OPEN : EFS_VIEW_CLAIM, claim, below, diag);
    if (err) *claim = -1;
    return err;
}

void door_end_claim(int claim)
{
    static const struct efs_view_request done = { .operation = EFS_VIEW_DONE };

    if (claim == -1) return;
    /* What was done below is done, whether the view says that it knows it or has gone. */
    if (!ask_send(claim, &done, NULL)) (void)ask_receive(claim, NULL, NULL, NULL);
    close(claim);
}
