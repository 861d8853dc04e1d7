/*
 * The Unix half's calls about alternate streams that programs open by name.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "efs/beside.h"
#include "efs/beside_writer.h"
#include "efs/probe.h"
#include "efs/target.h"
#include "view/door.h"

/* One call's work. */
struct look
{
    struct stream_params  *params;
    struct efs_owner       owner;
    const uint8_t         *name;
    size_t                 length; /* bytes */
    struct efs_stream_info info;
};

/* Has the host a file of just that name that isn't a stream of this one's? */
static bool is_foreign(const struct look *look)
{
    char host[HOST_NAME_SIZE];
    struct stat st;

    return look->owner.dir_fd != -1 && host_stream_file(look->owner.name, look->name, look->length, host)
        && !fstatat(look->owner.dir_fd, host, &st, AT_SYMLINK_NOFOLLOW)
        && !efs_stream_is_file(look->owner.dir_fd, host);
}

static enum efs_error find(struct look *look, struct efs_diag *diag)
{
    return efs_stream_find(&look->owner, look->name, look->length, &look->info, diag);
}

/* In whichever home it is; one that was killed on its way from one to the other is in both. */
static enum efs_error drop(struct look *look, struct efs_diag *diag)
{
    unsigned int homes = 2;
    enum efs_error err;

    do err = efs_stream_remove(&look->owner, &look->info, diag);
    while (!err && --homes && !find(look, NULL));
    return err;
}

/* ---- given as a file without a name ---- */

/* What a program asks about it is answered as for the file that has the stream. */
static enum efs_error make_snapshot(const struct look *look, const struct efs_stream_reader *reader, int fd,
                                    struct efs_diag *diag)
{
    struct timespec times[2];
    struct stat st;
    enum efs_error err;

