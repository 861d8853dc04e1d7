/*
 * The kinds of sources: each fills the pieces.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EFS_KEYS_SOURCE_H
#define EFS_KEYS_SOURCE_H

#include "pieces.h"
#include "walk.h"

/* The directory of the three: Protect, Crypto, SystemCertificates. *found: place is a profile, or such a directory
   itself. */
enum efs_error profile_find(struct place *base, const struct place *place, bool *found, struct efs_diag *diag);
enum efs_error profile_collect(struct pieces *pieces, const struct place *base, struct efs_diag *diag);

/* *found: place is the root of a Windows volume; then its users' profiles have been collected. */
enum efs_error volume_collect(struct pieces *pieces, const struct place *place, bool *found, struct efs_diag *diag);

/* A Wine prefix, with the files of keys beside its registry; *found: there is a user.reg. */
enum efs_error prefix_collect(struct pieces *pieces, const struct place *place, bool *found, struct efs_diag *diag);
/* bytes: of a user.reg, which needn't be all there. user: whose it is may be, NULL: unknown. For the prefix and its
   tests. */
enum efs_error prefix_collect_registry(struct pieces *pieces, const char *where, const uint8_t *bytes, size_t length,
                                       const char *const *users, size_t user_count, struct efs_diag *diag);

/* A raw disk or an image; EFS_ERR_INVALID: progress said so. */
enum efs_error image_collect(struct pieces *pieces, const char *path, efs_keystore_progress progress, void *context,
                             struct efs_diag *diag);

/* Key files in a directory, of whatever kind; what isn't one is passed over. */
enum efs_error files_collect(struct pieces *pieces, const struct place *place, const char *password,
                             struct efs_diag *diag);
/*
 * A file of any form that efs_key_load takes: its keys and certificates. bytes: taken, and wiped. required: what is no
 * such file becomes a note; else it is passed over.
 */
enum efs_error add_key_file(struct pieces *pieces, const char *where, uint8_t *bytes, size_t length,
                            const char *password,
                            bool required, struct efs_diag *diag);
/* A file of any form, of Windows' own or such. bytes, required: as before. */
enum efs_error add_bytes(struct pieces *pieces, const char *where, uint8_t *bytes, size_t length,
                         const char *password, bool required, struct efs_diag *diag);
/* A single one. */
enum efs_error file_collect(struct pieces *pieces, const char *path, const char *password, struct efs_diag *diag);

/*
 * Reads a file of a directory and adds it. kind: PIECE_UNKNOWN: whatever it is, and nothing if it is nothing. sid: may
 * be NULL.
 */
enum efs_error add_file(struct pieces *pieces, enum piece_kind kind, const struct place *place, const char *name,
                        const char *sid,
                        const char *password, struct efs_diag *diag);

#endif
