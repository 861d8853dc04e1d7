/*
 * What the two halves of `efsraw decrypt -r` share: directories that are being filled, and messages.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFSRAW_DECRYPT_TREE_H
#define EFSRAW_DECRYPT_TREE_H

#include "decrypt.h"
#include "common/tree.h"

/* One that is being filled: by the walk, and by files that are still on their way. */
struct directory
{
    int               fd; /* O_PATH */
    unsigned int      uses;
    bool              made; /* it wasn't there before */
    struct stat       st;   /* of the one that it is made from */
    struct directory *parent;
    char             *path; /* for messages */
};

/* Makes it, or opens the one that is there; the root by its path, all others by their name in their parent. */
enum efs_error directory_open(struct directory *directory, const char *name, struct efs_diag *diag);
/* One use less; after the last one, that of the last file of it, it gets its times, and goes. */
void directory_release(struct decrypt_tree *tree, struct directory *directory);

/* ---- decrypt_pfile.c: what comes from FAT and exFAT ---- */

/* Is the open file a .PFILE, by name and content? *size: its plain bytes. */
bool tree_is_pfile(const struct tree_entry *entry, int fd, uint64_t *size);
/* Cuts .PFILE off a path that ends in the entry's name, unless the name without it is another's. */
void tree_cut_pfile(const struct tree_entry *entry, char *path);
/* Is it the $EFS of the directory that it is in? */
bool tree_is_directory_efs(const struct tree_entry *entry);

/* ---- messages ---- */

/* Counted, and said. */
void tree_say_failed(struct decrypt_tree *tree, const char *path, const struct efs_diag *diag);
void tree_say_passed(struct decrypt_tree *tree, const char *path, const char *what);
/* To be freed; NULL: no memory. */
char *join_paths(const char *directory, const char *name);

#endif
