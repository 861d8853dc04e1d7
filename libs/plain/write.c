/*
 * Writing plaintext into an encrypted file where it is.
 *
 * A change is made of whole units. What of a unit isn't given is read before; beyond the size it is zeros, always, so
 * that growing shows nothing that was there once. Growing: data first, then the size. Shrinking: the size first.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "writing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "store/open_form.h"

#define UNIT  EFS_CIPHER_UNIT
#define PIECE EFS_RAW_TRANSFER

/* A gap up to this is written as encrypted zeros; of a larger one, whole pieces are left out. */
#define GAP_WRITTEN 1048576

static uint64_t round_down(uint64_t offset, uint64_t unit)
{
    return offset - offset % unit;
}

static uint64_t round_up(uint64_t offset, uint64_t unit)
{
    return round_down(offset + unit - 1, unit);
}

void writing_note_size(struct efs_plaintext *file, uint64_t size)
{
    file->index.streams[0].about.size = size;
    file->size = size;
}

static enum efs_error encrypt(struct writing *writing, uint64_t offset, uint8_t *units, size_t length)
{
    enum efs_error err = efs_cipher_encrypt(writing->cipher, offset, units, length);

    return err ? efs_fail(writing->diag, err, offset, "encrypt") : EFS_OK;
}

static enum efs_error cut(struct writing *writing, uint64_t size)
{
    return ftruncate(writing->file->writing, (off_t)open_form_file_size(size))
        ? efs_fail_errno(writing->diag, errno, size, "truncate") : EFS_OK;
}

/* Undoes a change that has failed: what can't be cut off lies beyond the size, and is cut off by the next one. */
static void put_back(struct writing *writing, uint64_t size)
{
    int failed = ftruncate(writing->file->writing, (off_t)open_form_file_size(size));

    (void)failed;
}

/* In plain; zeros from the size on. */
static enum efs_error read_unit(struct writing *writing, uint64_t offset, uint8_t unit[UNIT])
{
    uint64_t size = writing->file->size;
    enum efs_error err = io_read_exactly(writing->file->writing, offset, unit, UNIT, writing->diag);

    if (!err && plaintext_decrypt_open(writing->cipher, offset, unit, UNIT))
        err = efs_fail(writing->diag, EFS_ERR_ALGORITHM, offset, "decrypt");
    if (!err && size < offset + UNIT)
    {
        size_t there = size > offset ? (size_t)(size - offset) : 0;

        memset(unit + there, 0, UNIT - there);
    }
    return err;
}

/* Zeros from `offset` to `end`, both in one unit, of which the rest stays. */
static enum efs_error clear_in_unit(struct writing *writing, uint64_t offset, uint64_t end)
{
    uint64_t at = round_down(offset, UNIT);
    uint8_t unit[UNIT];
    enum efs_error err = read_unit(writing, at, unit);

    if (!err)
    {
        memset(unit + (offset - at), 0, (size_t)(end - offset));
        err = encrypt(writing, at, unit, UNIT);
    }
    if (!err) err = io_write_all(writing->file->writing, at, unit, UNIT, writing->diag);
    explicit_bzero(unit, sizeof(unit));
    return err;
}

/* Encrypted zeros, whole units. */
static enum efs_error write_zeros(struct writing *writing, uint64_t offset, uint64_t end)
{
    uint8_t *units;
    enum efs_error err = EFS_OK;
    size_t n;

    if (offset >= end) return EFS_OK;
    if (!(units = malloc(PIECE))) return efs_fail(writing->diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    for (; !err && offset < end; offset += n)
    {
        n = end - offset < PIECE ? (size_t)(end - offset) : PIECE;
        memset(units, 0, n);
        if (!(err = encrypt(writing, offset, units, n)))
            err = io_write_all(writing->file->writing, offset, units, n, writing->diag);
    }
    free(units);
    return err;
}

/* ---- growing ---- */

static enum efs_error fill_gap(struct writing *writing, uint64_t from, uint64_t to)
{
    uint64_t begin = round_up(from, UNIT), end = round_up(to, UNIT);
    uint64_t first = round_up(begin, PIECE), last = round_down(to, PIECE);
    enum efs_error err = EFS_OK;

