/*
 * A directory whose streams don't fit its attributes: they go to a file within it.
 *
 * That file is a container as any, made by the steps of a file's import. When it is there, and on the disk, the
 * directory's mark is set, which names it: that is the one step that counts. Whatever the directory had before means
 * nothing from then on, and is removed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "form.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container_within.h"
#include "store/ntfs.h"
#include "store/stage/stage.h"

static enum efs_error open_target(struct efs_stage *stage, struct efs_diag *diag)
{
    char name[EFS_CONTAINER_NAME_SIZE];
    enum efs_error err;
    uint64_t id;
    int fd;

    if ((err = stage_make_id(&id, diag))) return err;
    efs_container_mark_make_within(stage->mark, id);
    efs_container_make_name(name, id);
    if ((fd = fcntl(stage->fd, F_DUPFD_CLOEXEC, 0)) == -1) return efs_fail_errno(diag, errno, 0, "fcntl");
    if ((err = efs_target_open_new(&stage->within_target, fd, name, diag))) close(fd);
    return err;
}

static void end_within(struct efs_stage *stage)
{
    if (stage->within) stage_free_file(stage->within);
    stage->within = NULL;
    efs_target_close(&stage->within_target);
}

enum efs_error container_begin_directory(struct efs_stage *stage, struct efs_diag *diag)
{
    enum efs_error err;
    bool ntfs;

    if ((err = stage->target->exists ? stage_open_directory(stage, diag) : stage_create_named(stage, 0777, diag)))
        return err;
    if ((err = ntfs_is_mount(stage->fd, &ntfs, diag))) return err;
    if (ntfs) return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "NTFS-3G: a stream that only a container could hold");
    if ((err = open_target(stage, diag))) return err;
    if (!(err = stage_new(&stage->within, &stage->within_target, false, diag)))
    {
        stage->within->form = stage->form;
        err = stage_create_file(stage->within, 0666, diag);
        if (!err) err = stage->form->begin_file(stage->within, 0666, diag);
    }
    if (err) end_within(stage);
    return err;
}

void container_free_directory(struct efs_stage *stage)
{
    if (!stage->within) return;
    /* It has its name, but no mark says so. */
    if (stage->within_target.exists) unlinkat(stage->fd, stage->within_target.name, 0);
    end_within(stage);
}

/*
 * Who may read the directory's attributes, may read the file; and who owns it, owns the file. Nobody else comes here: a
 * file's name is in a directory that he may not list, and no one can guess it.
 */
static enum efs_error share(int dir_fd, int fd, struct efs_diag *diag)
{
    struct stat dir, st;
    mode_t mode;

    bool other_group;

    if (fstat(dir_fd, &dir) || fstat(fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    other_group = st.st_gid != dir.st_gid;
    /* The owner is root's to give, the group any of its members'. */
    if ((st.st_uid != dir.st_uid || other_group)
        && (!fchown(fd, dir.st_uid, dir.st_gid) || (other_group && !fchown(fd, (uid_t)-1, dir.st_gid))))
        other_group = false;
    mode = (dir.st_mode & 0444) | 0600;
    if (other_group) mode &= ~(mode_t)0040;
    return fchmod(fd, mode) ? efs_fail_errno(diag, errno, 0, "fchmod") : EFS_OK;
}

/* The mark must not be on the disk before what it names. */
static enum efs_error sync_within(const struct efs_stage *stage, struct efs_diag *diag)
{
    return fsync(stage->within->fd) || fsync(stage->fd) ? efs_fail_errno(diag, errno, 0, "sync") : EFS_OK;
}

static enum efs_error set_mark(const struct efs_stage *stage, struct efs_diag *diag)
{
    return xattr_set(stage->fd, XATTR_CONTAINER, stage->mark, sizeof(stage->mark), diag);
}

static enum efs_error commit_existing(struct efs_stage *stage, struct efs_diag *diag)
{
    enum efs_error err;

    if ((err = sync_within(stage, diag))) return err;
    if ((err = set_mark(stage, diag))) return err;
    xattr_remove(stage->fd, XATTR_METADATA, NULL);
    xattr_remove(stage->fd, XATTR_LAYOUT, NULL);
    xattr_remove(stage->fd, XATTR_LAYOUT2, NULL);
    return EFS_OK;
}

enum efs_error container_commit_directory(struct efs_stage *stage, uint64_t content_length, struct efs_diag *diag)
{
    enum efs_error err;

    stage_hold(stage->within->fd); /* until the mark is set: so a sweep of the directory leaves it alone */
    if ((err = share(stage->fd, stage->within->fd, diag))) return err;
    if ((err = stage_close_content(stage->within, content_length, 0, diag))) return err;
    if ((err = stage_install(stage->within, diag))) return err;
    if (stage->target->exists)
    {
        if ((err = commit_existing(stage, diag))) return err;
        container_sweep_within(stage->fd);
    }
    else
    {
        if ((err = set_mark(stage, diag))) return err;
        if ((err = stage_install(stage, diag))) return err;
    }
    end_within(stage);
    return EFS_OK;
}
