/*
 * An alternate stream that is being written: in memory as long as an attribute could hold it, then in a staging file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "beside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "efs/beside_writer.h"
#include "efs/plain.h"
#include "efs/target.h"
#include "store/ntfs.h"
#include "store/stage/stage.h"
#include "store/xattr.h"

#define VALUE_MAX 65535 /* bytes of data in an attribute: Linux takes no longer one, and a NUL follows */

struct efs_stream_writer
{
    struct efs_owner owner;
    uint8_t  name[BSTREAM_NAME_BYTES];
    size_t   name_length;
    char     attribute[HOST_NAME_SIZE]; /* empty: the name is too long for one */
    char     file[HOST_NAME_SIZE];      /* as well */
    bool     only_attribute;
    bool     exists;                    /* `old` is what it replaces */
    struct efs_stream_info old;
    uint64_t number;                    /* the owner's, once it is needed */
    uint64_t size;
    uint8_t *value;                     /* VALUE_MAX + 1 bytes; what wasn't written is 0 */
    struct efs_target target;           /* of the staging file */
    struct efs_stage *stage;            /* NULL: all is in `value` */
    struct bholes holes;
};

void efs_stream_free(struct efs_stream_writer *writer)
{
    if (!writer) return;
    efs_stage_free(writer->stage);
    efs_target_close(&writer->target);
    free(writer->value);
    free(writer);
}

const char *efs_stream_stage_name(const struct efs_stream_writer *writer)
{
    return writer->stage ? efs_plain_name(writer->stage) : "";
}

/* What it replaces; what it can be called. */
static enum efs_error prepare(struct efs_stream_writer *writer, struct efs_diag *diag)
{
    struct efs_diag own = { 0 };
    enum efs_error err = efs_stream_find(&writer->owner, writer->name, writer->name_length, &writer->old, &own);

    if (err && err != EFS_ERR_NOT_FOUND)
    {
        if (diag) *diag = own;
        return err;
    }
    writer->exists = !err;
    if (!host_stream_attribute(writer->name, writer->name_length, writer->attribute)) writer->attribute[0] = 0;
    if (writer->owner.dir_fd == -1
        || !host_stream_file(writer->owner.name, writer->name, writer->name_length, writer->file))
        writer->file[0] = 0;
    /* What is there keeps its spelling, as on Windows. */
    if (writer->exists)
        snprintf(writer->old.home == EFS_HOME_ATTRIBUTE ? writer->attribute : writer->file, HOST_NAME_SIZE, "%s",
                 writer->old.host);
    if (writer->attribute[0] || writer->file[0]) return EFS_OK;
    return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "the stream's name is too long, or no Unicode");
}

