/*
 * What wine-efs does with the snapshots of a prefix (libs/snapshot): a part of it, not a command of its own.
 *
 *   snapshots PREFIX list           a line for each: number, drive, time, kind, how it lives, GUID, note; with tabs
 *   snapshots PREFIX remove NUMBER  though it may be in use
 *   snapshots PREFIX reap           those that processes have left which have ended
 *   snapshots PREFIX purge          all of them, and their folder
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vss/snapshot.h"

#define PROGRAM "wine-efs"

/* 100 ns from 1601 to 1970 */
#define EPOCH 116444736000000000u

/* As Windows writes a GUID: its first three parts are numbers. */
static void print_id(const uint8_t id[16])
{
    static const unsigned char order[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
    unsigned int i;

    putchar('{');
    for (i = 0; i < sizeof(order); i++) printf(i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", id[order[i]]);
    putchar('}');
}

/* A prefix may hold anything: nothing that a terminal would obey. */
static void print_plain(const char *text)
{
    for (; *text; text++) putchar((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
}

static void print_snapshot(const struct efs_snapshot *snapshot)
{
    time_t time = snapshot->created > EPOCH ? (time_t)((snapshot->created - EPOCH) / 10000000) : 0;
    const struct tm *tm = localtime(&time);
    char text[32] = "?";

    if (tm) strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", tm);
    printf("%" PRIu32 "\t%c:\t%s\t%s\t%s\t", snapshot->number, snapshot->drive ? (char)snapshot->drive : '?', text,
           efs_snapshot_kind_name((enum efs_snapshot_kind)snapshot->kind),
           snapshot->in_use ? "in use" : "stays");
    print_id(snapshot->id);
    putchar('\t');
    print_plain(snapshot->note);
    putchar('\n');
}

static int list(const char *prefix)
{
    struct efs_snapshot snapshot = { 0 };

    while (efs_snapshot_next(prefix, snapshot.number, &snapshot)) print_snapshot(&snapshot);
    return fflush(stdout) || ferror(stdout);
}

static int finish(enum efs_error err, const struct efs_diag *diag)
{
    if (!err) return 0;
    fprintf(stderr, PROGRAM ": snapshots: %s: %s%s%s\n", efs_error_text(err), diag->rule ? diag->rule : "",
            diag->sys_errno ? ": " : "", diag->sys_errno ? strerror(diag->sys_errno) : "");
    return 1;
}

int main(int argc, char **argv)
{
    struct efs_diag diag = { 0 };
    unsigned long number = 0;
    char *end = NULL;

    if (argc == 3 && !strcmp(argv[2], "list")) return list(argv[1]);
    if (argc == 3 && !strcmp(argv[2], "reap")) return finish(efs_snapshot_reap(argv[1], &diag), &diag);
    if (argc == 3 && !strcmp(argv[2], "purge")) return finish(efs_snapshot_purge(argv[1], &diag), &diag);
    if (argc == 4 && !strcmp(argv[2], "remove"))
    {
        number = strtoul(argv[3], &end, 10);
        if (*argv[3] >= '1' && *argv[3] <= '9' && !*end && number <= EFS_SNAPSHOT_NUMBER_MAX)
            return finish(efs_snapshot_delete(argv[1], (uint32_t)number, &diag), &diag);
    }
    fprintf(stderr, "Usage: snapshots PREFIX list | reap | purge | remove NUMBER\n");
    return 2;
}
