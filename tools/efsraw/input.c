/*
 * Where a command reads from: a raw stream, or an encrypted file of the host's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "efs/metadata.h"
#include "joined.h"

/* A file is encrypted if its attributes say so, never by what its content looks like: a raw stream
 * that was copied into a file stays a plain file. */
static enum efs_error probe_encrypted(struct input *input, enum input_kind kind, struct efs_diag *diag)
{
    enum efs_error error;
    int copy;

    if (!S_ISREG(input->st.st_mode) && !S_ISDIR(input->st.st_mode))
    {
        if (kind == INPUT_ENCRYPTED) return efs_fail(diag, EFS_ERR_NOT_ENCRYPTED, 0, "neither a file nor a directory");
        return EFS_OK;
    }
    copy = fcntl(input->fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) return efs_fail_errno(diag, errno, 0, "fcntl");
    error = efs_stored_open_fd(&input->stored, copy, diag);
    if (!error)
    {
        input->encrypted = true;
        return EFS_OK;
    }
    if (error != EFS_ERR_NOT_ENCRYPTED || kind == INPUT_ENCRYPTED || S_ISDIR(input->st.st_mode)) return error;
    if (diag) memset(diag, 0, sizeof(*diag));
    if (lseek(input->fd, 0, SEEK_SET) < 0)
        return efs_fail_errno(diag, errno, 0, "lseek"); /* the copy shares the position */
    return EFS_OK;
}

/* Which file is one is said by its name, except among those whose attributes say that they are encrypted. */
static bool is_pfile(const struct input *input, const char *name, enum input_kind kind)
{
    if (kind == INPUT_PFILE) return true;
    return kind != INPUT_ENCRYPTED && !input->encrypted && S_ISREG(input->st.st_mode) && is_pfile_name(name);
}

static enum efs_error begin_joined(struct input *input, struct efs_diag *diag)
{
    if (!(input->joined = calloc(1, sizeof(*input->joined)))) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    return joined_take_pfile(input->joined, input->fd, (uint64_t)input->st.st_size, diag);
}

enum efs_error input_open(struct input *input, const char *name, enum input_kind kind, struct efs_diag *diag)
{
    bool standard = kind != INPUT_ENCRYPTED && !strcmp(name, "-");
    enum efs_error error = EFS_OK;

    memset(input, 0, sizeof(*input));
    input->stored.fd = -1;
    input->name = standard ? "standard input" : name;
    /* Only a FIFO or a terminal can wait at open, and neither is an encrypted file. */
    input->fd = standard ? STDIN_FILENO
        : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | (kind == INPUT_ENCRYPTED ? O_NONBLOCK : 0));
    if (input->fd < 0) return efs_fail_errno(diag, errno, 0, "open");
    if (fstat(input->fd, &input->st)) return efs_fail_errno(diag, errno, 0, "fstat");

    input->reader = malloc(sizeof(*input->reader));
    input->buffer = aligned_alloc(INPUT_ALIGNMENT, INPUT_BUFFER);
    input->metadata.bytes = malloc(EFS_METADATA_MAX);
    if (!input->reader || !input->buffer || !input->metadata.bytes)
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    efs_raw_reader_init(input->reader);

    if (!standard && (kind == INPUT_ANY || kind == INPUT_ENCRYPTED)) error = probe_encrypted(input, kind, diag);
    if (!error && !standard && is_pfile(input, name, kind)) error = begin_joined(input, diag);
    return error;
}

void input_close(struct input *input)
{
    efs_export_free(input->export_);
    if (input->encrypted) efs_stored_close(&input->stored);
    if (input->fd > STDIN_FILENO) close(input->fd);
    if (input->joined) free(input->joined->metadata);
    free(input->joined);
    free(input->reader);
    free(input->buffer);
    free(input->metadata.bytes);
    memset(input, 0, sizeof(*input));
    input->fd = -1;
}

enum efs_error input_begin_export(struct input *input, struct efs_diag *diag)
{
    int copy;

    if (input->export_) return EFS_OK;
    if (!input->encrypted) return efs_fail(diag, EFS_ERR_INVALID, 0, "not an encrypted file");
    copy = fcntl(input->fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) return efs_fail_errno(diag, errno, 0, "fcntl");
    return efs_export_begin(&input->export_, copy, input->flags, diag);
}

enum efs_error input_read(struct input *input, void *buffer, size_t capacity, size_t *length, struct efs_diag *diag)
{
    enum efs_error error = EFS_OK;
    ssize_t got;

    *length = 0;
    if (input->encrypted)
    {
        error = input_begin_export(input, diag);
        if (!error) error = efs_export_read(input->export_, buffer, capacity, length, diag);
    }
    else if (input->joined) error = joined_read(input->joined, buffer, capacity, length, diag);
    else
    {
        do got = read(input->fd, buffer, capacity);
        while (got < 0 && errno == EINTR);
        if (got < 0) error = efs_fail_errno(diag, errno, input->length, "read");
        else *length = (size_t)got;
    }
    input->length += *length;
    return error;
}

enum efs_error input_next(struct input *input, struct efs_raw_event *event, bool *end, struct efs_diag *diag)
{
    enum efs_error error;

    *end = false;
    for (;;)
    {
        error = efs_raw_reader_next(input->reader, &input->next, &input->left, event, diag);
        if (error) return error;
        if (event->type != EFS_RAW_NEED_INPUT)
        {
            efs_raw_metadata_add(&input->metadata, event);
            return EFS_OK;
        }
        error = input_read(input, input->buffer, INPUT_BUFFER, &input->left, diag);
        if (error) return error;
        input->next = input->buffer;
        if (!input->left)
        {
            *end = true;
            return efs_raw_reader_finish(input->reader, diag);
        }
    }
}

const char *input_place(const struct input *input, struct efs_diag *diag)
{
    if (diag->code != EFS_ERR_METADATA && diag->code != EFS_ERR_VERSION) return "offset";
    if (input->encrypted || input->joined || input->metadata.segments > 1) return "$EFS offset";
    diag->offset += input->metadata.position;
    return "offset";
}
