/*
 * A command of the user's that makes and removes snapshots: ZFS, LVM, or anything else.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SNAPSHOT_COMMAND_H
#define SNAPSHOT_COMMAND_H

#include <limits.h>
#include <stdint.h>

#include "efs/error.h"

#define COMMAND_SECONDS_MAX 300
#define COMMAND_NO_SPACE    28 /* its exit status: there's no space left */

/*
 * Runs `sh -c COMMAND wine-efs create SOURCE NAME`: it prints the path of the snapshot's folder in one line. It ends
 * within five minutes, or is ended. EFS_ERR_DISK_FULL: it says so. EFS_ERR_IO: it has failed. EFS_ERR_FORMAT: that is
 * no path of a folder.
 */
enum efs_error command_create(const char *command, const char *source, const char *name, char path[PATH_MAX],
                              struct efs_diag *diag);

/* The same with `delete SOURCE NAME`. It may be asked to delete what isn't there (any more). */
enum efs_error command_delete(const char *command, const char *source, const char *name, struct efs_diag *diag);

#endif
