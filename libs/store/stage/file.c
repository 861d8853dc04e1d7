/*
 * A staging file: made, filled, closed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "base/bytes.h"
#include "efs/raw.h"
#include "efs/target.h"
#include "store/forms/form.h"
#include "store/ntfs.h"

#define NAME_TRIES 16
/* In the last page that a file can have, Linux 6.18 finds no data (lseek, SEEK_DATA): a copy would leave it out. */
#define CONTENT_MAX ((uint64_t)INT64_MAX - 0x20000)

enum efs_error stage_new(struct efs_stage **ret, struct efs_target *target, bool directory, struct efs_diag *diag)
{
    struct efs_stage *stage;

    *ret = NULL;
    if (target->exists && target->directory != directory)
        return efs_fail(diag, EFS_ERR_TYPE, 0, directory ? "the target is a file" : "the target is a directory");
    if (!(stage = calloc(1, sizeof(*stage)))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    stage->target = target;
    stage->directory = directory;
    stage->fd = -1;
    *ret = stage;
    return EFS_OK;
}

static int make_named(const struct efs_stage *stage, const char *name, mode_t mode)
{
    int dir_fd = stage->target->dir_fd, fd, err;

    if (!stage->directory) return openat(dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (mkdirat(dir_fd, name, mode)) return -1;
    fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd != -1) return fd;
    err = errno;
    unlinkat(dir_fd, name, AT_REMOVEDIR);
    /* A sweep came between its making and its opening: another name is as good as for one that was taken. */
    errno = err == ENOENT ? EEXIST : err;
    return -1;
}

static void drop_name(struct efs_stage *stage)
{
    if (stage->name[0]) unlinkat(stage->target->dir_fd, stage->name, stage->directory ? AT_REMOVEDIR : 0);
    stage->name[0] = 0;
}

void stage_drop_file(struct efs_stage *stage)
{
    if (stage->fd != -1) close(stage->fd);
    stage->fd = -1;
    drop_name(stage);
}

enum efs_error stage_create_named(struct efs_stage *stage, mode_t mode, struct efs_diag *diag)
{
    enum efs_error err;
    int tries = 0;

    stage_sweep(stage->target);
    do
    {
        if ((err = stage_make_name(stage->name, diag))) break;
        if ((stage->fd = make_named(stage, stage->name, mode)) == -1) continue;
        if (stage_hold(stage->fd) && stage_has_name(stage->target->dir_fd, stage->name, stage->fd)) return EFS_OK;
        /* A sweep came between its making and its lock. */
        stage_drop_file(stage);
        errno = EEXIST;
    }
    while (errno == EEXIST && ++tries < NAME_TRIES);
    stage->name[0] = 0;
    return err ? err : efs_fail_errno(diag, errno, 0, stage->directory ? "create staging directory"
                                      : "create staging file");
}

enum efs_error stage_create_file(struct efs_stage *stage, mode_t mode, struct efs_diag *diag)
{
    stage->fd = openat(stage->target->dir_fd, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, mode);
    if (stage->fd != -1) return EFS_OK;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT)
        return efs_fail_errno(diag, errno, 0, "create staging file");
    return stage_create_named(stage, mode, diag);
}

enum efs_error stage_make_scratch(const struct efs_stage *stage, int *fd, struct efs_diag *diag)
{
    struct efs_stage scratch = { .target = stage->target, .fd = -1 };
    enum efs_error err = stage_create_file(&scratch, 0600, diag);

    if (!err && scratch.name[0]) unlinkat(stage->target->dir_fd, scratch.name, 0);
    *fd = scratch.fd;
    return err;
}

void stage_list_attributes(const struct efs_stage *stage, struct xattr_value values[XATTR_COUNT])
{
    memset(values, 0, XATTR_COUNT * sizeof(*values));
    stage->form->list_attributes(stage, values);
}

enum efs_error stage_open_directory(struct efs_stage *stage, struct efs_diag *diag)
{
    char path[FD_PATH_SIZE];

    stage->fd = open(fd_path(path, stage->target->fd), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return stage->fd == -1 ? efs_fail_errno(diag, errno, 0, "open directory") : EFS_OK;
}

/* A file of this size doesn't fit here; the raw stream, without what is a hole in it, may. */
static enum efs_error refuse_size(const struct efs_stage *stage, enum efs_error err, struct efs_diag *diag)
{
    if (err && !stage->form->takes_all && diag->sys_errno == EFBIG)
        return efs_fail(diag, FORM_UNFIT, 0, "too large a file");
    return err;
}

enum efs_error efs_stage_flush(struct efs_stage *stage, struct efs_diag *diag)
{
    struct efs_diag own;
    enum efs_error err;

