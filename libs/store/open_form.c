/*
 * The open form: what an encrypted file is while a view writes it, and after the view was killed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "open_form.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/io.h"
#include "efs/store.h"

#define UNIT  EFS_RAW_UNIT
#define PIECE EFS_RAW_TRANSFER

/* The last byte that a file can have: programs that lock bytes don't come there. */
#define LOCK_AT (INT64_MAX - 1)

/* ---- the lock ---- */

static int try_lock(int fd, int command, short type, struct flock *lock)
{
    *lock = (struct flock){ .l_type = type, .l_whence = SEEK_SET, .l_start = LOCK_AT, .l_len = 1 };
    return fcntl(fd, command, lock);
}

enum efs_error open_form_lock(int fd, struct efs_diag *diag)
{
    struct flock lock;

    if (!try_lock(fd, F_OFD_SETLK, F_WRLCK, &lock) || (errno != EAGAIN && errno != EACCES)) return EFS_OK;
    return efs_fail(diag, EFS_ERR_ACCESS, 0, "another view is writing it");
}

void open_form_unlock(int fd)
{
    struct flock lock;

    (void)try_lock(fd, F_OFD_SETLK, F_UNLCK, &lock);
}

bool open_form_is_locked(int fd)
{
    struct flock lock;

    return !try_lock(fd, F_OFD_GETLK, F_WRLCK, &lock) && lock.l_type != F_UNLCK;
}

/* ---- the size ---- */

/* bytes: NULL: it goes. */
static enum efs_error change(int fd, enum store_xattr which, const uint8_t *bytes, uint32_t length,
                             struct efs_diag *diag)
{
    return bytes ? xattr_set(fd, which, bytes, length, diag) : xattr_remove(fd, which, diag);
}

/*
 * The same for a file that is open for writing, though its mode lets nobody write it any more: attributes need the
 * right now, which its owner gives himself for a moment.
 */
static enum efs_error change_anyway(int fd, enum store_xattr which, const uint8_t *bytes, uint32_t length,
                                    struct efs_diag *diag)
{
    struct efs_diag first = { 0 };
    enum efs_error err = change(fd, which, bytes, length, &first);
    struct stat st;

    if (first.sys_errno == EACCES && !fstat(fd, &st) && !(st.st_mode & S_IWUSR)
        && !fchmod(fd, (st.st_mode & 07777) | S_IWUSR))
    {
        err = change(fd, which, bytes, length, &first);
        if (fchmod(fd, st.st_mode & 07777) && !err) err = efs_fail_errno(&first, errno, 0, "fchmod");
    }
    if (err && diag) *diag = first;
    return err;
}

enum efs_error open_form_set_size(int fd, uint64_t size, struct efs_diag *diag)
{
    uint8_t bytes[8];

    store64_le(bytes, size);
    return change_anyway(fd, XATTR_SIZE, bytes, sizeof(bytes), diag);
}

enum efs_error open_form_begin(int fd, uint64_t size, bool sync, struct efs_diag *diag)
{
    enum efs_error err = open_form_set_size(fd, size, diag);

    if (!err && sync && fsync(fd)) err = efs_fail_errno(diag, errno, 0, "sync");
    return err;
}

uint64_t open_form_file_size(uint64_t size)
{
    return size ? efs_raw_padded(size) + OPEN_FORM_TAIL : 0;
}

/* ---- what was written ---- */

bool open_form_is_hole(const uint8_t unit[EFS_RAW_UNIT])
{
    static const uint8_t zeros[EFS_RAW_UNIT];

    return !unit[OPEN_FORM_TAIL] && !memcmp(unit + OPEN_FORM_TAIL, zeros, UNIT - OPEN_FORM_TAIL);
}

static enum open_piece look_at(const uint8_t *units, size_t length)
{
    size_t holes = 0, count = length / UNIT, i;

    for (i = 0; i < count; i++) holes += open_form_is_hole(units + i * UNIT);
    return !holes ? OPEN_WRITTEN : holes == count ? OPEN_HOLE : OPEN_MIXED;
}

