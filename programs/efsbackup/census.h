/*
 * What kinds of substreams a stream has, and whether the file that was restored from it has them, too.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSBACKUP_CENSUS_H
#define EFSBACKUP_CENSUS_H

#include "backup/stream.h"
#include "efsbackup.h"

struct census
{
    struct bstream_reader reader;
    unsigned int          count[BSTREAM_GHOSTED + 1]; /* of each type */
};

void census_begin(struct census *census);
/* Any piece of the stream, in order. */
void census_add(struct census *census, const BYTE *data, DWORD length);
/* ERROR_INVALID_DATA: it ended inside a substream, or is none. */
DWORD census_end(struct census *census);
/* Says on standard error what of it BackupRead doesn't find in the file: then ERROR_PARTIAL_COPY. */
DWORD census_compare(const struct census *stream, HANDLE file, const WCHAR *name);

#endif