    if (from < begin) err = clear_in_unit(writing, from, begin);
    if (err || end <= begin) return err;
    if (end - begin <= GAP_WRITTEN) return write_zeros(writing, begin, end);
    writing->file->holes = true;
    err = write_zeros(writing, begin, first);
    return err ? err : write_zeros(writing, last, end);
}

/* Zeros from the size to `to`, which isn't the size yet. On failure the file is as long as before. */
static enum efs_error grow(struct writing *writing, uint64_t to)
{
    uint64_t size = writing->file->size;
    enum efs_error err = cut(writing, size);

    if (!err) err = fill_gap(writing, size, to);
    if (!err) err = cut(writing, to);
    if (err) put_back(writing, size);
    return err;
}

static enum efs_error set_size(struct writing *writing, uint64_t size)
{
    enum efs_error err = open_form_set_size(writing->file->writing, size, writing->diag);

    if (!err) writing_note_size(writing->file, size);
    return err;
}

/* ---- overwriting and appending ---- */

/* What of the first and the last unit isn't given; `end` is the last byte's, in the buffer's units. */
static enum efs_error complete_units(struct writing *writing, uint64_t offset, uint64_t end, uint8_t *buffer)
{
    uint64_t first = round_down(offset, UNIT), last = round_up(end, UNIT), size = writing->file->size;
    size_t before = (size_t)(offset - first), behind = (size_t)(last - end);
    uint8_t unit[UNIT];
    enum efs_error err = EFS_OK;

    if (before && !(err = read_unit(writing, first, unit))) memcpy(buffer, unit, before);
    if (!err && behind)
    {
        uint8_t *rest = buffer + (end - first);

        if (end >= size) memset(rest, 0, behind);
        else if (!(err = read_unit(writing, last - UNIT, unit))) memcpy(rest, unit + UNIT - behind, behind);
    }
    explicit_bzero(unit, sizeof(unit));
    return err;
}

/* As much as there is room for; *done: bytes. */
static enum efs_error put(struct writing *writing, uint64_t offset, const uint8_t *bytes, size_t length, size_t *done)
{
    ssize_t n;

    for (*done = 0; *done < length; *done += (size_t)n)
    {
        n = pwrite(writing->file->writing, bytes + *done, length - *done, (off_t)(offset + *done));
        if (n < 0 && errno == EINTR) n = 0;
        else if (n <= 0) return efs_fail_errno(writing->diag, n ? errno : ENOSPC, offset + *done, "write");
    }
    return EFS_OK;
}

/* Units are in the file, but not all, or not the tail: what is there counts, and the file gets a size for that. */
static enum efs_error settle(struct writing *writing, uint64_t offset, size_t length, uint64_t reached, size_t *written)
{
    uint64_t size = writing->file->size, end = offset + length;
    enum efs_error err;

    if (end > reached) end = reached;
    *written = end > offset ? (size_t)(end - offset) : 0;
    if (offset + length <= size) return EFS_OK;
    if (!*written || end <= size) return cut(writing, size);
    err = cut(writing, end);
    if (!err) err = set_size(writing, end);
    if (err)
    {
        *written = 0;
        put_back(writing, size);
    }
    return err;
}

enum efs_error writing_put(struct writing *writing, uint64_t offset, uint8_t *buffer, size_t length, size_t *written)
{
    uint64_t first = round_down(offset, UNIT), end = offset + length, last = round_up(end, UNIT);
    uint64_t old = writing->file->size;
    size_t units = (size_t)(last - first), done;
    enum efs_error err = EFS_OK, failed;

    if (offset > old) err = grow(writing, offset);
    /* the bytes before it are zeros now */
    if (!err) err = complete_units(writing, offset, end, buffer);
    if (!err) err = encrypt(writing, first, buffer, units);
    if (err)
    {
        explicit_bzero(buffer, units);
        if (offset > old) put_back(writing, old);
        return err;
    }
    /* the tail comes with it: so the size is one that an encrypted file has */
    memset(buffer + units, 0, OPEN_FORM_TAIL);
    failed = put(writing, first, buffer, end > old ? units + OPEN_FORM_TAIL : units, &done);
    if (!failed && end > old && (err = set_size(writing, end)))
        put_back(writing, old);
    if (!failed)
    {
        *written = err ? 0 : length;
        return err;
    }
    err = settle(writing, offset, length, first + round_down(done < units ? done : units, UNIT), written);
    if (!err && !*written) err = failed;
    return err;
}

/* ---- sizes ---- */

enum efs_error writing_cut(struct writing *writing, uint64_t size)
{
    enum efs_error err = set_size(writing, size);

