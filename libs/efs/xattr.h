/*
 * The extended attributes of the store: $EFS, and what an overwritten file had beside it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_XATTR_H
#define EFS_XATTR_H

#include <stdbool.h>
#include <stdint.h>

#include "efs/error.h"

/*
 * Sets the $EFS of fd. EFS_ERR_VOLUME where the file system has no extended attributes or the value
 * is too large for it, which some of them report as a full disk.
 */
enum efs_error xattr_set_metadata(int fd, const uint8_t *metadata, uint32_t length, struct efs_diag *diag);

/* Puts back what xattr_get_metadata got, or removes it (NULL). Best effort: for undoing. */
void xattr_restore_metadata(int fd, const uint8_t *metadata, uint32_t length);

/* Gets it, allocated. EFS_ERR_NOT_ENCRYPTED if there is none, EFS_ERR_CORRUPT if it can't be one. */
enum efs_error xattr_get_metadata(int fd, uint8_t **metadata, uint32_t *length, struct efs_diag *diag);

/*
 * Copies the other extended attributes, the access control list among them, from the open file
 * `from` (O_PATH will do) to `to`. User attributes and lists must arrive; the system's own are tried.
 */
enum efs_error xattr_copy_others(int from, int to, struct efs_diag *diag);

/* Is the file on an NTFS-3G mount? It makes genuine EFS files, by rules of its own. */
bool xattr_is_ntfs(int fd);

/*
 * Copies, where it can, the Windows security descriptor and attributes from one file of an NTFS-3G mount to
 * another. Its user attributes are named streams: they belong to the content.
 */
enum efs_error xattr_copy_ntfs(int from, int to, struct efs_diag *diag);

#endif
