/*
 * Encrypting a plain file of the host's: its content with its holes, and its alternate streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/seal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "backup/content.h"
#include "base/bytes.h"
#include "base/io.h"
#include "efs/beside.h"
#include "efs/raw.h"
#include "efs/secret.h"
#include "efs/store.h"
#include "efs/target.h"
#include "store/ntfs.h"

/* ---- the content ---- */

static enum efs_error read_some(int fd, bool regular, uint64_t offset, void *buffer, size_t length, size_t *got,
                                struct efs_diag *diag)
{
    ssize_t n;

    do n = regular ? pread(fd, buffer, length, (off_t)offset) : read(fd, buffer, length);
    while (n < 0 && errno == EINTR);
    if (n < 0) return efs_fail_errno(diag, errno, offset, "read");
    *got = (size_t)n;
    return EFS_OK;
}

/* Up to `end`, or to the file's own end. */
static enum efs_error add_data(struct efs_seal *seal, int fd, bool regular, uint64_t *offset, uint64_t end,
                               struct efs_diag *diag)
{
    enum efs_error err;
    size_t room, got = 0;

    while (*offset < end)
    {
        uint8_t *at = efs_seal_get_room(seal, &room);

        if (room > end - *offset) room = (size_t)(end - *offset);
        if ((err = read_some(fd, regular, *offset, at, room, &got, diag))) return err;
        if (!got) return EFS_OK;
        if (got > INT64_MAX - *offset) return efs_fail_errno(diag, EFBIG, *offset, "read");
        if ((err = efs_seal_add(seal, got, diag))) return err;
        *offset += got;
    }
    return EFS_OK;
}

/* Is there a hole that isn't to be stored? */
static bool has_hole(int fd, uint64_t size)
{
    uint64_t at = 0, start, end;

    while (at < size)
    {
        io_find_data(fd, at, size, &start, &end);
        if (start >= (at + EFS_RAW_TRANSFER - 1) / EFS_RAW_TRANSFER * EFS_RAW_TRANSFER + EFS_RAW_TRANSFER) return true;
        at = end;
    }
    return false;
}

static enum efs_error add_sparse(struct efs_seal *seal, int fd, uint64_t size, struct efs_diag *diag)
{
    uint64_t at = 0, start, end;
    enum efs_error err;

    while (at < size)
    {
        io_find_data(fd, at, size, &start, &end);
        if (start > at && (err = efs_seal_add_hole(seal, start - at, diag))) return err;
        at = start;
        if ((err = add_data(seal, fd, true, &at, end, diag))) return err;
        if (at < end) return efs_fail(diag, EFS_ERR_CHANGED, at, "it was cut while it was read");
    }
    return EFS_OK;
}

static enum efs_error add_content(struct efs_seal *seal, int fd, const struct stat *st, unsigned int flags,
                                  struct efs_diag *diag)
{
    bool regular = S_ISREG(st->st_mode);
    bool sparse = regular && (flags & EFS_SEAL_HOLES) && has_hole(fd, (uint64_t)st->st_size);
    uint64_t offset = 0;
    enum efs_error err;

    if ((err = efs_seal_begin_stream(seal, NULL, 0, sparse, diag))) return err;
    if (sparse) err = add_sparse(seal, fd, (uint64_t)st->st_size, diag);
    else err = add_data(seal, fd, regular, &offset, INT64_MAX, diag);
    return err ? err : efs_seal_end_stream(seal, diag);
}

/* ---- alternate streams ---- */

/* Those of a file, before they are put into NTFS' order. */
struct named
{
    struct efs_stream_info *infos;
    uint32_t                count, room;
};

static enum efs_error note_stream(void *context, const struct efs_stream_info *info, struct efs_diag *diag)
{
    struct named *named = context;
    struct efs_stream_info *more;

    if (named->count == EFS_RAW_STREAMS_MAX - 2) /* beside $EFS and the content */
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "more alternate streams than a raw stream can have");
    if (named->count == named->room)
    {
        named->room = named->room ? 2 * named->room : 8;
        if (!(more = realloc(named->infos, named->room * sizeof(*more))))
            return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "realloc");
        named->infos = more;
    }
    named->infos[named->count++] = *info;
    return EFS_OK;
}

/* As NTFS sorts attributes: by the units of the name in upper case. */
static int compare_names(const void *a, const void *b)
{
    const struct efs_stream_info *left = a, *right = b;
    size_t i;

    for (i = 0; i + 1 < left->name_length && i + 1 < right->name_length; i += 2)
    {
        int difference = (int)bstream_fold(load16_le(left->name + i)) - (int)bstream_fold(load16_le(right->name + i));

        if (difference) return difference;
    }
    return left->name_length < right->name_length ? -1 : left->name_length > right->name_length;
}

