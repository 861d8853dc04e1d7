/*
 * The Unix half's calls about alternate streams of plain files as a whole: which there are, reading and writing one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "efs/beside.h"
#include "efs/beside_writer.h"
#include "efs/target.h"

#define ENOUGH EFS_ERROR_COUNT /* ends a walk; nobody else sees it */

/* ---- which there are: FILE_STREAM_INFORMATION (MS-FSCC 2.4.49) ---- */

#define INFO_NEXT        0x00
#define INFO_NAME_LENGTH 0x04
#define INFO_SIZE        0x08
#define INFO_ALLOCATION  0x10
#define INFO_NAME        0x18

static const uint8_t type[] = { ':', 0, '$', 0, 'D', 0, 'A', 0, 'T', 0, 'A', 0 };

static enum efs_error add(void *context, const struct efs_stream_info *info, struct efs_diag *diag)
{
    struct substreams_params *params = context;
    uint64_t begin = ((uint64_t)params->length + 7) & ~(uint64_t)7;
    size_t name_length = 2 + info->name_length + sizeof(type);
    uint8_t *list = from_u64(params->buffer), *entry = list + begin;

    (void)diag;
    if (begin + INFO_NAME + name_length > params->capacity)
    {
        params->more = 1;
        return (enum efs_error)ENOUGH;
    }
    memset(list + params->length, 0, begin - params->length);
    if (params->length) store32_le(list + params->last + INFO_NEXT, (uint32_t)begin - params->last);
    store32_le(entry + INFO_NEXT, 0);
    store32_le(entry + INFO_NAME_LENGTH, (uint32_t)name_length);
    store64_le(entry + INFO_SIZE, info->size);
    store64_le(entry + INFO_ALLOCATION, info->size);
    memcpy(entry + INFO_NAME, type, 2);
    memcpy(entry + INFO_NAME + 2, info->name, info->name_length);
    memcpy(entry + INFO_NAME + 2 + info->name_length, type, sizeof(type));
    params->last = (uint32_t)begin;
    params->length = (uint32_t)(begin + INFO_NAME + name_length);
    return EFS_OK;
}

void call_substreams(struct substreams_params *params)
{
    struct efs_diag diag = { 0 };
    struct efs_target place;
    struct efs_owner owner;
    enum efs_error err;

    take_fd(params->fd);
    params->more = 0;
    if (!(params->kept = efs_beside_is_kept(params->fd))) return;
    err = efs_owner_open(&owner, &place, params->fd, &diag);
    if (!err) err = efs_streams_list(&owner, add, params, &diag);
    efs_target_close(&place);
    answer(&params->result, err == (enum efs_error)ENOUGH ? EFS_OK : err, &diag);
}

/* ---- one of them ---- */

struct substream
{
    int                       fd; /* its owner */
    struct efs_owner          owner;
    struct efs_target         place;
    struct efs_stream_reader  reader;
    struct efs_stream_writer *writer; /* NULL: it is read */
};

static void destroy(struct substream *stream)
{
    if (!stream) return;
    efs_stream_free(stream->writer);
    efs_stream_close(&stream->reader);
    efs_target_close(&stream->place);
    close(stream->fd);
    free(stream);
}

/* Takes fd over, also on failure. */
static enum efs_error create(struct substream **ret, int fd, struct efs_diag *diag)
{
    struct substream *stream = calloc(1, sizeof(*stream));
    enum efs_error err;

    *ret = NULL;
    if (!stream)
    {
        close(fd);
        return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "calloc");
    }
    stream->fd = fd;
    stream->reader.fd = -1;
    if ((err = efs_owner_open(&stream->owner, &stream->place, fd, diag))) destroy(stream);
    else *ret = stream;
    return err;
}

/* The call has made *stream, or failed. */
static void finish(struct substream_params *params, struct substream *stream, enum efs_error err,
                   const struct efs_diag *diag)
{
    if (err)
    {
        destroy(stream);
        stream = NULL;
    }
    params->stream = to_u64(stream);
    answer(&params->result, err, diag);
}

void call_substream_open(struct substream_params *params)
{
    struct efs_stream_info info;
    struct efs_diag diag = { 0 };
    struct substream *stream;
    enum efs_error err;

    err = create(&stream, take_fd(params->fd), &diag);
    if (!err)
        err = efs_stream_find(&stream->owner, from_u64(params->name), (size_t)params->name_units * 2, &info, &diag);
    if (!err) err = efs_stream_open(&stream->reader, &stream->owner, &info, &diag);
    if (!err) params->size = stream->reader.size;
    finish(params, stream, err, &diag);
}

void call_substream_read(struct substream_params *params)
{
    const struct substream *stream = from_u64(params->stream);
    struct efs_diag diag = { 0 };
    size_t length = 0;
    enum efs_error err = efs_stream_read(&stream->reader, params->offset, from_u64(params->buffer), params->length,
                                         &length, &diag);

    params->length = (uint32_t)length;
    answer(&params->result, err, &diag);
}

void call_substream_begin(struct substream_params *params)
{
    struct efs_diag diag = { 0 };
    struct substream *stream;
    enum efs_error err;

    err = create(&stream, take_fd(params->fd), &diag);
    if (!err)
        err = efs_stream_begin(&stream->writer, &stream->owner, from_u64(params->name), (size_t)params->name_units * 2,
                               &diag);
    finish(params, stream, err, &diag);
}

/* ---- writing ---- */

typedef enum efs_error step(const struct substream *stream, struct substream_params *params, struct efs_diag *diag);

static enum efs_error write_step(const struct substream *stream, struct substream_params *params,
                                 struct efs_diag *diag)
{
    return efs_stream_write(stream->writer, params->offset, from_u64(params->buffer), params->length, diag);
}

static enum efs_error commit_step(const struct substream *stream, struct substream_params *params,
                                  struct efs_diag *diag)
{
    enum efs_error err;
    bool in_file;

    if ((err = efs_stream_set_end(stream->writer, params->size, diag))) return err;
    if ((err = efs_stream_complete(stream->writer, &in_file, diag))) return err;
    return in_file ? efs_stream_install(stream->writer, diag) : EFS_OK;
}

/* Once more with the right to write, if the owner is read-only. */
static void take_step(struct substream_params *params, step *take)
{
    const struct substream *stream = from_u64(params->stream);
    struct efs_diag diag = { 0 };
    enum efs_error err = take(stream, params, &diag);
    mode_t mode;

    if (err == EFS_ERR_ACCESS && diag.sys_errno == EACCES && lift_read_only(stream->fd, &mode))
    {
        err = take(stream, params, &diag);
        fchmod(stream->fd, mode);
    }
    answer(&params->result, err, &diag);
}

void call_substream_write(struct substream_params *params)
{
    take_step(params, write_step);
}

void call_substream_commit(struct substream_params *params)
{
    take_step(params, commit_step);
}

void call_substream_free(struct session_params *params)
{
    destroy(from_u64(params->session));
}
