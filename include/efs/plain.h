/*
 * A plain file of the host's that gets its name when it is complete, all or nothing, as an import's result does: what
 * is decrypted, or exported, goes this way.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_PLAIN_H
#define EFS_PLAIN_H

#include <sys/types.h>

#include "backup/content.h"
#include "efs/error.h"
#include "efs/store.h"
#include "efs/target.h"

struct efs_stage; /* the complete new file, before it has the target's name */
/* Ends it, committed or not; NULL allowed. */
void efs_stage_free(struct efs_stage *stage);

/*
 * Begins a staging file beside the target, which outlives it. Until it is committed nobody but its owner can open it.
 * What killed processes have left in the directory is removed where such a file needs a name. To be ended by
 * efs_stage_free. Errors: EFS_ERR_TYPE: a directory is there; the host's.
 */
enum efs_error efs_plain_begin(struct efs_stage **stage, struct efs_target *target, struct efs_diag *diag);
/* The open file, which stays the stage's: the content is written to it. */
int efs_plain_fd(const struct efs_stage *stage);
/* Writes to it, anywhere and in any order; runs of zeros become holes. holes: bholes_init with 0. The host's. */
enum efs_error efs_plain_write(const struct efs_stage *stage, struct bholes *holes, uint64_t offset, const void *data,
                               size_t length, struct efs_diag *diag);
/*
 * Its name in the target's directory, empty while it has none: what has to be removed if the process ends by a signal.
 * It can change in efs_plain_commit.
 */
const char *efs_plain_name(const struct efs_stage *stage);
/* What a file gets besides its content. */
struct efs_plain_end
{
    mode_t mask; /* as umask's, for a new file */
    /*
     * The mode of a new file, given the one that it would have; of one that replaces another, for group and others the
     * most. NULL: as it is.
     */
    mode_t         (*choose)(void *context, mode_t mode);
    /*
     * Sets the attributes of the file, which is to get that mode and nobody else can open yet. With it, those of an old
     * file aren't carried over. NULL: none.
     */
    enum efs_error (*finish)(void *context, int fd, mode_t mode, struct efs_diag *diag);
    void *context;
};

/*
 * The content is complete: gives it the target's name. In the place of an old file it gets that one's owner, group,
 * mode, access control list and attributes; where a group can't be kept, nobody may do more than before, and an owner
 * who can't be kept is the caller from then on. A file with several names keeps its content under the others. A new
 * file gets what creating it with 0666 would have given, less the mask where the directory has no default list.
 * Errors as of efs_import_commit, and `finish`'s; the target is as it was then.
 */
enum efs_error efs_plain_commit(struct efs_stage *stage, const struct efs_plain_end *end, struct efs_diag *diag);

#endif
