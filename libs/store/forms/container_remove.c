/*
 * Removing a directory that has nothing in it but its own container.
 *
 * No call removes both. So the directory gets the name of a staging one first: that is the one step that counts. Then
 * the container is put beside it, also as a staging file, and comes back if the directory can't be removed. A kill
 * after the first step leaves what the next sweep removes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "container_within.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "store/stage/stage.h"
#include "store/target.h"

struct removal
{
    struct efs_target target;                  /* where the directory is, and its name there */
    /* the directory; a lock on it is ours alone, whoever has given us the descriptor */
    int               fd;
    int               container;
    char              within[EFS_CONTAINER_NAME_SIZE];
    char              name[STAGE_NAME_SIZE];   /* the directory's, on its way */
    char              parked[STAGE_NAME_SIZE]; /* the container's */
};

static enum efs_error check_alone(const struct removal *removal, struct efs_diag *diag)
{
    DIR *directory = io_list_directory(removal->fd);
    bool seen = false, others = false;
    struct dirent *entry;
    int err;

    if (!directory) return efs_fail_errno(diag, errno, 0, "list directory");
    while (errno = 0, !others && (entry = readdir(directory)))
    {
        if (!strcmp(entry->d_name, removal->within)) seen = true;
        else others = strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
    }
    err = errno;
    closedir(directory);
    if (err) return efs_fail_errno(diag, err, 0, "readdir");
    return seen && !others ? EFS_OK : efs_fail(diag, EFS_ERR_EXISTS, 0, "the directory holds more than its container");
}

static enum efs_error may_write(int dir_fd, struct efs_diag *diag)
{
    return faccessat(dir_fd, ".", W_OK | X_OK, AT_EACCESS) ? efs_fail_errno(diag, errno, 0, "faccessat") : EFS_OK;
}

/* A file in container form, which the name leads to? What the directory's mark names may be anything. */
static enum efs_error check_container(const struct removal *removal, struct efs_diag *diag)
{
    if (fgetxattr(removal->container, EFS_STORE_CONTAINER, NULL, 0) >= 0)
        return stage_check_name(removal->fd, removal->within, removal->container, diag);
    if (errno != ENODATA && errno != ENOTSUP)
        return efs_fail_errno(diag, errno, 0, "get extended attribute " EFS_STORE_CONTAINER);
    return efs_fail(diag, EFS_ERR_EXISTS, 0, "what the directory's mark names isn't in container form");
}

static enum efs_error begin(struct removal *removal, int dir_fd, struct efs_diag *diag)
{
    enum efs_error err;

    if ((err = container_get_name(dir_fd, removal->within, diag))) return err;
    if ((removal->fd = io_reopen_directory(dir_fd)) == -1)
        return efs_fail_errno(diag, errno, 0, "open directory");
    if ((err = check_alone(removal, diag))) return err;
    if ((err = target_open_named(&removal->target, removal->fd, diag))) return err;
    if ((err = may_write(removal->fd, diag)) || (err = may_write(removal->target.dir_fd, diag))) return err;
    if ((err = container_open_within(removal->fd, &removal->container, diag))) return err;
    return check_container(removal, diag);
}

static void end(struct removal *removal)
{
    efs_target_close(&removal->target);
    if (removal->container != -1) close(removal->container);
    if (removal->fd != -1) close(removal->fd);
}

/* *parked: the container is beside the directory. */
static enum efs_error remove_both(const struct removal *removal, bool *parked, struct efs_diag *diag)
{
    int parent = removal->target.dir_fd;
    enum efs_error err;

    if ((err = stage_check_name(parent, removal->name, removal->fd, diag))) return err;
    /* What follows must not be on the disk before the directory's new name. */
    if ((err = io_sync_directory(parent, diag))) return err;
    /* By its old name nobody comes any more. */
    if ((err = check_alone(removal, diag))) return err;
    if (renameat(removal->fd, removal->within, parent, removal->parked))
        return efs_fail_errno(diag, errno, 0, "rename container");
    *parked = true;
    if (unlinkat(parent, removal->name, AT_REMOVEDIR))
        return errno == ENOTEMPTY ? efs_fail(diag, EFS_ERR_EXISTS, 0, "something came into the directory")
                                  : efs_fail_errno(diag, errno, 0, "rmdir");
    unlinkat(parent, removal->parked, 0);
    return EFS_OK;
}

/*
 * The directory gets its name back only with its container in it, on the disk too: without that it would stand there
 * with its streams lost. Where this fails, a sweep completes the removal.
 */
static void put_back(const struct removal *removal, bool parked)
{
    int parent = removal->target.dir_fd;

    if (parked && stage_rename_new(parent, removal->parked, removal->fd, removal->within)) return;
    if (parked) fsync(removal->fd);
    stage_rename_new(parent, removal->name, parent, removal->target.name);
}

enum efs_error efs_directory_remove(int dir_fd, bool remove, struct efs_diag *diag)
{
    struct removal removal = { .target = { .dir_fd = -1, .fd = -1 }, .fd = -1, .container = -1 };
    enum efs_error err = begin(&removal, dir_fd, diag);
    int parent = removal.target.dir_fd;
    bool parked = false;

    if (err || !remove) goto out;
    if (!stage_hold(removal.fd) || !stage_hold(removal.container))
    {
        err = efs_fail(diag, EFS_ERR_CHANGED, 0, "an import is at work on the directory");
        goto out;
    }
    if ((err = stage_make_name(removal.name, diag)) || (err = stage_make_name(removal.parked, diag))) goto out;
    if (stage_rename_new(parent, removal.target.name, parent, removal.name))
        err = efs_fail_errno(diag, errno, 0, "rename directory");
    else if ((err = remove_both(&removal, &parked, diag))) put_back(&removal, parked);
out:
    end(&removal);
    return err;
}
