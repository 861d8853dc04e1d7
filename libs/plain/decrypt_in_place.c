/*
 * An encrypted file that becomes a plain one where it is, as DecryptFile does it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "efs/plaintext.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "efs/beside_writer.h"
#include "efs/plain.h"
#include "efs/secret.h"
#include "efs/target.h"

#define PIECE 262144 /* bytes that are decrypted at once */

/* Where the bytes of one stream go. */
struct destination
{
    const struct efs_stage   *stage;
    struct efs_stream_writer *writer; /* of a named stream; NULL: the content */
    struct bholes             holes;
};

static enum efs_error write_piece(struct destination *to, uint64_t offset, const void *data, size_t length,
                                  struct efs_diag *diag)
{
    return to->writer ? efs_stream_write(to->writer, offset, data, length, diag)
        : efs_plain_write(to->stage, &to->holes, offset, data, length, diag);
}

static enum efs_error decrypt_stream(struct efs_plaintext *plaintext, size_t index, struct destination *to,
                                     struct efs_secret *buffer, struct efs_diag *diag)
{
    uint64_t size = efs_plaintext_stream(plaintext, index)->size, at = 0;
    enum efs_error err = EFS_OK;
    size_t got;

    while (!err && (at = efs_plaintext_find_data(plaintext, index, at)) < size)
    {
        err = efs_plaintext_pread(plaintext, index, at, buffer->bytes, PIECE, &got, diag);
        if (!err && !got) err = efs_fail(diag, EFS_ERR_CORRUPT, at, "it ends before its end");
        if (!err) err = write_piece(to, at, buffer->bytes, got, diag);
        at += got;
    }
    return err;
}

static enum efs_error decrypt_content(struct efs_plaintext *plaintext, size_t index, const struct efs_stage *stage,
                                      struct efs_secret *buffer, struct efs_diag *diag)
{
    struct destination to = { .stage = stage };
    uint64_t size = efs_plaintext_stream(plaintext, index)->size;
    enum efs_error err;

    bholes_init(&to.holes, 0);
    if ((err = decrypt_stream(plaintext, index, &to, buffer, diag))) return err;
    return ftruncate(efs_plain_fd(stage), (off_t)size) ? efs_fail_errno(diag, errno, size, "ftruncate") : EFS_OK;
}

/*
 * A named stream, onto the file before it has its name. It has to fit an attribute: a file beside would get its name
 * before the new file does, or after it, and a kill between the two would lose it.
 */
static enum efs_error decrypt_named(struct efs_plaintext *plaintext, size_t index, const struct efs_owner *owner,
                                    struct efs_secret *buffer, struct efs_diag *diag)
{
    const struct efs_plaintext_stream *stream = efs_plaintext_stream(plaintext, index);
    struct destination to = { .writer = NULL };
    bool in_file = false;
    enum efs_error err;

    err = efs_stream_begin(&to.writer, owner, stream->name, stream->name_length, diag);
    if (!err) err = efs_stream_keep_in(to.writer, EFS_HOME_ATTRIBUTE, diag);
    if (!err) err = decrypt_stream(plaintext, index, &to, buffer, diag);
    if (!err) err = efs_stream_set_end(to.writer, stream->size, diag);
    if (!err) err = efs_stream_complete(to.writer, &in_file, diag);
    efs_stream_free(to.writer);
    return err;
}

static enum efs_error decrypt_streams(struct efs_plaintext *plaintext, const struct efs_stage *stage,
                                      const struct efs_target *target, struct efs_diag *diag)
{
    struct efs_owner owner = { .fd = efs_plain_fd(stage), .dir_fd = target->dir_fd, .name = target->name };
    struct efs_secret buffer;
    enum efs_error err = EFS_OK;
    size_t i;

    if (!efs_secret_allocate(&buffer, PIECE)) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "mmap");
    for (i = 0; !err && i < efs_plaintext_count(plaintext); i++)
        err = efs_plaintext_stream(plaintext, i)->name_length ? decrypt_named(plaintext, i, &owner, &buffer, diag)
            : decrypt_content(plaintext, i, stage, &buffer, diag);
    efs_secret_free(&buffer);
    return err;
}

static enum efs_error decrypt_into(struct efs_plaintext *plaintext, struct efs_target *target, const struct stat *st,
                                   struct efs_diag *diag)
{
    static const struct efs_plain_end as_it_was = { .mask = 077 };
    struct timespec times[2] = { st->st_atim, st->st_mtim };
    struct efs_stage *stage;
    enum efs_error err = efs_plain_begin(&stage, target, diag);

    if (err) return err;
    err = decrypt_streams(plaintext, stage, target, diag);
    /* What it says is what it said before. */
    if (!err && futimens(efs_plain_fd(stage), times)) err = efs_fail_errno(diag, errno, 0, "futimens");
    if (!err) err = efs_plain_commit(stage, &as_it_was, diag);
    efs_stage_free(stage);
    return err;
}

static enum efs_error unlock(struct efs_plaintext *plaintext, struct efs_feks *feks, struct efs_diag *diag)
{
    size_t i;

    for (i = 0; i < efs_plaintext_count(plaintext); i++)
        if (efs_plaintext_stream(plaintext, i)->encrypted) return efs_plaintext_unlock(plaintext, feks, diag);
    return EFS_OK;
}

/* at: its place; NULL: the descriptor leads to it. */
static enum efs_error decrypt(int fd, struct efs_target *at, const struct stat *st, struct efs_feks *feks,
                              struct efs_diag *diag)
{
    struct efs_plaintext *plaintext;
    struct efs_target target;
    enum efs_error err;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    if (copy == -1) return efs_fail_errno(diag, errno, 0, "fcntl");
    if ((err = efs_plaintext_open(&plaintext, copy, diag))) return err;
    err = unlock(plaintext, feks, diag);
    if (!err && at) err = decrypt_into(plaintext, at, st, diag);
    else if (!err && !(err = efs_target_open_fd(&target, fd, diag)))
    {
        err = decrypt_into(plaintext, &target, st, diag);
        efs_target_close(&target);
    }
    efs_plaintext_close(plaintext);
    return err;
}

enum efs_error efs_decrypt_at(int fd, struct efs_target *target, const struct efs_key *key, struct efs_diag *diag)
{
    struct efs_feks *feks;
    enum efs_error err;
    struct stat st;

    if (fstat(fd, &st)) return efs_fail_errno(diag, errno, 0, "fstat");
    if (st.st_nlink > 1)
        return efs_fail(diag, EFS_ERR_UNREPRESENTABLE, 0, "it has other names, which would stay encrypted");
    if ((err = efs_feks_new(&feks, key, diag))) return err;
    err = decrypt(fd, target, &st, feks, diag);
    efs_feks_free(feks);
    return err;
}

enum efs_error efs_decrypt_in_place(int fd, const struct efs_key *key, struct efs_diag *diag)
{
    return efs_decrypt_at(fd, NULL, key, diag);
}