    if (!err) err = cut(writing, size);
    /* what is cut off isn't kept */
    if (!err && size % UNIT) err = clear_in_unit(writing, size, round_up(size, UNIT));
    return err;
}

enum efs_error writing_grow(struct writing *writing, uint64_t size)
{
    uint64_t old = writing->file->size;
    enum efs_error err = grow(writing, size);

    if (err) return err;
    if ((err = set_size(writing, size))) put_back(writing, old);
    return err;
}

/* ---- zeros in the middle ---- */

bool writing_leaves_hole(uint64_t offset, uint64_t end)
{
    return round_up(offset, PIECE) < round_down(end, PIECE);
}

/* Whole pieces. */
static enum efs_error punch(struct writing *writing, uint64_t offset, uint64_t end)
{
    int fd = writing->file->writing;

    writing->file->holes = true;
    if (!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)(end - offset))) return EFS_OK;
    if (errno != EOPNOTSUPP && errno != ENOSYS) return efs_fail_errno(writing->diag, errno, offset, "punch a hole");
    return io_clear_data(fd, offset, end, writing->diag);
}

/* Parts of units, and whole ones, but no whole piece. */
static enum efs_error clear_written(struct writing *writing, uint64_t offset, uint64_t end)
{
    uint64_t first = round_up(offset, UNIT), last = round_down(end, UNIT);
    enum efs_error err = EFS_OK;

    if (offset >= end) return EFS_OK;
    if (first > last) return clear_in_unit(writing, offset, end); /* within one unit */
    if (offset < first) err = clear_in_unit(writing, offset, first);
    if (!err) err = write_zeros(writing, first, last);
    if (!err && last < end) err = clear_in_unit(writing, last, end);
    return err;
}

enum efs_error writing_clear(struct writing *writing, uint64_t offset, uint64_t end)
{
    uint64_t first = round_up(offset, PIECE), last = round_down(end, PIECE);
    enum efs_error err;

    if (!writing_leaves_hole(offset, end)) return clear_written(writing, offset, end);
    err = clear_written(writing, offset, first);
    if (!err) err = punch(writing, first, last);
    return err ? err : clear_written(writing, last, end);
}

/* ---- what was never written, at the end ---- */

/* The most that is filled with encrypted zeros where a layout can't say that it is zeros. */
#define FILL_MAX 67108864

static enum efs_error fill_units(void *context, enum open_piece kind, uint64_t offset, uint64_t length, uint8_t *units,
                                 struct efs_diag *diag)
{
    struct writing *writing = context;
    size_t count = (size_t)(round_up(length, UNIT) / UNIT), i;
    enum efs_error err = EFS_OK;

    if (kind != OPEN_MIXED) return EFS_OK;
    for (i = 0; !err && i < count; i++)
    {
        if (!open_form_is_hole(units + i * UNIT)) continue;
        memset(units + i * UNIT, 0, UNIT);
        err = encrypt(writing, offset + i * UNIT, units + i * UNIT, UNIT);
    }
    return err ? err : io_write_all(writing->file->writing, offset, units, count * UNIT, diag);
}

enum efs_error writing_fill_mixed(struct writing *writing)
{
    return open_form_walk(writing->file->writing, writing->file->size, fill_units, writing, writing->diag);
}

struct filling
{
    struct writing *writing;
    uint64_t        left;
};

static enum efs_error fill_hole(void *context, enum open_piece kind, uint64_t offset, uint64_t length, uint8_t *units,
                                struct efs_diag *diag)
{
    struct filling *filling = context;

    (void)units;
    if (kind != OPEN_HOLE) return EFS_OK;
    if (length > filling->left)
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, offset, "too much of it was never written to be closed here");
    filling->left -= length;
    return write_zeros(filling->writing, offset, round_up(offset + length, UNIT));
}

enum efs_error writing_fill_holes(struct writing *writing)
{
    struct filling filling = { .writing = writing, .left = FILL_MAX };

    return open_form_walk(writing->file->writing, writing->file->size, fill_hole, &filling, writing->diag);
}
