/*
 * The last step of an import: the complete staging file takes the target's place.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "access.h"
#include "target.h"
#include "xattr.h"

static enum efs_error check_target(const struct efs_stage *stage, struct stat *st, struct efs_diag *diag)
{
    const struct efs_target *target = stage->target;

    memset(st, 0, sizeof(*st));
    if (fstatat(target->dir_fd, target->name, st, AT_SYMLINK_NOFOLLOW) && errno != ENOENT)
        return efs_fail_errno(diag, errno, 0, "fstat");
    /* Is the file that is going to be replaced the one that was opened? */
    if (st->st_dev != target->dev || st->st_ino != target->ino)
        return efs_fail(diag, EFS_ERR_CHANGED, 0, "the target was replaced or removed");
    return EFS_OK;
}

/* Owner, mode, access control list and attributes of the old file go to the new one. */
static enum efs_error carry_over(const struct efs_stage *stage, const struct stat *st, bool *same_owner, struct efs_diag *diag)
{
    int old = stage->target->fd;
    mode_t mode = st->st_mode & 01777; /* a file written anew loses set-user-ID, as after any write */
    bool other_group = false;
    enum efs_error err;
    struct stat now;

    *same_owner = true;
    if (fstat(stage->fd, &now)) return efs_fail_errno(diag, errno, 0, "fstat");
    if ((now.st_uid != st->st_uid || now.st_gid != st->st_gid) && fchown(stage->fd, st->st_uid, st->st_gid))
    {
        /* One's own file in a group that one isn't in may get another group; another's file can't become one's own. */
        if (errno != EPERM && errno != EINVAL) return efs_fail_errno(diag, errno, 0, "fchown");
        *same_owner = now.st_uid == st->st_uid;
        if (!*same_owner) return EFS_OK;
        other_group = true;
    }
    if (stage->late && other_group) mode = access_without_group(mode);
    if (stage->late) err = xattr_copy_ntfs(old, stage->fd, diag);
    else err = xattr_copy_others(old, stage->fd, other_group ? &mode : NULL, diag);
    if (!err && fchmod(stage->fd, mode)) err = efs_fail_errno(diag, errno, 0, "fchmod");
    return err;
}

/* Gives a file that has none a name, in the target's directory. */
static enum efs_error link_name(const struct efs_stage *stage, const char *name, struct efs_diag *diag)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", stage->fd);
    if (!linkat(AT_FDCWD, path, stage->target->dir_fd, name, AT_SYMLINK_FOLLOW)) return EFS_OK;
    if (errno == ENOENT) return efs_fail(diag, EFS_ERR_IO, 0, "link staging file: the directory has gone, or /proc isn't there");
    return efs_fail_errno(diag, errno, 0, "link staging file");
}

/* NFS and FUSE may report a full disk no sooner than when a file is closed. */
static enum efs_error flush(const struct efs_stage *stage, struct efs_diag *diag)
{
    int copy = dup(stage->fd);

    if (copy == -1 || close(copy)) return efs_fail_errno(diag, errno, 0, "close staging file");
    return EFS_OK;
}

static enum efs_error install_new(struct efs_stage *stage, struct efs_diag *diag)
{
    const struct efs_target *target = stage->target;
    enum efs_error err;
    struct stat st;

    if (!stage->directory && (err = flush(stage, diag))) return err;
    if (!stage->name[0]) return link_name(stage, target->name, diag);
    if (renameat2(target->dir_fd, stage->name, target->dir_fd, target->name, RENAME_NOREPLACE))
    {
        if (errno != EINVAL && errno != ENOSYS) return efs_fail_errno(diag, errno, 0, "rename staging file");
        /* NTFS-3G knows no flags: looking first leaves a gap, but a small one. */
        if (!fstatat(target->dir_fd, target->name, &st, AT_SYMLINK_NOFOLLOW))
            return efs_fail_errno(diag, EEXIST, 0, "rename staging file");
        if (renameat(target->dir_fd, stage->name, target->dir_fd, target->name))
            return efs_fail_errno(diag, errno, 0, "rename staging file");
    }
    stage->name[0] = 0;
    return EFS_OK;
}

/* Would nothing be lost with the old file? An empty one with a $EFS is an encrypted file, whose $EFS somebody may want back. */
static bool is_nothing(const struct efs_target *target)
{
    char path[64];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", target->fd);
    if (fstat(target->fd, &st) || st.st_size) return false;
    return getxattr(path, EFS_STORE_XATTR, NULL, 0) < 0 && (errno == ENODATA || errno == ENOTSUP);
}

static enum efs_error replace(struct efs_stage *stage, struct efs_diag *diag)
{
    const struct efs_target *target = stage->target;
    char name[STAGE_NAME_SIZE];
    enum efs_error err;

    /* The old content is lost with the rename, so the new one must be on the disk before it. */
    if (!is_nothing(target) && fsync(stage->fd)) return efs_fail_errno(diag, errno, 0, "sync");
    if (!stage->name[0])
    {
        stage_sweep(target);
        if ((err = stage_make_name(name, diag))) return err;
        stage_hold(stage->fd); /* nobody else can have seen it yet */
        if ((err = link_name(stage, name, diag))) return err;
        memcpy(stage->name, name, sizeof(name));
    }
    if (renameat(target->dir_fd, stage->name, target->dir_fd, target->name))
        return efs_fail_errno(diag, errno, 0, "rename staging file");
    stage->name[0] = 0;
    return EFS_OK;
}

static enum efs_error set_late_metadata(struct efs_stage *stage, struct efs_diag *diag)
{
    return stage->late ? xattr_set_metadata(stage->fd, stage->metadata, stage->metadata_length, diag) : EFS_OK;
}

/* `last_step` gives the file its name; all that can fail besides comes before it. */
static enum efs_error install(struct efs_stage *stage, enum efs_error (*last_step)(struct efs_stage *, struct efs_diag *),
                              struct efs_diag *diag)
{
    struct target_identity identity;
    enum efs_error err;

    if ((err = target_identify(&identity, stage->fd, diag))) return err;
    if (!(err = last_step(stage, diag))) target_become(stage->target, &identity);
    else close(identity.fd);
    return err;
}

static enum efs_error install_over(struct efs_stage *stage, struct efs_diag *diag)
{
    bool same_owner = true;
    enum efs_error err;
    struct stat st;

    if ((err = check_target(stage, &st, diag))) return err;
    if (st.st_nlink == 1 && (err = carry_over(stage, &st, &same_owner, diag))) return err;
    if (st.st_nlink > 1 || !same_owner) return stage_rewrite(stage, diag);
    if ((err = set_late_metadata(stage, diag))) return err;
    return install(stage, replace, diag);
}

enum efs_error stage_install(struct efs_stage *stage, struct efs_diag *diag)
{
    enum efs_error err;

    if (stage->target->exists) return install_over(stage, diag);
    if (!stage->directory && (err = set_late_metadata(stage, diag))) return err;
    return install(stage, install_new, diag);
}
