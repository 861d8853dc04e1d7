/*
 * Where something is that is going to be replaced, changed or made: itself, or, in a view of efsmount, the one below.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WINEEFS_SITE_H
#define WINEEFS_SITE_H

#include <stdbool.h>

#include "efs/error.h"
#include "efs/target.h"

struct site
{
    struct efs_target target;   /* below a view, if it is in one; dir_fd is -1 if there is none */
    int               seen;     /* the same in the view, an O_PATH descriptor; -1: it isn't in one, or it is new */
    bool              has_open; /* Wine has it open there */
    int               claim;    /* the view's, while it is being worked on; -1: none */
};

void site_init(struct site *site);
/*
 * After site_init. Of an existing object, by a descriptor, which stays the caller's; has_open: it is a handle's.
 * Errors of efs_target_open_fd and of door_claim; EFS_ERR_ACCESS: who may not write it may not replace it.
 */
enum efs_error site_open(struct site *site, int fd, bool has_open, struct efs_diag *diag);
/* What is new in a view is going to be made below, in the same directory. */
enum efs_error site_enter(struct site *site, struct efs_diag *diag);

/*
 * Around what replaces or changes it. In a view nobody else can open it in between, and what has become of it shows
 * when site_end_claim returns. EFS_ERR_CHANGED: somebody has it open there, or it is another file by now; of
 * door_claim. Elsewhere it does nothing.
 */
enum efs_error site_claim(struct site *site, struct efs_diag *diag);
void site_end_claim(struct site *site);
/*
 * All of it at once, for what is changed where it is: *fd, a handle's descriptor, becomes that of the one below, and
 * stays the caller's. To be ended by site_close, also on failure. Outside of views nothing happens.
 */
enum efs_error site_begin(struct site *site, int *fd, struct efs_diag *diag);
/* Then: the place of what fd is of; NULL: the descriptor leads to it. */
struct efs_target *site_target(struct site *site);
void site_close(struct site *site);

#endif
