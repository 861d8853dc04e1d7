/*
 * The Unix half's calls about files that go, or get another name: their alternate streams in files follow.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "efs/beside.h"
#include "efs/target.h"

struct going
{
    int               fd;       /* the file */
    struct efs_owner  owner;    /* where it was, */
    struct efs_target place;    /* which holds what that needs */
    uint64_t          number;   /* of its streams; 0: none in files */
    uid_t             uid;
    uint64_t          replaced; /* of those of the file in whose place it goes */
    uid_t             replaced_uid;
};

static void going_free(struct going *going)
{
    if (!going) return;
    efs_target_close(&going->place);
    close(going->fd);
    free(going);
}

/* What stands where it goes to, if it isn't the file itself in other letters. */
static void find_replaced(struct going *going, int to_fd, const char *to_name)
{
    struct stat st, old;
    int fd = openat(to_fd, to_name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

    if (fd == -1) return;
    if (!fstat(going->fd, &st) && !fstat(fd, &old) && (st.st_dev != old.st_dev || st.st_ino != old.st_ino))
    {
        going->replaced = efs_streams_number(fd);
        going->replaced_uid = old.st_uid;
    }
    close(fd);
}

static enum efs_error check(struct going *going, const struct owner_begin_params *params, struct efs_diag *diag)
{
    char to_name[NAME_MAX * 3 + 1];
    struct stat st;

    if (fstat(going->fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    going->uid = st.st_uid;
    going->number = efs_streams_number(going->fd);
    if (params->to_fd == -1) return EFS_OK;
    if (strchr(going->owner.name, ':') && efs_stream_is_file(going->owner.dir_fd, going->owner.name))
        return efs_fail(diag, EFS_ERR_VOLUME, 0, "a stream of another file gets no other name");
    if (!utf16_to_utf8(from_u64(params->to_name), params->name_units, to_name, sizeof(to_name)))
        return going->number ? efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "not a name on the host") : EFS_OK;
    find_replaced(going, params->to_fd, to_name);
    going->owner.replaces = going->replaced;
    if (!going->number || going->owner.dir_fd == -1) return EFS_OK;
    return efs_streams_move(&going->owner, params->to_fd, to_name, true, diag);
}

void call_owner_begin(struct owner_begin_params *params)
{
    struct efs_diag diag = { 0 };
    struct going *going;
    enum efs_error err;

    take_fd(params->fd);
    params->owner = 0;
    /* nearly every file that is removed */
    if (params->to_fd == -1 && !efs_streams_number(params->fd))
    {
        close(params->fd);
        return;
    }
    going = calloc(1, sizeof(*going));
    if (!going)
    {
        err = efs_fail(&diag, EFS_ERR_NO_MEMORY, 0, "calloc");
        close(params->fd);
    }
    else
    {
        going->fd = params->fd;
        err = efs_owner_open(&going->owner, &going->place, going->fd, &diag);
        if (!err) err = check(going, params, &diag);
    }
    if (going && !err && (going->number || going->replaced)) params->owner = to_u64(going);
    else going_free(going);
    if (take_fd(params->to_fd) != -1) close(params->to_fd);
    answer(&params->result, err, &diag);
}

static enum efs_error follow(const struct going *going, struct efs_diag *diag)
{
    struct efs_target place;
    struct efs_owner now;
    enum efs_error err;
    struct stat st;

    if (fstat(going->fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if (!st.st_nlink)
    {
        if (going->owner.dir_fd != -1)
            efs_streams_drop(going->owner.dir_fd, going->owner.name, going->number, going->uid);
        return EFS_OK;
    }
    /* Wine may have found another spelling for the name. */
    err = efs_owner_open(&now, &place, going->fd, diag);
    if (!err && now.dir_fd != -1)
    {
        if (going->replaced) efs_streams_drop(now.dir_fd, now.name, going->replaced, going->replaced_uid);
        if (going->number && going->owner.dir_fd != -1)
            err = efs_streams_move(&going->owner, now.dir_fd, now.name, false, diag);
    }
    efs_target_close(&place);
    return err;
}

void call_owner_end(struct owner_end_params *params)
{
    struct going *going = from_u64(params->owner);
    struct efs_diag diag = { 0 };
    enum efs_error err = params->done ? follow(going, &diag) : EFS_OK;

    going_free(going);
    answer(&params->result, err, &diag);
}
