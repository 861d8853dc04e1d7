/*
 * A backup stream that is read from a file or standard input.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "backupraw/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER 1048576 /* bytes */

enum efs_error input_open(struct input *input, const char *name, struct efs_diag *diag)
{
    bool standard = !strcmp(name, "-");

    memset(input, 0, sizeof(*input));
    input->name = standard ? "standard input" : name;
    input->fd = standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (input->fd < 0) return efs_fail_errno(diag, errno, 0, "open");
    if (fstat(input->fd, &input->st)) return efs_fail_errno(diag, errno, 0, "fstat");
    input->buffer = malloc(BUFFER);
    input->order = malloc(sizeof(*input->order));
    if (!input->buffer || !input->order) return efs_fail(diag, EFS_ERR_NO_MEMORY, 0, "malloc");
    bstream_reader_init(&input->reader);
    bstream_order_init(input->order);
    return EFS_OK;
}

void input_close(struct input *input)
{
    if (input->fd > STDIN_FILENO) close(input->fd);
    free(input->buffer);
    free(input->order);
    memset(input, 0, sizeof(*input));
    input->fd = -1;
}

static enum efs_error fail(const struct input *input, struct efs_diag *diag)
{
    return efs_fail(diag, EFS_ERR_FORMAT, input->reader.fault.position, input->reader.fault.rule);
}

static enum efs_error read_more(struct input *input, struct efs_diag *diag)
{
    ssize_t got;

    do got = read(input->fd, input->buffer, BUFFER);
    while (got < 0 && errno == EINTR);
    if (got < 0) return efs_fail_errno(diag, errno, input->reader.position, "read");
    input->next = input->buffer;
    input->left = (size_t)got;
    return EFS_OK;
}

static enum efs_error begin(struct input *input, const struct bstream_event *event, struct efs_diag *diag)
{
    const char *rule = bstream_order_next(input->order, &event->header);

    input->header = input->reader.position - input->reader.have;
    return rule ? efs_fail(diag, EFS_ERR_FORMAT, input->header, rule) : EFS_OK;
}

enum efs_error input_next(struct input *input, struct bstream_event *event, bool *end, struct efs_diag *diag)
{
    enum efs_error error;

    *end = false;
    for (;;)
    {
        switch (bstream_reader_next(&input->reader, &input->next, &input->left, event))
        {
        case BSTREAM_BEGIN:
            return begin(input, event, diag);
        case BSTREAM_BYTES:
            /* They stay in the buffer until the next call. */
            bstream_reader_skip(&input->reader, event->length);
            input->next += event->length;
            input->left -= event->length;
            return EFS_OK;
        case BSTREAM_END:
            return EFS_OK;
        case BSTREAM_BAD:
            return fail(input, diag);
        case BSTREAM_NEED_INPUT:
            break;
        }
        if ((error = read_more(input, diag))) return error;
        if (input->left) continue;
        *end = true;
        return bstream_reader_finish(&input->reader) ? EFS_OK : fail(input, diag);
    }
}
