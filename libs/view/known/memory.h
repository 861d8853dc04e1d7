/*
 * What was known of a tree's files when a view of it ended, so that the next one needn't open each file to tell how
 * long its plaintext is: on a cold disk that is most of what a listing takes. It is believed of a file as long as its
 * number, birth, size and times are the same, that of its last change among them, which nobody can set where Linux
 * itself keeps it. Of encrypted files alone: that one is plain is asked of the file, always.
 *
 * As bytes, little-endian: a head of 48 (magic "EFSVIEW1"; u64 file system, as of statfs; u64 inode of the tree's
 * directory; u64, u32 seconds and nanoseconds of its birth; u32 number of records; u64 FNV-1a of those), and records of
 * 64, in no order:
 *
 *   u64 inode; u64 size as it is stored; u64 plain size; u64 seconds of the last write, of the last change, of the
 *   birth; u32 nanoseconds of each; u32 1 (it is encrypted)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef VIEW_MEMORY_H
#define VIEW_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view_tree;
struct view_memory;

#define VIEW_MEMORY_FILES 65536
#define VIEW_MEMORY_MAX   (48 + 64 * (size_t)VIEW_MEMORY_FILES) /* bytes */

/*
 * An empty one, of the tree below root_fd. NULL: there is no memory for it, or a file system that doesn't say which it
 * is (FUSE, NFS).
 */
struct view_memory *view_memory_make(int root_fd);
/* What another view of the tree has written; what is damaged, or of another tree, counts as nothing. */
void view_memory_read(struct view_memory *memory, const uint8_t *bytes, size_t length);
/* NULL allowed. */
void view_memory_free(struct view_memory *memory);
/* Before the tree is used. It takes part until the tree is closed, and stays the caller's. */
void view_set_memory(struct view_tree *tree, struct view_memory *memory);
/* Behind view_tree_close. bytes: room for VIEW_MEMORY_MAX; returns how many there are. */
size_t view_memory_write(const struct view_memory *memory, uint8_t *bytes);

/* A name for it, the same for each view of the tree: hexadecimal digits. */
#define VIEW_MEMORY_NAME_SIZE 34
void view_memory_name(const struct view_memory *memory, char name[VIEW_MEMORY_NAME_SIZE]);

#endif
