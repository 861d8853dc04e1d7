/*
 * An import of a command's: what a signal that ends the command would leave of it is removed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef COMMON_IMPORTING_H
#define COMMON_IMPORTING_H

#include <stdbool.h>
#include <stddef.h>

#include "common/cleanup.h"
#include "efs/session.h"
#include "efs/target.h"

struct importing /* zeros: none */
{
    struct efs_import  *import; /* for what else is to be asked of it */
    struct efs_target  *target; /* stays the caller's, and has to stay open until the end */
    struct cleanup_file temporary;
};

/* As efs_import_begin, _feed and _commit. */
enum efs_error importing_begin(struct importing *importing, struct efs_target *target, bool directory,
                               unsigned int flags, struct efs_diag *diag);
enum efs_error importing_feed(struct importing *importing, const void *bytes, size_t length, struct efs_diag *diag);
enum efs_error importing_commit(struct importing *importing, struct efs_diag *diag);
/* Without a commit before it, drops everything; may be called again. */
void importing_end(struct importing *importing);

#endif
