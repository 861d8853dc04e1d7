/*
 * The Unix half's calls about snapshots of drives.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unixlib_private.h"

#include "vss/snapshot.h"

void call_snapshot_lock(struct snapshot_lock_params *params)
{
    struct efs_diag diag = { 0 };
    int fd = -1;

    answer(&params->result, efs_snapshot_lock(from_u64(params->prefix), &fd, &diag), &diag);
    params->fd = fd;
}

void call_snapshot_make(struct snapshot_make_params *params)
{
    struct efs_diag diag = { 0 };
    int held = -1;

    answer(&params->result, efs_snapshot_make(from_u64(params->prefix), (enum efs_snapshot_choice)params->choice,
                                              from_u64(params->command), from_u64(params->snapshot), &held, &diag),
           &diag);
    params->held = held;
}

void call_snapshot_next(struct snapshot_next_params *params)
{
    params->found = efs_snapshot_next(from_u64(params->prefix), params->number, from_u64(params->snapshot));
}

void call_snapshot_delete(struct snapshot_delete_params *params)
{
    struct efs_diag diag = { 0 };

    answer(&params->result, efs_snapshot_delete(from_u64(params->prefix), params->number, &diag), &diag);
}

void call_snapshot_reap(struct snapshot_delete_params *params)
{
    struct efs_diag diag = { 0 };

    answer(&params->result, efs_snapshot_reap(from_u64(params->prefix), &diag), &diag);
}
