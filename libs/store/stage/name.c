/*
 * The names of staging files: made up, given to a file, recognised, and held against a sweep.
 *
 * A staging file has a name for a moment, or, where the file system has no nameless files, all the time. While it has,
 * its import holds a lock on it (flock), which ends with the process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

#define NAME_DIGITS 16
#define BACKUP_PREFIX "efsbackup-"
#define BACKUP_DIGITS 24

enum efs_error stage_make_id(uint64_t *id, struct efs_diag *diag)
{
    return getrandom(id, sizeof(*id), 0) == sizeof(*id) ? EFS_OK : efs_fail_errno(diag, errno, 0, "getrandom");
}

enum efs_error stage_make_name(char name[STAGE_NAME_SIZE], struct efs_diag *diag)
{
    enum efs_error err;
    uint64_t id;

    if ((err = stage_make_id(&id, diag))) return err;
    snprintf(name, STAGE_NAME_SIZE, STAGE_NAME_PREFIX "%016" PRIx64, id);
    return EFS_OK;
}

static bool has_form(const char *name, const char *prefix, size_t digits)
{
    size_t length = strlen(prefix);

    return !strncmp(name, prefix, length) && strlen(name) == length + digits
        && strspn(name + length, "0123456789abcdef") == digits;
}

bool efs_is_stage_name(const char *name)
{
    return has_form(name, STAGE_NAME_PREFIX, NAME_DIGITS);
}

bool efs_is_backup_name(const char *name)
{
    return has_form(name, BACKUP_PREFIX, BACKUP_DIGITS);
}

int stage_rename_new(int from_fd, const char *from, int to_fd, const char *to)
{
    struct stat st;

    if (!renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE)) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    /* NTFS-3G knows no flags: looking first leaves a gap, but a small one. */
    if (fstatat(to_fd, to, &st, AT_SYMLINK_NOFOLLOW)) return renameat(from_fd, from, to_fd, to);
    errno = EEXIST;
    return -1;
}

enum efs_error stage_check_name(int dir_fd, const char *name, int fd, struct efs_diag *diag)
{
    struct stat named, st;

    if (fstatat(dir_fd, name, &named, AT_SYMLINK_NOFOLLOW))
        return errno == ENOENT ? efs_fail(diag, EFS_ERR_CHANGED, 0, "the name has gone")
                               : efs_fail_errno(diag, errno, 0, "fstatat");
    if (fstat(fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if (named.st_dev == st.st_dev && named.st_ino == st.st_ino) return EFS_OK;
    return efs_fail(diag, EFS_ERR_CHANGED, 0, "the name is another file's");
}

bool stage_has_name(int dir_fd, const char *name, int fd)
{
    return !stage_check_name(dir_fd, name, fd, NULL);
}

bool stage_hold(int fd)
{
    /* Where there are no locks, a sweep gets none either, and leaves the file alone. */
    return !flock(fd, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK;
}

enum efs_error stage_link_name(const struct efs_stage *stage, const char *name, struct efs_diag *diag)
{
    char path[FD_PATH_SIZE];

    fd_path(path, stage->fd);
    if (!linkat(AT_FDCWD, path, stage->target->dir_fd, name, AT_SYMLINK_FOLLOW)) return EFS_OK;
    if (errno == ENOENT)
        return efs_fail(diag, EFS_ERR_IO, 0, "link staging file: the directory has gone, or /proc isn't there");
    return efs_fail_errno(diag, errno, 0, "link staging file");
}

enum efs_error stage_give_name(struct efs_stage *stage, const char *name, struct efs_diag *diag)
{
    const struct efs_target *target = stage->target;
    enum efs_error err;

    if (stage->name[0])
    {
        if (renameat(target->dir_fd, stage->name, target->dir_fd, name))
            return efs_fail_errno(diag, errno, 0, "rename staging file");
    }
    else
    {
        stage_hold(stage->fd); /* nobody else can have seen it yet */
        if ((err = stage_link_name(stage, name, diag))) return err;
    }
    snprintf(stage->name, sizeof(stage->name), "%s", name);
    return EFS_OK;
}
