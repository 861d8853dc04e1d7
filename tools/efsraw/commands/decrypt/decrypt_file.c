/*
 * One encrypted file or raw stream, decrypted into one output.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "decrypt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "common/tool.h"
#include "efs/metadata.h"
#include "plain/names.h"

void say_left_out(const char *file, const uint8_t *name, uint32_t length)
{
    message_begin(file);
    fputs("the stream \":", stderr);
    text_utf16(stderr, name, length, TEXT_TERMINAL);
    fputs(":$DATA\" is left out\n", stderr);
}

static enum efs_error write_output(void *context, const void *data, size_t length, struct efs_diag *diag)
{
    return output_write(context, data, length, diag);
}

static enum efs_error write_zeros(void *context, uint64_t length, struct efs_diag *diag)
{
    return output_zeros(context, length, diag);
}

struct sequence_sink output_sink(struct output *output)
{
    return (struct sequence_sink){ write_output, write_zeros, output };
}

/* ---- in order ---- */

static enum efs_error begin_sequence(struct sequence *sequence, struct efs_feks *feks, const struct input *input,
                                     const struct sequence_sink *sink, struct efs_diag *diag)
{
    struct efs_metadata metadata;
    const struct efs_fek *fek;
    enum efs_error error = efs_metadata_read(&metadata, input->metadata.bytes, input->metadata.length, diag);

    if (!error) error = efs_feks_hold(feks, &metadata, &fek, diag);
    if (error) return error;
    error = sequence_begin(sequence, sink, fek, diag);
    efs_feks_release(feks, fek);
    return error;
}

/* What has been read so far, and what is being. */
struct reading
{
    struct sequence sequence;
    bool            current, plain, seen; /* the stream that is wanted */
};

static enum efs_error take_stream(struct reading *reading, struct efs_feks *feks, const struct input *input,
                                  const struct efs_raw_event *event, const struct sequence_sink *sink,
                                  const struct decrypt_options *options, struct efs_diag *diag)
{
    const uint8_t *name = event->stream.name;
    uint32_t length = event->stream.name_length;

    reading->current = false;
    if (event->stream.metadata) return EFS_OK;
    name_cut(&name, &length);
    reading->current = name_is(name, length, options->stream, options->stream_length);
    reading->plain = event->stream.plain;
    if (!reading->current && !options->named) say_left_out(input->name, name, length);
    if (!reading->current) return EFS_OK;
    if (reading->seen)
        return efs_fail(diag, EFS_ERR_FORMAT, event->position, "stream header: a second stream of this name");
    reading->seen = true;
    return reading->plain ? EFS_OK : begin_sequence(&reading->sequence, feks, input, sink, diag);
}

static enum efs_error take_content(struct reading *reading, const struct efs_raw_event *event,
                                   const struct sequence_sink *sink, struct efs_diag *diag)
{
    if (!reading->current) return EFS_OK;
    if (event->type == EFS_RAW_SEGMENT && !reading->plain)
        return sequence_segment(&reading->sequence, &event->segment, diag);
    if (event->type != EFS_RAW_DATA) return EFS_OK;
    if (reading->plain) return sink->write(sink->context, event->data, event->data_length, diag);
    return sequence_data(&reading->sequence, event->data, event->data_length, diag);
}

static enum efs_error no_stream(const struct decrypt_options *options, struct efs_diag *diag)
{
    return options->named ? efs_fail(diag, EFS_ERR_INVALID, 0, "it has no stream of that name")
        : efs_fail(diag, EFS_ERR_TYPE, 0, "no unnamed stream, as a directory has none");
}

enum efs_error decrypt_in_order(struct efs_feks *feks, struct input *input, struct output *output,
                                const struct decrypt_options *options, bool *output_failed, struct efs_diag *diag)
{
    struct sequence_sink sink = output_sink(output);
    struct reading reading = { .seen = false };
    struct efs_raw_event event;
    enum efs_error error;
    bool end = false;

    if (S_ISREG(input->st.st_mode)) output_expect(output, (uint64_t)input->st.st_size);
    for (;;)
    {
        *output_failed = false;
        error = input_next(input, &event, &end, diag);
        if (error || end) break;
        progress_show(options->progress, input->length);
        if (event.type == EFS_RAW_STREAM) error = take_stream(&reading, feks, input, &event, &sink, options, diag);
        else
        {
            error = take_content(&reading, &event, &sink, diag);
            *output_failed = error != EFS_OK;
        }
        if (error) break;
    }
    if (!error && !reading.seen) error = no_stream(options, diag);
    if (!error && reading.sequence.pool)
    {
        error = sequence_end(&reading.sequence, diag);
        *output_failed = error != EFS_OK;
    }
    sequence_free(&reading.sequence);
    return error;
}

/* ---- by parts ---- */

struct file_job
{
    struct decrypt_job job;
    struct output     *output;
    enum efs_error     error;
    bool               output_failed;
    struct efs_diag   *diag;
};

static enum efs_error begin_file(struct decrypt_job *job, struct sequence_sink *sink, struct efs_diag *diag)
{
    struct output *output = ((struct file_job *)job)->output;

    (void)diag;
    *sink = output_sink(output);
    output_expect(output, efs_plaintext_stream(job->plaintext, job->stream)->size);
    return EFS_OK;
}

static void end_file(struct decrypt_job *job, enum efs_error error, bool output_failed, const struct efs_diag *diag)
{
    struct file_job *file = (struct file_job *)job;

    file->error = error;
    file->output_failed = output_failed;
    *file->diag = *diag;
}

static enum efs_error decrypt_encrypted(struct decrypt_queue *queue, struct file_job *file, const char *name,
                                        const struct decrypt_options *options, struct efs_diag *diag)
{
    const struct efs_plaintext *plaintext = file->job.plaintext;
    const struct efs_plaintext_stream *stream;
    size_t i;

    if (!efs_plaintext_find(plaintext, options->stream, options->stream_length, &file->job.stream))
        return no_stream(options, diag);
    for (i = 0; i < efs_plaintext_count(plaintext) && !options->named; i++)
    {
        stream = efs_plaintext_stream(plaintext, i);
        if (stream->name_length) say_left_out(name, stream->name, stream->name_length);
    }
    decrypt_queue_add(queue, &file->job);
    decrypt_queue_drain(queue);
    return file->error;
}

enum efs_error decrypt_input(struct decrypt_queue *queue, struct efs_feks *feks, struct input *input,
                             struct output *output, const struct decrypt_options *options, bool *output_failed,
                             struct efs_diag *diag)
{
    struct file_job file = { .job.begin = begin_file, .job.end = end_file, .output = output, .diag = diag };
    enum efs_error error;
    int copy;

    *output_failed = false;
    if (!input->encrypted || input->stored.directory)
        return decrypt_in_order(feks, input, output, options, output_failed, diag);
    copy = fcntl(input->fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) return efs_fail_errno(diag, errno, 0, "fcntl");
    error = efs_plaintext_open(&file.job.plaintext, copy, diag);
    if (error == EFS_ERR_UNREPRESENTABLE)
        return decrypt_in_order(feks, input, output, options, output_failed, diag);
    if (!error) error = decrypt_encrypted(queue, &file, input->name, options, diag);
    *output_failed = file.output_failed;
    efs_plaintext_close(file.job.plaintext);
    return error;
}
