/*
 * What form an encrypted file has while plaintext is written into it: when it becomes an open one, and when it ends.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/plaintext.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "store/ntfs.h"
#include "store/open_form.h"
#include "writing.h"

#define UNIT EFS_CIPHER_UNIT

/* No file ends closer to 2^63 than this: units, pieces and the tail are reckoned with. */
#define SIZE_LIMIT ((uint64_t)INT64_MAX - 2 * EFS_RAW_TRANSFER)

/* ---- may it be written? ---- */

static enum efs_error refuse(const char *why, struct efs_diag *diag)
{
    return efs_fail(diag, EFS_ERR_READ_ONLY_VOLUME, 0, why);
}

static enum efs_error check_form(const struct efs_plaintext *self, struct efs_diag *diag)
{
    const struct efs_plaintext_stream *stream = self->index.count ? &self->index.streams[0].about : NULL;
    enum efs_error err;
    bool ntfs;

    if (efs_plaintext_is_container(self)) return refuse("it is a container", diag);
    if (self->index.count != 1) return refuse("it has named streams", diag);
    if (stream->name_length || !stream->encrypted) return refuse("it has no encrypted content", diag);
    if ((err = ntfs_is_mount(self->stored.fd, &ntfs, diag))) return err;
    return ntfs ? refuse("it is on NTFS-3G, which takes an encrypted file only as a whole", diag) : EFS_OK;
}

static enum efs_error check_file(const struct efs_plaintext *self, int fd, struct efs_diag *diag)
{
    struct stat now, then;

    if (fstat(fd, &now) || fstat(self->stored.fd, &then)) return efs_fail_errno(diag, errno, 0, "fstat");
    if (now.st_dev != then.st_dev || now.st_ino != then.st_ino)
        return efs_fail(diag, EFS_ERR_CHANGED, 0, "it is another file by now");
    return EFS_OK;
}

enum efs_error efs_plaintext_make_writable(struct efs_plaintext *self, int fd, struct efs_diag *diag)
{
    enum efs_error err = check_form(self, diag);

    if (!err) err = check_file(self, fd, diag);
    pthread_rwlock_wrlock(&self->content);
    if (!err && self->writing == -1)
    {
        self->writing = fd;
        fd = -1;
    }
    pthread_rwlock_unlock(&self->content);
    if (fd != -1) close(fd);
    return err;
}

bool efs_plaintext_is_writable(struct efs_plaintext *self)
{
    bool writable;

    pthread_rwlock_rdlock(&self->content);
    writable = self->writing != -1;
    pthread_rwlock_unlock(&self->content);
    return writable;
}

bool efs_plaintext_is_container(const struct efs_plaintext *self)
{
    return self->stored.form != EFS_FORM_SPLIT;
}

bool efs_plaintext_is_open(struct efs_plaintext *self)
{
    bool open;

    pthread_rwlock_rdlock(&self->content);
    open = self->held || self->left;
    pthread_rwlock_unlock(&self->content);
    return open;
}

uint64_t efs_plaintext_size(struct efs_plaintext *self)
{
    return self->size;
}

/* ---- a layout: what it leaves out becomes units that were never written ---- */

/* The rest of the unit in which what is stored ends, in plain. */
static enum efs_error clear_rest(struct writing *writing, uint64_t end)
{
    uint64_t next = (uint64_t)efs_raw_padded(end);

    if (end == next || end >= writing->file->size) return EFS_OK;
    return writing_clear(writing, end, next < writing->file->size ? next : writing->file->size);
}

/* The file is as it was, but for bytes that its layout doesn't take for data. */
static enum efs_error clear_gaps(struct writing *writing)
{
    struct efs_plaintext *self = writing->file;
    const struct extents *extents = &self->index.streams[0].extents;
    uint64_t at = 0, position, together, end;
    enum efs_error err = EFS_OK;

    while (!err && at < self->size)
    {
        bool stored = extents_find(extents, at, &position, &together);

        end = together < self->size - at ? at + together : self->size;
        if (stored && position != at) return efs_fail(writing->diag, EFS_ERR_CORRUPT, at, "layout: not in place");
        if (stored) err = clear_rest(writing, end);
        else err = io_clear_data(self->writing, efs_raw_padded(at), efs_raw_padded(end), writing->diag);
        at = end;
    }
    return err;
}

static enum efs_error leave_layout(struct writing *writing)
{
    struct efs_plaintext *self = writing->file;
    enum efs_error err = clear_gaps(writing);

    if (!err && fsync(self->writing)) err = efs_fail_errno(writing->diag, errno, 0, "sync");
    if (!err) self->holes = true;
    return err;
}

/* ---- from closed to open ---- */

