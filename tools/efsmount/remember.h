/*
 * Where views keep what they know of a tree's files for the next view of it: a file in the user's cache directory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSMOUNT_REMEMBER_H
#define EFSMOUNT_REMEMBER_H

struct view_memory;
struct remember;

/*
 * Before anything is mounted: the directory may be in the tree. It is $XDG_CACHE_HOME/wine-efs, if there is such a
 * directory of the user's own, or ~/.cache/wine-efs, which is made if need be. NULL: there is none, and views do
 * without.
 */
struct remember *remember_begin(int tree_fd);
struct view_memory *remember_memory(struct remember *remember);
/* Behind view_tree_close. NULL allowed. What can't be kept is lost without a word: it is only a hint. */
void remember_end(struct remember *remember);

#endif
