/*
 * What is told of an alternate stream by its name.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_STREAM_QUERY_H
#define WINEEFS_STREAM_QUERY_H

#include "stream_name.h"

struct stream_query
{
    const OBJECT_ATTRIBUTES *attr;  /* in, and out: whose attributes are asked for, */
    BOOL                     named; /* out: with the size of a stream, which is this */
    ULONG64                  size;
    struct stream_name       name;  /* holds what attr leads to */
};

/* STATUS_SUCCESS: go on with what is in *query. Else that is the answer. */
NTSTATUS stream_query_begin(struct stream_query *query, const OBJECT_ATTRIBUTES *attr);

#endif
