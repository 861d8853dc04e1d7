/*
 * What extract keeps beside a file's content.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backupraw/keep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "common/text.h"
#include "common/tool.h"
#include "efs/beside_attributes.h"
#include "efs/beside_writer.h"
#include "efs/store.h"
#include "store/ntfs.h"

/* ---- what is lost ---- */

/* name: what it is called, or NULL. diag: why; NULL: nothing on Linux keeps it */
static void say_lost(struct keep *keep, const char *what, const char *name, const struct efs_diag *diag)
{
    if (keep->data_only) return;
    keep->lost++;
    message_begin(keep->name);
    fputs(what, stderr);
    if (name) text_utf8(stderr, name, TEXT_TERMINAL);
    fprintf(stderr, "%s isn't kept: ", name ? "\"" : "");
    if (diag) report_rest("offset", diag);
    else fputs("nothing here can hold it\n", stderr);
}

static void say_stream_lost(struct keep *keep, const struct keep_stream *stream, const struct efs_diag *diag)
{
    keep->lost++;
    message_begin(keep->name);
    fputs("the alternate stream \"", stderr);
    text_utf16(stderr, stream->name, (uint32_t)stream->name_length, TEXT_TERMINAL);
    fputs("\" isn't kept: ", stderr);
    report_rest("offset", diag);
}

/* Is it one of this place, which there is no help against? All others mean that something is broken. */
static bool is_lost(enum efs_error error)
{
    return error == EFS_ERR_UNREPRESENTABLE || error == EFS_ERR_EXISTS || error == EFS_ERR_VOLUME
        || error == EFS_ERR_ACCESS;
}

static enum efs_error check_file(const struct keep *keep, struct efs_diag *diag)
{
    return keep->owner.fd == -1 ? efs_fail(diag, EFS_ERR_VOLUME, 0, "only a file has attributes") : EFS_OK;
}

/* ---- the whole ---- */

static mode_t choose_mode(void *context, mode_t mode)
{
    const struct keep *keep = context;

    return bsecurity_choose_mode(keep->says, keep->mode, mode, false, keep->output->end.mask) & BSECURITY_MODE;
}

/* A descriptor that says its mode exactly is made of the mode again when it is asked for. */
static enum efs_error keep_descriptor(void *context, int fd, mode_t mode, struct efs_diag *diag)
{
    struct keep *keep = context;
    enum efs_error error;
    bool ntfs;

    if (!keep->security.bytes || keep->says == BSECURITY_EXACT) return EFS_OK;
    if ((error = ntfs_is_mount(fd, &ntfs, diag))) return error;
    keep->descriptor_lost = keep->says == BSECURITY_NOTHING || ntfs
        || !efs_descriptor_keep(fd, mode, keep->security.bytes, keep->security.length);
    return EFS_OK;
}

enum efs_error keep_begin(struct keep *keep, const char *name, bool data_only, struct output *output,
                          struct efs_diag *diag)
{
    struct stat st;

