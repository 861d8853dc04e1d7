/*
 * The kinds of snapshots: which one a drive gets, and how each is made and removed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SNAPSHOT_KINDS_H
#define SNAPSHOT_KINDS_H

#include "state.h"

struct making /* of one snapshot */
{
    const struct folder *folder;
    struct state        *state;
    int                  state_fd;
    char                 path[PATH_MAX]; /* out: where the drive's files are in it */
};

/* Tries them in their order; fills in the snapshot's kind and note. Whatever a failure leaves behind is removed. */
enum efs_error kinds_make(struct making *making, enum efs_snapshot_choice choice, struct efs_diag *diag);

/* Removes what any of them has made, or was about to make. The first error, after all was tried. */
enum efs_error kinds_remove(const struct folder *folder, const struct state *state, struct efs_diag *diag);

#endif