static enum efs_error add_stream(struct efs_seal *seal, const struct efs_owner *owner,
                                 const struct efs_stream_info *info, struct efs_diag *diag)
{
    struct efs_stream_reader reader;
    enum efs_error err;
    uint64_t offset = 0;
    size_t room, got = 1;

    if ((err = efs_seal_begin_stream(seal, info->name, info->name_length, false, diag))) return err;
    err = efs_stream_open(&reader, owner, info, diag);
    while (!err && got)
    {
        uint8_t *at = efs_seal_get_room(seal, &room);

        err = efs_stream_read(&reader, offset, at, room, &got, diag);
        if (!err && got) err = efs_seal_add(seal, got, diag);
        offset += got;
    }
    if (reader.value) explicit_bzero(reader.value, (size_t)reader.size);
    efs_stream_close(&reader);
    return err ? err : efs_seal_end_stream(seal, diag);
}

static enum efs_error add_beside(struct efs_seal *seal, int fd, uint32_t *count, struct efs_diag *diag)
{
    struct efs_target place = { .dir_fd = -1, .fd = -1 };
    struct named named = { 0 };
    struct efs_owner owner;
    enum efs_error err;
    uint32_t i;

    err = efs_owner_open(&owner, &place, fd, diag);
    if (!err) err = efs_streams_list(&owner, note_stream, &named, diag);
    if (!err && named.count) qsort(named.infos, named.count, sizeof(*named.infos), compare_names);
    for (i = 0; !err && i < named.count; i++) err = add_stream(seal, &owner, &named.infos[i], diag);
    *count = named.count;
    efs_target_close(&place);
    free(named.infos);
    return err;
}

/* ---- the same on NTFS-3G, where a stream is an attribute of its own name ---- */

/* name: ":NAME:$DATA" */
static enum efs_error add_attribute(struct efs_seal *seal, int fd, const char *attribute, const uint8_t *name,
                                    uint32_t length, struct efs_diag *diag)
{
    static const uint32_t around = 2 + 12; /* the colon before it, and the type behind it */
    size_t room;
    uint8_t *at;
    enum efs_error err;
    ssize_t n;

    if (length <= around) return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "an alternate stream of that name");
    if ((err = efs_seal_begin_stream(seal, name + 2, length - around, false, diag))) return err;
    at = efs_seal_get_room(seal, &room); /* empty as it is, it takes what an attribute can have */
    n = fgetxattr(fd, attribute, at, room);
    if (n < 0) return efs_fail_errno(diag, errno, 0, "get an alternate stream");
    if (n && (err = efs_seal_add(seal, (size_t)n, diag))) return err;
    return efs_seal_end_stream(seal, diag);
}

static enum efs_error add_attributes(struct efs_seal *seal, int fd, uint32_t *count, struct efs_diag *diag)
{
    uint8_t name[NTFS_STREAM_NAME_MAX];
    enum efs_error err;
    size_t length, at;
    char *names;

    if ((err = ntfs_list_streams(fd, &names, &length, diag))) return err;
    for (at = 0; !err && at < length; at += strlen(names + at) + 1, (*count)++)
        err = add_attribute(seal, fd, names + at, name, ntfs_stream_name(names + at, name), diag);
    free(names);
    return err;
}

/* ---- */

static bool has_changed(const struct stat *a, const struct stat *b)
{
    return a->st_size != b->st_size || a->st_mtim.tv_sec != b->st_mtim.tv_sec
        || a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

enum efs_error efs_seal_file(struct efs_seal *seal, int fd, unsigned int flags, uint32_t *named, struct efs_diag *diag)
{
    enum efs_error err;
    struct stat st, now;
    bool ntfs;

    *named = 0;
    if (fstat(fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if (S_ISDIR(st.st_mode)) return efs_fail(diag, EFS_ERR_TYPE, 0, "it is a directory");
    if ((err = add_content(seal, fd, &st, flags, diag)) || !S_ISREG(st.st_mode)) return err;
    if ((err = ntfs_is_mount(fd, &ntfs, diag))) return err;
    err = ntfs ? add_attributes(seal, fd, named, diag) : add_beside(seal, fd, named, diag);
    if (err) return err;
    if (fstat(fd, &now)) return efs_fail_errno(diag, errno, 0, "fstat");
    return has_changed(&st, &now) ? efs_fail(diag, EFS_ERR_CHANGED, 0, "it changed while it was read") : EFS_OK;
}