    if (!diag) diag = &own;
    err = refuse_size(stage, gather_write(&stage->queue, stage->fd, diag), diag);
    /* For the other form it can still be read. Any other error is the end: it isn't tried again. */
    if (err && err != FORM_UNFIT) stage->queue.count = 0;
    return err;
}

enum efs_error efs_stage_queue(struct efs_stage *stage, uint64_t offset, const void *data, size_t length,
                               struct efs_diag *diag)
{
    enum efs_error err;

    if (gather_add(&stage->queue, offset, data, length)) return EFS_OK;
    if ((err = efs_stage_flush(stage, diag))) return err;
    gather_add(&stage->queue, offset, data, length);
    return EFS_OK;
}

enum efs_error efs_stage_write(struct efs_stage *stage, uint64_t offset, const void *data, size_t length,
                               struct efs_diag *diag)
{
    struct efs_diag own;
    enum efs_error err;

    if (!diag) diag = &own;
    if (stage->within) stage = stage->within;
    if ((err = efs_stage_flush(stage, diag))) return err;
    return refuse_size(stage, io_write_all(stage->fd, offset, data, length, diag), diag);
}

enum efs_error efs_stage_read(const struct efs_stage *stage, uint64_t offset, void *buffer, size_t length,
                              struct efs_diag *diag)
{
    const struct gather *queue = &stage->queue;
    enum efs_error err;
    size_t n = length;

    /* The queue is the end of the content: what is before it is in the file. */
    if (queue->count && offset + length > queue->offset)
        n = offset < queue->offset ? (size_t)(queue->offset - offset) : 0;
    if (n && (err = io_read_exactly(stage->fd, offset, buffer, n, diag))) return err;
    if (gather_peek(queue, offset + n, (uint8_t *)buffer + n, length - n) == length - n) return EFS_OK;
    return efs_fail(diag, EFS_ERR_CORRUPT, offset + n, "read beyond what was written");
}

enum efs_error efs_stage_set_layout(struct efs_stage *stage, const uint8_t *layout, uint32_t length,
                                    struct efs_diag *diag)
{
    stage->layout = layout;
    stage->layout_length = length;
    /* a directory gets all its attributes at commit */
    return stage->directory ? EFS_OK : xattr_set(stage->fd, XATTR_LAYOUT, layout, length, diag);
}

enum efs_error efs_stage_set_stream(struct efs_stage *stage, const char *attribute, const uint8_t *value, size_t length,
                                    struct efs_diag *diag)
{
    enum efs_error err = efs_stage_flush(stage, diag);

    if (err) return err;
    if (!fsetxattr(stage->fd, attribute, value, length, XATTR_CREATE)) return EFS_OK;
    if (errno == EINVAL || errno == EEXIST || errno == E2BIG || errno == ERANGE || errno == ENAMETOOLONG)
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "NTFS-3G doesn't take this named stream");
    return efs_fail_errno(diag, errno, 0, "set named stream");
}

enum efs_error efs_stage_list_streams(const struct efs_stage *stage, char **attributes, size_t *length,
                                      struct efs_diag *diag)
{
    return ntfs_list_streams(stage->fd, attributes, length, diag);
}

/* The padding count closes the content; an empty file has none. */
static enum efs_error write_padding(struct efs_stage *stage, uint64_t content_length, struct efs_diag *diag)
{
    uint64_t padded = efs_raw_padded(content_length);
    uint8_t bytes[2];

    if (!content_length) return EFS_OK;
    if (content_length > CONTENT_MAX) return refuse_size(stage, efs_fail_errno(diag, EFBIG, 0, "write"), diag);
    store16_le(bytes, (uint16_t)(padded - content_length));
    return efs_stage_write(stage, padded, bytes, sizeof(bytes), diag);
}

enum efs_error stage_close_content(struct efs_stage *stage, uint64_t content_length, uint64_t data_size,
                                   struct efs_diag *diag)
{
    enum efs_error err = write_padding(stage, content_length, diag);

    return err || !stage->form->close_file ? err : stage->form->close_file(stage, data_size, diag);
}

void stage_free_file(struct efs_stage *stage)
{
    stage_drop_file(stage);
    free(stage);
}
