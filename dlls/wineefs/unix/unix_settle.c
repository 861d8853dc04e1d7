/*
 * The Unix half's calls about streams that programs have written in their files: back into an attribute, if they fit
 * one and nobody writes to them any more.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/beside.h"
#include "efs/beside_writer.h"
#include "efs/target.h"

#define VALUE_MAX 65535 /* bytes: no attribute has more */
#define PIECE     4096

/* The lock belongs to what all duplicates of the descriptor share: so it ends when the last handle is closed. Without
   locks it is Wine alone that knows who has the file open. */
void call_stream_hold(struct stream_hold_params *params)
{
    struct stat st;

    take_fd(params->fd);
    params->same = !fstat(params->fd, &st) && st.st_dev == params->dev && st.st_ino == params->ino
        && (!flock(params->fd, LOCK_SH | LOCK_NB) || errno != EWOULDBLOCK);
    close(params->fd);
}

/* Its directory and name, in *place, and the length of its owner's. False: it isn't a small stream. */
static bool find_stream(int fd, struct efs_owner *stream, struct efs_target *place, size_t *owner_length)
{
    const char *colon;
    struct stat st;

    memset(place, 0, sizeof(*place));
    place->dir_fd = place->fd = -1;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_nlink || st.st_size > VALUE_MAX) return false;
    if (efs_owner_open(stream, place, fd, NULL) || stream->dir_fd == -1 || !(colon = strrchr(stream->name, ':')))
        return false;
    *owner_length = (size_t)(colon - stream->name);
    return *owner_length <= NAME_MAX && efs_stream_is_file(stream->dir_fd, stream->name);
}

void call_settle_begin(struct settle_begin_params *params)
{
    char *path = from_u64(params->path), link[FD_PATH_SIZE];
    struct efs_owner stream;
    struct efs_target place;
    size_t owner_length;
    struct stat st;
    ssize_t n;

    take_fd(params->fd);
    *path = 0;
    if (find_stream(params->fd, &stream, &place, &owner_length) && !fstat(params->fd, &st))
    {
        params->dev = st.st_dev;
        params->ino = st.st_ino;
        n = readlink(fd_path(link, params->fd), path, params->path_size - 1);
        path[n > 0 ? n : 0] = 0;
    }
    efs_target_close(&place);
    close(params->fd);
}

static enum efs_error copy(struct efs_stream_writer *writer, int fd, uint64_t size, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;
    uint8_t piece[PIECE];
    uint64_t at;

    for (at = 0; !err && at < size; at += PIECE)
    {
        size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;

        if (!(err = io_read_exactly(fd, at, piece, n, diag))) err = efs_stream_write(writer, at, piece, n, diag);
    }
    return err;
}

/* All or nothing: the attribute is there before the file goes. */
static enum efs_error settle(int fd, const struct efs_owner *owner, const char *host, uint64_t size,
                             struct efs_diag *diag)
{
    uint8_t name[BSTREAM_NAME_BYTES];
    struct efs_stream_writer *writer;
    enum efs_error err;
    size_t length;
    bool in_file;

    if (!(length = host_file_stream(owner->name, host, name))) return efs_fail(diag, EFS_ERR_INVALID, 0, "no stream");
    if ((err = efs_stream_begin(&writer, owner, name, length, diag))) return err;
    err = efs_stream_keep_in(writer, EFS_HOME_ATTRIBUTE, diag);
    if (!err) err = copy(writer, fd, size, diag);
    if (!err) err = efs_stream_set_end(writer, size, diag);
    if (!err) err = efs_stream_complete(writer, &in_file, diag);
    efs_stream_free(writer);
    return err;
}

static enum efs_error end(const struct settle_end_params *params, const struct efs_owner *stream, size_t owner_length,
                          struct efs_diag *diag)
{
    struct efs_owner owner = { .dir_fd = stream->dir_fd };
    char name[NAME_MAX + 1];
    enum efs_error err;
    struct stat st;

    if (flock(params->fd, LOCK_EX | LOCK_NB)) return efs_fail_errno(diag, errno, 0, "flock");
    if (fstat(params->fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if (st.st_dev != params->dev || st.st_ino != params->ino)
        return efs_fail(diag, EFS_ERR_CHANGED, 0, "another file has the name");
    memcpy(name, stream->name, owner_length);
    name[owner_length] = 0;
    owner.name = name;
    owner.fd = openat(owner.dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (owner.fd == -1) return efs_fail_errno(diag, errno, 0, "open the stream's owner");
    err = efs_beside_is_kept(owner.fd) ? settle(params->fd, &owner, stream->name, (uint64_t)st.st_size, diag)
        : efs_fail(diag, EFS_ERR_VOLUME, 0, "no streams are kept there");
    close(owner.fd);
    return err;
}

void call_settle_end(struct settle_end_params *params)
{
    struct efs_diag diag = { 0 };
    enum efs_error err = EFS_OK;
    struct efs_owner stream;
    struct efs_target place;
    size_t owner_length;

    take_fd(params->fd);
    if (find_stream(params->fd, &stream, &place, &owner_length)) err = end(params, &stream, owner_length, &diag);
    efs_target_close(&place);
    close(params->fd);
    answer(&params->result, err, &diag);
}
