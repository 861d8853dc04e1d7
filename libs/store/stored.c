/*
 * Reading an encrypted file or directory from the host.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "content.h"
#include "efs/metadata.h"
#include "forms/container_within.h"
#include "forms/form.h"
#include "ntfs.h"
#include "xattr.h"

static void stored_init(struct efs_stored *stored)
{
    memset(stored, 0, sizeof(*stored));
    stored->fd = -1;
}

static enum efs_error open_form(struct efs_stored *stored, enum store_xattr attribute, struct xattr_value *value,
                                struct efs_diag *diag)
{
    enum efs_error err = form_of_attribute(&stored->kind, attribute, stored->fd, diag);

    if (err) return err;
    stored->form = stored->kind->id;
    return stored->kind->open(stored, value, diag);
}

/* The file's own $EFS is an attribute. */
static enum efs_error open_metadata(struct efs_stored *stored, struct xattr_value *metadata, struct efs_diag *diag)
{
    uint32_t version;

    stored->metadata = metadata->bytes;
    stored->metadata_length = metadata->length;
    stored->data_size = stored->content_length;
    /* Is the attribute a $EFS at all? What it says in detail is its reader's business. */
    if (efs_metadata_identify(stored->metadata, stored->metadata_length, &version, NULL))
        return efs_fail(diag, EFS_ERR_CORRUPT, 0, EFS_STORE_XATTR ": not a $EFS");
    return open_form(stored, XATTR_METADATA, metadata, diag);
}

/*
 * What the directory's container says is the directory's. Between reading the mark and opening what it names, an import
 * may have replaced both: then the new mark names another file.
 */
static enum efs_error open_within(struct efs_stored *stored, struct efs_diag *diag)
{
    struct efs_stored file;
    enum efs_error err;
    int fd;

    if ((err = container_open_within(stored->fd, &fd, diag))) return err;
    if ((err = efs_stored_open_fd(&file, fd, diag)))
        return err == EFS_ERR_NOT_ENCRYPTED
            ? efs_fail(diag, EFS_ERR_CORRUPT, 0, "the directory's container has no mark") : err;
    if (file.directory || !file.kind->takes_all || file.data_size)
    {
        efs_stored_close(&file);
        return efs_fail(diag, EFS_ERR_CORRUPT, 0, "the directory's container isn't one");
    }
    file.directory = true;
    close(stored->fd);
    *stored = file;
    return EFS_OK;
}

static bool is_absent(const struct efs_stored *stored, enum store_xattr which)
{
    return stored->absent & 1u << which;
}

static enum efs_error read_length(struct efs_stored *stored, uint64_t size, struct efs_diag *diag)
{
    if (is_absent(stored, XATTR_SIZE))
        return content_read_closed_length(stored->fd, size, &stored->content_length, diag);
    return content_read_length(stored->fd, size, &stored->content_length, &stored->open, diag);
}

static enum efs_error open_attributes(struct efs_stored *stored, uint64_t size, struct efs_diag *diag)
{
    struct xattr_value metadata = { 0 }, mark = { 0 };
    enum efs_error err = xattr_get(stored->fd, XATTR_METADATA, &metadata, diag), err_mark = EFS_ERR_NOT_ENCRYPTED;

    if (!err && !stored->directory) stored->absent = xattr_find_absent(stored->fd);
    /* an empty file is no container */
    if (!stored->directory && size && !is_absent(stored, XATTR_CONTAINER))
        err_mark = xattr_get(stored->fd, XATTR_CONTAINER, &mark, err == EFS_ERR_NOT_ENCRYPTED ? diag : NULL);
    if (!stored->directory && (!err || !err_mark))
    {
        enum efs_error shape = read_length(stored, size, diag);

        if (shape) err = err_mark = shape;
        else if (stored->open && !err_mark)
            err = err_mark = efs_fail(diag, EFS_ERR_CORRUPT, 0, "both " EFS_STORE_SIZE " and " EFS_STORE_CONTAINER);
    }
    if (!err && !err_mark)
        err = efs_fail(diag, EFS_ERR_CORRUPT, 0, "both " EFS_STORE_XATTR " and " EFS_STORE_CONTAINER);
    else if (!err)
    {
        err = open_metadata(stored, &metadata, diag);
        metadata.bytes = NULL;
    }
    else if (!err_mark) err = open_form(stored, XATTR_CONTAINER, &mark, diag);
    else if (err == EFS_ERR_NOT_ENCRYPTED) err = err_mark;
    if (!err && !stored->directory && fgetxattr(stored->fd, EFS_STORE_REWRITE, NULL, 0) >= 0)
        err = efs_fail(diag, EFS_ERR_CORRUPT, 0,
                       "an import is rewriting it, or was interrupted in that (efsraw check --repair)");
    free(metadata.bytes);
    free(mark.bytes);
    return err;
}

/* Without the mount option efs_raw, NTFS-3G shows an encrypted file, but not its $EFS. */
static bool is_hidden(int fd)
{
    uint32_t attributes = 0;
    bool ntfs;

    return !ntfs_is_mount(fd, &ntfs, NULL) && ntfs && !ntfs_get_attributes(fd, &attributes, NULL)
        && attributes & NTFS_ATTRIBUTE_ENCRYPTED;
}

enum efs_error efs_stored_open_fd(struct efs_stored *stored, int fd, struct efs_diag *diag)
{
    enum efs_error err;
    struct stat st;

    stored_init(stored);
    stored->fd = fd;
    if (fstat(fd, &st))
    {
        err = efs_fail_errno(diag, errno, 0, "fstat");
        goto out;
    }
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
    {
        err = efs_fail(diag, EFS_ERR_NOT_ENCRYPTED, 0, "neither a file nor a directory");
        goto out;
    }
    stored->directory = S_ISDIR(st.st_mode);
    /* What a directory has beside its container means nothing. */
    err = stored->directory ? open_within(stored, diag) : EFS_ERR_NOT_ENCRYPTED;
    if (err == EFS_ERR_NOT_ENCRYPTED) err = open_attributes(stored, (uint64_t)st.st_size, diag);
    if (err == EFS_ERR_NOT_ENCRYPTED && is_hidden(fd))
        err = efs_fail(diag, EFS_ERR_VOLUME, 0, "an encrypted file on NTFS-3G: mount the volume with -o efs_raw");
    if (err) goto out;
    /* a small file is read at once in any case */
    if (!stored->directory && st.st_size > EFS_RAW_TRANSFER) posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
out:
    if (err) efs_stored_close(stored);
    return err;
}

enum efs_error efs_stored_open(struct efs_stored *stored, const char *path, struct efs_diag *diag)
{
    /* not blocking: a FIFO must not keep us waiting before we see that it is one */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd == -1)
    {
        stored_init(stored);
        return efs_fail_errno(diag, errno, 0, "open");
    }
    return efs_stored_open_fd(stored, fd, diag);
}

void efs_stored_open_new(struct efs_stored *stored, int fd, uint8_t *metadata, uint32_t length, bool open)
{
    stored_init(stored);
    stored->fd = fd;
    stored->kind = &form_split;
    stored->form = form_split.id;
    stored->metadata = metadata;
    stored->metadata_length = length;
    stored->open = open;
}

void efs_stored_close(struct efs_stored *stored)
{
    if (stored->fd != -1) close(stored->fd);
    free(stored->metadata);
    free(stored->layout);
    free(stored->streams);
    stored_init(stored);
}
