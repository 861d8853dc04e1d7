/*
 * A word for each kind of snapshot.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "vss/snapshot.h"

const char *efs_snapshot_kind_name(enum efs_snapshot_kind kind)
{
    static const char *const names[EFS_SNAPSHOT_KINDS] =
    {
        [EFS_SNAPSHOT_NONE] = "none",
        [EFS_SNAPSHOT_COMMAND] = "command",
        [EFS_SNAPSHOT_BTRFS] = "btrfs",
        [EFS_SNAPSHOT_REFLINK] = "reflink",
        [EFS_SNAPSHOT_LIVE] = "live",
    };

    return names[(unsigned int)kind < EFS_SNAPSHOT_KINDS ? kind : EFS_SNAPSHOT_NONE];
}
