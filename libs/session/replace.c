/*
 * Another $EFS for a file, without touching its data.
 *
 * Where $EFS is an extended attribute and nothing else depends on it, setting that is the one step. Otherwise the file
 * is exported and imported over itself, with the new $EFS in its raw stream.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "efs/metadata.h"
#include "efs/raw.h"
#include "efs/raw_writer.h"
#include "efs/session.h"
#include "efs/target.h"
#include "store/forms/form.h"

#define CHUNK 65536

/* The head of a raw stream: everything up to the first stream of data. */
static enum efs_error feed_head(struct efs_import *import, const uint8_t *metadata, uint32_t length,
                                struct efs_diag *diag)
{
    struct efs_raw_writer writer;
    struct efs_raw_piece piece;
    enum efs_error err;

    efs_raw_writer_init(&writer, length, 0, true);
    for (efs_raw_writer_next(&writer, &piece); piece.type != EFS_RAW_PIECE_END; efs_raw_writer_next(&writer, &piece))
    {
        const uint8_t *bytes = piece.type == EFS_RAW_PIECE_METADATA ? metadata + piece.offset : piece.bytes;

        if ((err = efs_import_feed(import, bytes, piece.length, diag))) return err;
    }
    return EFS_OK;
}

struct rewriting
{
    struct efs_export    *export;
    struct efs_import    *import;
    struct efs_raw_reader reader; /* looks for the end of the head */
    uint8_t               chunk[CHUNK];
};

/* How many bytes of the exported stream are its head. */
static enum efs_error measure_head(struct rewriting *rewriting, uint64_t *length, struct efs_diag *diag)
{
    unsigned int streams = 0;
    enum efs_error err;
    size_t n;

    efs_raw_reader_init(&rewriting->reader);
    for (;;)
    {
        const uint8_t *input = rewriting->chunk;
        struct efs_raw_event event;

        if ((err = efs_export_read(rewriting->export, rewriting->chunk, CHUNK, &n, diag))) return err;
        if (!n) break;
        do
        {
            if ((err = efs_raw_reader_next(&rewriting->reader, &input, &n, &event, diag))) return err;
            /* The first stream is the $EFS. */
            if (event.type == EFS_RAW_STREAM && streams++)
            {
                *length = event.position;
                return EFS_OK;
            }
        }
        while (event.type != EFS_RAW_NEED_INPUT);
    }
    *length = efs_export_length(rewriting->export);
    return EFS_OK;
}

/* The exported stream but for its first `skip` bytes. */
static enum efs_error feed_rest(struct rewriting *rewriting, uint64_t skip, struct efs_diag *diag)
{
    enum efs_error err;
    size_t n;

    efs_export_rewind(rewriting->export);
    for (;;)
    {
        size_t skipped;

        if ((err = efs_export_read(rewriting->export, rewriting->chunk, CHUNK, &n, diag))) return err;
        if (!n) return EFS_OK;
        skipped = skip < n ? (size_t)skip : n;
        skip -= skipped;
        if (n > skipped && (err = efs_import_feed(rewriting->import, rewriting->chunk + skipped, n - skipped, diag)))
            return err;
    }
}

static enum efs_error rewrite(struct rewriting *rewriting, const uint8_t *metadata, uint32_t length,
                              struct efs_diag *diag)
{
    enum efs_error err;
    uint64_t head;

    if ((err = measure_head(rewriting, &head, diag))) return err;
    if ((err = feed_head(rewriting->import, metadata, length, diag))) return err;
    if ((err = feed_rest(rewriting, head, diag))) return err;
    return efs_import_commit(rewriting->import, diag);
}

/* The store's functions close the one that they are given. */
static enum efs_error copy_descriptor(int fd, int *copy, struct efs_diag *diag)
{
    *copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return *copy == -1 ? efs_fail_errno(diag, errno, 0, "fcntl") : EFS_OK;
}

static enum efs_error rewrite_at(int fd, struct efs_target *target, const uint8_t *metadata, uint32_t length,
                                 struct efs_diag *diag)
{
    struct rewriting *rewriting = calloc(1, sizeof(*rewriting));
    enum efs_error err;
    int copy;

    if (!rewriting) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    if (!(err = copy_descriptor(fd, &copy, diag)) && !(err = efs_export_begin(&rewriting->export, copy, 0, diag))
        && !(err = efs_import_begin(&rewriting->import, target, efs_export_is_directory(rewriting->export), 0, diag)))
        err = rewrite(rewriting, metadata, length, diag);
    efs_import_free(rewriting->import);
    efs_export_free(rewriting->export);
    free(rewriting);
    return err;
}

enum efs_error replace_by_rewriting(int fd, const uint8_t *metadata, uint32_t length, struct efs_diag *diag)
{
    struct efs_target target;
    enum efs_error err;

    if ((err = efs_target_open_fd(&target, fd, diag))) return err;
    err = rewrite_at(fd, &target, metadata, length, diag);
    efs_target_close(&target);
    return err;
}

static enum efs_error set_in_place(const struct efs_stored *stored, int fd, const uint8_t *metadata, uint32_t length,
                                   struct efs_diag *diag)
{
    return stored->kind->set_metadata ? stored->kind->set_metadata(stored, fd, metadata, length, diag) : FORM_UNFIT;
}

enum efs_error efs_replace_metadata_at(int fd, struct efs_target *target, const uint8_t *old, uint32_t old_length,
                                       const uint8_t *new, uint32_t new_length, struct efs_diag *diag)
{
    struct efs_metadata metadata;
    struct efs_stored stored;
    enum efs_error err;
    int copy;

    /* What nobody could read any more isn't put in the place of what somebody can. */
    if ((err = efs_metadata_read(&metadata, new, new_length, diag))) return err;
    if ((err = copy_descriptor(fd, &copy, diag)) || (err = efs_stored_open_fd(&stored, copy, diag))) return err;
    if (old && (stored.metadata_length != old_length || memcmp(stored.metadata, old, old_length)))
        err = efs_fail(diag, EFS_ERR_CHANGED, 0, "the $EFS isn't the one that is to be replaced");
    else
    {
        err = set_in_place(&stored, fd, new, new_length, diag);
        /* It must become a container, or is one. */
        if (err == FORM_UNFIT)
            err = target ? rewrite_at(fd, target, new, new_length, diag)
                : replace_by_rewriting(fd, new, new_length, diag);
    }
    efs_stored_close(&stored);
    return err;
}

enum efs_error efs_replace_metadata(int fd, const uint8_t *old, uint32_t old_length, const uint8_t *new,
                                    uint32_t new_length, struct efs_diag *diag)
{
    return efs_replace_metadata_at(fd, NULL, old, old_length, new, new_length, diag);
}

enum efs_error efs_make_empty(struct efs_target *target, bool directory, const uint8_t *metadata,
                              uint32_t metadata_length, struct efs_diag *diag)
{
    uint8_t header[EFS_RAW_STREAM_HEADER_FIXED + sizeof(efs_raw_unnamed_name)];
    struct efs_import *import;
    enum efs_error err;
    size_t size;

    if ((err = efs_import_begin(&import, target, directory, 0, diag))) return err;
    err = feed_head(import, metadata, metadata_length, diag);
    if (!err && !directory)
    {
        size = efs_raw_make_stream_header(header, sizeof(header), 0, efs_raw_unnamed_name,
                                          sizeof(efs_raw_unnamed_name));
        err = efs_import_feed(import, header, size, diag);
    }
    if (!err) err = efs_import_commit(import, diag);
    efs_import_free(import);
    return err;
}
