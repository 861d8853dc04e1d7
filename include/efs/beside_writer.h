/*
 * Writing an alternate stream of a plain file (efs/beside.h): a whole one, all or nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_BESIDE_WRITER_H
#define EFS_BESIDE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/beside.h"

struct efs_stream_writer; /* at most 64 KiB of memory; what is longer goes to a staging file of mode 0600 */

/*
 * Begins a stream that takes the place of the one of that name, in any case of letters. EFS_ERR_UNREPRESENTABLE: its
 * name can't be on the host; EFS_ERR_VOLUME: NTFS-3G, which keeps streams in another form; the host's.
 */
enum efs_error efs_stream_begin(struct efs_stream_writer **writer, const struct efs_owner *owner, const uint8_t *name,
                                size_t length, struct efs_diag *diag);
/* Anywhere, in any order; what isn't written is zeros. Runs of zeros (BHOLES_MIN) become holes. What gets too long for
   an attribute has the errors of efs_stream_complete already here. */
enum efs_error efs_stream_write(struct efs_stream_writer *writer, uint64_t offset, const void *data, size_t length,
                                struct efs_diag *diag);
/* It has this many bytes, written or not. */
enum efs_error efs_stream_set_end(struct efs_stream_writer *writer, uint64_t end, struct efs_diag *diag);
/*
 * It is to have that home and no other, whatever its size: said before anything else is. EFS_HOME_FILE: for who is
 * going to write the file in place; with the errors of efs_stream_complete. EFS_HOME_ATTRIBUTE: what doesn't fit one
 * has EFS_ERR_VOLUME from then on, and what was there stays.
 */
enum efs_error efs_stream_keep_in(struct efs_stream_writer *writer, enum efs_home home, struct efs_diag *diag);
/*
 * All of it has come. *in_file: it fits no attribute: it stays in the staging file, and efs_stream_install is to
 * follow. Otherwise it is there now, and the old one isn't. EFS_ERR_EXISTS: a file that isn't this one's stream has the
 * name; EFS_ERR_UNREPRESENTABLE: that name would be too long; EFS_ERR_VOLUME: no room for attributes; the host's.
 */
enum efs_error efs_stream_complete(struct efs_stream_writer *writer, bool *in_file, struct efs_diag *diag);
/*
 * Gives the staging file its name, with the owner's user, group, mode and access list of that moment, and removes the
 * old stream. The owner has its name. EFS_ERR_ACCESS: it can't be given the owner's user; as above.
 */
enum efs_error efs_stream_install(struct efs_stream_writer *writer, struct efs_diag *diag);
/* The name that the staging file has in the owner's directory; empty while there's none. For who has to remove it in a
   signal handler. */
const char *efs_stream_stage_name(const struct efs_stream_writer *writer);
/* Ends it, complete or not; NULL allowed. */
void efs_stream_free(struct efs_stream_writer *writer);

#endif
