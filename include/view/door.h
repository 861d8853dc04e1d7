/*
 * For programs in a view of efsmount: is a file one of a view, and what is it below?
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_VIEW_DOOR_H
#define EFS_VIEW_DOOR_H

#include <stdbool.h>
#include <sys/stat.h>

#include "efs/error.h"

/* How long a daemon has for its answer, milliseconds: it waits for a file to be closed, for two seconds at most. */
#define DOOR_TIMEOUT 5000

/* The free filter: may it be an encrypted one of a view? */
static inline bool door_may_be_shown(const struct stat *st)
{
    return (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode)) && (st->st_blocks & 1);
}

/* Is it an encrypted file or directory, as a view shows it? fd may be any descriptor, O_PATH too. */
bool door_is_shown_encrypted(int fd);
/*
 * The same by name, for what a file looks like: once one of a mount was, its other ones aren't asked. Symbolic links
 * are followed. *st: type and mode, size (of the plaintext) and blocks alone.
 */
bool door_is_named_encrypted(const char *path, struct stat *st);
/* Is it anything of a view at all? */
bool door_is_in_view(int fd);

/*
 * Encrypts what is in a view, and is empty: EFS_VIEW_ENCRYPT. EFS_ERR_UNREPRESENTABLE: a file that has data;
 * EFS_ERR_CHANGED: somebody else has it open; EFS_ERR_ACCESS: there is no key; the host's.
 */
enum efs_error door_encrypt(int fd, struct efs_diag *diag);

/*
 * *below: a descriptor of the same file in the tree below, open for reading, to be closed; -1: it isn't in a view.
 * Never waits for longer than DOOR_TIMEOUT, but where the kernel waits for the view's daemon itself.
 * Errors: EFS_ERR_CHANGED: somebody writes it in the view; EFS_ERR_ACCESS: the view is another user's; EFS_ERR_IO: the
 * daemon doesn't answer, or not as it should; EFS_ERR_UNREPRESENTABLE: it can't be asked; the host's.
 */
enum efs_error door_open_below(int fd, int *below, struct efs_diag *diag);
/*
 * The same of a directory, encrypted or not, in which something new is to be made. EFS_ERR_READ_ONLY_VOLUME: nothing
 * can be changed in the view.
 */
enum efs_error door_enter_below(int dir_fd, int *below, struct efs_diag *diag);

/*
 * The file or directory of a view is going to be replaced or changed below: nobody can open the file in the view until
 * door_end_claim, which is to be called soon. fd: any descriptor of it; has_open: it is one by which the view has the
 * file open, once, as a handle of Wine's is. *below: as above; *claim: for door_end_claim. Both -1 on failure, errors
 * as above; EFS_ERR_CHANGED: somebody else has it open in the view, or works on it.
 */
enum efs_error door_claim(int fd, bool has_open, int *claim, int *below, struct efs_diag *diag);
/* What is there now shows in the view when this returns, after DOOR_TIMEOUT at most. -1 allowed. */
void door_end_claim(int claim);

#endif
