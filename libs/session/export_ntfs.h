/*
 * Named streams of an export from NTFS-3G, in the form that the writer gives them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_EXPORT_NTFS_H
#define EFS_EXPORT_NTFS_H

#include "efs/raw.h"
#include "efs/store.h"

struct export_ntfs;

/* NULL: no memory. stored must outlive it. To be freed. */
struct export_ntfs *export_ntfs_new(const struct efs_stored *stored);
void export_ntfs_rewind(struct export_ntfs *ntfs);
/* The next piece, which is never one of the file's own content. EFS_ERR_CORRUPT, the host's. */
enum efs_error export_ntfs_next(struct export_ntfs *ntfs, struct efs_raw_piece *piece, struct efs_diag *diag);
/* Bytes of all pieces of a fresh one. */
enum efs_error export_ntfs_measure(struct export_ntfs *ntfs, uint64_t *length, struct efs_diag *diag);

#endif
