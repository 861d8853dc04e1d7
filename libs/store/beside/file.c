/*
 * Files beside a file that are its streams: recognised, removed, and led after it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "beside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "store/stage/stage.h"

int beside_open_file(int dir_fd, const char *host, uint64_t number, uid_t uid)
{
    int fd = openat(dir_fd, host, O_PATH | O_NOFOLLOW | O_CLOEXEC), found, err = EEXIST;
    uint64_t own = 0;
    struct stat st;
    bool files;

    if (fd == -1) return -1;
    if (fstat(fd, &st)) err = errno;
    /* A file of several names may be anything else under the others. */
    else if (number && S_ISREG(st.st_mode) && st.st_nlink == 1 && (uid == (uid_t)-1 || st.st_uid == uid))
    {
        found = beside_get_mark(fd, EFS_BESIDE_STREAM, &files, &own);
        if (found < 0) err = errno;
        else if (found && own == number) return fd;
    }
    close(fd);
    errno = err;
    return -1;
}

enum efs_error beside_each_file(int dir_fd, const char *name, uint64_t number, uid_t uid, beside_take *take,
                                void *context, struct efs_diag *diag)
{
    uint8_t stream[BSTREAM_NAME_BYTES];
    enum efs_error err = EFS_OK;
    struct dirent *entry;
    DIR *directory;
    int fd;

    if (!(directory = io_list_directory(dir_fd))) return efs_fail_errno(diag, errno, 0, "open directory");
    while (!err && (errno = 0, entry = readdir(directory)))
    {
        if (!host_file_stream(name, entry->d_name, stream)) continue;
        if ((fd = beside_open_file(dir_fd, entry->d_name, number, uid)) != -1)
        {
            err = take(context, entry->d_name, fd, diag);
            close(fd);
        }
        else if (errno != EEXIST && errno != ENOENT) err = efs_fail_errno(diag, errno, 0, "look at a stream's file");
        errno = 0;
    }
    if (!err && errno) err = efs_fail_errno(diag, errno, 0, "read directory");
    closedir(directory);
    return err;
}

bool efs_stream_is_file(int dir_fd, const char *name)
{
    uint64_t number = 0, own = 0;
    bool files, found = false;
    const char *colon = strchr(name, ':');
    char owner[HOST_NAME_SIZE];
    struct stat st, owner_st;
    int fd, owner_fd;

    if (!colon || strlen(name) >= sizeof(owner)) return false;
    if ((fd = openat(dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)) == -1) return false;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_nlink != 1
        || beside_get_mark(fd, EFS_BESIDE_STREAM, &files, &number) <= 0)
        colon = NULL;
    /* A stream's own name has no colon, its file's may have. */
    if (colon) colon = strrchr(name, ':');
    if (colon && colon != name)
    {
        memcpy(owner, name, (size_t)(colon - name));
        owner[colon - name] = 0;
        if ((owner_fd = openat(dir_fd, owner, O_PATH | O_NOFOLLOW | O_CLOEXEC)) != -1)
        {
            found = !fstat(owner_fd, &owner_st) && owner_st.st_uid == st.st_uid
                && beside_get_mark(owner_fd, EFS_BESIDE_OWNER, &files, &own) > 0 && own == number;
            close(owner_fd);
        }
    }
    close(fd);
    return found;
}

/* ---- when the owner goes ---- */

struct drop
{
    int          dir_fd;
    unsigned int count;
};

static enum efs_error drop_file(void *context, const char *host, int fd, struct efs_diag *diag)
{
    struct drop *drop = context;

    (void)diag;
    if (stage_has_name(drop->dir_fd, host, fd) && !unlinkat(drop->dir_fd, host, 0)) drop->count++;
    return EFS_OK;
}

unsigned int efs_streams_drop(int dir_fd, const char *name, uint64_t number, unsigned int uid)
{
    struct drop drop = { .dir_fd = dir_fd };

    if (number) beside_each_file(dir_fd, name, number, (uid_t)uid, drop_file, &drop, NULL);
    return drop.count;
}

struct move
{
    const struct efs_owner *owner;
    int                     to_dir_fd;
    const char             *to_name;
    bool                    check;
};

static enum efs_error move_file(void *context, const char *host, int fd, struct efs_diag *diag)
{
    struct move *move = context;
    uint8_t stream[BSTREAM_NAME_BYTES];
    char to[HOST_NAME_SIZE];

    if (!host_stream_file(move->to_name, stream, host_file_stream(move->owner->name, host, stream), to))
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "the name of a stream's file would be too long");
    if (!move->check)
        return stage_rename_new(move->owner->dir_fd, host, move->to_dir_fd, to)
            ? efs_fail_errno(diag, errno, 0, "rename a stream's file") : EFS_OK;
    fd = beside_open_file(move->to_dir_fd, to, move->owner->replaces, (uid_t)-1);
    if (fd != -1) close(fd);
    else if (errno != ENOENT)
        return errno == EEXIST ? efs_fail(diag, EFS_ERR_EXISTS, 0, "a stream's file would take the place of another")
            : efs_fail_errno(diag, errno, 0, "open a stream's file");
    return EFS_OK;
}

enum efs_error efs_streams_move(const struct efs_owner *owner, int to_dir_fd, const char *to_name, bool check,
                                struct efs_diag *diag)
{
    struct move move = { owner, to_dir_fd, to_name, check };
    enum efs_error err;
    uint64_t number;
    struct stat st;

    if ((err = beside_number(owner->fd, &number, diag)) || !number) return err;
    if (fstat(owner->fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    return beside_each_file(owner->dir_fd, owner->name, number, st.st_uid, move_file, &move, diag);
}
