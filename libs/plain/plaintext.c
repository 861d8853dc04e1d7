/*
 * The plaintext of an encrypted file, by streams and offsets.
 *
 * The sector cipher begins anew in each unit, so any unit can be decrypted alone. Whole units go straight to the
 * caller's buffer and are decrypted there; parts of one pass through a small one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "plaintext_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/io.h"
#include "names.h"
#include "store/ntfs.h"
#include "store/open_form.h"

#define UNIT        EFS_CIPHER_UNIT
#define PARKED_SIZE 4096 /* bytes known of a file without a descriptor, at most */

/* ---- opening ---- */

/* Takes stored over, also on failure. */
static enum efs_error open_stored(struct efs_plaintext **ret, struct efs_stored *stored, struct efs_diag *diag)
{
    struct efs_plaintext *self = calloc(1, sizeof(*self));
    enum efs_error err;

    if (!self)
    {
        efs_stored_close(stored);
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    }
    self->stored = *stored;
    self->writing = -1;
    pthread_mutex_init(&self->lock, NULL);
    pthread_rwlock_init(&self->content, NULL);
    if ((err = index_file(&self->index, &self->stored, diag)))
    {
        efs_plaintext_close(self);
        return err;
    }
    self->left = self->stored.open;
    self->size = self->index.count && !self->index.streams[0].about.name_length ? self->index.streams[0].about.size : 0;
    self->holes = self->stored.open && self->size;
    *ret = self;
    return EFS_OK;
}

enum efs_error efs_plaintext_open(struct efs_plaintext **ret, int fd, struct efs_diag *diag)
{
    struct efs_stored stored;
    enum efs_error err;

    *ret = NULL;
    /* takes the descriptor over in any case */
    if ((err = efs_stored_open_fd(&stored, fd, diag))) return err;
    if (!stored.directory) return open_stored(ret, &stored, diag);
    efs_stored_close(&stored);
    return efs_fail(diag, EFS_ERR_TYPE, 0, "no unnamed stream, as a directory has none");
}

enum efs_error efs_plaintext_open_new(struct efs_plaintext **ret, int fd, uint8_t *metadata, uint32_t length,
                                      struct efs_feks *feks, const struct efs_fek *fek, bool writes,
                                      struct efs_diag *diag)
{
    struct efs_stored stored;
    enum efs_error err;

    *ret = NULL;
    efs_stored_open_new(&stored, fd, metadata, length, writes);
    if ((err = open_stored(ret, &stored, diag)))
    {
        efs_feks_release(feks, fek);
        return err;
    }
    (*ret)->feks = feks;
    (*ret)->fek = fek;
    if (writes) (*ret)->writing = fd;
    return EFS_OK;
}

static void wipe_keys(struct efs_plaintext *self)
{
    while (self->idle_count) efs_cipher_close(self->idle[--self->idle_count]);
    if (self->fek) efs_feks_release(self->feks, self->fek);
    self->fek = NULL;
}

/* Bytes, about. */
static size_t known_size(const struct efs_plaintext *self)
{
    size_t size = self->stored.metadata_length + self->stored.layout_length, i;

    for (i = 0; i < self->index.count; i++) size += self->index.streams[i].extents.capacity * sizeof(struct run);
    return size;
}

int efs_plaintext_park(struct efs_plaintext *self)
{
    int fd = self->stored.fd;

    if (self->writing != -1 || self->stored.open || self->left || self->stored.streams) return -1;
    if (self->index.count > 1 || known_size(self) > PARKED_SIZE) return -1;
    wipe_keys(self);
    self->stored.fd = -1;
    return fd;
}

void efs_plaintext_resume(struct efs_plaintext *self, int fd)
{
    self->stored.fd = fd;
}

void efs_plaintext_close(struct efs_plaintext *self)
{
    if (!self) return;
    wipe_keys(self);
    if (self->writing != -1 && self->writing != self->stored.fd) close(self->writing);
    pthread_rwlock_destroy(&self->content);
    pthread_mutex_destroy(&self->lock);
    index_free(&self->index);
    efs_stored_close(&self->stored);
    free(self);
}

static bool same_bytes(const uint8_t *a, uint32_t a_length, const uint8_t *b, uint32_t b_length)
{
    return a_length == b_length && (!a_length || !memcmp(a, b, a_length));
}

