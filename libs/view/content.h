/*
 * The plaintext of an encrypted file that is open in the view. All who have one file open share it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef VIEW_CONTENT_H
#define VIEW_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "efs/plaintext.h" /* EFS_WRITE_ROOM */

struct view_content;
struct view_node;
struct view_tree;

/*
 * To be closed by view_content_close. Its descriptor is the content's (view_content_fd). writes: it may be changed.
 * made: -1, or a descriptor of the file, open for reading and writing, which is taken over: of one that has just been
 * made, and that its mode might not let anybody open. Errors: EACCES: no key opens it, or the file can't be opened, or
 * another view writes it; EROFS: it can't be written in the form that it has (view_set_report gets the reason); EIO:
 * its data and metadata don't fit together; ENOMEM, EMFILE, ESTALE; the host's.
 */
int view_content_open(struct view_tree *tree, struct view_node *node, bool writes, int made,
                      struct view_content **content);
/*
 * Gives the node of a file that was just made the content of view_make_file, as if it had been opened by
 * view_content_open. If others have opened the file by its name meanwhile, *content becomes what they share. Errors as
 * above; *content is NULL then.
 */
int view_content_adopt(struct view_tree *tree, struct view_node *node, bool writes, struct view_content **content);
/* Closes one that no node has got. If its file has a name it stays as it is, also in the open form. NULL allowed. */
void view_content_discard(struct view_tree *tree, struct view_content *content);
/* writes: as it was opened. With the last who may change it, what was changed is put into its closed form, later. */
void view_content_close(struct view_tree *tree, struct view_content *content, bool writes);
int view_content_fd(const struct view_content *content);
uint64_t view_content_size(const struct view_content *content); /* plain bytes */

/* *got is less than length only at the end. On failure nothing is left in the buffer. */
int view_content_read(struct view_content *content, uint64_t offset, void *buffer, size_t length, size_t *got);
/* The first byte at or after offset that isn't known to be zero, and, for `hole`, the first that is; the size: none. */
uint64_t view_content_seek(struct view_content *content, uint64_t offset, int hole);

/* Of one that was opened for writing. buffer, *written: as of efs_plaintext_pwrite. */
int view_content_write(struct view_content *content, uint64_t offset, uint8_t *buffer, size_t length, size_t *written);
int view_content_set_size(struct view_content *content, uint64_t size);
/* mode: of fallocate(2): 0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, FALLOC_FL_ZERO_RANGE. EOPNOTSUPP: others. */
int view_content_allocate(struct view_content *content, int mode, uint64_t offset, uint64_t length);
/* What was written is on the disk. */
int view_content_sync(struct view_tree *tree, struct view_content *content);

#endif