    memset(keep, 0, sizeof(*keep));
    keep->name = name;
    keep->data_only = data_only;
    keep->output = output;
    keep->owner.fd = keep->owner.dir_fd = -1;
    if (!output->stage) return EFS_OK;
    keep->owner.fd = output->fd;
    keep->owner.dir_fd = output->target.dir_fd;
    keep->owner.name = output->target.name;
    output->end.finish = keep_descriptor;
    output->end.context = keep;
    if (!output->target.exists) return EFS_OK;
    if (fstat(output->target.fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    keep->old_uid = st.st_uid;
    keep->owner.replaces = efs_streams_number(output->target.fd);
    return EFS_OK;
}

/* What a signal has to remove may have changed. */
static void update(struct keep *keep, struct keep_stream *stream)
{
    cleanup_set(&stream->temporary, keep->owner.dir_fd, stream->writer ? efs_stream_stage_name(stream->writer) : "");
}

static void free_stream(struct keep *keep, struct keep_stream *stream)
{
    sigset_t before;

    cleanup_hold(&before);
    efs_stream_free(stream->writer);
    stream->writer = NULL;
    update(keep, stream);
    cleanup_release(&before);
}

void keep_free(struct keep *keep)
{
    size_t i;

    for (i = 0; i <= keep->stream_count; i++) free_stream(keep, &keep->streams[i]);
    blob_free(&keep->security);
}

/* ---- alternate streams ---- */

/* Something went wrong with the one that is being written. EFS_OK: it is just lost. */
static enum efs_error give_up(struct keep *keep, enum efs_error error, const struct efs_diag *diag)
{
    struct keep_stream *stream = &keep->streams[keep->stream_count];

    if (!is_lost(error)) return error;
    say_stream_lost(keep, stream, diag);
    free_stream(keep, stream);
    return EFS_OK;
}

/* The one that is being written is complete. */
static enum efs_error end_stream(struct keep *keep, struct efs_diag *diag)
{
    struct keep_stream *stream = &keep->streams[keep->stream_count];
    enum efs_error error;
    bool in_file = false;
    sigset_t before;

    if (!keep->in_stream) return EFS_OK;
    keep->in_stream = false;
    if (!stream->writer) return EFS_OK;
    cleanup_hold(&before);
    error = efs_stream_complete(stream->writer, &in_file, diag);
    update(keep, stream);
    cleanup_release(&before);
    if (error) return give_up(keep, error, diag);
    if (!in_file) free_stream(keep, stream);
    else if (keep->stream_count == KEEP_FILES_MAX)
        return give_up(keep, efs_fail(diag, EFS_ERR_VOLUME, 0, "too many streams that fit no attribute"), diag);
    else keep->stream_count++;
    return EFS_OK;
}

enum efs_error keep_stream(struct keep *keep, const struct bstream_header *header, struct efs_diag *diag)
{
    struct keep_stream *stream;
    enum efs_error error;
    const uint8_t *name;

    if (keep->data_only) return EFS_OK;
    if ((error = end_stream(keep, diag))) return error;
    stream = &keep->streams[keep->stream_count];
    stream->name_length = bstream_own_name(header, &name);
    memcpy(stream->name, name, stream->name_length);
    keep->in_stream = true;
    if (!(error = check_file(keep, diag)))
        error = efs_stream_begin(&stream->writer, &keep->owner, stream->name, stream->name_length, diag);
    return error ? give_up(keep, error, diag) : EFS_OK;
}

enum efs_error keep_stream_data(struct keep *keep, const struct bstream_event *event, struct efs_diag *diag)
{
    struct keep_stream *stream = &keep->streams[keep->stream_count];
    enum efs_error error;
    sigset_t before;

    if (!keep->in_stream || !stream->writer) return EFS_OK;
    cleanup_hold(&before);
    error = efs_stream_write(stream->writer, event->offset, event->bytes, event->length, diag);
    update(keep, stream);
    cleanup_release(&before);
    return error ? give_up(keep, error, diag) : EFS_OK;
}

enum efs_error keep_stream_end(struct keep *keep, const struct bstream_header *header, struct efs_diag *diag)
{
    struct keep_stream *stream = &keep->streams[keep->stream_count];
    enum efs_error error;
    sigset_t before;

    /* Only an empty block says where the stream ends. */
    if (!keep->in_stream || !stream->writer || header->id != BSTREAM_SPARSE_BLOCK || header->size) return EFS_OK;
    cleanup_hold(&before);
    error = efs_stream_set_end(stream->writer, header->offset, diag);
    update(keep, stream);
    cleanup_release(&before);
    return error ? give_up(keep, error, diag) : EFS_OK;
}

/* ---- the others ---- */

static enum efs_error keep_eas(struct keep *keep, const struct blob *blob, struct efs_diag *diag)
{
    struct bstream_fault fault;
    enum efs_error error;
    struct bea ea;
    size_t at = 0;
    char name[BEA_NAME_MAX + 1];

    while (bea_next(blob->bytes, blob->length, &at, &ea, &fault))
    {
        snprintf(name, sizeof(name), "%.*s", ea.name_length, (const char *)ea.name);
        if (!(error = check_file(keep, diag))) error = efs_ea_set(keep->owner.fd, &ea, diag);
        if (error && !is_lost(error)) return error;
        if (error) say_lost(keep, "the extended attribute \"", name, diag);
        else if (ea.flags & BEA_NEED) say_lost(keep, "the flag FILE_NEED_EA of the attribute \"", name, NULL);
    }
    return EFS_OK;
}

enum efs_error keep_blob(struct keep *keep, struct blob *blob, uint32_t id, struct efs_diag *diag)
{
    if (keep->data_only) return EFS_OK;
    if (id == BSTREAM_EA) return keep_eas(keep, blob, diag);
    if (id != BSTREAM_SECURITY || keep->owner.fd == -1)
    {
        keep_nothing(keep, id);
        return EFS_OK;
    }
    keep->security = *blob;
    memset(blob, 0, sizeof(*blob));
    keep->says = bsecurity_read_mode(keep->security.bytes, keep->security.length, NULL, 0, false, &keep->mode);
    if (keep->says != BSECURITY_NOTHING) keep->output->end.choose = choose_mode;
    return EFS_OK;
}

void keep_sparse(struct keep *keep)
{
    keep->sparse = true;
}

void keep_nothing(struct keep *keep, uint32_t id)
{
    char what[64];

    snprintf(what, sizeof(what), "the substream %" PRIu32 " (%s)", id, type_name(id));
    say_lost(keep, what, NULL, NULL);
}

/* ---- the end ---- */

static enum efs_error mark_sparse(struct keep *keep, struct efs_diag *diag)
{
    enum efs_error error;
    bool ntfs;

    if (!keep->sparse || keep->owner.fd == -1) return EFS_OK;
    if ((error = ntfs_is_mount(keep->owner.fd, &ntfs, diag))) return error;
    if (ntfs || !fsetxattr(keep->owner.fd, EFS_STORE_SPARSE, "1", 1, 0)) return EFS_OK;
    efs_fail_errno(diag, errno, 0, "set extended attribute " EFS_STORE_SPARSE);
    say_lost(keep, "the mark of a sparse file", NULL, diag);
    return EFS_OK;
}

/* The file has its name. What fails now is lost, but said. */
static void install_streams(struct keep *keep)
{
    struct efs_diag diag = { 0 };
    size_t i;

    for (i = 0; i < keep->stream_count; i++)
    {
        struct keep_stream *stream = &keep->streams[i];
        enum efs_error error;
        sigset_t before;

        cleanup_hold(&before);
        error = efs_stream_install(stream->writer, &diag);
        update(keep, stream);
        cleanup_release(&before);
        if (error) say_stream_lost(keep, stream, &diag);
    }
    /* those of the old file that the new one hasn't got */
    efs_streams_drop(keep->owner.dir_fd, keep->owner.name, keep->owner.replaces, keep->old_uid);
}

enum efs_error keep_commit(struct keep *keep, struct efs_diag *diag)
{
    enum efs_error error = end_stream(keep, diag);

    if (!error) error = mark_sparse(keep, diag);
    if (!error) error = output_commit(keep->output, diag);
    if (error) return error;
    if (keep->descriptor_lost)
        say_lost(keep, keep->says == BSECURITY_NOTHING ? "a security descriptor without an access list"
                 : "the security descriptor, but for the mode,", NULL, NULL);
    if (keep->owner.fd != -1) install_streams(keep);
    return EFS_OK;
}
