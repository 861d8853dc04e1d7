/*
 * The named streams of files in a tree: as attributes in Samba's form, or as files beside (efs/beside.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "decrypt.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "efs/beside_writer.h"

#define PIECE 65536 /* bytes read at once */

/* One stream: where it is read, and where it is written to. */
struct transfer
{
    const uint8_t *name;
    size_t         name_length;
    uint64_t       size;
    enum efs_error (*read)(struct transfer *transfer, uint64_t offset, uint8_t *buffer, size_t *length,
                           struct efs_diag *diag);
    const struct named_source     *source;
    size_t                         index;  /* of an encrypted file's */
    const struct efs_stream_reader *reader; /* of a plain one's */
    const struct efs_owner        *owner;  /* who gets it */
    enum efs_home                  home;
};

static enum efs_error read_encrypted(struct transfer *transfer, uint64_t offset, uint8_t *buffer, size_t *length,
                                     struct efs_diag *diag)
{
    return efs_plaintext_pread(transfer->source->plaintext, transfer->index, offset, buffer, PIECE, length, diag);
}

static enum efs_error read_plain(struct transfer *transfer, uint64_t offset, uint8_t *buffer, size_t *length,
                                 struct efs_diag *diag)
{
    return efs_stream_read(transfer->reader, offset, buffer, PIECE, length, diag);
}

/* A writer, and the name that a signal has to remove. */
struct writing
{
    struct efs_stream_writer *writer;
    struct cleanup_file       temporary;
};

static void update(struct writing *writing, const struct efs_owner *owner)
{
    cleanup_set(&writing->temporary, owner->dir_fd, writing->writer ? efs_stream_stage_name(writing->writer) : "");
}

static enum efs_error write_content(struct writing *writing, struct transfer *transfer, uint8_t *buffer,
                                    struct efs_diag *diag)
{
    enum efs_error error = EFS_OK;
    uint64_t offset = 0;
    size_t length = 1;

    while (!error && length && offset < transfer->size)
    {
        error = transfer->read(transfer, offset, buffer, &length, diag);
        if (!error && length) error = efs_stream_write(writing->writer, offset, buffer, length, diag);
        update(writing, transfer->owner);
        offset += length;
    }
    return error ? error : efs_stream_set_end(writing->writer, offset, diag);
}

/* The signals are held back: a stream in a file is short for the time that it takes, or the disk is. */
static enum efs_error carry(struct transfer *transfer, struct efs_diag *diag)
{
    struct writing writing = { 0 };
    uint8_t *buffer = malloc(PIECE);
    enum efs_error error;
    bool in_file = false;
    sigset_t before;

    if (!buffer) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    cleanup_hold(&before);
    error = efs_stream_begin(&writing.writer, transfer->owner, transfer->name, transfer->name_length, diag);
    if (!error) error = efs_stream_keep_in(writing.writer, transfer->home, diag);
    update(&writing, transfer->owner);
    if (!error) error = write_content(&writing, transfer, buffer, diag);
    if (!error) error = efs_stream_complete(writing.writer, &in_file, diag);
    update(&writing, transfer->owner);
    if (!error && in_file) error = efs_stream_install(writing.writer, diag);
    efs_stream_free(writing.writer);
    writing.writer = NULL;
    update(&writing, transfer->owner);
    cleanup_release(&before);
    explicit_bzero(buffer, PIECE);
    free(buffer);
    return error;
}

/* ---- of an encrypted file ---- */

static enum efs_error carry_encrypted(struct transfer *transfer, struct efs_diag *diag)
{
    const struct named_source *source = transfer->source;
    enum efs_error error = EFS_OK;
    size_t i;

    transfer->read = read_encrypted;
    for (i = 0; i < efs_plaintext_count(source->plaintext) && !error; i++)
    {
        const struct efs_plaintext_stream *stream = efs_plaintext_stream(source->plaintext, i);

        if (!stream->name_length) continue;
        if (stream->encrypted) error = efs_plaintext_unlock(source->plaintext, source->feks, diag);
        transfer->index = i;
        transfer->name = stream->name;
        transfer->name_length = stream->name_length;
        transfer->size = stream->size;
        if (!error) error = carry(transfer, diag);
    }
    return error;
}

/* ---- of a plain one ---- */

static struct efs_owner owner_of(const struct named_source *source)
{
    return (struct efs_owner){ .fd = source->fd, .dir_fd = source->dir_fd, .name = source->name };
}

static enum efs_error carry_visited(void *context, const struct efs_stream_info *info, struct efs_diag *diag)
{
    struct transfer *transfer = context;
    struct efs_owner owner = owner_of(transfer->source);
    struct efs_stream_reader reader;
    enum efs_error error = efs_stream_open(&reader, &owner, info, diag);

    transfer->read = read_plain;
    transfer->reader = &reader;
    transfer->name = info->name;
    transfer->name_length = info->name_length;
    transfer->size = reader.size;
    if (!error) error = carry(transfer, diag);
    efs_stream_close(&reader);
    return error;
}

struct saying
{
    const char  *path;
    unsigned int count;
};

static enum efs_error say_visited(void *context, const struct efs_stream_info *info, struct efs_diag *diag)
{
    struct saying *saying = context;

    (void)diag;
    say_left_out(saying->path, info->name, (uint32_t)info->name_length);
    saying->count++;
    return EFS_OK;
}

unsigned int named_say(const struct named_source *source)
{
    struct saying saying = { source->path, 0 };
    const struct efs_plaintext_stream *stream;
    struct efs_owner owner = owner_of(source);
    size_t i;

    if (!source->plaintext)
    {
        /* one that can't be listed isn't said */
        efs_streams_list(&owner, say_visited, &saying, NULL);
        return saying.count;
    }
    for (i = 0; i < efs_plaintext_count(source->plaintext); i++)
    {
        stream = efs_plaintext_stream(source->plaintext, i);
        if (!stream->name_length) continue;
        say_left_out(source->path, stream->name, stream->name_length);
        saying.count++;
    }
    return saying.count;
}

enum efs_error named_keep(const struct named_source *source, enum named_streams where, const struct efs_owner *owner,
                          struct efs_diag *diag)
{
    struct efs_owner from = owner_of(source);
    struct transfer transfer =
    {
        .source = source, .owner = owner, .home = where == NAMED_FILES ? EFS_HOME_FILE : EFS_HOME_ATTRIBUTE,
    };

    return source->plaintext ? carry_encrypted(&transfer, diag)
        : efs_streams_list(&from, carry_visited, &transfer, diag);
}