    if ((err = io_write_all(fd, 0, reader->value, (size_t)reader->size, diag))) return err;
    if (fstat(look->owner.fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    times[0] = st.st_atim;
    times[1] = st.st_mtim;
    if (futimens(fd, times) || fchmod(fd, st.st_mode & 0777)
        || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == -1)
        return efs_fail_errno(diag, errno, 0, "seal a stream's data");
    return EFS_OK;
}

static enum efs_error give_snapshot(struct look *look, struct efs_diag *diag)
{
    struct efs_stream_reader reader;
    enum efs_error err = efs_stream_open(&reader, &look->owner, &look->info, diag);
    int fd = -1;

    if (!err && (fd = memfd_create("wine-efs-stream", MFD_CLOEXEC | MFD_ALLOW_SEALING)) == -1)
        err = efs_fail_errno(diag, errno, 0, "memfd_create");
    if (!err) err = make_snapshot(look, &reader, fd, diag);
    efs_stream_close(&reader);
    if (!err && look->params->action == STREAM_TAKE) err = drop(look, diag);
    if (!err)
    {
        look->params->given = fd;
        look->params->answer = STREAM_GIVEN;
    }
    else if (fd != -1) close(fd);
    return err;
}

/* ---- in a file ---- */

static enum efs_error give_file(struct look *look, struct efs_diag *diag)
{
    struct stream_params *params = look->params;
    char link[FD_PATH_SIZE], *path = from_u64(params->path);
    struct stat st;
    size_t room;
    ssize_t n;

    if (fstatat(look->owner.dir_fd, look->info.host, &st, AT_SYMLINK_NOFOLLOW))
        return efs_fail_errno(diag, errno, 0, "fstatat");
    params->dev = st.st_dev;
    params->ino = st.st_ino;
    params->answer = STREAM_IS_FILE;
    if (params->action == STREAM_LOOK) return EFS_OK;
    n = readlink(fd_path(link, look->owner.dir_fd), path, params->path_size);
    if (n < 0) return efs_fail_errno(diag, errno, 0, "readlink /proc/self/fd");
    if (n == 1) n = 0; /* the root */
    room = params->path_size - (size_t)n;
    if ((size_t)snprintf(path + n, room, "/%s", look->info.host) >= room)
        return efs_fail_errno(diag, ENAMETOOLONG, 0, "the path of a stream's file");
    return EFS_OK;
}

/* All or nothing; without a reader it is empty. */
static enum efs_error write_file(const struct look *look, const struct efs_stream_reader *reader,
                                 struct efs_diag *diag)
{
    struct efs_stream_writer *writer;
    enum efs_error err;
    bool in_file;

    if ((err = efs_stream_begin(&writer, &look->owner, look->name, look->length, diag))) return err;
    err = efs_stream_keep_in(writer, EFS_HOME_FILE, diag);
    if (!err && reader) err = efs_stream_write(writer, 0, reader->value, (size_t)reader->size, diag);
    if (!err) err = efs_stream_complete(writer, &in_file, diag);
    if (!err) err = efs_stream_install(writer, diag);
    efs_stream_free(writer);
    return err;
}

static enum efs_error move_to_file(struct look *look, struct efs_diag *diag)
{
    struct efs_stream_reader reader;
    enum efs_error err = EFS_OK;

    if (look->info.home == EFS_HOME_ATTRIBUTE)
    {
        err = efs_stream_open(&reader, &look->owner, &look->info, diag);
        if (!err) err = write_file(look, &reader, diag);
        efs_stream_close(&reader);
        if (!err) err = find(look, diag);
        if (!err && look->info.home == EFS_HOME_ATTRIBUTE)
            err = efs_fail(diag, EFS_ERR_CHANGED, 0, "somebody else has written the stream meanwhile");
    }
    return err ? err : give_file(look, diag);
}

static enum efs_error create(struct look *look, struct efs_diag *diag)
{
    enum efs_error err = write_file(look, NULL, diag);

    if (!err) err = find(look, diag);
    if (!err && look->info.home == EFS_HOME_ATTRIBUTE)
        err = efs_fail(diag, EFS_ERR_EXISTS, 0, "somebody else has made the stream meanwhile");
    return err ? err : give_file(look, diag);
}

static enum efs_error act(struct look *look, struct efs_diag *diag)
{
    struct stream_params *params = look->params;
    struct efs_diag own = { 0 };
    enum efs_error err = find(look, &own);
    struct efs_probe probe;

    if (err && err != EFS_ERR_NOT_FOUND)
    {
        *diag = own;
        return err;
    }
    if ((err || look->info.home == EFS_HOME_ATTRIBUTE) && is_foreign(look)) return EFS_OK;
    efs_probe_fd(look->owner.fd, &probe);
    if (probe.encrypted || door_is_shown_encrypted(look->owner.fd))
    {
        params->answer = STREAM_GUARDED;
        return EFS_OK;
    }
    if (err && params->action == STREAM_CREATE) return create(look, diag);
    params->answer = STREAM_MISSING;
    if (err) return EFS_OK;
    if (params->action == STREAM_CREATE) return efs_fail(diag, EFS_ERR_EXISTS, 0, "the stream is there already");
    if (params->action == STREAM_DROP) return drop(look, diag);
    params->size = look->info.size;
    if (params->action == STREAM_WRITE) return move_to_file(look, diag);
    if (look->info.home == EFS_HOME_FILE) return give_file(look, diag);
    params->answer = STREAM_GIVEN;
    return params->action == STREAM_LOOK ? EFS_OK : give_snapshot(look, diag);
}

void call_stream(struct stream_params *params)
{
    struct look look = { .params = params };
    struct efs_diag diag = { 0 };
    struct efs_target place;
    enum efs_error err = EFS_OK;

    take_fd(params->fd);
    params->answer = STREAM_ELSEWHERE;
    look.name = from_u64(params->name);
    look.length = (size_t)params->name_units * 2;
    if (efs_beside_is_kept(params->fd))
    {
        err = efs_owner_open(&look.owner, &place, params->fd, &diag);
        if (!err) err = act(&look, &diag);
        efs_target_close(&place);
    }
    if (err) params->answer = STREAM_FAILED;
    answer(&params->result, err, &diag);
    close(params->fd);
}

void call_stream_hidden(struct stream_hidden_params *params)
{
    char name[NAME_MAX * 3 + 1];

    params->hidden = utf16_to_utf8(from_u64(params->name), params->name_units, name, sizeof(name))
        && efs_stream_is_file(params->fd, name);
}

void call_streams_clear(struct fd_params *params)
{
    struct efs_target place = { .dir_fd = -1, .fd = -1 };
    struct efs_owner owner = { .dir_fd = -1, .name = "" };
    struct efs_diag diag = { 0 };
    enum efs_error err = EFS_OK;
    int mark;

    owner.fd = take_fd(params->fd);
    if (efs_beside_is_kept(params->fd))
    {
        mark = fgetxattr(params->fd, EFS_BESIDE_OWNER, NULL, 0) < 0 ? errno : 0;
        /* Without a mark nothing is in files, and the directory isn't looked for. */
        if (mark != ENODATA && mark != EACCES) err = efs_owner_open(&owner, &place, params->fd, &diag);
        /* What may be written but not read can't be asked what it has: it keeps that. */
        if (!err && mark != EACCES) err = efs_beside_clear(&owner, &diag);
        efs_target_close(&place);
    }
    params->result = (uint32_t)err;
    close(params->fd);
}