bool efs_plaintext_is_current(struct efs_plaintext *self)
{
    struct efs_stored now;
    bool same;

    pthread_rwlock_rdlock(&self->content);
    same = !efs_stored_open_fd(&now, fcntl(self->stored.fd, F_DUPFD_CLOEXEC, 3), NULL);
    same = same && now.form == EFS_FORM_SPLIT && self->stored.form == EFS_FORM_SPLIT && now.data_size == self->size
        && same_bytes(now.metadata, now.metadata_length, self->stored.metadata, self->stored.metadata_length)
        && (self->stored.open
            || same_bytes(now.layout, now.layout_length, self->stored.layout, self->stored.layout_length));
    pthread_rwlock_unlock(&self->content);
    efs_stored_close(&now);
    return same;
}

size_t efs_plaintext_count(const struct efs_plaintext *self)
{
    return self->index.count;
}

const struct efs_plaintext_stream *efs_plaintext_stream(const struct efs_plaintext *self, size_t index)
{
    return &self->index.streams[index].about;
}

bool efs_plaintext_find(const struct efs_plaintext *self, const uint8_t *name, uint32_t length, size_t *index)
{
    const struct efs_plaintext_stream *stream;

    for (*index = 0; *index < self->index.count; ++*index)
    {
        stream = &self->index.streams[*index].about;
        if (name_is(stream->name, stream->name_length, name, length)) return true;
    }
    return false;
}

enum efs_error efs_plaintext_unlock(struct efs_plaintext *self, struct efs_feks *feks, struct efs_diag *diag)
{
    struct efs_metadata metadata;
    enum efs_error err = EFS_OK;

    pthread_mutex_lock(&self->lock);
    if (!self->fek)
    {
        err = efs_metadata_read(&metadata, self->stored.metadata, self->stored.metadata_length, diag);
        if (!err) err = efs_feks_hold(feks, &metadata, &self->fek, diag);
        self->feks = feks;
    }
    pthread_mutex_unlock(&self->lock);
    return err;
}

/* ---- reading ---- */

enum efs_error plaintext_get_cipher(struct efs_plaintext *self, struct efs_cipher **cipher, struct efs_diag *diag)
{
    const struct efs_fek *fek;

    *cipher = NULL;
    pthread_mutex_lock(&self->lock);
    fek = self->fek;
    if (self->idle_count) *cipher = self->idle[--self->idle_count];
    pthread_mutex_unlock(&self->lock);
    if (*cipher) return EFS_OK;
    return fek ? efs_cipher_open(cipher, fek, diag) : efs_fail(diag, EFS_ERR_NO_KEY, 0, "no key has unlocked it");
}

void plaintext_put_cipher(struct efs_plaintext *self, struct efs_cipher *cipher)
{
    pthread_mutex_lock(&self->lock);
    if (self->idle_count < IDLE_MAX)
    {
        self->idle[self->idle_count++] = cipher;
        cipher = NULL;
    }
    pthread_mutex_unlock(&self->lock);
    efs_cipher_close(cipher);
}

