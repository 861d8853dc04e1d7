/*
 * A backup stream that is read from a file or standard input, event by event.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BACKUPRAW_INPUT_H
#define BACKUPRAW_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "backup/content.h"
#include "efs/error.h"

struct input
{
    const char           *name;   /* for messages */
    int                   fd;
    struct stat           st;     /* what fd is */
    struct bstream_reader reader;
    struct bstream_order *order;
    uint8_t              *buffer;
    const uint8_t        *next;   /* unread bytes of buffer */
    size_t                left;
    uint64_t              header; /* where the last header began, in the stream */
};

/* name: "-" for standard input. To be closed also on failure. */
enum efs_error input_open(struct input *input, const char *name, struct efs_diag *diag);
void input_close(struct input *input);

/*
 * The next event; never BSTREAM_NEED_INPUT nor BSTREAM_BAD. The bytes of the one before are passed over. *end: there is
 * none, and the stream is complete. EFS_ERR_FORMAT: the stream breaks a rule; the host's.
 */
enum efs_error input_next(struct input *input, struct bstream_event *event, bool *end, struct efs_diag *diag);

#endif
