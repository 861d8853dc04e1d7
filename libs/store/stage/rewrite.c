/*
 * The other last step of an import: a file whose inode has to stay gets the staging file's content.
 *
 * This is the one step that isn't a single call. What can fail for want of space is done before the first byte changes.
 * If the disk fails, a copy of the old content is put back; after a kill or a power cut, the journal completes the new
 * one (journal.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "store/open_form.h"
#include "journal.h"
#include "copy.h"

static enum efs_error resize(int fd, uint64_t size, struct efs_diag *diag)
{
    return ftruncate(fd, (off_t)size) ? efs_fail_errno(diag, errno, 0, "truncate") : EFS_OK;
}

struct rewrite
{
    int      fd;        /* the target */
    int      backup;    /* its old content */
    uint64_t old_size, size;
    struct xattr_value old[XATTR_COUNT];
    bool     changed;   /* its content, size and attributes may not be the old ones any more */
};

static enum efs_error prepare(struct rewrite *rewrite, const struct efs_stage *stage, struct efs_diag *diag)
{
    enum efs_error err;
    struct stat old, new;
    char path[FD_PATH_SIZE];

    /* The very file that was opened, whatever its name leads to by now. */
    fd_path(path, stage->target->fd);
    rewrite->fd = open(path, O_RDWR | O_CLOEXEC);
    if (rewrite->fd == -1) return efs_fail_errno(diag, errno, 0, "open target");
    /* a view that writes it holds the same lock */
    if ((err = open_form_lock(rewrite->fd, diag))) return err;
    if (fstat(rewrite->fd, &old) || fstat(stage->fd, &new)) return efs_fail_errno(diag, errno, 0, "fstat");
    rewrite->old_size = (uint64_t)old.st_size;
    rewrite->size = (uint64_t)new.st_size;
    if ((err = xattr_save(rewrite->fd, rewrite->old, diag))) return err;

    if ((err = stage_make_scratch(stage, &rewrite->backup, diag))) return err;
    return stage_copy(rewrite->fd, rewrite->backup, rewrite->old_size, diag);
}

static enum efs_error put_content(struct rewrite *rewrite, struct efs_stage *stage, struct efs_diag *diag)
{
    struct xattr_value values[XATTR_COUNT];
    enum efs_error err;

    stage_sweep(stage->target);
    if ((err = journal_begin(stage, rewrite->fd, diag))) return err;
    stage_list_attributes(stage, values);
    rewrite->changed = true;
    if ((err = stage_reserve(stage->fd, rewrite->fd, rewrite->old_size, rewrite->size, diag))) return err;
    if ((err = journal_apply(stage->fd, rewrite->fd, rewrite->size, values, diag))) return err;
    return journal_end(rewrite->fd, diag);
}

/* Is it what it was, and on the disk if it was anything else? */
static bool undo(struct rewrite *rewrite)
{
    if (!rewrite->changed) return true;
    return !stage_copy(rewrite->backup, rewrite->fd, rewrite->old_size, NULL)
        && !resize(rewrite->fd, rewrite->old_size, NULL) && xattr_restore(rewrite->fd, rewrite->old)
            && !fsync(rewrite->fd);
}

enum efs_error stage_rewrite(struct efs_stage *stage, struct efs_diag *diag)
{
    struct rewrite rewrite = { .fd = -1, .backup = -1 };
    enum efs_error err;

    if (stage->ntfs)
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0,
                        "NTFS-3G: a file with several names can't be rewritten in one piece");
    err = prepare(&rewrite, stage, diag);
    if (!err) err = put_content(&rewrite, stage, diag);
    if (err) journal_drop(stage, rewrite.fd, undo(&rewrite));
    xattr_free(rewrite.old);
    if (rewrite.backup != -1) close(rewrite.backup);
    if (rewrite.fd != -1) close(rewrite.fd);
    return err;
}
