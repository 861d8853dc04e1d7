/*
 * Changes of an encrypted file's plaintext, whole ones, by who holds its content for writing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PLAIN_WRITING_H
#define PLAIN_WRITING_H

#include "plaintext_internal.h"

/* One change. */
struct writing
{
    struct efs_plaintext *file;
    struct efs_cipher    *cipher;
    struct efs_diag      *diag;
};

/* Its size is this now. */
void writing_note_size(struct efs_plaintext *file, uint64_t size);

/*
 * As efs_plaintext_pwrite. Beyond the size the file is an open one already, as for the next two.
 */
enum efs_error writing_put(struct writing *writing, uint64_t offset, uint8_t *buffer, size_t length, size_t *written);
enum efs_error writing_cut(struct writing *writing, uint64_t size);
enum efs_error writing_grow(struct writing *writing, uint64_t size);
/* Would clearing leave out whole pieces, which only an open file can? */
bool writing_leaves_hole(uint64_t offset, uint64_t end);
enum efs_error writing_clear(struct writing *writing, uint64_t offset, uint64_t end); /* end: at most the size */

/* Encrypts zeros in pieces of which a part was never written; and in the others, EFS_ERR_UNREPRESENTABLE: too many. */
enum efs_error writing_fill_mixed(struct writing *writing);
enum efs_error writing_fill_holes(struct writing *writing);

#endif
