/*
 * Handles on whose closing something follows: a file that is removed takes its streams in files along, and a stream
 * that was written in a file goes to an attribute, if it fits one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_STREAM_CLOSING_H
#define WINEEFS_STREAM_CLOSING_H

#include "stream_settle.h"

struct stream_closing
{
    HANDLE  handle; /* NULL: nothing follows */
    ULONG64 owner;  /* of unix_owner_begin; 0: none */
    BOOL    written; /* a stream that may fit an attribute afterwards */
};

/* One that is being closed. */
struct stream_closing_now
{
    struct stream_closing what;
    struct stream_settle  settle;
};

/* How many handles are waiting: 0 in nearly every process. */
extern LONG stream_closing_count;

/* Takes over what is to follow. */
void stream_closing_put(const struct stream_closing *closing);

/* Before the handle is closed, and after it; closed FALSE: it couldn't be. */
void stream_closing_begin(struct stream_closing_now *now, HANDLE handle);
void stream_closing_end(struct stream_closing_now *now, BOOL closed);

/* Of all handles, since the process ends. */
void stream_closing_finish(void);

#endif
