/*
 * A stream that a program has written in a file goes to an attribute when it is closed, if it fits one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_STREAM_SETTLE_H
#define WINEEFS_STREAM_SETTLE_H

#include "stream_host.h"

struct stream_settle
{
    BOOL    found;
    ULONG64 dev, ino;
    char    path[STREAM_PATH_SIZE];
};

/* Before the handle is closed. FALSE: there's nothing to do. */
BOOL stream_settle_begin(struct stream_settle *settle, HANDLE handle);
/* After it. A stream that somebody else has open, or that fits no attribute, stays where it is. */
void stream_settle_end(const struct stream_settle *settle);

#endif
