/*
 * What a killed view has left: a file in the open form, which gets its closed one without its key, as far as that goes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "open_form.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/store.h"

static enum efs_error close_left(const struct efs_stored *stored, struct efs_diag *diag)
{
    struct xattr_value layout = { 0 };
    enum efs_error err;

    err = open_form_make_layout(stored->fd, stored->data_size, stored->metadata, stored->metadata_length, &layout,
                                diag);
    if (!err) err = open_form_close(stored->fd, stored->data_size, &layout, diag);
    if (!err && fsync(stored->fd)) err = efs_fail_errno(diag, errno, 0, "sync");
    if (!err) err = open_form_end(stored->fd, diag);
    free(layout.bytes);
    return err;
}

/* The least that it needs, so that everybody takes it for encrypted: a size that such a file has. */
static enum efs_error give_size(const struct efs_stored *stored, struct efs_diag *diag)
{
    return ftruncate(stored->fd, (off_t)open_form_file_size(stored->data_size))
        ? efs_fail_errno(diag, errno, 0, "truncate") : EFS_OK;
}

static enum efs_open_state check_left(const struct efs_stored *stored, bool close, struct efs_diag *diag)
{
    enum efs_error err;

    if (!close) return open_form_is_locked(stored->fd) ? EFS_OPEN_RUNNING : EFS_OPEN_LEFT;
    if (open_form_lock(stored->fd, diag)) return EFS_OPEN_RUNNING;
    err = close_left(stored, diag);
    if (err == FORM_UNFIT) return give_size(stored, diag) ? EFS_OPEN_LEFT : EFS_OPEN_NEEDS_KEY;
    return err ? EFS_OPEN_LEFT : EFS_OPEN_CLOSED;
}

#define OPEN_FLAGS (O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* For writing, even if its mode lets nobody write it: the view could, since it was open before. */
static int open_anyway(const char *path)
{
    int fd = open(path, O_RDWR | OPEN_FLAGS), reading;
    struct stat st;

    if (fd != -1 || errno != EACCES || (reading = open(path, O_RDONLY | OPEN_FLAGS)) == -1) return fd;
    if (!fstat(reading, &st) && S_ISREG(st.st_mode) && !(st.st_mode & S_IWUSR)
        && !fchmod(reading, (st.st_mode & 07777) | S_IWUSR))
    {
        fd = open(path, O_RDWR | OPEN_FLAGS);
        if (fchmod(reading, st.st_mode & 07777) && fd != -1) close(fd), fd = -1;
    }
    close(reading);
    if (fd == -1) errno = EACCES;
    return fd;
}

enum efs_open_state efs_open_check(int fd, bool close, struct efs_diag *diag)
{
    enum efs_open_state state;
    struct efs_stored stored;
    char path[FD_PATH_SIZE];
    int file;

    if (!xattr_is_there(fd_path(path, fd), XATTR_SIZE)) return EFS_OPEN_NOT;
    file = close ? open_anyway(path) : open(path, O_RDONLY | OPEN_FLAGS);
    if (file == -1)
    {
        efs_fail_errno(diag, errno, 0, "open");
        return EFS_OPEN_LEFT;
    }
    /* what is damaged otherwise is no matter of the open form */
    if (efs_stored_open_fd(&stored, file, NULL)) return EFS_OPEN_NOT;
    state = stored.open ? check_left(&stored, close, diag) : EFS_OPEN_NOT;
    efs_stored_close(&stored);
    return state;
}