static void forget_layout(struct efs_plaintext *self)
{
    free(self->stored.layout);
    self->stored.layout = NULL;
    self->stored.layout_length = 0;
}

/* All of it lies in its place, however long it will be. */
static enum efs_error spread(struct efs_plaintext *self, struct efs_diag *diag)
{
    struct extents all = { 0 };
    size_t budget = 1;

    if (extents_add(&all, 0, INT64_MAX, 0, &budget) != EXTENTS_OK)
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "realloc");
    extents_free(&self->index.streams[0].extents);
    self->index.streams[0].extents = all;
    return EFS_OK;
}

/* Is it still what was opened? *stored: how long it is. */
static enum efs_error check_size(struct efs_plaintext *self, off_t *stored, struct efs_diag *diag)
{
    struct stat st;

    if (fstat(self->writing, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    *stored = st.st_size;
    if (!self->left && (uint64_t)st.st_size != open_form_file_size(self->size))
        return efs_fail(diag, EFS_ERR_CHANGED, 0, "somebody else has changed its size");
    return EFS_OK;
}

static enum efs_error take(struct writing *writing)
{
    struct efs_plaintext *self = writing->file;
    struct efs_diag *diag = writing->diag;
    off_t stored, wanted = (off_t)open_form_file_size(self->size);
    enum efs_error err = check_size(self, &stored, diag);

    if (err) return err;
    /* a new file has its length already, and to say so once more isn't free */
    if (self->left)
        return stored != wanted && ftruncate(self->writing, wanted)
            ? efs_fail_errno(diag, errno, 0, "truncate") : EFS_OK;
    if (self->stored.layout && (err = leave_layout(writing))) return err;
    err = open_form_begin(self->writing, self->size, self->size != 0, diag);
    if (err == FORM_UNFIT) return refuse("its extended attributes have no room for one of eight bytes more", diag);
    if (err)
    {
        (void)open_form_end(self->writing, NULL);
        return err;
    }
    /* it counts for nothing any more */
    (void)xattr_remove(self->writing, XATTR_LAYOUT, NULL);
    return EFS_OK;
}

static enum efs_error become_open(struct writing *writing)
{
    struct efs_plaintext *self = writing->file;
    enum efs_error err;

    if (self->held) return EFS_OK;
    if ((err = open_form_lock(self->writing, writing->diag))) return err;
    if ((err = take(writing)) || (err = spread(self, writing->diag)))
    {
        open_form_unlock(self->writing);
        return err;
    }
    forget_layout(self);
    self->left = false;
    self->held = self->stored.open = true;
    return EFS_OK;
}

/* ---- changes ---- */

/* Does a layout, or a killed view, say what of it was written? Then no byte can be changed before that goes. */
static bool has_holes(const struct efs_plaintext *self)
{
    return self->stored.layout || self->holes;
}

static enum efs_error begin(struct writing *writing, struct efs_plaintext *self, struct efs_diag *diag)
{
    *writing = (struct writing){ .file = self, .diag = diag };
    pthread_rwlock_wrlock(&self->content);
    self->changes++;
    if (self->writing == -1) return efs_fail(diag, EFS_ERR_INVALID, 0, "not open for writing");
    return plaintext_get_cipher(self, &writing->cipher, diag);
}

static enum efs_error end(struct writing *writing, enum efs_error err)
{
    if (writing->cipher) plaintext_put_cipher(writing->file, writing->cipher);
    pthread_rwlock_unlock(&writing->file->content);
    return err;
}

enum efs_error efs_plaintext_pwrite(struct efs_plaintext *self, uint64_t offset, uint8_t *buffer, size_t length,
                                    size_t *written, struct efs_diag *diag)
{
    struct writing writing;
    enum efs_error err = begin(&writing, self, diag);

    *written = 0;
    if (!err && (offset > SIZE_LIMIT || length > SIZE_LIMIT - offset))
        err = efs_fail_errno(diag, EFBIG, offset, "write");
    if (!err && length && (offset + length > self->size || has_holes(self))) err = become_open(&writing);
    if (!err && length) err = writing_put(&writing, offset, buffer, length, written);
    else explicit_bzero(buffer, length + (size_t)(offset % UNIT));
    return end(&writing, err);
}

static enum efs_error touch(struct efs_plaintext *self, struct efs_diag *diag)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_NOW } };

    return futimens(self->writing, times) ? efs_fail_errno(diag, errno, 0, "futimens") : EFS_OK;
}

/* An empty file is empty, in whatever form. */
static enum efs_error make_empty(struct efs_plaintext *self, struct efs_diag *diag)
{
    off_t stored;
    enum efs_error err = check_size(self, &stored, diag);

