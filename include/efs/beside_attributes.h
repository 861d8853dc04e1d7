/*
 * What a plain file or directory has beside its content in attributes alone: the Windows security descriptor, and
 * extended attributes (docs/backup.md).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_BESIDE_ATTRIBUTES_H
#define EFS_BESIDE_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backup/content.h"
#include "efs/error.h"

/* ---- the Windows security descriptor (docs/backup.md) ---- */

/*
 * Keeps a valid one for a file that has, or is about to get, that mode, in EFS_STORE_DESCRIPTOR and its mark: both, or
 * none of them. NULL: none. False: it isn't kept.
 */
bool efs_descriptor_keep(int fd, uint32_t mode, const uint8_t *descriptor, size_t length);
/* The one that is kept, if it is still that of the mode that the file has (st_mode). Its length; more than `capacity`:
   nothing was written; 0: there is none. */
size_t efs_descriptor_get(int fd, uint32_t mode, uint8_t *out, size_t capacity);
/* The one that is kept for the mode `from`, if any, is from now on that of the mode `to`. */
void efs_descriptor_move(int fd, uint32_t from, uint32_t to);

/* ---- extended attributes ---- */

/*
 * Sets one, or removes it if its value is empty, as Windows does; one of that name in other letters gives way. The flag
 * BEA_NEED has no place here: the caller has to say that it is lost. EFS_ERR_ACCESS: a name that is hidden or that the
 * host can't have (diag->rule says which); EFS_ERR_VOLUME: no room, no attributes, NTFS-3G; the host's.
 */
enum efs_error efs_ea_set(int fd, const struct bea *ea, struct efs_diag *diag);
/*
 * Sets those of a list (backup/content.h), all or none: on an error each has the value again that it had, unless that
 * fails, too. EFS_ERR_INVALID: the list doesn't hold together; as above.
 */
enum efs_error efs_eas_set(int fd, const uint8_t *list, size_t length, struct efs_diag *diag);
typedef enum efs_error efs_ea_visit(void *context, const struct bea *ea, struct efs_diag *diag);
/* Gives each one to `visit`, in the host's order; ends with the first error that it returns. What is hidden isn't
   shown, nor is what is longer than BEA_VALUE_MAX or empty, which Windows hasn't got. */
enum efs_error efs_eas_list(int fd, efs_ea_visit *visit, void *context, struct efs_diag *diag);

#endif
