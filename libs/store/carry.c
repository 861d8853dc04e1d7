/*
 * What a file that is replaced hands on to the one that takes its place.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "carry.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "access.h"
#include "xattr.h"

enum efs_error carry_over(int from, const struct stat *st, int to, unsigned int flags, struct carried *carried,
                          struct efs_diag *diag)
{
    enum xattr_user user = flags & CARRY_ATTRIBUTES ? XATTR_USER_ALL : XATTR_USER_NONE;
    bool other_group = false;
    struct stat now;

    if (user && (flags & CARRY_NO_STREAMS)) user = XATTR_USER_BUT_STREAMS;
    carried->mode = st->st_mode & 01777; /* a file written anew loses set-user-ID, as after any write */
    carried->owner_kept = true;
    if (fstat(to, &now)) return efs_fail_errno(diag, errno, 0, "fstat");
    if ((now.st_uid != st->st_uid || now.st_gid != st->st_gid) && fchown(to, st->st_uid, st->st_gid))
    {
        if (errno != EPERM && errno != EINVAL) return efs_fail_errno(diag, errno, 0, "fchown");
        /* One's own file in a group that one isn't in may get another group. */
        carried->owner_kept = now.st_uid == st->st_uid;
        if (!carried->owner_kept && !(flags & CARRY_ANY_OWNER)) return EFS_OK;
        /* The owner is root's to give, the group any of its members'. */
        other_group = now.st_gid != st->st_gid && (carried->owner_kept || fchown(to, (uid_t)-1, st->st_gid));
    }
    if (!(flags & CARRY_NTFS))
        return xattr_copy_others(from, to, user, other_group ? &carried->mode : NULL, diag);
    if (other_group) carried->mode = access_without_group(carried->mode);
    return xattr_copy_ntfs(from, to, diag);
}

enum efs_error carry_mode(int to, mode_t mode, struct efs_diag *diag)
{
    return fchmod(to, mode) ? efs_fail_errno(diag, errno, 0, "fchmod") : EFS_OK;
}

/* Of `path`, or of fd if that is NULL; *n: bytes, below 0 if there is none. value has LIST_ROOM bytes. */
static enum efs_error get_list(const char *path, int fd, const char *name, uint8_t *value, ssize_t *n,
                               struct efs_diag *diag)
{
    *n = path ? getxattr(path, name, value, LIST_ROOM) : fgetxattr(fd, name, value, LIST_ROOM);
    if (*n < 0 && errno != ENODATA && errno != ENOTSUP)
        return efs_fail_errno(diag, errno, 0, "get access control list");
    return EFS_OK;
}

/* What creating a file with 0666 gives in the directory. value has LIST_ROOM bytes. */
static enum efs_error find_new_mode(int dir_fd, int to, mode_t mask, uint8_t *value, mode_t *mode,
                                    struct efs_diag *diag)
{
    enum efs_error err;
    bool masked;
    char path[FD_PATH_SIZE];
    ssize_t n;

    *mode = 0666 & ~mask;
    fd_path(path, dir_fd);
    if ((err = get_list(path, -1, DEFAULT_LIST, value, &n, diag)) || n < 0) return err;
    *mode = access_of_new(value, (size_t)n, 0666, &masked);
    if (!masked || (err = get_list(NULL, to, ACCESS_LIST, value, &n, diag))) return err;
    /* Without a list, what is its mask would be the group's rights. */
    if (n < 0) *mode &= 0600;
    return EFS_OK;
}

enum efs_error carry_defaults(int dir_fd, int to, mode_t mask, mode_t *mode, struct efs_diag *diag)
{
    uint8_t *value = malloc(LIST_ROOM);
    enum efs_error err;

    if (!value) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    err = find_new_mode(dir_fd, to, mask, value, mode, diag);
    free(value);
    return err;
}

enum efs_error carry_new_mode(int to, mode_t mode, struct efs_diag *diag)
{
    if (fchmod(to, mode) && errno != EPERM && errno != ENOTSUP) return efs_fail_errno(diag, errno, 0, "fchmod");
    return EFS_OK;
}