    if (!err && ftruncate(self->writing, 0)) err = efs_fail_errno(diag, errno, 0, "truncate");
    if (!err) writing_note_size(self, 0);
    return err;
}

enum efs_error efs_plaintext_set_size(struct efs_plaintext *self, uint64_t size, struct efs_diag *diag)
{
    struct writing writing;
    enum efs_error err = begin(&writing, self, diag);

    if (!err && size > SIZE_LIMIT) err = efs_fail_errno(diag, EFBIG, size, "truncate");
    if (!err && size == self->size) err = touch(self, diag);
    else if (!err && !size && !self->held && !has_holes(self)) err = make_empty(self, diag);
    else if (!err && !(err = become_open(&writing)))
        err = size < self->size ? writing_cut(&writing, size) : writing_grow(&writing, size);
    return end(&writing, err);
}

enum efs_error efs_plaintext_clear(struct efs_plaintext *self, uint64_t offset, uint64_t stop, struct efs_diag *diag)
{
    struct writing writing;
    enum efs_error err = begin(&writing, self, diag);

    if (stop > self->size) stop = self->size;
    if (!err && offset < stop && (writing_leaves_hole(offset, stop) || has_holes(self))) err = become_open(&writing);
    if (!err && offset < stop) err = writing_clear(&writing, offset, stop);
    return end(&writing, err);
}

enum efs_error efs_plaintext_sync(struct efs_plaintext *self, struct efs_diag *diag)
{
    int fd;

    pthread_rwlock_rdlock(&self->content);
    fd = self->writing != -1 ? self->writing : self->stored.fd;
    pthread_rwlock_unlock(&self->content);
    /* the size, too, which is an attribute */
    return fsync(fd) ? efs_fail_errno(diag, errno, 0, "sync") : EFS_OK;
}

/* ---- and back ---- */

static enum efs_error close_with_layout(struct writing *writing)
{
    struct efs_plaintext *self = writing->file;
    struct xattr_value layout = { 0 }, metadata = { 0 };
    enum efs_error err = EFS_OK;

    if (self->holes) err = writing_fill_mixed(writing);
    /* the $EFS of now: its users may have changed */
    if (!err && self->holes) err = xattr_get(self->writing, XATTR_METADATA, &metadata, writing->diag);
    if (!err && self->holes)
        err = open_form_make_layout(self->writing, self->size, metadata.bytes, metadata.length, &layout,
                                    writing->diag);
    if (!err) err = open_form_close(self->writing, self->size, &layout, writing->diag);
    if (!err && !layout.bytes) self->holes = false;
    free(layout.bytes);
    free(metadata.bytes);
    return err;
}

static enum efs_error close_file(struct writing *writing)
{
    static const struct xattr_value none;
    enum efs_error err = close_with_layout(writing);

    if (err != FORM_UNFIT) return err;
    if ((err = writing_fill_holes(writing))) return err;
    writing->file->holes = false;
    return open_form_close(writing->file->writing, writing->file->size, &none, writing->diag);
}

/* As old as it was, whatever zeros had to be written. */
static enum efs_error close_unseen(struct writing *writing)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
    int fd = writing->file->writing;
    enum efs_error err;
    struct stat st;

    if (fstat(fd, &st)) return efs_fail_errno(writing->diag, errno, 0, "fstat");
    if ((err = close_file(writing))) return err;
    times[1] = st.st_mtim;
    return futimens(fd, times) ? efs_fail_errno(writing->diag, errno, 0, "futimens") : EFS_OK;
}

enum efs_error efs_plaintext_begin_end(struct efs_plaintext *self, struct efs_plaintext_end *ending,
                                       struct efs_diag *diag)
{
    struct writing writing;
    enum efs_error err = begin(&writing, self, diag);

    memset(ending, 0, sizeof(*ending));
    if (!err && self->left) err = become_open(&writing);
    if (!err && self->held)
    {
        ending->needed = true;
        ending->changes = self->changes;
        err = close_unseen(&writing);
        if (!err && fstat(self->writing, &ending->st)) err = efs_fail_errno(diag, errno, 0, "fstat");
    }
    return end(&writing, err);
}

enum efs_error efs_plaintext_complete_end(struct efs_plaintext *self, const struct efs_plaintext_end *ending,
                                          struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;

    if (!ending->needed) return EFS_OK;
    pthread_rwlock_wrlock(&self->content);
    if (self->changes != ending->changes || !self->held)
        err = efs_fail(diag, EFS_ERR_CHANGED, 0, "it was written meanwhile");
    if (!err) err = open_form_end(self->writing, diag);
    if (!err)
    {
        self->held = false;
        open_form_unlock(self->writing);
    }
    pthread_rwlock_unlock(&self->content);
    return err;
}
