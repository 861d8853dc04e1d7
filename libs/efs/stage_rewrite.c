/*
 * The other last step of an import: a file whose inode has to stay gets the staging file's content.
 *
 * This is the one step that isn't a single call. What can fail for want of space is done before the first byte
 * changes, and a copy of the old content is at hand until the new one is on the disk; a power cut in between
 * leaves a mix all the same (docs/representation.md).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xattr.h"

#define COPY_SIZE 65536

static enum efs_error copy_content(int from, int to, uint64_t size, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;
    uint8_t *buffer = malloc(COPY_SIZE);
    uint64_t offset = 0;

    if (!buffer) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    while (!err && offset < size)
    {
        size_t want = size - offset < COPY_SIZE ? (size_t)(size - offset) : COPY_SIZE;
        ssize_t n = pread(from, buffer, want, (off_t)offset);

        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) err = efs_fail_errno(diag, n ? errno : EIO, offset, "read");
        else err = stage_write_all(to, offset, buffer, (size_t)n, diag);
        if (!err) offset += (uint64_t)n;
    }
    free(buffer);
    return err;
}

/* Secures the blocks for `size` bytes without changing what the file holds; it may be longer afterwards. */
static enum efs_error reserve(int fd, uint64_t old_size, uint64_t size, struct efs_diag *diag)
{
    static const uint8_t zeros[4096];
    enum efs_error err = EFS_OK;
    uint64_t offset;

    if (!size || !fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)size)) return EFS_OK;
    if (errno != EOPNOTSUPP && errno != ENOSYS) return efs_fail_errno(diag, errno, 0, "reserve space");
    for (offset = old_size; !err && offset < size; offset += sizeof(zeros))
        err = stage_write_all(fd, offset, zeros, size - offset < sizeof(zeros) ? (size_t)(size - offset) : sizeof(zeros), diag);
    if (!err && fsync(fd)) err = efs_fail_errno(diag, errno, 0, "reserve space");
    return err;
}

static enum efs_error resize(int fd, uint64_t size, struct efs_diag *diag)
{
    return ftruncate(fd, (off_t)size) ? efs_fail_errno(diag, errno, 0, "truncate") : EFS_OK;
}

struct rewrite
{
    int      fd;        /* the target */
    int      backup;    /* its old content */
    uint64_t old_size, size;
    uint8_t *old_metadata; /* NULL: it was a plain file */
    uint32_t old_length;
    bool     reserved;  /* it may be longer than it was */
    bool     marked;    /* its metadata may be the new one */
    bool     changed;   /* its content may not be the old one any more */
};

static enum efs_error prepare(struct rewrite *rewrite, const struct efs_stage *stage, struct efs_diag *diag)
{
    enum efs_error err;
    struct stat old, new;
    char path[64];

    /* The very file that was opened, whatever its name leads to by now. */
    snprintf(path, sizeof(path), "/proc/self/fd/%d", stage->target->fd);
    rewrite->fd = open(path, O_RDWR | O_CLOEXEC);
    if (rewrite->fd == -1) return efs_fail_errno(diag, errno, 0, "open target");
    if (fstat(rewrite->fd, &old) || fstat(stage->fd, &new)) return efs_fail_errno(diag, errno, 0, "fstat");
    rewrite->old_size = (uint64_t)old.st_size;
    rewrite->size = (uint64_t)new.st_size;
    xattr_get_metadata(rewrite->fd, &rewrite->old_metadata, &rewrite->old_length, NULL);

    if ((err = stage_make_scratch(stage, &rewrite->backup, diag))) return err;
    if ((err = copy_content(rewrite->fd, rewrite->backup, rewrite->old_size, diag))) return err;
    rewrite->reserved = true;
    return reserve(rewrite->fd, rewrite->old_size, rewrite->size, diag);
}

static enum efs_error put_content(struct rewrite *rewrite, const struct efs_stage *stage, struct efs_diag *diag)
{
    enum efs_error err;

    rewrite->marked = true;
    if ((err = xattr_set_metadata(rewrite->fd, stage->metadata, stage->metadata_length, diag))) return err;
    rewrite->changed = true;
    if ((err = copy_content(stage->fd, rewrite->fd, rewrite->size, diag))) return err;
    if ((err = resize(rewrite->fd, rewrite->size, diag))) return err;
    return fsync(rewrite->fd) ? efs_fail_errno(diag, errno, 0, "sync") : EFS_OK;
}

static void undo(struct rewrite *rewrite)
{
    if (rewrite->changed) copy_content(rewrite->backup, rewrite->fd, rewrite->old_size, NULL);
    if (rewrite->reserved) resize(rewrite->fd, rewrite->old_size, NULL);
    if (rewrite->marked) xattr_restore_metadata(rewrite->fd, rewrite->old_metadata, rewrite->old_length);
}

enum efs_error stage_rewrite(struct efs_stage *stage, struct efs_diag *diag)
{
    struct rewrite rewrite = { .fd = -1, .backup = -1 };
    enum efs_error err;

    if (stage->late)
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "NTFS-3G: a file with several names can't be rewritten in one piece");
    err = prepare(&rewrite, stage, diag);
    if (!err) err = put_content(&rewrite, stage, diag);
    if (err) undo(&rewrite);
    free(rewrite.old_metadata);
    if (rewrite.backup != -1) close(rewrite.backup);
    if (rewrite.fd != -1) close(rewrite.fd);
    return err;
}
