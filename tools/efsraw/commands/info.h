/*
 * The two faces of efsraw info: what was found out, as text and as JSON.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_INFO_H
#define EFSRAW_INFO_H

#include "input.h"
#include "scan.h"

void print_info_text(const struct input *input, const struct scan *scan);
void print_info_json(const struct input *input, const struct scan *scan);
/* One line on a stream, also for verify. */
void print_stream_line(const struct scan_stream *stream);

/* NULL where only the decrypted FEK can tell. MS-EFSR 2.2.2.1: version 1 allows DESX alone. */
static inline const char *algorithm_without_key(const struct efs_metadata *metadata)
{
    return metadata->version == 1 ? "DESX" : NULL;
}

#endif
