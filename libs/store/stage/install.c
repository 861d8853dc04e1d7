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

#include "base/io.h"
#include "store/carry.h"
#include "store/forms/form.h"
#include "journal.h"
#include "store/target.h"

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

    if (!stage->directory && (err = flush(stage, diag))) return err;
    if (!stage->name[0])
    {
        /* Until the session ends, as one that had a name is: efsbackup lets its import's result be nobody's for no
           moment. */
        stage_hold(stage->fd);
        return stage_link_name(stage, target->name, diag);
    }
    if (stage_rename_new(target->dir_fd, stage->name, target->dir_fd, target->name))
        return efs_fail_errno(diag, errno, 0, "rename staging file");
    stage->name[0] = 0;
    return EFS_OK;
}

/* Would nothing be lost with the old file? An empty one with a $EFS is an encrypted file, whose $EFS somebody may want
   back. */
static bool is_nothing(const struct efs_target *target)
{
    char path[FD_PATH_SIZE];
    struct stat st;

    fd_path(path, target->fd);
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
        if ((err = stage_give_name(stage, name, diag))) return err;
    }
    if (renameat(target->dir_fd, stage->name, target->dir_fd, target->name))
        return efs_fail_errno(diag, errno, 0, "rename staging file");
    stage->name[0] = 0;
    return EFS_OK;
}

static enum efs_error complete_file(struct efs_stage *stage, struct efs_diag *diag)
{
    return stage->form->complete_file ? stage->form->complete_file(stage, diag) : EFS_OK;
}

/* `last_step` gives the file its name; all that can fail besides comes before it. */
static enum efs_error install(struct efs_stage *stage,
                              enum efs_error (*last_step)(struct efs_stage *, struct efs_diag *),
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
    unsigned int flags = CARRY_ATTRIBUTES | CARRY_NO_STREAMS | (stage->ntfs ? CARRY_NTFS : 0);
    struct carried carried = { .owner_kept = true };
    enum efs_error err;
    bool in_place;
    struct stat st;

    if ((err = check_target(stage, &st, diag))) return err;
    /* What a killed import has made a mix of is whole again before it may have to be kept. */
    efs_rewrite_repair(stage->target->dir_fd, stage->target->fd, NULL);
    in_place = st.st_nlink > 1 || stage->target->keep_file;
    if (!in_place && (err = carry_over(stage->target->fd, &st, stage->fd, flags, &carried, diag))) return err;
    if (in_place || !carried.owner_kept)
    {
        if (stage->target->no_copies)
            return efs_fail(diag, EFS_ERR_INVALID, 0,
                            st.st_nlink > 1 ? "it has other names: its old content would have to be copied"
                                            : "it is another user's: its old content would have to be copied");
        return stage_rewrite(stage, diag);
    }
    if ((err = carry_mode(stage->fd, carried.mode, diag)) || (err = complete_file(stage, diag))) return err;
    return install(stage, replace, diag);
}

enum efs_error stage_install(struct efs_stage *stage, struct efs_diag *diag)
{
    enum efs_error err;

    if (stage->target->exists) return install_over(stage, diag);
    if (!stage->directory && (err = complete_file(stage, diag))) return err;
    return install(stage, install_new, diag);
}

/* Before the file has its last mode, and while its owner may do everything with it. */
static enum efs_error finish_plain(struct efs_stage *stage, const struct efs_plain_end *end, mode_t mode,
                                   struct efs_diag *diag)
{
    if (!end->finish) return EFS_OK;
    if (fchmod(stage->fd, 0600)) return efs_fail_errno(diag, errno, 0, "fchmod");
    return end->finish(end->context, stage->fd, mode, diag);
}

static enum efs_error install_plain_new(struct efs_stage *stage, const struct efs_plain_end *end,
                                        struct efs_diag *diag)
{
    enum efs_error err;
    mode_t mode;

    if ((err = carry_defaults(stage->target->dir_fd, stage->fd, end->mask, &mode, diag))) return err;
    if (end->choose)
    {
        /* What the directory's default list gives to others isn't part of the mode that is chosen. */
        if ((err = xattr_drop_list(stage->fd, diag))) return err;
        mode = end->choose(end->context, mode);
    }
    if ((err = finish_plain(stage, end, mode, diag)) || (err = carry_new_mode(stage->fd, mode, diag))) return err;
    return install(stage, install_new, diag);
}

enum efs_error stage_install_plain(struct efs_stage *stage, const struct efs_plain_end *end, struct efs_diag *diag)
{
    unsigned int flags = CARRY_ANY_OWNER | (end->finish ? 0 : CARRY_ATTRIBUTES) | (stage->ntfs ? CARRY_NTFS : 0);
    struct carried carried;
    enum efs_error err;
    struct stat st;
    mode_t chosen;

    if (!stage->target->exists) return install_plain_new(stage, end, diag);
    if ((err = check_target(stage, &st, diag))) return err;
    if ((err = carry_over(stage->target->fd, &st, stage->fd, flags, &carried, diag))) return err;
    if (end->choose)
    {
        /* for group and others what both say */
        chosen = end->choose(end->context, carried.mode);
        carried.mode = (carried.mode & 01000) | (chosen & 0700) | (chosen & carried.mode & 077);
    }
    if ((err = finish_plain(stage, end, carried.mode, diag)) || (err = carry_mode(stage->fd, carried.mode, diag)))
        return err;
    return install(stage, replace, diag);
}

enum efs_error stage_install_like(struct efs_stage *stage, int like, struct efs_diag *diag)
{
    struct carried carried;
    enum efs_error err;
    struct stat st;

    if (stage->target->exists && (err = check_target(stage, &st, diag))) return err;
    if (fstat(like, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if ((err = carry_over(like, &st, stage->fd, 0, &carried, diag))) return err;
    if (!carried.owner_kept) return efs_fail(diag, EFS_ERR_ACCESS, 0, "its file's owner can't be given to it");
    if (S_ISDIR(st.st_mode)) carried.mode &= 0666;
    if ((err = carry_mode(stage->fd, carried.mode, diag))) return err;
    return install(stage, stage->target->exists ? replace : install_new, diag);
}
