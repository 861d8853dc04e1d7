/*
 * A view from its mounting to its end.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSMOUNT_MOUNT_H
#define EFSMOUNT_MOUNT_H

#include "efs/plaintext.h"
#include "efs/seal.h"
#include "options.h"

struct mount;

/*
 * Opens the tree and takes the lock that says that it has a view. *status: the exit status of a failure, which has been
 * reported; NULL then.
 */
struct mount *mount_begin(const struct options *options, int *status);
/* Of which keys it says that it has them: EFS_VIEW_KEYS_ATTRIBUTE. key: NULL: none. Before it is mounted. */
void mount_show_keys(struct mount *mount, const struct efs_key *key);
/* Mounts it. feks: NULL without keys; readers: NULL: nothing encrypted can be made; both stay the caller's. The exit
   status; failures have been reported. */
int mount_attach(struct mount *mount, struct efs_feks *feks, const struct efs_seal_readers *readers);
/* Serves until it is unmounted, or a signal ends it. The exit status. */
int mount_serve(struct mount *mount);
/* Unmounts it if it is mounted. NULL allowed. */
void mount_end(struct mount *mount);

/* Lists the views that this machine has. The exit status: STATUS_FAILED if it can't be known. */
int mount_list(void);
/* The same of one view, by its mount point, and of which keys it has; that view is asked for them. STATUS_FAILED: there
   is none, or it doesn't answer. */
int mount_show(const char *mountpoint);

#endif