enum efs_error efs_stream_begin(struct efs_stream_writer **ret, const struct efs_owner *owner, const uint8_t *name,
                                size_t length, struct efs_diag *diag)
{
    struct efs_stream_writer *writer;
    enum efs_error err;
    bool ntfs;

    *ret = NULL;
    if (!bstream_is_name(name, length)) return efs_fail(diag, EFS_ERR_INVALID, 0, "not the name of a stream");
    if ((err = ntfs_is_mount(owner->fd, &ntfs, diag))) return err;
    if (ntfs) return efs_fail(diag, EFS_ERR_VOLUME, 0, "alternate streams of plain files aren't kept on NTFS-3G");
    if (!(writer = calloc(1, sizeof(*writer)))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    writer->owner = *owner;
    writer->target.dir_fd = writer->target.fd = -1;
    memcpy(writer->name, name, length);
    writer->name_length = length;
    if (!(writer->value = calloc(1, VALUE_MAX + 1))) err = efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    if (!err) err = prepare(writer, diag);
    if (err) efs_stream_free(writer);
    else *ret = writer;
    return err;
}

/* ---- the staging file ---- */

/* What stands under the file's name: nothing, a stream of the owner's or of what that replaces, or something else. */
static enum efs_error open_target(struct efs_stream_writer *writer, struct efs_diag *diag)
{
    struct efs_target *target = &writer->target;
    enum efs_error err;
    struct stat st;
    int dir_fd, fd;

    if (fstat(writer->owner.fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    fd = beside_open_file(writer->owner.dir_fd, writer->file, writer->number, st.st_uid);
    if (fd == -1 && errno == EEXIST)
        fd = beside_open_file(writer->owner.dir_fd, writer->file, writer->owner.replaces, (uid_t)-1);
    if (fd == -1 && errno != ENOENT)
        return errno == EEXIST ? efs_fail(diag, EFS_ERR_EXISTS, 0, "a file that isn't a stream of it has that name")
            : efs_fail_errno(diag, errno, 0, "open a stream's file");
    if (fd != -1 && fstat(fd, &st)) err = efs_fail_errno(diag, errno, 0, "fstat");
    else if ((dir_fd = fcntl(writer->owner.dir_fd, F_DUPFD_CLOEXEC, 3)) == -1)
        err = efs_fail_errno(diag, errno, 0, "fcntl");
    else if ((err = efs_target_open_new(target, dir_fd, writer->file, diag))) close(dir_fd);
    if (fd == -1 || err)
    {
        if (fd != -1) close(fd);
        return err;
    }
    target->exists = true;
    target->fd = fd;
    target->dev = st.st_dev;
    target->ino = st.st_ino;
    return EFS_OK;
}

/* It doesn't fit an attribute: all that has come goes to a file. */
static enum efs_error spill(struct efs_stream_writer *writer, struct efs_diag *diag)
{
    enum efs_error err;

    if (writer->only_attribute) return efs_fail(diag, EFS_ERR_VOLUME, 0, "the stream fits no attribute");
    if (!writer->file[0])
        return writer->owner.dir_fd == -1 ? efs_fail(diag, EFS_ERR_VOLUME, 0, "the stream fits no attribute here")
            : efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "the stream fits no attribute, its file's name is too long");
    if ((err = beside_mark_owner(writer->owner.fd, true, &writer->number, diag))) goto out;
    if ((err = open_target(writer, diag))) goto out;
    if ((err = efs_plain_begin(&writer->stage, &writer->target, diag))) goto out;
    if ((err = beside_mark_stream(efs_plain_fd(writer->stage), writer->number, diag))) goto out;
    bholes_init(&writer->holes, 0);
    err = efs_plain_write(writer->stage, &writer->holes, 0, writer->value, (size_t)writer->size, diag);
out:
    if (err == FORM_UNFIT) err = efs_fail(diag, EFS_ERR_VOLUME, 0, "no room for the mark of a stream in a file");
    return err;
}

enum efs_error efs_stream_keep_in(struct efs_stream_writer *writer, enum efs_home home, struct efs_diag *diag)
{
    writer->only_attribute = home == EFS_HOME_ATTRIBUTE;
    return writer->only_attribute ? EFS_OK : spill(writer, diag);
}

enum efs_error efs_stream_write(struct efs_stream_writer *writer, uint64_t offset, const void *data, size_t length,
                                struct efs_diag *diag)
{
    enum efs_error err;

    if (offset > INT64_MAX || length > INT64_MAX - offset) return efs_fail_errno(diag, EFBIG, offset, "write");
    if (!writer->stage && (offset > VALUE_MAX || length > VALUE_MAX - offset) && (err = spill(writer, diag)))
        return err;
    if (writer->size < offset + length) writer->size = offset + length;
    if (writer->stage) return efs_plain_write(writer->stage, &writer->holes, offset, data, length, diag);
    memcpy(writer->value + offset, data, length);
    return EFS_OK;
}

enum efs_error efs_stream_set_end(struct efs_stream_writer *writer, uint64_t end, struct efs_diag *diag)
{
    enum efs_error err;

    if (end > INT64_MAX) return efs_fail_errno(diag, EFBIG, 0, "ftruncate");
    if (!writer->stage && end > VALUE_MAX && (err = spill(writer, diag))) return err;
    if (writer->stage && end < writer->size)
    {
        if (ftruncate(efs_plain_fd(writer->stage), (off_t)end)) return efs_fail_errno(diag, errno, 0, "ftruncate");
        bholes_init(&writer->holes, end);
    }
    else if (end < writer->size) memset(writer->value + end, 0, (size_t)(writer->size - end));
    writer->size = end;
    return EFS_OK;
}

/* ---- its home ---- */

/* FORM_UNFIT: it has to go to a file. */
static enum efs_error set_attribute(struct efs_stream_writer *writer, struct efs_diag *diag)
{
    enum efs_error err;

    if (writer->size > VALUE_MAX || !writer->attribute[0]) return FORM_UNFIT;
    /* So that a later stream, which needs a file, has room for the mark. If there is none, it is that one's error. */
    if (writer->owner.dir_fd != -1)
    {
        err = beside_mark_owner(writer->owner.fd, false, &writer->number, diag);
        if (err && err != FORM_UNFIT) return err;
    }
    writer->value[writer->size] = 0;
    return xattr_set_other(writer->owner.fd, writer->attribute, writer->value, (size_t)writer->size + 1, diag);
}

enum efs_error efs_stream_complete(struct efs_stream_writer *writer, bool *in_file, struct efs_diag *diag)
{
    enum efs_error err;

    *in_file = false;
    if (!writer->stage)
    {
        if ((err = set_attribute(writer, diag)) != FORM_UNFIT)
        {
            /* As both are there, the attribute counts: it is the new one already. */
            if (!err && writer->exists && writer->old.home == EFS_HOME_FILE)
                efs_stream_remove(&writer->owner, &writer->old, NULL);
            return err;
        }
        if ((err = spill(writer, diag))) return err;
    }
    *in_file = true;
    if (ftruncate(efs_plain_fd(writer->stage), (off_t)writer->size))
        return efs_fail_errno(diag, errno, 0, "ftruncate");
    return EFS_OK;
}

enum efs_error efs_stream_install(struct efs_stream_writer *writer, struct efs_diag *diag)
{
    enum efs_error err;

    err = stage_install_like(writer->stage, writer->owner.fd, diag);
    if (err == FORM_UNFIT) return efs_fail(diag, EFS_ERR_VOLUME, 0, "no room for the access list");
    if (!err && writer->exists && writer->old.home == EFS_HOME_ATTRIBUTE)
        err = efs_stream_remove(&writer->owner, &writer->old, diag);
    return err;
}
