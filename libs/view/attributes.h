/*
 * Extended attributes in a view: those that make a file an encrypted one are hidden, and one of the view's own says
 * what is known of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef VIEW_ATTRIBUTES_H
#define VIEW_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>

#include "tree.h"
#include "view/efs_view.h"

/*
 * Hidden: user.ntfs.efsinfo and user.efs.*, but for the marks that wineefs puts on plain files. A program that copied
 * them would make encrypted files of plaintext. What is hidden isn't there, and can't be set.
 */
bool view_hides_attribute(const struct view_tree *tree, const char *name, bool encrypted);

/* The value of EFS_VIEW_ATTRIBUTE, without a terminator. Errors as of view_look. */
int view_get_attribute(struct view_tree *tree, struct view_node *node, char value[EFS_VIEW_TEXT_MAX], size_t *length);

/* Takes hidden names out of a list as listxattr gives it, in place; returns what is left of its length. */
size_t view_filter_attributes(const struct view_tree *tree, char *names, size_t length, bool encrypted);

#endif
