/*
 * The open form: what an encrypted file is while a view writes it, and after the view was killed.
 *
 * An attribute says how long it is, and the count at its end means nothing (docs/representation.md). So a kill or a
 * power cut between any two writes leaves a file that can be read.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_OPEN_FORM_H
#define EFS_OPEN_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efs/error.h"
#include "efs/raw.h"
#include "xattr.h"

#define OPEN_FORM_TAIL 2 /* bytes behind the units: nobody reads them, they are where the count is in a closed file */

/*
 * Only one at a time has a file in the open form: whoever holds this lock, which goes with the descriptor (open for
 * writing). EFS_ERR_ACCESS: another view writes it. Where there are no locks, it succeeds.
 */
enum efs_error open_form_lock(int fd, struct efs_diag *diag);
void open_form_unlock(int fd);
/* Does anybody hold it? */
bool open_form_is_locked(int fd);

/* From now on it is open, and `size` plain bytes long. sync: that is on the disk, too. FORM_UNFIT: no room for it. */
enum efs_error open_form_begin(int fd, uint64_t size, bool sync, struct efs_diag *diag);
/* Another size. Growing, the data has to be there; shrinking, this comes first. */
enum efs_error open_form_set_size(int fd, uint64_t size, struct efs_diag *diag);
/* The file's own size for so many plain bytes. */
uint64_t open_form_file_size(uint64_t size);

/* Was the unit never written? It stands for zeros then. The tail may have been where it begins. */
bool open_form_is_hole(const uint8_t unit[EFS_RAW_UNIT]);

/* ---- pieces of EFS_RAW_TRANSFER bytes: of which units were written ---- */

enum open_piece
{
    OPEN_WRITTEN, /* all */
    OPEN_MIXED,   /* some */
    OPEN_HOLE,    /* none */
};

/*
 * Calls `see` for each piece of `size` plain bytes, in order; holes that follow each other come as one, of any length.
 * units: what is in the piece, which may be changed; NULL for a hole.
 */
typedef enum efs_error (*open_form_see)(void *context, enum open_piece kind, uint64_t offset, uint64_t length,
                                        uint8_t *units, struct efs_diag *diag);
enum efs_error open_form_walk(int fd, uint64_t size, open_form_see see, void *context, struct efs_diag *diag);

/*
 * The layout that the file needs when it is closed: bytes NULL: none, since all was written. FORM_UNFIT: it would be
 * too large, or some pieces are mixed: then zeros have to be encrypted there first.
 */
enum efs_error open_form_make_layout(int fd, uint64_t size, const uint8_t *metadata, uint32_t length,
                                     struct xattr_value *layout, struct efs_diag *diag);

/* ---- closing: the count and the layout, a sync, and then the attribute goes ---- */

/*
 * layout: with bytes NULL there is none. FORM_UNFIT: it has no room. Until the end it is open still. The time of its
 * last change stays: else incremental backups would see it changed.
 */
enum efs_error open_form_close(int fd, uint64_t size, const struct xattr_value *layout, struct efs_diag *diag);
/* What was done so far is on the disk. */
enum efs_error open_form_end(int fd, struct efs_diag *diag);

#endif