/* What is stored of a stream, from its place in the file, or in its attribute, on. */
static enum efs_error read_stored(const struct efs_plaintext *self, const struct indexed_stream *stream,
                                  uint64_t position, uint8_t *out, size_t length, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;
    uint8_t *value;
    ssize_t n;

    if (!stream->attribute) return io_read_exactly(self->stored.fd, position, out, length, diag);
    if (!(value = malloc(NTFS_VALUE_MAX))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    n = fgetxattr(self->stored.fd, stream->attribute, value, NTFS_VALUE_MAX);
    if (n < 0) err = efs_fail_errno(diag, errno, 0, "get named stream");
    else if ((uint64_t)n < position + length)
        err = efs_fail(diag, EFS_ERR_CORRUPT, position, "the named stream has become shorter");
    else memcpy(out, value + position, length);
    free(value);
    return err;
}

/* One read: bytes that lie together. */
struct part
{
    const struct indexed_stream *stream;
    struct efs_cipher           *cipher; /* NULL: they are plain */
    uint64_t                     offset, position;
};

enum efs_error plaintext_decrypt_open(struct efs_cipher *cipher, uint64_t offset, uint8_t *units, size_t length)
{
    enum efs_error err = EFS_OK;
    size_t at = 0, end;

    while (!err && at < length)
    {
        for (end = at; end < length && !open_form_is_hole(units + end); end += UNIT) ;
        if (end > at) err = efs_cipher_decrypt(cipher, offset + at, units + at, end - at);
        for (at = end; at < length && open_form_is_hole(units + at); at += UNIT) memset(units + at, 0, UNIT);
    }
    return err;
}

/* Whole units. */
static enum efs_error read_units(const struct efs_plaintext *self, const struct part *part, uint8_t *out,
                                 size_t length, struct efs_diag *diag)
{
    enum efs_error err = read_stored(self, part->stream, part->position, out, length, diag);

    if (err || !part->cipher) return err;
    if (self->stored.open) err = plaintext_decrypt_open(part->cipher, part->offset, out, length);
    else err = efs_cipher_decrypt(part->cipher, part->offset, out, length);
    return err ? efs_fail(diag, err, part->offset, "decrypt") : EFS_OK;
}

/* A part of one unit, which is stored whole. */
static enum efs_error read_within_unit(const struct efs_plaintext *self, const struct part *part, uint8_t *out,
                                       size_t length, struct efs_diag *diag)
{
    size_t before = (size_t)(part->offset % UNIT);
    struct part whole = *part;
    uint8_t unit[UNIT];
    enum efs_error err;

    whole.offset -= before;
    whole.position -= before;
    err = read_units(self, &whole, unit, UNIT, diag);
    if (!err) memcpy(out, unit + before, length);
    explicit_bzero(unit, sizeof(unit));
    return err;
}

static enum efs_error read_part(const struct efs_plaintext *self, struct part part, uint8_t *out, size_t length,
                                struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;
    size_t n;

    if (!part.cipher) return read_units(self, &part, out, length, diag);
    while (length && !err)
    {
        n = UNIT - (size_t)(part.offset % UNIT);
        if (n == UNIT && length >= UNIT)
        {
            n = length - length % UNIT;
            err = read_units(self, &part, out, n, diag);
        }
        else
        {
            if (n > length) n = length;
            err = read_within_unit(self, &part, out, n, diag);
        }
        part.offset += n;
        part.position += n;
        out += n;
        length -= n;
    }
    return err;
}

/* What begins at `offset`: *start: the next data, *end: of that; as the host says it where the file is an open one. */
static void find_data(const struct efs_plaintext *self, const struct indexed_stream *stream, uint64_t offset,
                      uint64_t *start, uint64_t *end)
{
    uint64_t size = stream->about.size, position, together;

    *start = *end = size;
    if (offset >= size) *start = offset;
    else if (self->stored.open) io_find_data(self->stored.fd, offset, size, start, end);
    else if (extents_find(&stream->extents, offset, &position, &together)) *start = offset;
    else if (together < size - offset) *start = offset + together;
}

uint64_t efs_plaintext_find_data(struct efs_plaintext *self, size_t index, uint64_t offset)
{
    uint64_t start, end;

    pthread_rwlock_rdlock(&self->content);
    find_data(self, &self->index.streams[index], offset, &start, &end);
    pthread_rwlock_unlock(&self->content);
    return start;
}

uint64_t efs_plaintext_find_hole(struct efs_plaintext *self, size_t index, uint64_t offset)
{
    uint64_t start, end;

    pthread_rwlock_rdlock(&self->content);
    find_data(self, &self->index.streams[index], offset, &start, &end);
    pthread_rwlock_unlock(&self->content);
    return start > offset ? offset : end;
}

/* The content doesn't change meanwhile. */
static enum efs_error read_content(struct efs_plaintext *self, size_t index, uint64_t offset, void *buffer,
                                   size_t length, size_t *got, struct efs_diag *diag)
{
    const struct indexed_stream *stream = &self->index.streams[index];
    struct part part = { .stream = stream };
    uint8_t *out = buffer;
    enum efs_error err = EFS_OK;
    uint64_t together;
    size_t done, n;

    *got = 0;
    if (offset >= stream->about.size || !length) return EFS_OK;
    if (length > stream->about.size - offset) length = (size_t)(stream->about.size - offset);
    if (stream->about.encrypted && (err = plaintext_get_cipher(self, &part.cipher, diag))) return err;
    for (done = 0; done < length && !err; done += n)
    {
        bool stored = extents_find(&stream->extents, offset + done, &part.position, &together);

        n = length - done < together ? length - done : (size_t)together;
        part.offset = offset + done;
        if (stored) err = read_part(self, part, out + done, n, diag);
        else memset(out + done, 0, n);
    }
    if (part.cipher) plaintext_put_cipher(self, part.cipher);
    if (err) explicit_bzero(buffer, length);
    else *got = length;
    return err;
}

enum efs_error efs_plaintext_pread(struct efs_plaintext *self, size_t index, uint64_t offset, void *buffer,
                                   size_t length, size_t *got, struct efs_diag *diag)
{
    enum efs_error err;

    pthread_rwlock_rdlock(&self->content);
    err = read_content(self, index, offset, buffer, length, got, diag);
    pthread_rwlock_unlock(&self->content);
    return err;
}
