/*
 * What follows a raw stream on its way out: a reader that checks it, and the removal of its named streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "export_filter.h"

#include <stdlib.h>
#include <string.h>

struct export_check *export_check_new(uint64_t expected_size, bool directory)
{
    struct export_check *check = calloc(1, sizeof(*check)); /* so that the reader's arrays cost nothing */

    if (!check) return NULL;
    check->expected_size = expected_size;
    check->directory = directory;
    return check;
}

void export_check_rewind(struct export_check *check)
{
    efs_raw_reader_init(&check->reader);
    check->data_size = 0;
    check->unnamed = check->named = false;
}

static enum efs_error broken(const struct efs_diag *found, struct efs_diag *diag)
{
    return efs_fail(diag, EFS_ERR_CORRUPT, found->offset, found->rule);
}

/* One event of the stream; EFS_RAW_NEED_INPUT if all input is consumed. */
static enum efs_error next_event(struct export_check *check, const uint8_t **input, size_t *length,
                                 struct efs_raw_event *event, struct efs_diag *diag)
{
    struct efs_diag found;

    if (efs_raw_reader_next(&check->reader, input, length, event, &found)) return broken(&found, diag);
    if (event->type == EFS_RAW_STREAM)
    {
        check->unnamed = event->stream.unnamed;
        check->named = !event->stream.unnamed && !event->stream.metadata;
        if (check->unnamed && check->directory)
            return efs_fail(diag, EFS_ERR_CORRUPT, event->position, "a file's stream in a directory");
    }
    if (event->type == EFS_RAW_SEGMENT && check->unnamed)
    {
        const struct efs_raw_segment *segment = &event->segment;

        check->data_size = segment->encrypted ? segment->offset + segment->bytes_in_stream
            : check->data_size + segment->data_length;
    }
    return EFS_OK;
}

enum efs_error export_check_follow(struct export_check *check, const uint8_t *bytes, size_t length,
                                   struct efs_diag *diag)
{
    struct efs_raw_event event;
    enum efs_error err;

    do err = next_event(check, &bytes, &length, &event, diag);
    while (!err && event.type != EFS_RAW_NEED_INPUT);
    return err;
}

enum efs_error export_check_end(struct export_check *check, struct efs_diag *diag)
{
    struct efs_diag found;

    if (efs_raw_reader_finish(&check->reader, &found)) return broken(&found, diag);
    if (check->data_size != check->expected_size)
        return efs_fail(diag, EFS_ERR_CORRUPT, check->reader.position,
                        "the stream's size isn't the one that the file is marked with");
    return EFS_OK;
}

struct export_filter *export_filter_new(void)
{
    return calloc(1, sizeof(struct export_filter));
}

void export_filter_rewind(struct export_filter *filter)
{
    filter->input_left = filter->output_left = 0;
}

enum efs_error export_filter_take(struct export_filter *filter, struct export_check *check, uint8_t *out,
                                  size_t capacity, size_t *length, struct efs_diag *diag)
{
    struct efs_raw_event event;
    enum efs_error err;

    *length = 0;
    while (!filter->output_left)
    {
        if ((err = next_event(check, &filter->input, &filter->input_left, &event, diag))) return err;
        if (event.type == EFS_RAW_NEED_INPUT) return EFS_OK;
        if (check->named) continue;
        filter->output = event.record_length ? event.record : event.data;
        filter->output_left = event.record_length + event.data_length; /* one of the two is 0 */
    }
    *length = filter->output_left < capacity ? filter->output_left : capacity;
    memcpy(out, filter->output, *length);
    filter->output += *length;
    filter->output_left -= *length;
    return EFS_OK;
}
