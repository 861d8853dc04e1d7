/*
 * The extended attributes of the store: $EFS, and what an overwritten file had beside it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_XATTR_H
#define EFS_XATTR_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "efs/error.h"

/*
 * Not in this form: what has to be kept is too large, or of a kind that it hasn't. A result within the store and of its
 * sessions, which then try another form, or say EFS_ERR_VOLUME. Nobody else sees it.
 */
#define FORM_UNFIT EFS_ERROR_COUNT

/* The attributes of an encrypted file (docs/representation.md). */
enum store_xattr
{
    XATTR_METADATA,
    XATTR_CONTAINER,
    XATTR_LAYOUT,
    XATTR_LAYOUT2, /* of directories */
    XATTR_SIZE,    /* of files that a view writes, or was writing: the open form */
    XATTR_COUNT
};

/* One attribute; owned. */
struct xattr_value
{
    uint8_t *bytes;  /* NULL: absent */
    uint32_t length;
};

/*
 * Sets one but the $EFS. EFS_ERR_VOLUME where the file system has no extended attributes, FORM_UNFIT where the value
 * is too large for it, which some of them report as a full disk.
 */
enum efs_error xattr_set(int fd, enum store_xattr which, const uint8_t *bytes, uint32_t length, struct efs_diag *diag);
/* The same for the $EFS, with the rules of NTFS-3G. */
enum efs_error xattr_set_metadata(int fd, const uint8_t *metadata, uint32_t length, struct efs_diag *diag);
/* Removes one; to have none is no error. */
enum efs_error xattr_remove(int fd, enum store_xattr which, struct efs_diag *diag);

/*
 * Gets one, allocated. EFS_ERR_NOT_ENCRYPTED if there is none, EFS_ERR_CORRUPT if its length is one that it
 * can't have.
 */
enum efs_error xattr_get(int fd, enum store_xattr which, struct xattr_value *value, struct efs_diag *diag);

/*
 * Those that the file hasn't, 1 << enum store_xattr each: one call, where asking for each takes one a piece. 0 where
 * that can't be said: not all were listed, or the list lacks even the $EFS, which the caller knows to be there.
 */
unsigned int xattr_find_absent(int fd);

/* Has the file of this name one, whatever it says? False, with errno: ENODATA if it just isn't there. */
bool xattr_is_there(const char *path, enum store_xattr which);

/* All attributes of an encrypted file, absent ones for a plain one. To be freed also on failure. */
enum efs_error xattr_save(int fd, struct xattr_value values[XATTR_COUNT], struct efs_diag *diag);
/* Makes them these, and removes the absent ones. On failure some may have changed. */
enum efs_error xattr_replace(int fd, const struct xattr_value values[XATTR_COUNT], struct efs_diag *diag);
/* Any other attribute of the engine's own. FORM_UNFIT as above. */
enum efs_error xattr_set_other(int fd, const char *name, const uint8_t *bytes, size_t length, struct efs_diag *diag);
/* Makes them what they were, as far as it goes: for undoing. Is all of it? */
bool xattr_restore(int fd, const struct xattr_value values[XATTR_COUNT]);
void xattr_free(struct xattr_value values[XATTR_COUNT]);

/*
 * Copies the other extended attributes, the access control list among them, from the open file
 * `from` (O_PATH will do) to `to`. User attributes and lists must arrive; the system's own and
 * a Windows security descriptor are tried. user: which of the user attributes; without any, no descriptor either.
 * narrow: NULL, or the mode of `from`, where its group can't be kept: then the list gives nobody more than it did
 * (access.h), and *narrow becomes the mode that `to` has to get.
 */
enum xattr_user
{
    XATTR_USER_NONE,
    XATTR_USER_BUT_STREAMS, /* alternate streams belong to the content */
    XATTR_USER_ALL,
};
enum efs_error xattr_copy_others(int from, int to, enum xattr_user user, mode_t *narrow, struct efs_diag *diag);

/* Takes away the access control list that a directory's default one gave a new file. */
enum efs_error xattr_drop_list(int fd, struct efs_diag *diag);

/*
 * Copies Windows' extended attributes, and, where it can, the security descriptor, attributes and time of creation from
 * one file of an NTFS-3G mount to another. Its user attributes are named streams: they belong to the content.
 */
enum efs_error xattr_copy_ntfs(int from, int to, struct efs_diag *diag);

#endif
