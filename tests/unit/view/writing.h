/*
 * A view with a key in a new directory, for tests that write.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TESTS_VIEW_WRITING_H
#define TESTS_VIEW_WRITING_H

#include "lib/host.h"
#include "view/content.h"
#include "view/tree.h"

extern struct efs_feks *feks;
extern struct view_tree *tree;
extern int dir_fd;

/* cmocka's, for all tests and for each. With the end of a tree all files get their closed form. */
int begin_all(void **state);
int end_all(void **state);
int begin_tree(void **state);
int end_tree(void **state);

/* The view ends, and there is another, without readers. */
void close_view(void);
/* Within one unit. */
void write_text(struct view_content *content, uint64_t offset, const char *text);
/* A new file, open, which has its name. */
struct view_content *make(const char *name, bool writes);
/* The same with a text in it, closed. */
void make_written(const char *name, const char *text);
struct view_node *look_up(const char *name);

#endif
