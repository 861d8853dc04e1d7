/*
 * Import and export sessions: they join the raw stream codec and the file store.
 *
 * An import takes the raw stream in pieces of any size and gives the target its new content at
 * commit, all or nothing. An export produces the raw stream in pieces of any size.
 * A session is used by one thread at a time; different sessions are independent.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_SESSION_H
#define EFS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"
#include "efs/store.h"
#include "efs/target.h"

/* Leave out all streams but $EFS and the unnamed one (EFS_DROP_ALTERNATE_STREAMS). */
#define EFS_SESSION_DROP_NAMED 1u
/* An import into a file chooses the form while the stream flows, unless one of these names it. */
#define EFS_SESSION_ONLY_SPLIT     2u /* what needs a container fails with EFS_ERR_UNREPRESENTABLE and the reason */
#define EFS_SESSION_ONLY_CONTAINER 4u

struct efs_import;

/* flags: EFS_SESSION_*. target: stays the caller's, must outlive the session. directory: make or take a directory; the
 * caller says it for a missing target (CREATE_FOR_DIR), for an existing one it must fit. */
enum efs_error efs_import_begin(struct efs_import **import, struct efs_target *target, bool directory,
                                unsigned int flags, struct efs_diag *diag);
/* The next bytes of the raw stream. An error is final: every later call returns it again. */
enum efs_error efs_import_feed(struct efs_import *import, const void *data, size_t length, struct efs_diag *diag);
/*
 * How many bytes of the stream are best fed next, 1 to capacity: where a feed ends with a segment, the file is written
 * in pieces that begin and end with its pages. At least half of capacity. A hint, for those who can choose.
 */
size_t efs_import_best_length(const struct efs_import *import, size_t capacity);
/* The stream has ended: checks that it is complete and gives the target its new content. */
enum efs_error efs_import_commit(struct efs_import *import, struct efs_diag *diag);
/*
 * Will anybody be able to decrypt what was imported? After a successful commit: EFS_ERR_METADATA, with the rule that
 * the $EFS breaks and the offset in it, if its entries are damaged. They are kept all the same, as they are. The
 * judgement is efs_metadata_read's.
 */
enum efs_error efs_import_judge(const struct efs_import *import, struct efs_diag *diag);
/*
 * The name of its staging file in the target's directory, "" while that has none: what has to be removed if the process
 * ends by a signal. It can change with every call. Of a directory's import it is "".
 */
const char *efs_import_stage_name(const struct efs_import *import);
/* Without a commit before it, drops everything; NULL allowed. */
void efs_import_free(struct efs_import *import);

/*
 * Makes the encrypted file that the target is, and fd (open for reading, stays the caller's), one of that form, all or
 * nothing. Errors as of an export and an import; EFS_ERR_UNREPRESENTABLE: it can't be split, with the reason.
 */
enum efs_error efs_convert(struct efs_target *target, int fd, enum efs_form form, struct efs_diag *diag);

struct efs_export;
#define EFS_EXPORT_HEADER_MAX 1024 /* bytes, of what stands between two ranges of content */

/* Takes fd over (closes it, also on failure). flags: EFS_SESSION_*. Errors as efs_stored_open_fd. */
enum efs_error efs_export_begin(struct efs_export **session, int fd, unsigned int flags, struct efs_diag *diag);
/* Fills buffer; *length gets the bytes, less than capacity only at the end, 0 after it. */
enum efs_error efs_export_read(struct efs_export *session, void *buffer, size_t capacity, size_t *length,
                               struct efs_diag *diag);
/* A piece of the stream: bytes, or a range of the exported file's content. */
struct efs_export_part
{
    const uint8_t *bytes;  /* valid as long as the part and the session; NULL: content */
    uint64_t       offset; /* of the content, in the file */
    size_t         length;
    uint8_t        header[EFS_EXPORT_HEADER_MAX]; /* where the bytes may lie */
};
/*
 * The next bytes of the stream, `length` at most, for a caller who moves the content himself. *count: the room in
 * `parts`, and then how many there are; 0 at the end. Not if efs_export_has_parts says no: what is in another form, or
 * is left out, has to be read to be told.
 */
enum efs_error efs_export_parts(struct efs_export *session, struct efs_export_part *parts, size_t *count,
                                size_t length, struct efs_diag *diag);
bool efs_export_has_parts(const struct efs_export *session);
/* Back to the first byte. */
void efs_export_rewind(struct efs_export *session);
bool efs_export_is_directory(const struct efs_export *session);
/*
 * Where the next byte is best put, 0 to 511 bytes behind a multiple of 512 in memory: then the content, which is most
 * of the stream, comes to lie on such multiples, which is the quicker copy. A hint, for those who can choose.
 */
size_t efs_export_best_offset(const struct efs_export *session);
/* Bytes of the whole raw stream; of one whose named streams are left out, perhaps more. */
uint64_t efs_export_length(const struct efs_export *session);
void efs_export_free(struct efs_export *session);

#endif
