/*
 * Opening an alternate stream of a plain file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_STREAM_OPEN_H
#define WINEEFS_STREAM_OPEN_H

#include "stream_name.h"

/* What NtCreateFile was asked for. */
struct stream_open
{
    OBJECT_ATTRIBUTES *attr;
    ACCESS_MASK        access;
    LARGE_INTEGER     *allocation;
    ULONG              attributes, sharing, disposition, options;
    struct stream_name name; /* holds what attr may lead to afterwards */
};

/*
 * TRUE: that is answered, with *status, *file and *io. FALSE: it is Wine's to answer, with the attributes and options
 * that are in *open now: a file can be named as its unnamed stream.
 */
BOOL stream_open(HANDLE *file, IO_STATUS_BLOCK *io, struct stream_open *open, NTSTATUS *status);

#endif
