/*
 * Snapshots of a prefix's drives by libs/snapshot itself.
 *
 *   snapshots PREFIX make DRIVE CONTEXT [COMMAND]  prints number, kind, whether something is missing, note and, if it
 *                                                  fails, the error; holds it until the end of its input
 *   snapshots PREFIX loop DRIVE CONTEXT            makes and deletes one after the other until it is killed; with
 *                                                  CONTEXT 9 it deletes none
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "vss/snapshot.h"

static enum efs_error make(char **argv, const char *command, struct efs_snapshot *snapshot, int *held,
                           struct efs_diag *diag)
{
    memset(snapshot, 0, sizeof(*snapshot));
    snapshot->drive = (uint32_t)argv[3][0];
    snapshot->context = (uint32_t)atoi(argv[4]);
    snapshot->count = 1;
    strcpy(snapshot->volume, "\\\\?\\Volume{00000000-0000-0000-0000-000000000043}\\");
    if (getrandom(snapshot->id, sizeof(snapshot->id), 0) < 0) abort();
    memcpy(snapshot->set, snapshot->id, sizeof(snapshot->set));
    return efs_snapshot_make(argv[1], EFS_SNAPSHOT_AUTO, command, snapshot, held, diag);
}

int main(int argc, char **argv)
{
    struct efs_snapshot snapshot;
    struct efs_diag diag = { 0 };
    enum efs_error err;
    int held, lock;

    if (argc < 5) return 2;
    if (!strcmp(argv[2], "make"))
    {
        if ((err = make(argv, argc > 5 ? argv[5] : NULL, &snapshot, &held, &diag)))
        {
            printf("error=%s: %s\n", efs_error_text(err), diag.rule ? diag.rule : "");
            return 1;
        }
        printf("number=%u\nkind=%s\npartial=%u\nnote=%s\n", snapshot.number,
               efs_snapshot_kind_name((enum efs_snapshot_kind)snapshot.kind), snapshot.partial, snapshot.note);
        fflush(stdout);
        while (getchar() != EOF);
        if (!(snapshot.context & EFS_SNAPSHOT_STAYS)) efs_snapshot_delete(argv[1], snapshot.number, NULL);
        close(held);
        return 0;
    }
    for (;;)
    {
        if (efs_snapshot_lock(argv[1], &lock, &diag)) return 1;
        efs_snapshot_reap(argv[1], NULL);
        if (make(argv, NULL, &snapshot, &held, &diag)) return 1;
        close(lock);
        if (!(snapshot.context & EFS_SNAPSHOT_STAYS) && efs_snapshot_delete(argv[1], snapshot.number, &diag)) return 1;
        close(held);
        if (snapshot.context & EFS_SNAPSHOT_STAYS) pause();
    }
}
