/*
 * An alternate stream on the host, for the hooks: looked at, and made ready to be opened, by the Unix half.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_STREAM_HOST_H
#define WINEEFS_STREAM_HOST_H

#include "stream_name.h"
#include "call/unixlib.h"

#define STREAM_PATH_SIZE 4096 /* bytes of a path on the host: PATH_MAX */
#define STREAM_PREFIX    8    /* units of \??\unix */

struct stream_host
{
    enum stream_answer answer;
    NTSTATUS error;    /* STREAM_FAILED: why */
    ULONG64  size;     /* bytes of data */
    int      fd;       /* STREAM_GIVEN: all of it, to be taken over */
    ULONG64  dev, ino; /* STREAM_IS_FILE: the file that holds it */
    WCHAR    path[STREAM_PREFIX + STREAM_PATH_SIZE]; /* its name for Wine: \??\unix\... */
    UNICODE_STRING nt_path;
};

/*
 * Does that to the stream of that name. STREAM_NO_OWNER: its file can't be opened, or isn't one; STREAM_ELSEWHERE also
 * if there's no Unix half.
 */
void stream_host_ask(const struct stream_name *name, enum stream_action action, struct stream_host *host);

/* A host's path as Wine takes it: fills host->path and nt_path. FALSE: it can't be written so. */
BOOL stream_host_name(struct stream_host *host, const char *path);

#endif
