/*
 * property DIR [--small-attributes]: takes streams from efsrandom.py (frames on standard input) through the engine, in
 * DIR, which has to be empty. --small-attributes: the file system may refuse any directory's stream.
 *
 * Prints TAP: a line "# seed N: ..." for each stream that isn't kept as it should be, then what was done.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "property.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_failure(const struct frame *frame, const char *why, const struct efs_diag *diag)
{
    printf("# seed %" PRIu64 ": %s", frame->seed, why);
    if (diag->rule) printf(": %s: %s at 0x%" PRIx64, efs_error_text(diag->code), diag->rule, diag->offset);
    putchar('\n');
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct frame frame = { 0 };
    struct counts counts = { 0 };
    bool small = argc == 3 && !strcmp(argv[2], "--small-attributes"), broken;
    uint64_t failures = 0, first = 0;
    const char *why;

    if ((argc != 2 && !small) || chdir(argv[1]))
    {
        fputs("Usage: property DIR [--small-attributes] <FRAMES\n", stderr);
        return 2;
    }
    while (frame_read(&frame, &broken))
    {
        struct efs_diag diag = { 0 };

        if (!counts.streams) first = frame.seed;
        if (small && (frame.flags & FRAME_DIRECTORY)) frame.flags |= FRAME_MAY_REFUSE;
        if (round_trip(&frame, &counts, &why, &diag)) continue;
        print_failure(&frame, why, &diag);
        failures++;
        /* a known state for the next ones */
        place_remove(&file_place);
        place_remove(&directory_place);
    }
    place_free(&file_place);
    place_free(&directory_place);
    bytes_free(&frame.raw);
    bytes_free(&frame.bare);
    printf("# seeds %" PRIu64 " to %" PRIu64 ": %" PRIu64 " bytes; %" PRIu64 " streams of directories, %" PRIu64
           " of them refused as too "
           "much for the attributes; over an encrypted one %" PRIu64 ", over a file with two names %" PRIu64 "\n"
           "# without their named streams too: %" PRIu64 "; cut or given up before: %" PRIu64
           ", whole all the same: %" PRIu64 "\n",
           first, frame.seed, counts.bytes, counts.directories, counts.refused, counts.replaced, counts.linked,
           counts.dropped,
           counts.cut, counts.cut_accepted);
    printf("%s 1 - frames are complete\n", broken || !counts.streams ? "not ok" : "ok");
    printf("%s 2 - %" PRIu64 " streams: each export equals its import\n", failures ? "not ok" : "ok", counts.streams);
    if (failures) printf("# %" PRIu64 " streams failed\n", failures);
    return broken || failures || !counts.streams;
}
