/*
 * How far a command is: one line on the terminal, once a second, for what takes longer than that.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct progress
{
    bool     on;
    time_t   started, shown;
    uint64_t total; /* bytes, or files; 0: nobody knows */
    bool     files; /* they are counted, not bytes */
};

/* It is shown unless `quiet` is set, or standard error is no terminal. */
void progress_begin(struct progress *progress, uint64_t total, bool quiet);
/* So many bytes, or files, are done. NULL: nothing is shown. */
void progress_show(struct progress *progress, uint64_t done);
/* Takes the line away, before another one is written, and at the end. NULL allowed. */
void progress_clear(struct progress *progress);

#endif
