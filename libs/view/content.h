/*
 * The plaintext of an encrypted file that is open in the view. All who read one file share it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef VIEW_CONTENT_H
#define VIEW_CONTENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct view_content;
struct view_node;
struct view_tree;

/*
 * To be closed by view_content_close. Its descriptor is the content's (view_content_fd). Errors: EACCES: no key opens
 * it, or the file can't be opened; EIO: its data and metadata don't fit together; ENOMEM, EMFILE, ESTALE; the host's.
 */
int view_content_open(struct view_tree *tree, struct view_node *node, struct view_content **content);
void view_content_close(struct view_tree *tree, struct view_content *content);
int view_content_fd(const struct view_content *content);
uint64_t view_content_size(const struct view_content *content); /* plain bytes */

/* *got is less than length only at the end. On failure nothing is left in the buffer. */
int view_content_read(struct view_content *content, uint64_t offset, void *buffer, size_t length, size_t *got);
/* The first byte at or after offset that isn't known to be zero, and, for `hole`, the first that is; the size: none. */
uint64_t view_content_seek(struct view_content *content, uint64_t offset, int hole);

#endif
