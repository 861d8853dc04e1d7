/*
 * Another $EFS for a file, without touching its data: no key is needed for it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_REPLACE_H
#define EFS_REPLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "efs/error.h"
#include "efs/store.h"
#include "efs/target.h"

/*
 * Gives the encrypted file or directory of fd (open for reading, stays the caller's) the new $EFS, in one step: it has
 * either the old or the new one, whatever happens. old: what it is expected to have, or NULL.
 * Errors: EFS_ERR_CHANGED: it has another one by now; EFS_ERR_NOT_ENCRYPTED; EFS_ERR_METADATA, EFS_ERR_VERSION: the
 * new one can't be kept; EFS_ERR_UNREPRESENTABLE: NTFS-3G, which replaces none: of a directory, or of a file that
 * can't be written anew there, since it has several names for example; the host's. old_length, new_length: bytes. What
 * is there already is no change, and nothing is written.
 */
enum efs_error efs_replace_metadata(int fd, const uint8_t *old, uint32_t old_length, const uint8_t *new,
                                    uint32_t new_length, struct efs_diag *diag);
/* The same of a file whose place is known, which no path need lead to; it stays the caller's. NULL: it isn't known. */
enum efs_error efs_replace_metadata_at(int fd, struct efs_target *target, const uint8_t *old, uint32_t old_length,
                                       const uint8_t *new, uint32_t new_length, struct efs_diag *diag);

/*
 * Makes the target an encrypted file without data, or a directory, of this $EFS, all or nothing. What stood there is
 * replaced. The target stays the caller's. Errors as of an import.
 */
enum efs_error efs_make_empty(struct efs_target *target, bool directory, const uint8_t *metadata,
                              uint32_t metadata_length, struct efs_diag *diag);

#endif
