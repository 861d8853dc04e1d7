/*
 * The inside of the room: marks, and files beside a file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef STORE_BESIDE_H
#define STORE_BESIDE_H

#include <sys/types.h>

#include "efs/beside.h"

/* ---- mark.c ---- */

/* The mark of that name: 1; 0: there is none; -1 with errno: that can't be said. *files: its second byte. fd: O_PATH
   will do. */
int beside_get_mark(int fd, const char *attribute, bool *files, uint64_t *number);
/* The number of the owner's streams that are in files, 0: none of them is. The host's errors. */
enum efs_error beside_number(int fd, uint64_t *number, struct efs_diag *diag);
/*
 * Gives the owner a mark if it has none, so that later there is room for what it says; files: it has, or is about to
 * have, streams in files. FORM_UNFIT: no room; the host's.
 */
enum efs_error beside_mark_owner(int fd, bool files, uint64_t *number, struct efs_diag *diag);
enum efs_error beside_mark_stream(int fd, uint64_t number, struct efs_diag *diag);

/* ---- file.c ---- */

/*
 * Opens what stands under that name in the directory if it is a stream with that number: a regular file of one name.
 * uid: its owner; (uid_t)-1: whoever. -1 with errno: ENOENT, nothing stands there; EEXIST, it isn't one; or that can't
 * be said.
 */
int beside_open_file(int dir_fd, const char *host, uint64_t number, uid_t uid);

/* fd: O_PATH, of the file `host` */
typedef enum efs_error beside_take(void *context, const char *host, int fd, struct efs_diag *diag);
/* Gives each such file that is named "NAME:..." in the directory to `take`, until that fails. */
enum efs_error beside_each_file(int dir_fd, const char *name, uint64_t number, uid_t uid, beside_take *take,
                                void *context, struct efs_diag *diag);

/* ---- find.c ---- */

/* The attributes of the owner that are streams, or else its files: gives each to `visit`. */
enum efs_error beside_attributes(int fd, efs_stream_visit *visit, void *context, struct efs_diag *diag);

#endif
