/*
 * What makes the rewriting of a file recoverable: a journal, which is the complete new file under a name of its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_JOURNAL_H
#define EFS_JOURNAL_H

#include "efs/store.h"
#include "stage.h"

/*
 * Makes the complete stage the journal of `target` (open for writing), and marks that one: from now on the two are on
 * the disk, and the target's content may change. On failure journal_drop.
 */
enum efs_error journal_begin(struct efs_stage *stage, int target, struct efs_diag *diag);
/* The target's content is the new one, and on the disk: the mark goes. The stage's end removes the journal. */
enum efs_error journal_end(int target, struct efs_diag *diag);
/*
 * Nothing has come of it. whole: the target is what it was, on the disk too, so the mark goes and the stage's end
 * removes the journal; else, or where the mark can't be removed, both stay for a repair.
 */
void journal_drop(struct efs_stage *stage, int target, bool whole);

/* Makes the target's content and attributes those of `from`, and syncs it. */
enum efs_error journal_apply(int from, int target, uint64_t size, const struct xattr_value values[XATTR_COUNT],
                             struct efs_diag *diag);

#endif
