/*
 * Named streams of an export from NTFS-3G: ciphertext of a file's, plain bytes of a directory's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "form.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/bytes.h"
#include "store/ntfs.h"

struct ntfs3g_export
{
    const struct efs_stored *stored;
    size_t                   at;      /* in the list of attributes: the next one */
    bool                     open;    /* what follows its header is coming */
    uint32_t                 plain;   /* bytes of a directory's that are still to come: one segment, or none */
    bool                     announced; /* the segment's header was given */
    struct efs_raw_writer    segments;
    uint8_t                  header[EFS_RAW_STREAM_HEADER_MAX];
    uint8_t                  value[NTFS_VALUE_MAX]; /* of the current one */
};

struct ntfs3g_export *ntfs3g_export_new(const struct efs_stored *stored)
{
    struct ntfs3g_export *ntfs = malloc(sizeof(*ntfs));

    if (!ntfs) return NULL;
    ntfs->stored = stored;
    ntfs3g_export_rewind(ntfs);
    return ntfs;
}

void ntfs3g_export_rewind(struct ntfs3g_export *ntfs)
{
    ntfs->at = 0;
    ntfs->open = false;
}

static void give_bytes(struct efs_raw_piece *piece, const uint8_t *bytes, size_t length)
{
    piece->type = EFS_RAW_PIECE_BYTES;
    piece->bytes = bytes;
    piece->length = (uint32_t)length;
}

/* A file's: ciphertext and padding count, or nothing at all. */
static enum efs_error open_encrypted(struct ntfs3g_export *ntfs, size_t length, struct efs_diag *diag)
{
    uint32_t padding = length ? load16_le(ntfs->value + (length > 1 ? length - 2 : 0)) : 0;

    if (length && (length % EFS_RAW_UNIT != 2 || length == 2 || padding >= EFS_RAW_UNIT))
        return efs_fail(diag, EFS_ERR_CORRUPT, 0, "NTFS-3G: a named stream without a padding count");
    efs_raw_writer_init_segments(&ntfs->segments, length ? (uint64_t)length - 2 - padding : 0);
    return EFS_OK;
}

/* Reads a stream whole, and gives its header. */
static enum efs_error open_stream(struct ntfs3g_export *ntfs, struct efs_raw_piece *piece, struct efs_diag *diag)
{
    const char *attribute = ntfs->stored->streams + ntfs->at;
    uint8_t name[NTFS_STREAM_NAME_MAX];
    uint32_t length = ntfs_stream_name(attribute, name), flag = ntfs->stored->directory ? EFS_RAW_STREAM_PLAIN : 0;
    ssize_t n = fgetxattr(ntfs->stored->fd, attribute, ntfs->value, sizeof(ntfs->value));
    enum efs_error err;

    if (!length) return efs_fail(diag, EFS_ERR_CORRUPT, 0, "NTFS-3G: a stream's name isn't UTF-8");
    if (n < 0) return efs_fail_errno(diag, errno, 0, "get named stream");
    if (ntfs->stored->directory)
    {
        ntfs->plain = (uint32_t)n;
        ntfs->announced = false;
    }
    else if ((err = open_encrypted(ntfs, (size_t)n, diag))) return err;
    give_bytes(piece, ntfs->header, efs_raw_make_stream_header(ntfs->header, sizeof(ntfs->header), flag, name, length));
    ntfs->at += strlen(attribute) + 1;
    ntfs->open = true;
    return EFS_OK;
}

/* What follows the stream's header; nothing more: EFS_RAW_PIECE_END. */
static void next_encrypted(struct ntfs3g_export *ntfs, struct efs_raw_piece *piece)
{
    efs_raw_writer_next(&ntfs->segments, piece);
    if (piece->type == EFS_RAW_PIECE_DATA) give_bytes(piece, ntfs->value + piece->offset, piece->length);
}

static void next_plain(struct ntfs3g_export *ntfs, struct efs_raw_piece *piece)
{
    uint32_t length = ntfs->plain;

    piece->type = EFS_RAW_PIECE_END;
    if (!length) return;
    if (ntfs->announced)
    {
        give_bytes(piece, ntfs->value, length);
        ntfs->plain = 0;
        return;
    }
    give_bytes(piece, ntfs->header, efs_raw_make_plain_segment(ntfs->header, length));
    ntfs->announced = true;
}

enum efs_error ntfs3g_export_next(struct ntfs3g_export *ntfs, struct efs_raw_piece *piece, struct efs_diag *diag)
{
    memset(piece, 0, sizeof(*piece));
    if (ntfs->open)
    {
        if (ntfs->stored->directory) next_plain(ntfs, piece);
        else next_encrypted(ntfs, piece);
        if (piece->type != EFS_RAW_PIECE_END) return EFS_OK;
        ntfs->open = false;
    }
    if (ntfs->at < ntfs->stored->streams_length) return open_stream(ntfs, piece, diag);
    piece->type = EFS_RAW_PIECE_END;
    return EFS_OK;
}

enum efs_error ntfs3g_export_measure(struct ntfs3g_export *ntfs, uint64_t *length, struct efs_diag *diag)
{
    struct efs_raw_piece piece;
    enum efs_error err;

    *length = 0;
    do
    {
        if ((err = ntfs3g_export_next(ntfs, &piece, diag))) return err;
        *length += piece.length;
    }
    while (piece.type != EFS_RAW_PIECE_END);
    return EFS_OK;
}
