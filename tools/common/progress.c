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
}

void progress_show(struct progress *progress, uint64_t done)
{
    time_t now;
    uint64_t rate, total = progress->total;

    if (!progress->on || (now = time(NULL)) == progress->shown || now <= progress->started) return;
    progress->shown = now;
    rate = done / (uint64_t)(now - progress->started) + 1;
    if (!total || done > total)
        fprintf(stderr, "\r%" PRIu64 " MiB, %" PRIu64 " MiB/s \033[K", done >> 20, rate >> 20);
    else
        fprintf(stderr, "\r%3u %%, %" PRIu64 " of %" PRIu64 " MiB, %" PRIu64 " MiB/s, %" PRIu64 " s left \033[K",
                (unsigned int)((double)done * 100 / (double)total), done >> 20, total >> 20, rate >> 20,
                (total - done) / rate);
    fflush(stderr);
}

void progress_clear(struct progress *progress)
{
    if (!progress->on || !progress->shown) return;
    fputs("\r\033[K", stderr);
    progress->shown = 0;
}
