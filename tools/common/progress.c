/*
 * How far a command is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "common/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void progress_begin(struct progress *progress, uint64_t total, bool quiet)
{
    progress->on = !quiet && isatty(STDERR_FILENO);
    progress->started = time(NULL);
    progress->shown = 0;
    progress->total = total;
    progress->files = false;
}

void progress_show(struct progress *progress, uint64_t done)
{
    time_t now;
    uint64_t rate, total, unit;
    const char *name;

    if (!progress || !progress->on || (now = time(NULL)) == progress->shown || now <= progress->started) return;
    progress->shown = now;
    total = progress->total;
    unit = progress->files ? 1 : 1 << 20;
    name = progress->files ? "files" : "MiB";
    rate = done / (uint64_t)(now - progress->started) + 1;
    if (!total || done > total)
        fprintf(stderr, "\r%" PRIu64 " %s, %" PRIu64 " %s/s \033[K", done / unit, name, rate / unit, name);
    else
        fprintf(stderr, "\r%3u %%, %" PRIu64 " of %" PRIu64 " %s, %" PRIu64 " %s/s, %" PRIu64 " s left \033[K",
                (unsigned int)((double)done * 100 / (double)total), done / unit, total / unit, name, rate / unit, name,
                (total - done) / rate);
    fflush(stderr);
}

void progress_clear(struct progress *progress)
{
    if (!progress || !progress->on || !progress->shown) return;
    fputs("\r\033[K", stderr);
    fflush(stderr); /* before what standard output shows on the same terminal */
    progress->shown = 0;
}