/* Holes that lie together. */
struct holes
{
    open_form_see see;
    void         *context;
    uint64_t      offset, length; /* 0: none is pending */
};

static enum efs_error give_holes(struct holes *holes, struct efs_diag *diag)
{
    enum efs_error err = EFS_OK;

    if (holes->length) err = holes->see(holes->context, OPEN_HOLE, holes->offset, holes->length, NULL, diag);
    holes->length = 0;
    return err;
}

static void add_hole(struct holes *holes, uint64_t offset, uint64_t length)
{
    if (!holes->length) holes->offset = offset;
    holes->length += length;
}

/* One piece, which is stored at least in part. */
static enum efs_error walk_piece(int fd, uint64_t offset, uint64_t length, uint8_t *units, struct holes *holes,
                                 struct efs_diag *diag)
{
    size_t stored = (size_t)efs_raw_padded(length);
    enum efs_error err = io_read_exactly(fd, offset, units, stored, diag);
    enum open_piece kind;

    if (err) return err;
    kind = look_at(units, stored);
    if (kind == OPEN_HOLE)
    {
        add_hole(holes, offset, length);
        return EFS_OK;
    }
    err = give_holes(holes, diag);
    return err ? err : holes->see(holes->context, kind, offset, length, units, diag);
}

enum efs_error open_form_walk(int fd, uint64_t size, open_form_see see, void *context, struct efs_diag *diag)
{
    struct holes holes = { .see = see, .context = context };
    uint64_t at = 0, start, end, next;
    uint8_t *units = malloc(PIECE);
    enum efs_error err = EFS_OK;

    if (!units) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    while (!err && at < size)
    {
        io_find_data(fd, at, size, &start, &end);
        /* a hole counts as far as whole pieces are in it */
        next = start == size ? size : start - start % PIECE;
        if (next > at)
        {
            add_hole(&holes, at, next - at);
            at = next;
            continue;
        }
        next = size - at < PIECE ? size : at + PIECE;
        err = walk_piece(fd, at, next - at, units, &holes, diag);
        at = next;
    }
    if (!err) err = give_holes(&holes, diag);
    free(units);
    return err;
}

/* ---- closing ---- */

/* More blocks than its length needs, and a few for attributes and the file system itself: they were reserved. */
static bool has_reserve(const struct stat *st, uint64_t size)
{
    return (uint64_t)st->st_blocks * 512 > open_form_file_size(size) + 3 * 4096;
}

/* st: as it is; the count, at its end, may make it longer. */
static enum efs_error put_count(int fd, uint64_t size, const struct stat *st, struct efs_diag *diag)
{
    off_t wanted = (off_t)open_form_file_size(size);
    uint64_t padded = efs_raw_padded(size);
    uint8_t bytes[OPEN_FORM_TAIL];
    enum efs_error err = EFS_OK;

    store16_le(bytes, (uint16_t)(padded - size));
    if (size) err = io_write_all(fd, padded, bytes, sizeof(bytes), diag);
    if (!err && (st->st_size > wanted || has_reserve(st, size)) && ftruncate(fd, wanted))
        err = efs_fail_errno(diag, errno, 0, "truncate");
    return err;
}

enum efs_error open_form_close(int fd, uint64_t size, const struct xattr_value *layout, struct efs_diag *diag)
{
    enum efs_error err = change_anyway(fd, XATTR_LAYOUT, layout->bytes, layout->length, diag);
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
    struct stat st;

    if (!err && fstat(fd, &st)) err = efs_fail_errno(diag, errno, 0, "fstat");
    if (err || (err = put_count(fd, size, &st, diag))) return err;
    times[1] = st.st_mtim;
    return futimens(fd, times) ? efs_fail_errno(diag, errno, 0, "futimens") : EFS_OK;
}

enum efs_error open_form_end(int fd, struct efs_diag *diag)
{
    return change_anyway(fd, XATTR_SIZE, NULL, 0, diag);
}
