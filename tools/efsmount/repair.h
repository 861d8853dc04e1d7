/*
 * What a view that was killed has left in its tree.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSMOUNT_REPAIR_H
#define EFSMOUNT_REPAIR_H

/*
 * Looks for it if the tree's directory says that there may be something, and repairs it, as far as it goes; what it
 * finds is reported. tree_fd: O_PATH will do; whoever calls holds the tree's lock.
 */
void repair_tree(int tree_fd);

#endif
