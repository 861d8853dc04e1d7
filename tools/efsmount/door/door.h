/*
 * The view's socket: programs in the view get files of the tree below by it, as they are on the disk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSMOUNT_DOOR_H
#define EFSMOUNT_DOOR_H

#include <stdbool.h>

#include "view/tree.h"

struct door;

/*
 * Makes the socket, in a directory that is our user's alone, and tells the tree where it is. changed: called by the
 * door's thread, with context, for what may be another file below. NULL if there can't be one, which has been reported:
 * the view works without.
 */
struct door *door_open(struct view_tree *tree, view_changed *changed, void *context);
/* Answers, by a thread of its own. False: no thread can be made. */
bool door_serve(struct door *door);
/* Ends the thread, and removes the socket. NULL allowed. */
void door_close(struct door *door);

#endif
