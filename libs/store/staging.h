/*
 * A stage: the whole of an import's result, before anybody sees it, as sessions and forms use it. All or nothing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_STAGING_H
#define EFS_STAGING_H

#include "efs/plain.h"
#include "efs/store.h"
#include "efs/target.h"
#include "xattr.h"

/*
 * Begins a staging file (or directory) beside the target and puts the metadata, or a container's mark, on it, before
 * any data is written, wherever the file system allows that order (NTFS-3G wants it last: there it is
 * tried on an empty file first). metadata stays the caller's and must live as long as the stage.
 * Errors: FORM_UNFIT: the metadata is too large for an extended attribute, a container would do; EFS_ERR_VOLUME,
 * EFS_ERR_TYPE, EFS_ERR_ACCESS, EFS_ERR_DISK_FULL, ...; EFS_ERR_UNREPRESENTABLE for a container on NTFS-3G. Nothing is
 * left behind.
 */
enum efs_error efs_stage_begin(struct efs_stage **stage, struct efs_target *target, bool directory,
                               const struct form *form, const uint8_t *metadata, uint32_t metadata_length,
                               struct efs_diag *diag);
/* On NTFS-3G, a named stream is an attribute: sets it to its stored form; lists them all, each name terminated, in the
 * order of the volume, allocated. EFS_ERR_UNREPRESENTABLE if it isn't taken. */
enum efs_error efs_stage_set_stream(struct efs_stage *stage, const char *attribute, const uint8_t *value, size_t length,
                                    struct efs_diag *diag);
enum efs_error efs_stage_list_streams(const struct efs_stage *stage, char **attributes, size_t *length,
                                      struct efs_diag *diag);
/* Content at `offset` bytes; what is left out reads as zeros, and is a hole where the file system has such. */
enum efs_error efs_stage_write(struct efs_stage *stage, uint64_t offset, const void *data, size_t length,
                               struct efs_diag *diag);
/*
 * The same, but perhaps later, together with what is queued next to it: data has to stay until it is flushed, which
 * every other write does, too. An error may be that of something queued before; of its kind, and at the offset, that
 * writing each by itself would have had. After FORM_UNFIT the queue keeps what wasn't written.
 */
enum efs_error efs_stage_queue(struct efs_stage *stage, uint64_t offset, const void *data, size_t length,
                               struct efs_diag *diag);
enum efs_error efs_stage_flush(struct efs_stage *stage, struct efs_diag *diag);
/* Reads it again, queued or written. */
enum efs_error efs_stage_read(const struct efs_stage *stage, uint64_t offset, void *buffer, size_t length,
                              struct efs_diag *diag);
/* The layout, which stays the caller's and must live as long as the stage. FORM_UNFIT if it is too large here. */
enum efs_error efs_stage_set_layout(struct efs_stage *stage, const uint8_t *layout, uint32_t length,
                                    struct efs_diag *diag);
/*
 * Closes the content, which is content_length bytes long, and gives the file the target's name, in one step. data_size:
 * plain bytes of the unnamed stream; in split form it is content_length. Afterwards *target describes the new object.
 * EFS_ERR_EXISTS, EFS_ERR_CHANGED: the target isn't any more what it was when it was opened. FORM_UNFIT: what
 * has to be carried over from it, or the content's size, needs the other form; the stage can still be read then. On
 * failure the target is as it was.
 */
enum efs_error efs_stage_commit(struct efs_stage *stage, uint64_t content_length, uint64_t data_size,
                                struct efs_diag *diag);

#endif
